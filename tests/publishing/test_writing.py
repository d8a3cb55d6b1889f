"""What changed between versions, word by word."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tanggap.publishing import differences
from tanggap.publishing.differences import GONE, NEW, SAME, Piece


def content(*parts: tuple[int, str, int, str], **facts: object) -> str:
    return json.dumps(
        {
            **facts,
            "parts": [
                {"channel": channel, "role": role, "part": part, "text": text, "media": [], "options": {}}
                for channel, role, part, text in parts
            ],
        }
    )


def test_words_that_changed_are_marked() -> None:
    assert differences.words("Besok air mati.", "Lusa air mati.") == [
        Piece(GONE, "Besok"), Piece(NEW, "Lusa"), Piece(SAME, " air mati."),
    ]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(), st.text())
def test_both_texts_stand_whole_in_their_difference(before: str, after: str) -> None:
    pieces = differences.words(before, after)
    assert "".join(one.text for one in pieces if one.what != NEW) == before
    assert "".join(one.text for one in pieces if one.what != GONE) == after


def test_parts_are_compared_with_their_own() -> None:
    before = content((1, "post", 0, "a"), (1, "comment", 1, "k"), kind="agenda")
    after = content(
        (1, "post", 0, "a"),
        (1, "thread", 1, "b"),
        (1, "comment", 2, "k"),
        (2, "post", 0, "c"),
        kind="service",
    )
    found = differences.between(before, after)
    assert [(one.channel, one.role, one.what) for one in found.parts] == [
        (1, "thread", NEW),
        (2, "post", NEW),
    ]
    assert found.facts == {"kind": ("agenda", "service")}
    assert not differences.between(before, before)
    assert [one.what for one in differences.between("", after).parts] == [NEW] * 4
