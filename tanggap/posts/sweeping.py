"""The sweep: a channel with a hook is also fetched now and then; what only the fetch found, the hook had missed.

A post counts as recovered when it is older than GRACE and no hook had brought it: a hook may simply be slower.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from tanggap.agencies.models import Member, Role
from tanggap.agencies.notices import tell
from tanggap.channels.connector import Ability, connector
from tanggap.channels.models import Channel, Recovery
from tanggap.core import live, scope
from tanggap.posts.models import Post

GRACE = timedelta(minutes=2)
SOURCE = "sweep"
_WEEK = timedelta(days=7)
_MOST_LOOKED_AT, _NEWEST, _BY_CHANCE = 2000, 70, 30


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


def to_recheck(channel: Channel, now: datetime) -> list[str]:
    """This will choose posts that a sweep looks at again, because the hook may have missed an edit or a deletion.

    The newest of a day, and some of the week by chance, so that all of them come up now and then.
    """
    if channel.hook_at is None or Ability.RECHECK not in connector(channel.platform).abilities:
        return []
    standing = Post._base_manager.filter(channel=channel, deleted_at=None, ours=False)
    week = standing.filter(created_at__gte=now - _WEEK).order_by("-received_at", "-id")
    newest = list(week.values_list("external_id", flat=True)[:_MOST_LOOKED_AT])
    later = newest[_NEWEST:]
    return newest[:_NEWEST] + random.sample(later, min(len(later), _BY_CHANCE))


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
