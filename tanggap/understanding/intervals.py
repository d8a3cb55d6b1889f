"""How sure a figure is: intervals for shares, for paired shares, and agreement between people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import sqrt

_Z = 1.959964
"""Of a two-sided interval of 95 %."""


def wilson(right: int, of: int) -> tuple[float, float]:
    """This will give the 95 % interval of a share; (0, 1) for none.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    if not of:
        return 0.0, 1.0
    share, square = right / of, _Z * _Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def paired(fixed: int, broken: int, of: int) -> tuple[float, float]:
    """This will give the 95 % interval of the difference (fixed - broken) / of between two readers of the same posts.

    Source: D. G. Bonett and R. M. Price, "Adjusted Wald confidence interval for a difference of binomial proportions
    based on paired data", Journal of Educational and Behavioral Statistics 37 (2012).
    """
    if not of:
        return -1.0, 1.0
    up, down = (fixed + 1) / (of + 2), (broken + 1) / (of + 2)
    half = _Z * sqrt(max(up + down - (up - down) ** 2, 0) / (of + 2))
    return max(-1.0, up - down - half), min(1.0, up - down + half)


def alpha(answers: Iterable[Sequence[str]]) -> tuple[float | None, int]:
    """This will give Krippendorff's alpha of nominal labels, and how many posts two or more people answered.

    One sequence a post, one label a person; any number of people, none need answer all. 1 is full agreement, 0 what
    chance gives; None where nothing can be compared or only one label was ever used.
    Source: K. Krippendorff, "Computing Krippendorff's alpha-reliability" (2011), coincidence matrix, nominal metric.
    """
    pairable = [tuple(one) for one in answers if len(one) > 1]
    together: Counter[str] = Counter()
    apart = 0.0
    for labels in pairable:
        counts = Counter(labels)
        together.update(counts)
        apart += sum(many * (len(labels) - many) for many in counts.values()) / (len(labels) - 1)
    total = together.total()
    expected = sum(many * (total - many) for many in together.values()) / (total - 1) if total > 1 else 0
    return (round(1 - apart / expected, 4) if expected else None), len(pairable)
