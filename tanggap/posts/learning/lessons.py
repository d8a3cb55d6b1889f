"""What the officers of a government have taught so far, as lessons, and the posts that hold the reader in place."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from tanggap.posts.desk import NO_TOPIC
from tanggap.posts.models import Post
from tanggap.posts.taught import Correction
from tanggap.understanding.heads import all_heads
from tanggap.understanding.settling import FEWEST, Lesson
from tanggap.understanding.teaching import MOST_ANCHORS

_MOST_WORDS = 20_000
_RECENT_POSTS = 5_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How many corrections a label has, and whether these are enough to teach it."""

    label: str
    corrected: int
    confirmed: int

    @property
    def enough(self) -> bool:
        return self.corrected >= FEWEST

    @property
    def wanting(self) -> int:
        return max(FEWEST - self.corrected, 0)


def lessons() -> tuple[list[Lesson], datetime | None]:
    """This will return the newest words of the scope's officers about the heads, and when the last one was said."""
    rows = (
        Correction.objects.filter(label__in=all_heads())
        .exclude(post__text="")
        .order_by("-at", "-id")
        .select_related("post")
        .only("label", "before", "after", "said", "by_id", "at", "post__text")[:_MOST_WORDS]
    )
    found, newest = [], None
    for row in rows:
        label = answer_of(row)
        if label not in all_heads()[row.label].labels:
            continue
        newest = newest or row.at
        at = row.at.timestamp()
        found.append(Lesson(row.post_id, row.post.text, row.label, label, row.by_id, was_wrong(row), at))
    return found, newest


def anchors(number: int) -> list[str]:
    """This will draw recent posts that nobody put right, the same for the same number."""
    pks = list(
        Post.objects.filter(ours=False, corrections=None)
        .exclude(text="")
        .order_by("-id")
        .values_list("pk", flat=True)[:_RECENT_POSTS]
    )
    drawn = random.Random(number).sample(pks, min(MOST_ANCHORS, len(pks)))
    return list(Post.objects.filter(pk__in=drawn).order_by("pk").values_list("text", flat=True))


def progress() -> list[Progress]:
    """This will count, for every label that officers may put right, posts put right and posts confirmed."""
    wrong, right = Counter[str](), Counter[str]()
    for label, said, before, after, many in _counted():
        known = Correction(label=label, said=said, before=before, after=after)
        (wrong if was_wrong(known) else right)[label] += many
    heads = [name for name in all_heads() if name in wrong or name in right]
    return [Progress(name, wrong[name], right[name]) for name in heads]


def answer_of(row: Correction) -> str:
    """This will return the label that an officer meant, in the reader's words."""
    return NO_TOPIC if row.label == "topic" and not row.after else row.after


def was_wrong(row: Correction) -> bool:
    """This will tell whether the officer's word differs from the reader's best guess, or else from what was shown."""
    return answer_of(row) != row.said if row.said else row.after != row.before


def _counted() -> Iterable[tuple[str, str, str, str, int]]:
    rows = Correction.objects.filter(label__in=all_heads()).exclude(post__text="").order_by()
    return rows.values_list("label", "said", "before", "after").annotate(many=Count("post", distinct=True))
