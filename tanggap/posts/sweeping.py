"""The sweep: a channel with a hook is also fetched now and then; what only the fetch found, the hook had missed.

A post counts as recovered when it is older than GRACE and no hook had brought it: a hook may simply be slower.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tanggap.agencies.models import Member, Role
from tanggap.agencies.notices import tell
from tanggap.channels.connector import Ability, Action, Raw, Unreadable, connector
from tanggap.channels.models import Channel, Recovery
from tanggap.core import bulk, live, scope
from tanggap.posts.models import Post

GRACE = timedelta(minutes=2)
SOURCE = "sweep"
LOOKED = "_looked"
"""Where a channel's cursor keeps when posts were looked at last and how far the round through them has come:
{"at": Unix seconds, "id"}. Connectors do not see it."""
_NEWEST = 40
IN_TURN = 60
"""How many posts further a look goes in its round, beside the newest."""


def pause(channel: Channel, now: datetime) -> int:
    """This will return the seconds until the next fetch.

    A hook that works needs a sweep only; one that has just missed something is not relied upon.
    """
    declared = connector(channel.platform)
    if Ability.HOOK not in declared.abilities or channel.hook_at is None:
        return declared.poll_seconds
    doubtful = now - timedelta(seconds=4 * declared.sweep_seconds)
    if Recovery._base_manager.filter(channel=channel, until__gt=doubtful, found__gt=0).exists():
        return min(declared.poll_seconds, declared.sweep_seconds)
    return declared.sweep_seconds


@dataclass(frozen=True, slots=True)
class Known:
    """Posts to look at again: their texts by external id, and what the cursor keeps once they were looked at."""

    texts: Mapping[str, str]
    looked: Mapping[str, int]


def to_recheck(channel: Channel, now: datetime) -> Known:
    """This will choose posts that a sweep looks at again, because an edit or a deletion may have been missed.

    The newest, and the next ones of a round through those of the last days, newest first: all of them come up. None
    where the platform cannot be asked or the last look is less than a sweep's time ago.
    """
    before, declared = channel.cursor.get(LOOKED, {}), connector(channel.platform)
    early = now.timestamp() - before.get("at", 0) < declared.sweep_seconds
    if Ability.RECHECK not in declared.abilities or early:
        return Known({}, before)
    place = int(before.get("id", 0))
    since = now - timedelta(days=declared.recheck_days)
    standing = Post._base_manager.filter(channel=channel, deleted_at=None, ours=False, received_at__gte=since)
    named = standing.filter(platform=channel.platform).only("external_id", "text", "kind", "in_reply_to")
    newest = list(named.order_by("-received_at")[:_NEWEST])
    others = named.exclude(pk__in=[post.pk for post in newest]).order_by("-id")
    next_ones = list(others.filter(id__lt=place)[:IN_TURN]) if place else []
    if len(next_ones) < IN_TURN:  # the round begins again
        taken = [post.pk for post in next_ones]
        next_ones += others.exclude(pk__in=taken)[: IN_TURN - len(next_ones)]
    place = next_ones[-1].pk if next_ones else 0
    asked = [post for post in (*newest, *next_ones) if declared.rechecks(post.kind, post.in_reply_to)]
    texts = {post.external_id: post.text for post in asked}
    return Known(texts, {"at": int(now.timestamp()), "id": place})


def otherwise(known: Known, channel: Channel, bodies: Iterable[bytes], now: datetime) -> list[bytes]:
    """This will keep what says something else than is known, of bodies that a look brought; touches no database."""
    return [body for body in bodies if not _says_the_same(known, channel, body, now)]


def _says_the_same(known: Known, channel: Channel, body: bytes, now: datetime) -> bool:
    raw = Raw(
        body, {}, now, account=channel.external_id, handle=channel.handle, settings=channel.settings
    )  # fmt: skip
    try:
        items = connector(channel.platform).parse(raw)
    except Unreadable:
        return False
    return all(
        item.action != Action.DELETE and known.texts.get(item.external_id) == bulk.clean(item.text)
        for item in items
    )


def recovered(stored: Iterable[Post], sources: Mapping[tuple[str, str], str]) -> None:
    """This will count, by channel, the new posts that a sweep found; `sources` tells how each post came."""
    by_channel: dict[int, list[Post]] = defaultdict(list)
    for post in stored:
        late = post.received_at - post.created_at > GRACE
        if (
            late
            and not post.history
            and not post.ours
            and sources.get((post.platform, post.external_id)) == SOURCE
        ):
            by_channel[post.channel_id].append(post)
    for pk, posts in by_channel.items():
        said = [post.created_at for post in posts]
        Recovery.objects.create(
            government_id=posts[0].government_id,
            channel_id=pk,
            since=min(said),
            until=max(said),
            found=len(posts),
        )
        live.tell(posts[0].government_id, "channel", [pk])


def missed(channel: Channel, what: str, now: datetime) -> None:
    """This will note a period that the platform no longer gives, and tell the administrators."""
    with scope.government(channel.government_id):
        _note_missed(channel, what, now)


def _note_missed(channel: Channel, what: str, now: datetime) -> None:
    since = channel.last_sync_at or now
    Recovery.objects.create(
        government_id=channel.government_id, channel=channel, since=since, until=now, missed=what[:400]
    )
    administrators = Member.objects.filter(role=Role.ADMINISTRATOR)
    tell(administrators, "channel_gap", f"/kanal/{channel.key}/", channel=channel.name)
    live.tell(channel.government_id, "channel", [channel.pk])
