"""Texts made to be slow: finding places and personal data takes time in proportion to the length, up to 100 KB."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tanggap.understanding.area import Area
from tanggap.understanding.normalise import fold
from tanggap.understanding.personal_data import find
from tanggap.understanding.places import Places

PIECES = [
    "1 ", "1-", "08 ", "nol delapan ", "jl a", "rt 1 ", "rumah rt", "a.b@c.", "at gmail dot ", "titik a titik ",
    "Pak Budi ", "saya A", "lahir 2000-", "AB 1234 ", "-7.123,", "7°1'", "hamil ", "nik1", "akta 3471-LT-",
    "di beji ", "Depok, ", "curug ", "gg ", "Jl. A B ", "jl x no 1 no 1 ", "Stasiun Depok ", "\u200b1",
]  # fmt: skip
DEPOK = Places(Area.from_code("32.76"))


def _took(work: Callable[[str], object], text: str) -> float:
    began = time.process_time()
    work(text)
    return time.process_time() - began


@pytest.mark.parametrize("piece", PIECES)
def test_ten_times_the_text_takes_about_ten_times_as_long(piece: str) -> None:
    short, long = (piece * (size // len(piece)) for size in (10_000, 100_000))
    for work in (find, lambda text: DEPOK.find([text], fold([text]))):
        base = max(min(_took(work, short) for _ in range(2)), 0.004)
        assert _took(work, long) < 40 * base
