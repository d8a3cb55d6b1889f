"""Makes personal data that looks right and belongs to nobody.

Identity numbers carry a real region code and date, so that a detector accepts them, but serials from 9000 on, which no
registry office reaches in one day; phone numbers have 0000 after the prefix; mail addresses end in the reserved
domain `.example` (RFC 2606).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

_REGIONS: Final = ("347105", "327604", "332301", "357803", "337201")
_PREFIXES: Final = ("812", "821", "857", "878", "896", "881")
_PLATES: Final = ("AB", "AD", "AA", "H", "D", "B")
_NAMES: Final = (
    "Suparmi Wulandari",
    "Dadang Hermawan",
    "Ngatinah",
    "Rahmat Hidayatullah",
    "Sukinem",
    "Yayat Supriatna",
    "Endang Pujiastuti",
    "Bagas Prakoso",
)


def _number(dice: random.Random, digits: int) -> str:
    return f"{dice.randrange(10**digits):0{digits}d}"


def _dated(dice: random.Random, *, birth: bool) -> str:
    day = dice.randint(1, 28) + (40 if birth and dice.random() < 0.5 else 0)
    year = dice.randint(60, 99) if birth else dice.randint(10, 25)
    return f"{dice.choice(_REGIONS)}{day:02d}{dice.randint(1, 12):02d}{year:02d}9{_number(dice, 3)}"


def _phone(dice: random.Random) -> str:
    prefix, last = dice.choice(_PREFIXES), _number(dice, 4)
    return dice.choice((f"0{prefix}0000{last}", f"0{prefix}-0000-{last}", f"+62 {prefix}-0000-{last}"))


def _mail(dice: random.Random) -> str:
    return f"{dice.choice(_NAMES).split()[0].lower()}{_number(dice, 2)}@surat.example"


def _plate(dice: random.Random) -> str:
    letters = "".join(dice.choices("ABCDEFGHJKLMNPRSTUVWXYZ", k=2))
    return f"{dice.choice(_PLATES)} {dice.randint(1000, 9999)} {letters}"


MAKERS: Final[dict[str, Callable[[random.Random], str]]] = {
    "nik": lambda dice: _dated(dice, birth=True),
    "kk": lambda dice: _dated(dice, birth=False),
    "telepon": _phone,
    "hp62": lambda dice: f"62{dice.choice(_PREFIXES)}0000{_number(dice, 4)}",
    "nama": lambda dice: dice.choice(_NAMES),
    "plat": _plate,
    "bpjs": lambda dice: f"000{_number(dice, 10)}",
    "email": _mail,
    "nopel": lambda dice: f"0{_number(dice, 7)}",
}
