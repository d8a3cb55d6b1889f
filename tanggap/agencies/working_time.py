"""The shapes of working time: blocks, seasons, days off, pauses, and a due moment with its explanation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal


class CalendarError(ValueError):
    """A time calculation cannot be done; the text says why and what to do."""


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """A stretch of working time within one day, in minutes since midnight; `end` may be 1440."""

    start: int
    end: int


Weekly = tuple[tuple[Block, ...], ...]
"""Blocks for Monday to Sunday, each day in order and without overlap; a day off has none."""


@dataclass(frozen=True, slots=True)
class Season:
    """Other weekly hours from `first` to `last` (both included), such as Ramadan."""

    name: str
    name_en: str
    first: date
    last: date
    weekly: Weekly
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class LocalHoliday:
    """A day off of this government alone; without a `year` it comes every year."""

    month: int
    day: int
    year: int | None
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Override:
    """One day's own hours, before any holiday; `blocks` None means the usual hours of that weekday."""

    day: date
    blocks: tuple[Block, ...] | None
    name: str


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which the clock stands still, from `since` up to `until` (give now for one still open)."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One day that was looked at on the way, with `why` in the chosen language.

    `kind`: work (it took part), holiday (a day off that would be worked otherwise), off (weekend), pause.
    """

    day: date
    kind: Literal["work", "holiday", "off", "pause"]
    why: str

    @property
    def counted(self) -> bool:
        return self.kind == "work"


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due: `at` in the government's zone, and why in words.

    `provisional` when it rests on dates that are not decided yet; `why` then says which. `steps` are the days
    on the way, for display; none where every hour counts.
    """

    at: datetime
    why: str
    provisional: bool
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A finished calculation: `amount` of `unit` from `begin` to `at`, the way there, and open doubts."""

    begin: datetime
    at: datetime
    amount: int
    unit: str
    pauses: tuple[Pause, ...] = ()
    steps: tuple[Step, ...] = ()
    doubts: tuple[str, ...] = ()
