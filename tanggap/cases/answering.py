"""How a post can be answered: from here, or by hand on its platform; answerable.py says what the platform allows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from tanggap.cases import answerable
from tanggap.channels import connect
from tanggap.channels.connector import Ability
from tanggap.channels.models import Health
from tanggap.posts import by_hand
from tanggap.posts.models import Post
from tanggap.publishing.models import Delivery

_SKEW = timedelta(minutes=5)


def only_by_hand(post: Post, *, private: bool = False) -> str:
    """This will say in a sentence why a post can only be answered on its platform; empty where it can be from here."""
    channel = post.channel
    if channel.health == Health.MANUAL:
        return _("Kanal ini dikerjakan manual: jawab langsung di platformnya.")
    if post.external_id.startswith(by_hand.PREFIX):
        return _(
            "Pesan ini dicatat petugas, jadi platform tidak mengenalnya dari sini. Jawab langsung di platformnya."
        )
    able = connect.abilities_of(channel)
    if private and Ability.PRIVATE_REPLY not in able:
        return _("Platform ini tidak menerima pesan pribadi dari sini. Jawab langsung di platformnya.")
    if not private and Ability.REPLY not in able:
        return _("Platform ini tidak dapat dibalas dari sini. Jawab langsung di platformnya.")
    return ""


def closed(post: Post, now: datetime) -> str:
    """This will say that the platform lets no answer through any more, open or private; empty where it does."""
    kinds = [False, *([True] if Ability.PRIVATE_REPLY in connect.abilities_of(post.channel) else [])]
    stops = [answerable.standing(post, now, private=private).stops for private in kinds]
    if all(any(one.code in {"window", "once"} for one in some) for some in stops):
        return _("Platform tidak lagi menerima jawaban dari sini.")
    return ""


def seen_there(delivery: Delivery) -> Sequence[Post]:
    """This will list what the official account said on the platform about the time of a send, newest first.

    One of these may be the send whose outcome is not known: a person compares the texts.
    """
    since = (delivery.sending_since or delivery.created_at) - _SKEW
    here = Q(in_reply_to=delivery.target_external_id) | Q(thread=delivery.thread or "-")
    rows = Post.objects.filter(
        here, channel=delivery.channel_id, ours=True, deleted_at=None, created_at__gte=since
    )
    taken = (
        Delivery.objects.filter(channel=delivery.channel_id).exclude(external_id="").exclude(pk=delivery.pk)
    )
    return list(rows.exclude(external_id__in=taken.values("external_id")).order_by("-created_at", "-pk")[:3])
