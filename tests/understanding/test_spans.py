"""The labelled sets of places and personal data: frozen where they measure, whole, and read as well as is promised."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, get_args

import pytest

from tanggap.understanding.area import Area
from tanggap.understanding.evaluate import evaluate, table
from tanggap.understanding.evaluate_spans import span_figures
from tanggap.understanding.normalise import fold
from tanggap.understanding.personal_data import find
from tanggap.understanding.places import Places
from tanggap.understanding.reader import Reader
from tanggap.understanding.reading import DataType, FoundData, FoundPlace, Level

DATA = Path(__file__).parents[2] / "tanggap" / "understanding" / "data"
# Frozen before the rules were changed: nothing may be tuned on these. See data/README.md before touching them.
FROZEN = {
    "places": "89f952e7a97a19f416807c254292325b3228764b8c712f8aed5fa32de3d1a673",
    "personal_data": "21d89f2da7c1e5678ef4cd4d9f0f69d34dc1a4a66236e36343b34eb1bbf732aa",
}
PARTS = ("development", "evaluation")
BY_WORDS = {"name", "address", "health", "birth_date"}
Row = dict[str, Any]


def _rows(kind: str, part: str) -> list[Row]:
    return [json.loads(line) for line in (DATA / kind / f"{part}.jsonl").read_text("utf-8").splitlines()]


class _Read:
    """A reading as far as these sets need one, so that no head has to be loaded."""

    def __init__(
        self, places: tuple[FoundPlace, ...] = (), personal_data: tuple[FoundData, ...] = ()
    ) -> None:
        self.places, self.personal_data = places, personal_data


def _figures(kind: str, part: str) -> dict[str, Any]:
    rows = _rows(kind, part)
    if kind == "personal_data":
        read = [_Read(personal_data=find(row["text"])) for row in rows]
    else:
        finders = {code: Places(Area.from_code(code)) for code in {row["area"] for row in rows}}
        read = [_Read(finders[row["area"]].find([row["text"]], fold([row["text"]]))[0]) for row in rows]
    return span_figures([row["text"] for row in rows], rows, read)[kind]  # type: ignore[arg-type, no-any-return]


@pytest.mark.parametrize("kind", FROZEN)
def test_the_measuring_half_is_the_one_that_was_frozen(kind: str) -> None:
    assert hashlib.sha256((DATA / kind / "evaluation.jsonl").read_bytes()).hexdigest() == FROZEN[kind]


@pytest.mark.parametrize("kind", FROZEN)
def test_the_halves_are_large_and_share_no_text(kind: str) -> None:
    texts = [row["text"] for part in PARTS for row in _rows(kind, part)]
    assert len(texts) == len(set(texts)) >= 320


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", FROZEN)
def test_spans_lie_in_their_texts_and_name_known_kinds(kind: str, part: str) -> None:
    known = set(get_args(Level if kind == "places" else DataType))
    for row in _rows(kind, part):
        for one in row[kind]:
            assert 0 <= one["start"] < one["end"] <= len(row["text"]), row
            assert row["text"][one["start"] : one["end"]].strip() == row["text"][one["start"] : one["end"]], (
                row
            )
            assert one["level" if kind == "places" else "type"] in known, row


def test_every_type_stands_often_enough() -> None:
    types = [
        one["type"] for part in PARTS for row in _rows("personal_data", part) for one in row["personal_data"]
    ]
    assert {kind: types.count(kind) for kind in get_args(DataType) if types.count(kind) < 18} == {}
    assert len(types) >= 320


@pytest.mark.parametrize("part", PARTS)
def test_places_are_read_as_well_as_promised(part: str) -> None:
    found = _figures("places", part)["all"]
    assert found["precision"] >= 0.92, found
    assert found["recall"] >= 0.80, found


@pytest.mark.parametrize("part", PARTS)
def test_structured_personal_data_is_found_as_promised(part: str) -> None:
    classes = _figures("personal_data", part)["classes"]
    short = {
        kind: one
        for kind, one in classes.items()
        if kind not in BY_WORDS and (one["precision"] < 0.95 or one["recall"] < 0.98)
    }
    assert short == {}
    assert min(classes[kind]["recall"] for kind in BY_WORDS) >= 0.9


def test_evaluate_measures_places_for_the_area_that_a_line_names(tmp_path: Path) -> None:
    file = tmp_path / "spans.jsonl"
    rows = [
        {"text": "banjir di Baciro", "area": "34.71", "places": [_place("village", "34.71.03.1004", 10, 16)]},
        {"text": "banjir di curug", "area": "32.76", "places": [_place("village", None, 10, 15, CURUG)]},
        {"text": "hp 081200001234", "personal_data": [{"type": "phone", "start": 3, "end": 15}]},
        {"text": "nik 081200001234", "personal_data": [{"type": "email", "start": 4, "end": 16}]},
    ]
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    found = evaluate(file, Reader.load())
    assert found["places"]["all"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "n": 2, "found": 2}
    assert found["personal_data"]["classes"]["email"]["recall"] == 0.0
    assert found["personal_data"]["classes"]["phone"] == {
        "precision": 0.5, "recall": 1.0, "f1": 0.6667, "n": 1, "found": 2,
    }  # fmt: skip
    assert found["personal_data"]["covered"] == 1.0
    assert "village" in table(found)


CURUG = ("32.76.02.1008", "32.76.11.1005")


def _place(level: str, code: str | None, start: int, end: int, candidates: tuple[str, ...] = ()) -> Row:
    return {"level": level, "code": code, "start": start, "end": end, "candidates": list(candidates)}
