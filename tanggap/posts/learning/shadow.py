"""A candidate reads new posts beside the model in use; kept is only where they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.db import models, transaction

from tanggap.agencies.models import Government
from tanggap.core import live, scope, work
from tanggap.posts import readers
from tanggap.posts.desk import NO_TOPIC
from tanggap.posts.models import Post
from tanggap.posts.taught import ShadowReading, TrainedModel, TrainedState
from tanggap.understanding.reading import Label, Reading

HEADS = ("topic", "intent", "sentiment", "urgency", "language")
MOST_READ, MOST_KEPT = 20_000, 500
"""A candidate reads no more posts than this, and keeps no more differences; counting goes on."""
_BATCH = 200


def _candidates() -> models.QuerySet[TrainedModel]:
    return TrainedModel._base_manager.filter(state=TrainedState.CANDIDATE, shadow_read__lt=MOST_READ)


def _unread(trained: TrainedModel) -> models.QuerySet[Post]:
    return Post._base_manager.filter(
        government_id=trained.government_id, pk__gt=trained.shadow_at, ours=False
    )


def _due(now: datetime) -> models.QuerySet[Post]:
    which = models.Q(pk=None)
    for one in _candidates():
        which |= models.Q(government_id=one.government_id, pk__gt=one.shadow_at, ours=False)
    return Post._base_manager.filter(which)


@work.step("shadow_reading", due=_due, every=30, oldest="received_at")
def shadow_reading(now: datetime) -> int:
    """This will have one candidate read a batch of posts that it has not read yet."""
    with transaction.atomic():
        for one in work.claim(_candidates().order_by("shadow_read", "pk"), 20):
            posts = list(_unread(one).order_by("pk")[:_BATCH])
            if posts:
                with scope.government(one.government_id):
                    _read(one, posts)
                return len(posts)
    return 0


def _read(trained: TrainedModel, posts: Sequence[Post]) -> None:
    government = Government.objects.get(pk=trained.government_id)
    texts = [post.text for post in posts]
    # Both read again, so that the two differ by the layer alone, whoever read the post when it came.
    now = readers.reader_for(government).read(texts)
    then = readers.reader_with(government, trained).read(texts)
    heads, differing = Counter(trained.shadow_heads), []
    for post, one, other in zip(posts, now, then, strict=True):
        labels = differences(one, other)
        heads.update(labels.keys())
        if labels:
            heads["posts"] += 1
            differing.append(
                ShadowReading(
                    government_id=trained.government_id, trained=trained, post_id=post.pk, labels=labels
                )
            )
    room = max(MOST_KEPT - ShadowReading.objects.filter(trained=trained).count(), 0)
    ShadowReading.objects.bulk_create(differing[:room], ignore_conflicts=True)
    trained.shadow_heads = dict(heads)
    trained.shadow_at, trained.shadow_read = posts[-1].pk, trained.shadow_read + len(posts)
    trained.save(update_fields=["shadow_heads", "shadow_at", "shadow_read"])
    live.tell(trained.government_id, "job", [trained.pk])


def differences(one: Reading, other: Reading) -> dict[str, list[str]]:
    """This will return by label what two readings say where they differ; empty for "don't know"."""
    said = {head: [_said(one, head), _said(other, head)] for head in HEADS}
    return {head: both for head, both in said.items() if both[0] != both[1]}


def _said(reading: Reading, head: str) -> str:
    label: Label = getattr(reading, head)
    return NO_TOPIC if head == "topic" and reading.topic_none else label.label or ""
