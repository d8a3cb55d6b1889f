"""Words are exchanged by what parallel sentences teach."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tanggap.understanding.deep.switching import switched, tables

PAIRS = [
    ("rumah besar sekali", "omah gedhe banget", "imah ageung pisan"),
    ("rumah bagus", "omah apik", "imah alus"),
    ("pasar besar", "pasar gedhe", "pasar ageung"),
    ("pasar bagus sekali", "pasar apik banget", "pasar alus pisan"),
    ("rumah bagus besar", "omah apik gedhe", "imah alus ageung"),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for at, name in enumerate(("indonesian", "javanese", "sundanese")):
        path = tmp_path / f"nusax_senti/{name}_train.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(json.dumps({"text": row[at], "label": "neutral"}) for row in PAIRS))
    for name, word in (("javanese", "lor"), ("sundanese", "kaler")):
        path = tmp_path / f"nusax_lexicon/{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"indonesian": "utara", name: word}))
    return tmp_path


def test_words_are_learnt_from_sentences_and_lists(data: Path) -> None:
    found = tables(data)
    assert found["jv"]["rumah"] == ["omah"]
    assert found["jv"]["bagus"] == ["apik"]
    assert found["su"]["besar"] == ["ageung"]
    assert found["jv"]["utara"] == ["lor"]
    assert "pasar" not in found["jv"]  # the same in both


def test_only_known_words_change_and_the_rest_stays(data: Path) -> None:
    table = tables(data)["jv"]
    assert switched("Rumah di utara!", table, random.Random(1), 1.0) == "omah di lor!"
    assert switched("Rumah di utara!", table, random.Random(1), 0.0) == "Rumah di utara!"
