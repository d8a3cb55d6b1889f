"""When our own publications were answered most, and when citizens write: medians with their interval and number.

Pure but for `interactions`: the page gathers when citizens wrote and hands it in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import comb
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Max

from tanggap.publishing.models import DeliveryState, Figures

ENOUGH: Final = 30
"""Publications (or days) below which nothing is said."""
FEWEST: Final = 6
"""In an hour: of fewer values no interval of 95 % around the median exists."""
_SURE: Final = 0.95
_COUNTED: Final = ("likes", "comments", "shares")
BACK: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Measured:
    """A median with the interval that holds it in 95 of 100 cases, and of how many values."""

    middle: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of the day (0 to 23, local) with what was measured in it; None where there were too few values."""

    hour: int
    n: int
    measured: Measured | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the data say: the hours in their order, and whether there is enough to say anything."""

    n: int
    hours: tuple[Hour, ...]

    @property
    def enough(self) -> bool:
        """Whether there are as many values as it takes."""
        return self.n >= ENOUGH

    @property
    def best(self) -> list[Hour]:
        """The hours with the highest medians, best first, at most three; none where there is not enough."""
        if not self.enough:
            return []
        known = [one for one in self.hours if one.measured is not None]
        return sorted(known, key=lambda one: (-_middle(one), one.hour))[:3]

    @property
    def clear(self) -> bool:
        """Whether the best hour lies above all others beyond doubt: its interval touches no other's."""
        known = sorted((one.measured for one in self.hours if one.measured), key=lambda one: -one.middle)
        return self.enough and len(known) > 1 and all(known[0].low > other.high for other in known[1:])


def measure(values: Sequence[float]) -> Measured | None:
    """This will return the median with its distribution-free interval (order statistics); None for fewer than six.

    The interval runs from the k-th smallest to the k-th largest, k the largest for which a binomial (n, 1/2) leaves at
    most 2.5 % below it.
    """
    n = len(values)
    if n < FEWEST:
        return None
    ordered = sorted(values)
    k, below = 0, 0.0
    while below + comb(n, k) / 2**n <= (1 - _SURE) / 2:
        below += comb(n, k) / 2**n
        k += 1
    return Measured(median(ordered), ordered[k - 1], ordered[n - k], n)


def by_hour(values: Iterable[tuple[int, float]]) -> Answer:
    """This will group values by the hour of the day and measure each hour."""
    grouped: dict[int, list[float]] = defaultdict(list)
    total = 0
    for hour, value in values:
        grouped[hour].append(value)
        total += 1
    return Answer(
        total, tuple(Hour(hour, len(grouped[hour]), measure(grouped[hour])) for hour in sorted(grouped))
    )


def interactions(channel: int, now: datetime, zone: ZoneInfo) -> list[tuple[int, float]]:
    """This will return (local hour of leaving, likes + comments + shares) of a channel's publications in a year.

    Each as its platform told it last; one of which the platform tells none of these numbers is left out: unknown is
    not zero.
    """
    rows = Figures.objects.filter(
        delivery__channel=channel, delivery__state=DeliveryState.SENT, delivery__part=0,
        delivery__variant__isnull=False, delivery__sent_at__gte=now - BACK,
    )  # fmt: skip
    newest = rows.order_by().values("delivery").annotate(last=Max("day")).values_list("delivery", "last")
    last = dict(newest)
    found = []
    for row in rows.select_related("delivery"):
        numbers = {key: row.numbers[key] for key in _COUNTED if isinstance(row.numbers.get(key), int | float)}
        if row.day == last[row.delivery_id] and numbers and row.delivery.sent_at is not None:
            found.append((row.delivery.sent_at.astimezone(zone).hour, float(sum(numbers.values()))))
    return found


def activity(counts: Mapping[tuple[date, int], int], first: date, last: date) -> Answer:
    """This will measure how much citizens write in each hour: `counts` by (local day, hour), hours without are zero."""
    every = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    if not counts:
        return Answer(0, ())
    hours = tuple(
        Hour(hour, len(every), measure([float(counts.get((day, hour), 0)) for day in every]))
        for hour in range(24)
    )
    return Answer(sum(counts.values()), hours)


def _middle(one: Hour) -> float:
    return one.measured.middle if one.measured else 0.0
