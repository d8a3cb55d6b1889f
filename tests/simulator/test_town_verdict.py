"""The verdict on a town names what is lost, doubled, stale or sent twice, by ids that a product may lengthen."""

from __future__ import annotations

from typing import Any

import pytest

from tanggap.simulator.town_verdict import compare


def _piece(
    key: str, text: str, *, author: str = "warga", parent: str = "", deleted: bool = False
) -> dict[str, Any]:
    return {"id": key, "author": author, "text": text, "parent": parent, "deleted": deleted}


PIECES = {
    "bluesky": [_piece("3k1", "banjir"), _piece("3k2", "sampah"), _piece("3k9", "orang lain")],
    "telegram": [_piece("-100/7", "lampu"), _piece("-100/8", "Kami cek", author="official", parent="-100/7")],
}
SAID = {"bluesky": ["3k1", "3k2"], "telegram": ["-100/7"]}


def _held(**changes: Any) -> dict[str, Any]:
    kept = [
        {"platform": "bluesky", "external_id": "at://did:plc:a/post/3k1", "text": "banjir", "deleted": False},
        {"platform": "bluesky", "external_id": "at://did:plc:b/post/3k2", "text": "sampah", "deleted": False},
        {"platform": "telegram", "external_id": "-100/7", "text": "lampu", "deleted": False},
    ]  # fmt: skip
    send = {"platform": "telegram", "target": "-100/7", "text": "Kami cek", "state": "sent"}
    return {
        "kept": kept,
        "sends": [send],
        "edits": ["bluesky", "telegram"],
        "deletes": ["bluesky"],
        **changes,
    }


def test_a_whole_run() -> None:
    verdict = compare(SAID, PIECES, _held())
    assert verdict.whole
    assert (verdict.said, verdict.stored, verdict.answered) == (3, 3, 1)
    assert verdict.by_platform["telegram"] == {"said": 1, "stored": 1, "answers": 1}


def _doubled(held: dict[str, Any]) -> None:
    held["kept"].append({**held["kept"][0], "external_id": "at://did:plc:other/x/3k1"})


def _edited(held: dict[str, Any]) -> None:
    held["kept"][0]["text"] = "dulu"


@pytest.mark.parametrize(
    ("spoil", "wrong"),
    [
        (lambda held: held["kept"].pop(), "lost"),
        (_doubled, "doubled"),
        (_edited, "stale"),
        (lambda held: held["sends"].clear(), "unclaimed"),
        (lambda held: held["sends"].append({**held["sends"][0], "target": "-100/9"}), ""),
    ],
)
def test_each_wrong_is_named(spoil: Any, wrong: str) -> None:
    held = _held()
    spoil(held)
    verdict = compare(SAID, PIECES, held)
    found = [
        name
        for name in ("lost", "doubled", "stale", "undeleted", "sent_twice", "unclaimed")
        if getattr(verdict, name)
    ]
    assert found == ([wrong] if wrong else [])


def test_an_answer_that_stands_twice_is_found() -> None:
    twice = {**PIECES, "telegram": [*PIECES["telegram"], {**PIECES["telegram"][1], "id": "-100/9"}]}
    assert compare(SAID, twice, _held()).sent_twice == ["telegram:k000002j"]


def test_an_answer_below_the_first_comment_counts_for_what_it_was_sent_to() -> None:
    """TikTok, YouTube and Facebook know two levels only, and say a name instead."""
    said = {"x": ["1", "2"]}
    pieces = {
        "x": [
            _piece("1", "lampu"), _piece("2", "jalan"), _piece("3", "Kami cek", author="official", parent="1"),
            _piece("4", "@budi Kami cek", author="official", parent="1"),
        ]
    }  # fmt: skip
    kept = [
        {"platform": "x", "external_id": key, "text": text, "deleted": False}
        for key, text in (("1", "lampu"), ("2", "jalan"))
    ]
    sends = [{"platform": "x", "target": key, "text": "Kami cek", "state": "sent"} for key in ("2", "1")]
    held = {"kept": kept, "sends": sends, "edits": [], "deletes": []}
    assert compare(said, pieces, held).whole
    assert compare(said, pieces, {**held, "sends": sends[:1]}).sent_twice == ["x:k000001j"]
    assert compare(said, {"x": pieces["x"][:3]}, held).never_arrived == ["x:k000001j"]
