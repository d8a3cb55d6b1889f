"""The checker of histories finds what it is there to find."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tanggap.simulator.history import Kept, Send, judge, mark, mark_of

TELLS = {"threads": True}


def piece(number: int, text: str = "Jalan rusak", **more: Any) -> dict[str, Any]:
    return {"text": f"{text} {mark(number)}", "author": "warga1", "deleted": False, **more}


def answer(number: int) -> dict[str, Any]:
    return {"text": f"Terima kasih {mark(number, 'j')}", "author": "official", "deleted": False}


def kept(number: int, text: str = "Jalan rusak", **more: Any) -> Kept:
    return replace(Kept("threads", f"{text} {mark(number)}", deleted=False), **more)


def sent(number: int, state: str = "sent") -> Send:
    return Send("threads", f"Terima kasih {mark(number, 'j')}", state)


def verdict(pieces: list[dict[str, Any]], held: list[Kept], sends: list[Send]) -> Any:
    return judge({"threads": pieces}, held, sends, edits=TELLS, deletes=TELLS)


def test_a_whole_history_is_whole() -> None:
    found = verdict([piece(1), piece(2), answer(1)], [kept(1), kept(2)], [sent(1)])
    assert found.whole
    assert (found.said, found.stored, found.answered) == (2, 2, 1)
    assert found.by_platform == {"threads": {"said": 2, "stored": 2, "answers": 1}}


@pytest.mark.parametrize(
    ("fault", "pieces", "held", "sends"),
    [
        ("lost", [piece(1)], [], []),
        ("doubled", [piece(1)], [kept(1), kept(1)], []),
        ("stale", [piece(1, "Jalan rusak parah")], [kept(1)], []),
        ("undeleted", [piece(1, deleted=True)], [kept(1)], []),
        ("hidden", [piece(1)], [kept(1, shown=False)], []),
        ("sent_twice", [answer(1), answer(1)], [], [sent(1)]),
        ("never_arrived", [], [], [sent(1)]),
        ("unclaimed", [answer(1)], [], []),
        ("unclaimed", [answer(1)], [], [sent(1, "failed")]),
    ],
)
def test_each_fault_is_found(fault: str, pieces: list[Any], held: list[Kept], sends: list[Send]) -> None:
    found = verdict(pieces, held, sends)
    assert not found.whole
    assert len(getattr(found, fault)) == 1
    assert found.as_dict()[fault]["n"] == 1


def test_an_open_outcome_is_named_and_no_fault_by_itself() -> None:
    for stood in ([], [answer(1)]):
        found = verdict(stood, [], [sent(1, "unknown")])
        assert found.open_unknown == [f"threads:{mark(1, 'j')}"]
        assert found.whole


def test_what_was_taken_back_before_anybody_saw_it_is_not_lost() -> None:
    assert verdict([piece(1, deleted=True)], [], []).whole


def test_a_mark_is_found_among_other_words() -> None:
    assert mark_of(f"kota 123456 {mark(7)} k12") == "k000007"
    assert mark_of("tanpa tanda") == ""
