"""What officers said of labels becomes targets to teach: who is trusted how far, and what they agree on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

FEWEST = 20
"""A head with fewer corrections than this stays as it was shipped."""

MOST_LESSONS = 2000


class Lesson(NamedTuple):
    """What an officer said of one head of one post. `corrected`: it differs from what was shown to the officer."""

    post: int
    text: str
    head: str
    label: str
    officer: int
    corrected: bool
    at: float = 0.0


class Target(NamedTuple):
    """What the officers agree on about one head of one post, and how much it counts."""

    post: int
    text: str
    label: str
    weight: float
    corrected: bool
    at: float


class Agreed(NamedTuple):
    """The targets of one head, with how many officers spoke and on how many posts they were at odds."""

    targets: list[Target]
    officers: int
    contested: int

    def figures(self) -> dict[str, Any]:
        """This will count them."""
        corrected = sum(one.corrected for one in self.targets)
        return {
            "lessons": len(self.targets),
            "corrected": corrected,
            "confirmed": len(self.targets) - corrected,
            "officers": self.officers,
            "contested": self.contested,
            "taught": False,
            "why": "few" if corrected < FEWEST else "",
        }


def targets(lessons: Iterable[Lesson], head: str, anchors: int) -> Agreed:
    """This will settle what officers said of one head: the newest word of each officer, the most voices of a post.

    A post on which they are at odds with nobody ahead is left out. A target counts as much as the officers behind it
    are trusted, which falls with each post on which others say something else.
    """
    voices: dict[int, dict[int, Lesson]] = defaultdict(dict)
    for one in sorted(lessons, key=lambda one: (one.at, one.post, one.officer)):
        if one.head == head:
            voices[one.post][one.officer] = one
    trust = _trust(voices.values())
    agreed, contested, behind = [], 0, {}
    for post, said in voices.items():
        counts = Counter(one.label for one in said.values()).most_common(2)
        if len(counts) > 1:
            contested += 1
            if counts[0][1] == counts[1][1]:
                continue
        officers = [one for one in said.values() if one.label == counts[0][0]]
        weight = min(sum(trust[one.officer] for one in officers), 1.5)
        newest, corrected = officers[-1], any(one.corrected for one in officers)
        agreed.append(Target(post, newest.text, newest.label, weight, corrected, newest.at))
        behind[post] = [one.officer for one in officers]
    agreed = sorted(agreed, key=lambda one: (one.at, one.post))[-MOST_LESSONS:]
    share = _shares(agreed, behind, anchors)
    balanced = [one._replace(weight=one.weight * min(share[of] for of in behind[one.post])) for one in agreed]
    return Agreed(balanced, len(trust), contested)


def _trust(posts: Iterable[Mapping[int, Lesson]]) -> dict[int, float]:
    """Of each officer the share of posts, which others answered too, where any of them says the same."""
    alike: Counter[int] = Counter()
    both: Counter[int] = Counter()
    officers: set[int] = set()
    for said in posts:
        officers |= said.keys()
        if len(said) > 1:
            counts = Counter(one.label for one in said.values())
            for officer, one in said.items():
                both[officer] += 1
                alike[officer] += counts[one.label] > 1
    return {officer: (alike[officer] + 2) / (both[officer] + 2) for officer in officers}


def _shares(agreed: Sequence[Target], behind: Mapping[int, Sequence[int]], anchors: int) -> dict[int, float]:
    """By how much each officer's lessons are made lighter, so that nobody outweighs the others or the anchors."""
    alone: dict[int, float] = defaultdict(float)
    for one in agreed:
        for officer in behind[one.post]:
            alone[officer] += one.weight / len(behind[one.post])
    total = sum(alone.values())
    return {
        officer: min(1.0, max(total - weight, anchors / 2, 1.0) / weight) for officer, weight in alone.items()
    }
