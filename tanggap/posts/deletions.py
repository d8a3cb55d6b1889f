"""Deletions that come before their post: remembered, so that the order of deliveries makes no difference.

A platform also tells of deletions of posts that were never meant for us; they leave a line here for a while, and
nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, models, transaction

from tanggap.core import live, scope, work
from tanggap.posts.models import Deletion, Post

REMEMBERED = timedelta(days=90)
Key = tuple[str, str]


def remember(government_id: int, deleted: Iterable[tuple[Key, datetime]]) -> None:
    """This will keep deletions of posts that are not there."""
    rows = [
        Deletion(government_id=government_id, platform=key[0], external_id=key[1], at=at)
        for key, at in sorted(deleted)
    ]
    if rows:
        Deletion.objects.bulk_create(rows, ignore_conflicts=True)


def of(government_id: int, keys: Iterable[Key]) -> dict[Key, datetime]:
    """This will return when each of these posts was deleted, for those that a deletion came before."""
    listed = list(keys)
    with connection.cursor() as cursor:
        cursor.execute(
            "select platform, external_id, at from posts_deletion where government_id = %s and "
            "(platform, external_id) in (select * from unnest(%s::text[], %s::text[]))",
            [government_id, [key[0] for key in listed], [key[1] for key in listed]],
        )
        return {(row[0], row[1]): row[2] for row in cursor.fetchall()}


def _met(now: datetime) -> models.QuerySet[Post]:
    """Posts that two workers stored and deleted at the same moment, so that neither saw the other."""
    deleted = Deletion._base_manager.filter(
        government_id=models.OuterRef("government_id"),
        platform=models.OuterRef("platform"),
        external_id=models.OuterRef("external_id"),
    )
    recent = Post._base_manager.filter(deleted_at__isnull=True, received_at__gte=now - timedelta(days=1))
    return recent.filter(models.Exists(deleted)).order_by("id")


@work.step("deletions", due=_met, every=300, oldest="received_at")
def apply(now: datetime) -> int:
    """This will mark posts as deleted that met their deletion too late, and forget deletions nobody needs."""
    with scope.crossing("deletions of all governments"), transaction.atomic():
        batch = work.claim(_met(now), 500)
        for post in batch:
            Post.objects.filter(pk=post.pk).update(deleted_at=now)
            live.tell(post.government_id, "post_changed", [post.pk])
        Deletion.objects.filter(at__lt=now - REMEMBERED).delete()
        return len(batch)
