"""Texts made to be slow are read to their end; how long it takes by length is measured in bench/read.py."""

from __future__ import annotations

import pytest

from bench.parts.hostile import PIECES
from tanggap.understanding.area import Area
from tanggap.understanding.normalise import fold
from tanggap.understanding.personal_data import find
from tanggap.understanding.places import Places

DEPOK = Places(Area.from_code("32.76"))


@pytest.mark.parametrize("piece", PIECES)
def test_a_hostile_text_of_100_kb_is_read_to_its_end(piece: str) -> None:
    text = piece * (100_000 // len(piece)) + " hubungi 081234567890"
    found = find(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert found[-1].end == len(text)
    assert all(one.end <= len(text) for one in DEPOK.find([text], fold([text]))[0])
