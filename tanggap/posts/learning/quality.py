"""How right the reader is by the review of labels, by class and by language, and how far officers agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt

from django.utils import timezone

from tanggap.posts.learning.lessons import answer_of
from tanggap.posts.learning.reviewing import agreed_label
from tanggap.posts.models import Post
from tanggap.posts.taught import Correction, Sample
from tanggap.understanding.intervals import alpha, wilson

_MOST = 20_000
_RECENT = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Share:
    """So many right of so many, with its 95 % interval; of `label`, a class or a language."""

    label: str
    right: int
    of: int
    share: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Quality:
    """What the review says of one head. `overall` weighs languages by how often they come; `unsure` is the other half.

    `classes` are by what the reader said: how often it is right when it says so.
    """

    head: str
    overall: Share
    unsure: Share
    classes: list[Share]
    languages: list[Share]
    agreement: float | None
    compared: int


def quality(head: str) -> Quality:
    """This will work the figures of one head out of the scope's reviews, newest first."""
    rows = list(
        Correction.objects.filter(label=head)
        .order_by("-at", "-id")
        .select_related("post")
        .only("label", "before", "after", "said", "sample", "by_id", "at", "post__language")[:_MOST]
    )
    posts: dict[int, list[Correction]] = defaultdict(list)
    for row in rows:
        posts[row.post_id].append(row)
    drawn = {name: _judged(posts.values(), name) for name in (Sample.RANDOM, Sample.UNCERTAIN)}
    random = drawn[Sample.RANDOM]
    agreement, compared = alpha(
        list({row.by_id: answer_of(row) for row in sorted(one, key=lambda row: (row.at, row.pk))}.values())
        for one in posts.values()
    )
    languages = _shares((language, right) for _said, language, right in random)
    return Quality(
        head=head,
        overall=_weighed(languages),
        unsure=_share("", [right for _said, _language, right in drawn[Sample.UNCERTAIN]]),
        classes=_shares((said, right) for said, _language, right in random),
        languages=languages,
        agreement=agreement,
        compared=compared,
    )


def _judged(posts: Iterable[list[Correction]], sample: str) -> list[tuple[str, str, bool]]:
    """What the reader said of each post drawn so, the post's language, and whether officers say the same."""
    found = []
    for rows in posts:
        first = next((row for row in reversed(rows) if row.sample == sample and row.said), None)
        true = agreed_label(rows) if first else None
        if first and true is not None:
            found.append((first.said, first.post.language, first.said == true))
    return found


def _shares(judged: Iterable[tuple[str, bool]]) -> list[Share]:
    groups: dict[str, list[bool]] = defaultdict(list)
    for label, right in judged:
        groups[label].append(right)
    return sorted((_share(label, right) for label, right in groups.items()), key=lambda one: -one.of)


def _share(label: str, right: list[bool]) -> Share:
    low, high = wilson(sum(right), len(right))
    return Share(label, sum(right), len(right), sum(right) / len(right) if right else None, low, high)


def _weighed(languages: list[Share]) -> Share:
    """The share over all languages, each weighed by how many recent posts it has: the sample draws them evenly.

    Its interval is that of a stratified sample, with two answers added to each stratum (Agresti and Coull 1998).
    """
    since = timezone.now() - _RECENT
    often = Counter(
        Post.objects.filter(ours=False, received_at__gte=since).order_by("-received_at")
        .values_list("language", flat=True)[:_MOST]
    )  # fmt: skip
    weights = [max(often[one.label], 1) for one in languages]
    total = sum(weights)
    right, of = sum(one.right for one in languages), sum(one.of for one in languages)
    if len(languages) < 2:
        return _share("", [True] * right + [False] * (of - right))
    share = sum(weight * (one.share or 0) for weight, one in zip(weights, languages, strict=True)) / total
    spread = 0.0
    for weight, one in zip(weights, languages, strict=True):
        near = (one.right + 1) / (one.of + 2)
        spread += (weight / total) ** 2 * near * (1 - near) / (one.of + 2)
    half = 1.96 * sqrt(spread)
    return Share("", right, of, share, max(share - half, 0.0), min(share + half, 1.0))
