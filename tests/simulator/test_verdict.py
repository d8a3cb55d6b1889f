"""The verdict: what was sent, answered, and answered twice."""

from __future__ import annotations

from typing import Any

import pytest

from tanggap.simulator.mastodon import Status
from tanggap.simulator.verdict import judge


def _line(number: int, what: str = "post", platform: str = "mastodon", **known: Any) -> dict[str, Any]:
    line = {
        "what": what,
        "number": number,
        "platform": platform,
        "external_id": f"id-{number}",
        "delivered": True,
    }
    return {**line, **({"status": str(number)} if platform == "mastodon" else {}), **known}


def _answer(identity: str, to: str, text: str = "Sudah kami teruskan.") -> Status:
    return Status(
        identity, f"u{identity}", None, "pemkot_tirtakencana", text, to, "public", "2026-11-22T01:00:00Z"
    )


def test_counts_what_was_sent_and_what_the_product_must_hold() -> None:
    truth = [
        _line(1),
        _line(2, "reply"),
        _line(3, "delete", external_id="id-1", status="1"),
        _line(4, platform="facebook"),
        _line(5, "duplicate", platform="facebook", external_id="id-4"),
        _line(6, platform="x", delivered=False, external_id=None),
    ]
    verdict = judge(truth, [])
    assert verdict.sent == 3
    assert verdict.expected == {"facebook": 1, "mastodon": 2}
    assert verdict.by_kind == {"delete": 1, "duplicate": 1, "post": 2, "reply": 1}
    assert (verdict.failed, verdict.deleted, verdict.answerable, verdict.answered) == (1, 1, 2, 0)


@pytest.mark.parametrize(
    ("answers", "answered", "twice", "several", "stray"),
    [
        ([_answer("10", "1")], 1, 0, 0, 0),
        ([_answer("10", "1"), _answer("11", "1")], 1, 1, 0, 0),
        ([_answer("10", "1"), _answer("11", "1", "Petugas sudah datang.")], 1, 0, 1, 0),
        ([_answer("10", "1"), _answer("11", "2")], 2, 0, 0, 0),
        ([_answer("10", "99")], 0, 0, 0, 1),
    ],
)
def test_tells_answered_from_answered_twice(
    answers: list[Status], answered: int, twice: int, several: int, stray: int
) -> None:
    verdict = judge([_line(1), _line(2)], answers)
    found = (verdict.answered, verdict.answered_twice, verdict.several, verdict.stray)
    assert found == (answered, twice, several, stray)
    assert len(verdict.doubled) == twice
