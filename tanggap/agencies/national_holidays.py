"""National holidays and joint leave of Indonesia, year by year, as the holidays library knows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from holidays.constants import GOVERNMENT, PUBLIC
from holidays.countries.indonesia import Indonesia

FIRST_YEAR: Final = 1946
LAST_YEAR: Final = 2100

_ESTIMATED: Final = re.compile(r" \((?:perkiraan|estimated)\)$")


@dataclass(frozen=True, slots=True)
class Holiday:
    """One day off with its name in both languages; `estimated` where the date still waits for a decision."""

    day: date
    name: str
    name_en: str
    estimated: bool = False


@lru_cache(maxsize=64)
def national_holidays(year: int) -> Mapping[date, Holiday]:
    """Give the public holidays and joint leave days (cuti bersama) of a year, by date."""
    indonesian = Indonesia(years=year, categories=(PUBLIC, GOVERNMENT), language="id")
    english = Indonesia(years=year, categories=(PUBLIC, GOVERNMENT), language="en_US")
    found = {}
    for day in sorted(indonesian):
        names = indonesian.get_list(day)
        found[day] = Holiday(
            day,
            _joined(names),
            _joined(english.get_list(day)),
            any(_ESTIMATED.search(name) for name in names),
        )
    return MappingProxyType(found)


@lru_cache(maxsize=64)
def has_joint_leave(year: int) -> bool:
    """Tell whether the decree of a year (SKB 3 Menteri) is known: only then is there joint leave."""
    return bool(Indonesia(years=year, categories=(GOVERNMENT,), language="id"))


def _joined(names: list[str]) -> str:
    return " / ".join(_ESTIMATED.sub("", name) for name in names)
