"""Raw items become posts: parse, recognise, read and store a batch in one transaction.

The rows are the queue: a batch that fails or dies with its worker is simply received again. A raw item that cannot
be read is put aside with its reason and holds nobody up.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils import timezone

from tanggap.agencies.models import Government
from tanggap.channels.connector import Action, Item, Unreadable, connector
from tanggap.channels.models import Channel, Health
from tanggap.core import audit, bulk, live, work
from tanggap.posts import hits, storing, sweeping
from tanggap.posts.batch import Digested, Found
from tanggap.posts.budget import DEEP
from tanggap.posts.models import Post, RawItem, RawState
from tanggap.posts.origins import Origins
from tanggap.posts.readers import reader_for
from tanggap.publishing import receipts
from tanggap.understanding.reading import Reading

log = logging.getLogger(__name__)
BATCH = 500
DIGEST = audit.System("digest")


@dataclass(slots=True)
class Group:
    """A government's part of a batch: `posts` have ids and readings and wait to be stored."""

    government: Government
    items: list[Found]
    folded: dict[storing.Key, storing.Folded]
    known: set[storing.Key]
    posts: list[Post]


@dataclass(slots=True)
class Batch:
    """A batch between reading and storing, so that triage can decide before anything is written."""

    groups: list[Group]
    digested: list[int]
    result: Digested


def take(most: int = BATCH) -> list[RawItem]:
    """This will claim received raw items until the transaction ends: an equal share of each channel's (or app's)
    traffic, oldest first, so that one government's flood holds up no other; then whatever is oldest."""
    shared = list(RawItem.objects.raw(_FAIR, [most]))
    if len(shared) < most:
        rest = RawItem.objects.filter(state=RawState.RECEIVED).exclude(pk__in=[one.pk for one in shared])
        shared += work.claim(rest.order_by("id"), most - len(shared))
    return sorted(shared[:most], key=lambda one: one.pk)


_FAIR = """
with recursive lanes as (
  (select coalesce(channel_id, -app_id) as lane from posts_rawitem where state = 'received' order by 1 limit 1)
  union all
  select (select coalesce(channel_id, -app_id) from posts_rawitem
          where state = 'received' and coalesce(channel_id, -app_id) > lanes.lane order by 1 limit 1)
  from lanes where lanes.lane is not null),
share as (select greatest(%s / nullif(count(*), 0), 1) as most from lanes where lane is not null)
select waiting.* from lanes cross join share cross join lateral (
  select * from posts_rawitem where state = 'received' and coalesce(channel_id, -app_id) = lanes.lane
  order by id limit share.most for update skip locked) waiting
where lanes.lane is not null
"""


def prepare(rows: Sequence[RawItem]) -> Batch:
    """This will parse, recognise and read claimed raw items, oldest first; call it in their transaction.

    Written is only what had to be put aside.
    """
    result = Digested(raw=len(rows))
    origins = Origins(rows)
    found: list[Found] = []
    digested: list[int] = []
    told: list[Found] = []
    nudged: set[int] = set()
    for row in rows:
        try:
            raw, reader = origins.raw(row), connector(origins.platform(row))
            parsed = _found(row, reader.parse(raw), origins)
            if row.app_id and not parsed:  # it may only say where something was said, or that something was
                if pointed := reader.points(raw):
                    platform, account = pointed
                    _point(row, origins.account(row, account, platform))
                    continue
                nudged |= {
                    origins.account(row, account, platform).pk for platform, account in reader.nudges(raw)
                }
            found += [one for one in parsed if one.item.action != Action.RECEIPT]
            told += [one for one in parsed if one.item.action == Action.RECEIPT]
            digested.append(row.pk)
        except Unreadable as error:
            _put_aside(row, RawState.QUARANTINED, str(error), result)
        except Exception as error:  # a connector's bug must not stop the other deliveries
            log.exception("raw item %s could not be parsed", row.pk)
            _put_aside(row, RawState.FAILED, f"{type(error).__name__}: {error}", result)
    _fetch_now(nudged)
    receipts.note((one.channel, one.item, one.received_at) for one in told)
    groups = [_group(government, items, result) for government, items in _by_government(found)]
    return Batch(groups, digested, result)


def finish(batch: Batch, now: datetime) -> None:
    """This will note on the raw items that they are digested, in the transaction in which they were."""
    done = RawItem.objects.filter(pk__in=batch.digested)
    done.update(state=RawState.DIGESTED, digested_at=now, reason="")


def _group(government: Government, items: list[Found], result: Digested) -> Group:
    items = storing.without_echoes(items, result)
    folded = storing.fold(items)
    known = storing.known(government, folded)
    fresh = [one for key, one in folded.items() if key not in known and one.content]
    live = [not one.history for one in fresh]
    posts = storing.new_posts(government, fresh, _read(government, [one.text for one in fresh], live))
    bulk.give_ids(posts)
    return Group(government, items, folded, known, posts)


def store(group: Group, result: Digested, now: datetime) -> list[Post]:
    """This will write a group's new posts and apply its changes; returns the posts that are truly new."""
    stored = storing.store(group.government, group.posts, group.folded)
    there = {(post.platform, post.external_id) for post in stored}
    # What another worker stored a moment ago is known by now, and gets this batch's changes.
    known = group.known | {(post.platform, post.external_id) for post in group.posts} - there
    storing.keep_versions(stored, group.folded)
    if known:
        changes = {key: group.folded[key] for key in known}
        storing.apply_changes(group.government, changes, result, partial(_read, group.government))
    hits.remember(group.government, group.folded)
    storing.remember_deletions(group.government, group.folded, known | there)
    result.new += stored
    result.repeated += sum(group.folded[(post.platform, post.external_id)].repeats for post in stored)
    _after(group.government, group.items, stored, result, now)
    return stored


def _read(government: Government, texts: list[str], first: Sequence[bool] = ()) -> list[Reading]:
    """Fast, and again deeply as far as the budget goes: live posts to the government first, then the least sure.

    A large batch is a backlog: then nearly all of the time goes to bringing everything in.
    """
    wanted = len(texts) if len(texts) < BATCH // 2 else len(texts) // 200
    return reader_for(government).read_within(texts, DEEP.take(wanted), first)


def _after(
    government: Government, items: list[Found], stored: list[Post], result: Digested, now: datetime
) -> None:
    _note_arrival(items, now)
    mine = [post for post in result.changed + result.gone if post.government_id == government.pk]
    audit.record_many(
        [
            audit.entry(
                "posts.intake", government, DIGEST, now=now, new=len(stored), changed=len(mine),
                by_channel=dict(Counter(str(post.channel_id) for post in stored)),
            )
        ]
    )  # fmt: skip
    sweeping.recovered(
        stored, {(one.item.platform, one.item.external_id): one.source for one in reversed(items)}
    )
    live.tell(government.pk, "post", [post.pk for post in stored if not post.history])
    live.tell(government.pk, "post_changed", [post.pk for post in mine])


def _note_arrival(items: Iterable[Found], now: datetime) -> None:
    """This will note on each channel that it delivers, but never wait for another batch that does the same."""
    newest: dict[int, datetime] = {}
    hooked: dict[int, datetime] = {}
    for one in items:
        newest[one.channel.pk] = max(one.received_at, newest.get(one.channel.pk, one.received_at))
        if one.source == "hook":
            hooked[one.channel.pk] = newest[one.channel.pk]
    free = Channel._base_manager.filter(pk__in=newest).only("pk", "health")
    for channel in free.select_for_update(skip_locked=True, no_key=True):
        better: dict[str, object] = {}
        if channel.health == Health.LATE:
            better = {"health": Health.OK, "health_text": ""}
        if channel.pk in hooked:
            better["hook_at"] = hooked[channel.pk]
        Channel._base_manager.filter(pk=channel.pk).update(
            last_item_at=newest[channel.pk], last_sync_at=now, **better
        )


def _point(row: RawItem, channel: Channel) -> None:
    """The words of a delivery that only points are asked for (posts/completing.py)."""
    RawItem.flow.move(row, RawState.POINTING, channel=channel)
    live.wake("complete")


def _fetch_now(channels: set[int]) -> None:
    if channels:
        Channel._base_manager.filter(pk__in=channels).update(fetch_due_at=timezone.now())
        live.wake("fetch")


def _found(row: RawItem, items: Iterable[Item], origins: Origins) -> list[Found]:
    collection = int(row.headers.get("collection", 0)) if row.source == "search" else 0
    return [
        Found(item, origins.channel_of(row, item), row.received_at, row.history, row.source, collection)
        for item in items
    ]


def put_aside(row: RawItem, error: Exception) -> None:
    """This will set a raw item aside that the database refused; it is kept and can be read again."""
    _put_aside(row, RawState.FAILED, f"{type(error).__name__}: {error}", Digested())


def _put_aside(row: RawItem, state: RawState, reason: str, result: Digested) -> None:
    result.put_aside += 1
    RawItem.flow.move(row, state, reason=reason[:400], attempts=row.attempts + 1)


def _by_government(found: Iterable[Found]) -> list[tuple[Government, list[Found]]]:
    """In one order for all workers, so that two batches of several governments never wait in a ring."""
    groups: dict[Government, list[Found]] = defaultdict(list)
    for one in found:
        groups[one.channel.government].append(one)
    return sorted(groups.items(), key=lambda group: group[0].pk)


def read_again(raw: Sequence[int], by: audit.Actor) -> int:
    """This will put stored raw items back into the digest's queue; returns how many."""
    with transaction.atomic():
        rows = list(RawItem.objects.select_for_update().filter(pk__in=raw).exclude(state=RawState.RECEIVED))
        for row in rows:
            RawItem.flow.move(row, RawState.RECEIVED, reason="")
            audit.record("raw.read_again", row, by)
        live.wake("digest")
    return len(rows)
