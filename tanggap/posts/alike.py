"""Compares each new or changed post with those before it, once, and gathers those that say nearly the same.

A later step, like the index of words: the inbox has a post at once and its likes seconds later. One worker compares at
a time (advisory lock). What it compares with stands in memory; after a start, or when another worker went on, it is
brought up to the rows of Likeness, which are numbered in the order of comparing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, models, transaction

from tanggap.core import bulk, live, scope, work
from tanggap.posts import campaigns
from tanggap.posts.clusters import Cluster, Likeness, Uncompared
from tanggap.posts.models import Post
from tanggap.understanding.duplicates import Place, Signature, Window, sign

SPAN = timedelta(days=7)
"""How long a post is compared with those that come after it."""
MOST = 30_000
"""How many different texts of a government new ones are compared with: about 40 MB."""
_BATCH = 1000
_MOST_CHARACTERS = 20_000
_MOST_WINDOWS = 4


class _Said(NamedTuple):
    """What is needed of a post here; whole rows would cost more than comparing them."""

    pk: int
    text: str
    received_at: datetime
    created_at: datetime


@dataclass(slots=True)
class _Compared:
    """A government's window, and the last row of Likeness that it knows."""

    seen: int = 0
    window: Window = field(default_factory=lambda: Window(MOST, SPAN.total_seconds()))


_compared: dict[int, _Compared] = {}


def enqueue(ids: Sequence[int]) -> None:
    """This will have posts compared that are new or whose text changed; not what the government said itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into posts_uncompared (government_id, post_id) select government_id, id from posts_post "
            "where id = any(%s) and not ours order by id on conflict (post_id) do nothing",
            [list(ids)],
        )
    live.wake("alike")


def _due(now: datetime) -> models.QuerySet[Uncompared]:
    return Uncompared._base_manager.order_by("id")


@work.step("alike", due=_due, every=10, oldest="since")
def compare(now: datetime) -> int:
    """This will compare up to 1,000 posts and put those that are alike into clusters."""
    with scope.crossing("one batch compares posts of all governments"), transaction.atomic():
        if not _alone():
            return 0
        waiting = _due(now).select_for_update(skip_locked=True, of=("self",))
        batch = dict(waiting.values_list("pk", "post_id")[:_BATCH])
        if not batch:
            return 0
        with bulk.without_collector():
            mine: dict[int, list[_Said]] = {}
            posts = Post._base_manager.filter(pk__in=batch.values()).order_by("pk")
            for owner, pk, text, received_at, created_at in posts.values_list(
                "government_id", "pk", "text", "received_at", "created_at"
            ):
                mine.setdefault(owner, []).append(_Said(pk, text, received_at, created_at))
            for government_id, some in mine.items():
                _compare(government_id, some)
            Uncompared._base_manager.filter(pk__in=batch).delete()
    return len(batch)


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtext('tanggap.posts.alike'))")
        return bool(cursor.fetchone()[0])


def _compare(government_id: int, posts: Sequence[_Said]) -> None:
    # Taken out, and put back when the transaction holds: what was rolled back must not be remembered.
    known = _compared.pop(government_id, None) or _Compared()
    _catch_up(known, government_id)
    left = _take_out(known, posts)
    rows, signed = _rows(government_id, posts)
    places = _placed(known.window, rows, signed)
    if _gone(government_id, rows, places):
        known = _Compared()
        _catch_up(known, government_id)
        places = _placed(known.window, rows, signed)
    touched = _write(government_id, rows, signed, places)
    if rows:
        known.seen = max(known.seen, rows[-1].pk)
    at = {post.pk: post.created_at for post in posts}
    added: dict[int, list[datetime]] = {}
    for row in rows:
        if row.cluster_id is not None and row.cluster_id not in left:
            added.setdefault(row.cluster_id, []).append(at[row.post_id])
    clusters = campaigns.count(touched | left, added)
    live.tell(government_id, "cluster", clusters)
    transaction.on_commit(lambda: _keep(government_id, known))


def _catch_up(known: _Compared, government_id: int) -> None:
    rows = Likeness.objects.filter(government_id=government_id, words__isnull=False, pk__gt=known.seen)
    newest = list(
        rows.order_by("-pk").values_list("pk", "words", "cluster__number", "received_at")[: MOST + 1]
    )
    if len(newest) > MOST:
        known.window = Window(MOST, SPAN.total_seconds())
    newest.reverse()
    known.window.restore(
        (pk, bytes(words or b""), number or pk, at.timestamp()) for pk, words, number, at in newest[-MOST:]
    )
    if newest:
        known.seen = newest[-1][0]


def _take_out(known: _Compared, posts: Sequence[_Said]) -> set[int]:
    """Takes changed posts out of what they were; returns the clusters that they leave."""
    before = Likeness.objects.filter(post__in=[post.pk for post in posts])
    left = set()
    for pk, cluster in before.values_list("pk", "cluster_id"):
        known.window.forget(pk)
        left.add(cluster)
    if left:
        before.delete()
    return {cluster for cluster in left if cluster is not None}


def _rows(government_id: int, posts: Sequence[_Said]) -> tuple[list[Likeness], list[Signature]]:
    """The rows of those posts that have words at all (a picture has none), with ids in order of comparing."""
    rows, signed = [], []
    for post, signature in zip(posts, sign([post.text[:_MOST_CHARACTERS] for post in posts]), strict=True):
        if signature.words:
            signed.append(signature)
            rows.append(
                bulk.make(
                    Likeness, government_id=government_id, post_id=post.pk, received_at=post.received_at
                )
            )
    bulk.give_ids(rows)
    return rows, signed


def _placed(window: Window, rows: Sequence[Likeness], signed: Sequence[Signature]) -> list[Place]:
    return [
        window.place(row.pk, one, row.received_at.timestamp()) for row, one in zip(rows, signed, strict=True)
    ]


def _gone(government_id: int, rows: Sequence[Likeness], places: Sequence[Place]) -> bool:
    """Whether a post is alike to one that another worker took out, or that was erased: then memory is out of date."""
    groups = {place.group for place in places} - {row.pk for row in rows}
    there = set(_clusters(government_id, groups))
    there |= set(Likeness.objects.filter(pk__in=groups - there).values_list("pk", flat=True))
    return groups != there


def _clusters(government_id: int, numbers: Iterable[int]) -> dict[int, int]:
    found = Cluster.objects.filter(government_id=government_id, number__in=numbers)
    return dict(found.values_list("number", "pk"))


def _write(
    government_id: int, rows: Sequence[Likeness], signed: Sequence[Signature], places: Sequence[Place]
) -> set[int]:
    """Writes the rows with their clusters, new ones made where a second post met a first; returns the clusters."""
    few = {
        place.group: one.few
        for row, one, place in zip(rows, signed, places, strict=True)
        if place.group != row.pk
    }
    clusters = _clusters(government_id, few)
    made = [
        bulk.make(Cluster, government_id=government_id, number=number, few_words=short)
        for number, short in sorted(few.items())
        if number not in clusters
    ]
    bulk.copy(made)
    clusters |= {one.number: one.pk for one in made}
    for row, one, place in zip(rows, signed, places, strict=True):
        row.cluster_id = clusters.get(place.group)
        row.words = one.words if place.remembered else None
    bulk.copy(rows)
    with connection.cursor() as cursor:
        cursor.execute(
            "update posts_likeness set cluster_id = new.cluster from unnest(%s::bigint[], %s::bigint[]) "
            "as new(id, cluster) where posts_likeness.id = new.id",
            [[one.number for one in made], [one.pk for one in made]],
        )
    return set(clusters.values())


def _keep(government_id: int, known: _Compared) -> None:
    _compared[government_id] = known
    while len(_compared) > _MOST_WINDOWS:
        del _compared[next(iter(_compared))]


def _worn(now: datetime) -> models.QuerySet[Likeness]:
    alone, kept = models.Q(cluster__isnull=True), models.Q(words__isnull=False)
    return Likeness._base_manager.filter(alone | kept, received_at__lt=now - SPAN).order_by("id")


@work.step("forget_alike", due=_worn, every=3600, oldest="received_at")
def forget(now: datetime) -> int:
    """This will forget what no post is compared with any more, and clusters whose posts are gone."""
    with scope.crossing("forgets for every government"), transaction.atomic():
        batch = work.claim(_worn(now), 10_000)
        alone = [one.pk for one in batch if one.cluster_id is None]
        Likeness.objects.filter(pk__in=alone).delete()
        Likeness.objects.filter(pk__in=[one.pk for one in batch]).update(words=None)
        campaigns.count(campaigns.miscounted())
        return len(batch)
