"""Deep and fast opinions together; the reader says who read what."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tanggap.understanding.deep.encoder import Encoder
from tanggap.understanding.deep.mixing import MIX, Deep, Mix
from tanggap.understanding.deep.packing import pack
from tanggap.understanding.head import softmax
from tanggap.understanding.reader import Reader, shipped
from tests.understanding.deep.small import small_model

TEXTS = ["jalan rusak di depan pasar", "terima kasih mantap", "lampu mati sejak kemarin", "promo slot gacor"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("deep")
    base, pieces, model = small_model()
    pack(made, "kecil-1", base, model, pieces, {"spam": ["no", "yes"]})
    (made / MIX).write_text(
        json.dumps({"spam": {"deep": 0.7, "fast": 0.3, "told": 0.0, "offsets": [0, 0.1]}})
    )
    return made


def test_opinions_are_added_as_log_odds(folder: Path) -> None:
    deep = Deep(Encoder(folder), {"spam": Mix(0.7, 0.3, 0.0, (0.0, 0.1))})
    vectors, fast = deep.vectors(TEXTS), {"spam": np.array([[0.9, 0.1]] * 4)}
    wanted = softmax(
        0.7 * deep.encoder.scores(vectors)["spam"] + 0.3 * np.log(fast["spam"]) + np.array([0, 0.1])
    )
    assert np.allclose(deep.mixed(vectors, fast)["spam"], wanted)


def test_what_is_loaded_mixes_as_what_was_saved(folder: Path) -> None:
    deep = Deep.load(folder)
    assert deep.told == {"spam": 0.0}
    assert deep.version == "kecil-1"


def test_a_reading_names_its_readers_and_only_so_many_are_read_twice(folder: Path) -> None:
    reader = Reader(None, shipped(), deep=Deep.load(folder))
    fast, both = shipped().version, f"{shipped().version}+kecil-1"
    assert [one.model for one in reader.read(TEXTS)] == [fast] * 4
    assert [one.model for one in reader.read_deeply(TEXTS)] == [both] * 4
    marked = reader.read_within(TEXTS, 1, [False, False, False, True])
    assert [one.model for one in marked] == [fast, fast, fast, both]
    assert marked[3] == reader.read_deeply(TEXTS[3:])[0]
    assert reader.read_within(TEXTS, 0, [True] * 4) == reader.read(TEXTS)


def test_without_marks_the_least_sure_are_read_again(folder: Path) -> None:
    reader = Reader(None, shipped(), deep=Deep.load(folder))
    readings = reader.read(TEXTS)
    unsure = min(range(4), key=lambda at: min(readings[at].intent.score, readings[at].topic.score))
    again = reader.read_within(TEXTS, 1)
    assert [at for at in range(4) if again[at].model != readings[at].model] == [unsure]


def test_heads_that_the_deep_reader_does_not_know_stay_as_they_are(folder: Path) -> None:
    reader = Reader(None, shipped(), deep=Deep.load(folder))
    for fast, deep in zip(reader.read(TEXTS), reader.read_deeply(TEXTS), strict=True):
        assert (fast.intent, fast.topic, fast.sentiment) == (deep.intent, deep.topic, deep.sentiment)


def test_a_reader_without_a_deep_one_says_so() -> None:
    with pytest.raises(ValueError, match="without a deep reader"):
        Reader(None, shipped()).read_deeply(TEXTS)
