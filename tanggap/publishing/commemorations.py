"""Which national commemorations fall on which day: names, date rules and their sources stand in data."""

from __future__ import annotations

import calendar
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

_FILE = Path(__file__).parent / "data" / "commemorations.json"


@dataclass(frozen=True, slots=True)
class Commemoration:
    """A day that is kept every year without being a day off.

    `rule` is {month, day} or {month, weekday, nth} (weekday 0 is Monday; nth -1 is the last). `verified`: its source
    was read and names the decree or the body that proclaimed it; the others are shown as not verified.
    """

    key: str
    name: str
    name_en: str
    rule: Mapping[str, int]
    basis: str = ""
    source: str = ""
    checked_on: str = ""
    verified: bool = False

    def on(self, year: int) -> date:
        """This will return its day in a year."""
        month = self.rule["month"]
        if "day" in self.rule:
            return date(year, month, self.rule["day"])
        nth = self.rule["nth"]
        days = [
            week[self.rule["weekday"]]
            for week in calendar.monthcalendar(year, month)
            if week[self.rule["weekday"]]
        ]
        return date(year, month, days[nth - 1 if nth > 0 else nth])

    def called(self, language: Literal["id", "en"]) -> str:
        """This will return its name in a language."""
        return self.name_en if language == "en" else self.name


def between(since: date, until: date) -> Iterator[tuple[date, Commemoration]]:
    """This will yield the commemorations from `since` to `until`, both included, in no order."""
    for year in range(since.year, until.year + 1):
        for one in known():
            if since <= (day := one.on(year)) <= until:
                yield day, one


def by_key(key: str) -> Commemoration | None:
    """This will return a commemoration by its key, None where there is no such."""
    return next((one for one in known() if one.key == key), None)


def next_after(
    day: date, most: int, within: timedelta = timedelta(days=120)
) -> list[tuple[date, Commemoration]]:
    """This will return the next commemorations after a day, soonest first."""
    coming = sorted(between(day + timedelta(days=1), day + within), key=lambda each: (each[0], each[1].key))
    return coming[:most]


@cache
def known() -> tuple[Commemoration, ...]:
    """This will read the shipped list once."""
    rows: list[dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(Commemoration(**row) for row in rows)
