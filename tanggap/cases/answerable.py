"""What may be answered to a post now: its count, its time, and what stands in the way, before a word is typed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from tanggap.channels import allowances
from tanggap.channels.allowances import Objection, Open, Rules, Sending
from tanggap.channels.connector import all_connectors, connector
from tanggap.channels.limits import Count, count
from tanggap.posts.models import Post
from tanggap.publishing import windows
from tanggap.publishing.models import DeliveryKind


@dataclass(frozen=True, slots=True)
class Standing:
    """How one kind of answer to a post stands before typing; `stops` are what no other text would change."""

    opening: Open
    stops: list[Objection]

    @property
    def closed(self) -> bool:
        return bool(self.stops)


def standing(post: Post, now: datetime, *, private: bool) -> Standing:
    """This will say until when a post can be answered, and what keeps it from being answered at all."""
    rules, sending = _asked(post, "", private=private)
    stops = [
        one for one in allowances.objections(rules, sending, now) if one.code in {"window", "once", "rate"}
    ]
    return Standing(allowances.opening(rules, sending), stops)


def objections(post: Post, text: str, now: datetime, *, private: bool) -> list[Objection]:
    """This will say all that keeps this answer from leaving now, gravest first."""
    return allowances.objections(*_asked(post, text, private=private), now)


def counted(post: Post, text: str, *, private: bool = False) -> Count:
    """This will count a text as the post's platform does, with what the platform needs before it."""
    return count(_as_sent(post, text), _rules(post, private).limits)


def for_the_browser(post: Post, *, private: bool) -> dict[str, Any]:
    """This will return what the page needs to count by itself: the limits, and what stands before an answer."""
    return {**asdict(_rules(post, private).limits), "before": _as_sent(post, "x")[:-1]}


def times(post: Post) -> dict[str, Any]:
    """This will return what a delivery is told of its windows."""
    return windows.times(
        the_post=post.created_at,
        their_last_message=_their_last_message(post),
        to_message=post.kind == "message",
    )


def _asked(post: Post, text: str, *, private: bool) -> tuple[Rules, Sending]:
    sending = windows.sending(
        post.channel, _kind(private), allowances.as_kept(text), target=post.external_id, handle=_handle(post),
        to_message=post.kind == "message", the_post=post.created_at,
        their_last_message=_their_last_message(post),
    )  # fmt: skip
    return _rules(post, private), sending


def _their_last_message(post: Post) -> datetime | None:
    """Of a private talk: a later message of the same person opens the platform's window anew."""
    if post.kind != "message":
        return None
    told = Post.objects.filter(
        thread=post.thread, channel=post.channel_id, author=post.author_id, kind="message"
    )
    last: datetime | None = told.aggregate(last=Max("created_at"))["last"]
    return last


def _rules(post: Post, private: bool) -> Rules:
    """Of a channel worked by hand, what the platform says where the answer will stand."""
    channel = post.channel
    if channel.platform == "manual" and post.platform in all_connectors():
        return allowances.rules_of(
            connector(post.platform), {}, _kind(private), by_hand=True, to_message=post.kind == "message"
        )
    return windows.rules_of(channel, _kind(private), to_message=post.kind == "message")


def _as_sent(post: Post, text: str) -> str:
    platform = post.channel.platform
    if platform == "manual" and post.platform in all_connectors():
        platform = post.platform
    return connector(platform).as_sent(allowances.as_kept(text), _handle(post))


def _handle(post: Post) -> str:
    return post.author.handle if post.author else ""


def _kind(private: bool) -> str:
    return DeliveryKind.PRIVATE_REPLY if private else DeliveryKind.REPLY
