"""On which days a greeting belongs: fixed commemorations, and holidays by their name in the national calendar.

Days that hang on a holiday (the fasting month, the eve of Sura) are counted from it, as wide as the moon leaves open.
Balinese days return every 210 days; the five Javanese market days run on without end.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Final

from tanggap.agencies.national_holidays import FIRST_YEAR, LAST_YEAR, national_holidays
from tanggap.publishing import commemorations

FIXED: Final = {
    "tahun baru": (1, 1), "kartini": (4, 21), "buruh": (5, 1), "pendidikan nasional": (5, 2),
    "kebangkitan nasional": (5, 20), "lahir pancasila": (6, 1), "anak nasional": (7, 23), "pramuka": (8, 14),
    "kemerdekaan": (8, 17), "dirgahayu": (8, 17), "kesaktian pancasila": (10, 1), "batik": (10, 2),
    "santri": (10, 22), "sumpah pemuda": (10, 28), "pahlawan": (11, 10), "kesehatan nasional": (11, 12),
    "guru": (11, 25), "disabilitas internasional": (12, 3), "ibu": (12, 22), "natal": (12, 25),
}  # fmt: skip
"""Month and day; what the national calendar knows too stands here only where its date never moves."""
MOVABLE: Final = {
    "idulfitri": ("idulfitri", 0, 7), "idul fitri": ("idulfitri", 0, 7), "lebaran": ("idulfitri", 0, 7),
    "lebaran haji": ("iduladha", 0, 3), "iduladha": ("iduladha", 0, 3), "idul adha": ("iduladha", 0, 3),
    "nyepi": ("sucinyepi", 0, 1), "waisak": ("waisak", 0, 1), "trisuci waisak": ("waisak", 0, 1),
    "imlek": ("imlek", 0, 1), "cap go meh": ("imlek", 14, 14), "maulid": ("maulid", 0, 1), "maulud": ("maulid", 0, 1),
    "isra mikraj": ("isramikraj", 0, 1), "isra miraj": ("isramikraj", 0, 1),
    "tahun baru islam": ("tahunbaruislam", 0, 1), "tahun baru hijriah": ("tahunbaruislam", 0, 1),
    "satu suro": ("tahunbaruislam", -1, 0), "1 suro": ("tahunbaruislam", -1, 0),
    "paskah": ("kebangkitanyesus", 0, 1), "jumat agung": ("wafatyesus", 0, 0),
    "kenaikan isa almasih": ("kenaikanyesus", 0, 0), "kenaikan yesus kristus": ("kenaikanyesus", 0, 0),
    "berpuasa": ("idulfitri", -31, -1), "menunaikan ibadah puasa": ("idulfitri", -31, -1),
    "menjalankan ibadah puasa": ("idulfitri", -31, -1), "ramadan": ("idulfitri", -31, -1),
    "ramadhan": ("idulfitri", -31, -1), "berbuka puasa": ("idulfitri", -31, -1),
    "nuzulul quran": ("idulfitri", -15, -12), "bertakbir": ("idulfitri", -1, 0),
}  # fmt: skip
"""A name in the national calendar (without spaces), and from which to which day around it the greeting belongs."""
BALINESE: Final = {"galungan": date(2025, 4, 23), "kuningan": date(2025, 5, 3), "saraswati": date(2025, 2, 8)}
"""One day on which each was kept; it returns with the calendar of 210 days (pawukon)."""
MARKET_DAYS: Final = ("legi", "pahing", "pon", "wage", "kliwon")
_ANY_LEGI: Final = date(1945, 8, 17)
_PAWUKON: Final = 210
_NEAR: Final = timedelta(days=1)


def market_day(day: date) -> str:
    """This will return the Javanese market day (pasaran) of a day: five that follow one another; 17 August 1945 was
    a Legi."""
    return MARKET_DAYS[(day - _ANY_LEGI).days % len(MARKET_DAYS)]


def belongs(occasion: str, day: date) -> bool | None:
    """This will say whether a greeting fits a day, a day more on each side allowed; None if not known."""
    if occasion in BALINESE:
        away = (day - BALINESE[occasion]).days % _PAWUKON
        return min(away, _PAWUKON - away) <= 1
    if occasion not in MOVABLE:
        return any(abs(day - one) <= _NEAR for one in _fixed(occasion, day.year))
    if not FIRST_YEAR <= day.year - 1 <= day.year + 1 <= LAST_YEAR:
        return None
    wanted, first, last = MOVABLE[occasion]
    held = [one for year in (day.year - 1, day.year, day.year + 1) for one in _held(wanted, year)]
    if not _held(wanted, day.year):
        return None
    return any(
        one + timedelta(days=first) - _NEAR <= day <= one + timedelta(days=last) + _NEAR for one in held
    )


@cache
def occasions() -> tuple[str, ...]:
    """This will return every occasion that a greeting may name, in small letters, the longest first."""
    return tuple(sorted({*FIXED, *MOVABLE, *BALINESE, *_commemorated()}, key=len, reverse=True))


def _fixed(occasion: str, year: int) -> list[date]:
    years = (year - 1, year, year + 1)
    if occasion in FIXED:
        month, at = FIXED[occasion]
        return [date(one, month, at) for one in years]
    return [_commemorated()[occasion].on(one) for one in years]


@cache
def _commemorated() -> dict[str, commemorations.Commemoration]:
    return {one.name.casefold().removeprefix("hari "): one for one in commemorations.known()}


def _held(wanted: str, year: int) -> list[date]:
    found = []
    for day, holiday in national_holidays(year).items():
        names = holiday.name.casefold().replace(" ", "").split("/")
        if any(wanted in name and not name.startswith(("cutibersama", "harikedua")) for name in names):
            found.append(day)
    return found
