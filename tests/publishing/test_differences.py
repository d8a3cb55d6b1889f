"""Versions side by side: nothing of either text is lost, and what differs is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.publishing.approval import differences
from tanggap.publishing.approval.differences import GONE, NEW, SAME

TEXTS = st.text(alphabet="ab ,.\n\tśé🌊-", max_size=60)


def content(**parts: Any) -> str:
    base = {"kind": "information", "unit": 1, "source": "", "checked_by": "", "responsible": ""}
    return json.dumps(base | {"parts": []} | parts)


def part(channel: int = 1, at: int = 0, text: str = "", **more: Any) -> dict[str, Any]:
    return {"channel": channel, "part": at, "role": "post", "text": text, "media": [], "options": {}} | more


def kinds(before: str, after: str) -> list[tuple[str, str]]:
    return [(one.what, one.text) for one in differences.words(before, after)]


def test_words_that_came_and_went_are_marked() -> None:
    assert kinds("Besok air mati.", "Lusa air mati di Kota.") == [
        (GONE, "Besok"), (NEW, "Lusa"), (SAME, " air mati"), (NEW, " di Kota"), (SAME, "."),
    ]  # fmt: skip


def test_two_words_replaced_in_a_row_read_as_one_change() -> None:
    assert kinds("air akan mati besok", "air sudah menyala besok") == [
        (SAME, "air "), (GONE, "akan mati"), (NEW, "sudah menyala"), (SAME, " besok"),
    ]  # fmt: skip


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_back(before: str, after: str) -> None:
    found = differences.words(before, after)
    assert "".join(one.text for one in found if one.what != NEW) == before
    assert "".join(one.text for one in found if one.what != GONE) == after


def test_a_long_text_is_compared_by_lines() -> None:
    before = "\n".join(f"baris {n} dengan kata" for n in range(3000))
    after = before.replace("baris 7 ", "garis 7 ")
    changed = [one for one in differences.words(before, after) if one.what != SAME]
    assert [one.text for one in changed] == ["baris 7 dengan kata\n", "garis 7 dengan kata\n"]


def test_parts_files_options_and_facts_are_compared() -> None:
    picture = {"sha256": "a", "alt": "Kali"}
    before = content(
        parts=[part(text="satu", media=[picture]), part(2, text="tetap"), part(3, text="hilang")]
    )
    after = content(
        source="BPBD",
        parts=[
            part(text="satu", media=[picture | {"alt": "Kali Code"}, {"sha256": "b", "alt": "Peta"}]),
            part(2, text="tetap"),
            part(4, text="baru", options={"judul": "x"}),
        ],
    )
    found = differences.between(before, after)
    assert found.unchanged == 1
    assert found.facts == {"source": ("", "BPBD")}
    by_channel = {one.channel: one for one in found.parts}
    assert {number: one.what for number, one in by_channel.items()} == {1: "changed", 3: GONE, 4: NEW}
    assert by_channel[1].files == [("a", "Kali", "Kali Code"), ("b", None, "Peta")]
    assert by_channel[4].settings == {"judul": (None, "x")}


def test_a_longer_thread_moves_no_comment() -> None:
    comment = part(at=1, role="comment", text="Info: 112")
    before = content(parts=[part(text="satu"), comment])
    after = content(parts=[part(text="satu"), part(at=1, role="thread", text="dua"), comment | {"part": 2}])
    assert [(one.role, one.what) for one in differences.between(before, after).parts] == [("thread", NEW)]


def test_pictures_in_another_order_are_told() -> None:
    one, two = {"sha256": "a", "alt": "A"}, {"sha256": "b", "alt": "B"}
    found = differences.between(
        content(parts=[part(media=[one, two])]), content(parts=[part(media=[two, one])])
    )
    assert [file[0] for file in found.parts[0].files] == ["a", "b"]


@pytest.mark.parametrize("same", [content(), content(parts=[part(text="a")])])
def test_nothing_changed(same: str) -> None:
    assert not differences.between(same, same)
