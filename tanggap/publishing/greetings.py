"""On which days a greeting belongs: fixed commemorations, and holidays by their name in the national calendar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from tanggap.agencies.national_holidays import FIRST_YEAR, LAST_YEAR, national_holidays

FIXED: Final = {
    "tahun baru": (1, 1),
    "kartini": (4, 21),
    "pendidikan nasional": (5, 2),
    "kebangkitan nasional": (5, 20),
    "lahir pancasila": (6, 1),
    "anak nasional": (7, 23),
    "kemerdekaan": (8, 17),
    "dirgahayu": (8, 17),
    "batik": (10, 2),
    "santri": (10, 22),
    "sumpah pemuda": (10, 28),
    "pahlawan": (11, 10),
    "kesehatan nasional": (11, 12),
    "guru": (11, 25),
    "disabilitas internasional": (12, 3),
    "ibu": (12, 22),
    "natal": (12, 25),
}
"""Month and day; what the national calendar knows too stands here only where its date never moves."""
MOVABLE: Final = {
    "idulfitri": "Idulfitri", "idul fitri": "Idulfitri", "lebaran": "Idulfitri", "iduladha": "Iduladha",
    "idul adha": "Iduladha", "nyepi": "Suci Nyepi", "waisak": "Waisak", "imlek": "Imlek", "maulid": "Maulid",
    "isra mikraj": "Isra", "tahun baru islam": "Islam", "paskah": "Kebangkitan", "tahun baru hijriah": "Islam",
}  # fmt: skip
_NEAR: Final = timedelta(days=1)


def belongs(occasion: str, day: date) -> bool | None:
    """This will say whether a greeting fits a day: within a day of it, after Idulfitri a week; None if not known."""
    if occasion in FIXED:
        month, at = FIXED[occasion]
        return any(
            abs(day - date(year, month, at)) <= _NEAR for year in (day.year - 1, day.year, day.year + 1)
        )
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return None
    wanted = MOVABLE[occasion].casefold()
    held = [one for one, holiday in national_holidays(day.year).items() if wanted in holiday.name.casefold()]
    if not held:
        return None
    after = timedelta(days=7) if wanted == "idulfitri" else _NEAR
    return any(one - _NEAR <= day <= one + after for one in held)
