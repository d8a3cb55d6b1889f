"""The review of labels: which post an officer is asked about next, the answer, and its undoing.

Half of the posts are drawn at random, which measures the reader without favour; half are those that it is unsure of,
which teach most. One in five was answered by a colleague before, whose answer is not shown: so agreement is measured.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal
from tanggap.posts import desk
from tanggap.posts.desk import NO_TOPIC
from tanggap.posts.learning.lessons import answer_of
from tanggap.posts.models import Post
from tanggap.posts.taught import Correction, Sample
from tanggap.understanding.heads import all_heads

HEADS = ("topic", "intent", "sentiment", "urgency", "language")
_RECENT, _POOL = timedelta(days=60), 2000
_EVERY_SECOND = 5
_UNDO = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Question:
    """A post that an officer is asked about, why it was drawn, and the labels to choose from without the menu.

    The choices hide which of them the reader guessed: in the order of the head where it has few labels, else shuffled.
    """

    post: Post
    head: str
    sample: str
    choices: tuple[str, ...]


def question(member: Member, head: str, skipped: Collection[int] = ()) -> Question | None:
    """This will draw the next post for an officer; the same until it is answered or skipped, None where none is left.

    Drawn evenly from the channels and languages, from recent posts that the officer sees and has not reviewed.
    """
    require(member, "case.triage")
    if head not in HEADS:
        raise Refusal(_("Label itu tidak ditinjau."), "head")
    mine = Correction.objects.filter(by=member, label=head).exclude(sample="")
    done = Counter[tuple[str, str]](mine.values_list("post__platform", "post__language"))
    kind = _kind(sum(done.values()))
    for sample in dict.fromkeys([kind, Sample.RANDOM, Sample.UNCERTAIN]):
        pool = _pool(member, head, sample, skipped)
        drawn = _drawn(pool, done, head, sample)
        if drawn is not None:
            post = Post.objects.seen_by(member).select_related("channel").get(pk=drawn)
            return Question(post, head, sample, _choices(post, head))
    return None


def answer(post: Post, head: str, label: str, by: Member, sample: str) -> Correction:
    """This will keep an officer's answer (NO_TOPIC for a post about no service).

    The post's label becomes the answer, unless an officer has spoken of it before: then the first word stays and the
    two are compared.
    """
    require(by, "case.triage")
    if head not in HEADS or label not in all_heads()[head].labels or sample not in Sample.values:
        raise Refusal(_("Label itu tidak dikenal."), "label")
    after = "" if label == NO_TOPIC else label
    with transaction.atomic():
        spoken = Correction.objects.filter(post=post, label=head).exists()
        row = Correction.objects.create(
            government_id=post.government_id, post=post, label=head, before=getattr(post, head), after=after, by=by,
            at=timezone.now(), said=desk.guess(post, head)[0], model=post.model, sample=sample,
        )  # fmt: skip
        if not spoken and after != row.before:
            Post.objects.filter(pk=post.pk).update(**{head: after})
            live.tell(post.government_id, "post_changed", [post.pk])
        audit.record("post.review", post, by, label=head, after=label, sample=sample)
    return row


def undo(by: Member, head: str) -> Post:
    """This will take an officer's last answer back; Refusal where there is none of the last ten minutes."""
    require(by, "case.triage")
    with transaction.atomic():
        since = timezone.now() - _UNDO
        mine = Correction.objects.filter(by=by, label=head, at__gte=since).exclude(sample="")
        row = mine.select_related("post").order_by("-at", "-id").first()
        if row is None:
            raise Refusal(_("Tidak ada jawaban dari sepuluh menit terakhir yang dapat diurungkan."))
        alone = not Correction.objects.filter(post=row.post, label=head).exclude(pk=row.pk).exists()
        if alone:
            Post.objects.filter(pk=row.post_id, **{head: row.after}).update(**{head: row.before})
        row.delete()
        audit.record("post.review_undo", row.post, by, label=head)
    return row.post


def _kind(done: int) -> str:
    if done % _EVERY_SECOND == _EVERY_SECOND - 1:
        return Sample.SECOND
    return Sample.UNCERTAIN if (done - done // _EVERY_SECOND) % 2 else Sample.RANDOM


def _pool(
    member: Member, head: str, sample: str, skipped: Collection[int]
) -> list[tuple[int, str, str, float]]:
    """Keys of posts with platform, language and the reader's certainty, newest first."""
    spoken = Correction.objects.filter(post=models.OuterRef("pk"), label=head)
    posts = Post.objects.seen_by(member).filter(ours=False, deleted_at=None).exclude(text="")
    posts = posts.exclude(pk__in=list(skipped))
    if sample == Sample.SECOND:
        posts = posts.filter(models.Exists(spoken.exclude(by=member).exclude(sample="")))
        posts = posts.exclude(models.Exists(spoken.filter(by=member)))
    else:
        posts = posts.filter(received_at__gte=timezone.now() - _RECENT).exclude(models.Exists(spoken))
    score = models.functions.Cast(f"reading__{head}__score", models.FloatField())
    rows = posts.filter(**{f"reading__{head}__score__isnull": False}).annotate(sure=score)
    found = list(
        rows.order_by("-received_at", "-pk").values_list("pk", "platform", "language", "sure")[:_POOL]
    )
    if sample == Sample.UNCERTAIN:
        found = sorted(found, key=lambda row: (row[3], row[0]))[: max(len(found) // 4, 1)]
    return found


def _drawn(
    pool: list[tuple[int, str, str, float]], done: Counter[tuple[str, str]], head: str, sample: str
) -> int | None:
    """The post of the least reviewed channel and language that the dice like best; the dice know only head and post."""
    if not pool:
        return None

    def dice(pk: int) -> bytes:
        return hashlib.blake2b(f"{head} {sample} {pk}".encode(), digest_size=8).digest()

    return min(pool, key=lambda row: (done[row[1], row[2]], dice(row[0])))[0]


def _choices(post: Post, head: str) -> tuple[str, ...]:
    labels = all_heads()[head].labels
    if len(labels) <= len(HEADS):
        return labels
    said = post.reading.get(head) or {}
    likely = [str(label) for label, _score in said.get("candidates") or [] if label != NO_TOPIC]
    return tuple(
        sorted(likely[:3], key=lambda label: hashlib.blake2b(f"{post.pk} {label}".encode()).digest())
    )


def answered(member: Member, head: str) -> int:
    """This will count an officer's answers about a head."""
    return Correction.objects.filter(by=member, label=head).exclude(sample="").count()


def agreed_label(rows: Collection[Correction]) -> str | None:
    """This will return what most officers said of one head of one post; None where they are at odds."""
    newest = {row.by_id: answer_of(row) for row in sorted(rows, key=lambda row: (row.at, row.pk))}
    counts = Counter(newest.values()).most_common(2)
    return None if len(counts) > 1 and counts[0][1] == counts[1][1] else counts[0][0]
