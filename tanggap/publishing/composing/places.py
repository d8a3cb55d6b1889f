"""Where somebody may publish: the accounts that a member writes for."""

from __future__ import annotations

from django.db.models import Q

from tanggap.agencies.models import Member
from tanggap.channels.connector import Ability, connector
from tanggap.channels.models import Channel, Health
from tanggap.publishing.models import Publication


def open_to(member: Member, publication: Publication | None = None) -> list[Channel]:
    """This will return the open accounts of the member's part of the tree that take posts, by name.

    Accounts that are worked by hand belong to them: a person publishes there what was approved. Those that the
    publication stands on already come along.
    """
    rows = Channel.objects.filter(closed_at__isnull=True).select_related("app", "unit").order_by("name", "pk")
    chosen = set(publication.variants.values_list("channel_id", flat=True)) if publication else set()
    if not member.sees_all:
        rows = rows.filter(Q(unit_id__in=member.unit_ids()) | Q(unit__isnull=True) | Q(pk__in=chosen))
    return [one for one in rows if one.pk in chosen or _takes_posts(one)]


def _takes_posts(channel: Channel) -> bool:
    declared = connector(channel.platform)
    return Ability.PUBLISH in declared.abilities or (channel.health == Health.MANUAL and bool(channel.handle))
