"""Training, saving and measuring on small made data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tanggap.understanding.corpora import Example, labelled_posts, own_posts, sentiment_training, short
from tanggap.understanding.evaluate import evaluate, figures, table
from tanggap.understanding.model import Model
from tanggap.understanding.reader import Reader
from tanggap.understanding.train import train

GOOD, BAD, PLAIN = ("enak bagus mantap suka", "jelek kotor kecewa rusak", "jadwal buka pukul delapan")
LANGUAGES = {
    "indonesian": "makanan ini sangat enak sekali dan tempatnya",
    "javanese": "panganan iki enak tenan lan panggonane",
    "sundanese": "kadaharan ieu raos pisan sareng tempatna",
    "english": "this food is very good and the place",
    "balinese": "ajengan puniki jaen pisan lan genahne",
    "banjarese": "makanan ngini nyaman banar wan wadahnya",
    "madurese": "kakanan reya nyaman onggu ban kennengngana",
    "minangkabau": "makanan iko lamak bana jo tampeknyo",
}

POSTS: list[dict[str, Any]] = [
    {
        "text": f"{word} sekali nomor {number} kamu",
        "language": "id",
        "languages": ["id"],
        "sentiment": sentiment,
        "emotion": emotion,
        "abusive": emotion == "anger",
    }
    for number in range(8)
    for word, sentiment, emotion in (
        ("zorgul", "negative", "anger"),
        ("pilmak", "positive", "joy"),
        ("trebos", "negative", "fear"),
        ("nuhwil", "negative", "sadness"),
        ("kandeq", "positive", "love"),
        ("vistum", "neutral", "neutral"),
    )
]


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    labelled = [
        {"text": f"{word} nomor {n} {words}", "label": label}
        for n in range(12)
        for label, words in (("positive", GOOD), ("negative", BAD), ("neutral", PLAIN))
        for word in words.split()[:2]
    ]
    for part in ("train", "dev"):
        _write(tmp_path / f"smsa/{part}.jsonl", labelled)
        for number, (name, words) in enumerate(LANGUAGES.items()):
            rows = [
                {"text": f"{words} {row['text'][:9]} {number}", "label": row["label"]} for row in labelled
            ]
            _write(tmp_path / f"nusax_senti/{name}_{part}.jsonl", rows)
    _write(tmp_path / "stif/train.jsonl", [{"informal": "gak enak min", "formal": "tidak enak admin"}] * 5)
    return tmp_path


def test_the_same_data_give_the_same_model(data: Path, tmp_path: Path) -> None:
    first = train(data, tmp_path / "a.npz", POSTS).model
    train(data, tmp_path / "b.npz", POSTS)
    loaded = Model.load(tmp_path / "b.npz")
    texts = ["bagus mantap", "kotor kecewa", "iki enak tenan"]
    readings = Reader(None, first).read(texts)
    assert readings == Reader(None, loaded).read(texts)
    assert [one.sentiment.label for one in readings[:2]] == ["positive", "negative"]
    assert {*first.heads} == {"language", "sentiment", "abusive", "emotion"}
    assert first.told == loaded.told
    # words that no list knows: only the own posts can tell them apart
    rude, calm = Reader(None, loaded).read(["zorgul sekali kamu", "pilmak sekali kamu"])
    assert (rude.abusive.value, calm.abusive.value) == (True, False)
    assert rude.emotion.label == "anger"
    assert calm.emotion.label == "joy"


def test_a_label_without_posts_is_named(data: Path, tmp_path: Path) -> None:
    calm = [post for post in POSTS if not post["abusive"]]
    with pytest.raises(ValueError, match="2 labels wanted, 1 in the data"):
        train(data, tmp_path / "x.npz", calm)


def test_what_the_text_does_not_tell_teaches_no_topic() -> None:
    posts = [
        {"text": "a", "topic": "banjir", "none": False},
        {"text": "b", "topic": None, "none": True},
        {"text": "c", "topic": None, "none": False},
    ]
    assert labelled_posts(posts, "topic") == [Example("a", "banjir"), Example("b", "none")]


def test_the_posts_of_the_package_are_those_for_training() -> None:
    posts = own_posts()
    assert len(posts) > 3000
    assert not any(post["id"].startswith("e") for post in posts)


def test_sentences_of_the_held_back_set_are_dropped(data: Path) -> None:
    rows = [{"text": f"{LANGUAGES['indonesian']} {'bagus nom'} 0", "label": "positive"}]
    (data / "smsa/train.jsonl").write_text(
        json.dumps(rows[0]) + "\n" + json.dumps({"text": "lain sama sekali", "label": "neutral"})
    )
    held = (data / "nusax_senti/indonesian_dev.jsonl").read_text() + json.dumps(rows[0]) + "\n"
    (data / "nusax_senti/indonesian_dev.jsonl").write_text(held)
    smsa = [one.text for one in sentiment_training(data, copies=0)]
    assert smsa == ["lain sama sekali"]


def test_a_missing_data_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nusax_senti|smsa"):
        train(tmp_path, tmp_path / "x.npz")


def test_another_layout_is_refused(tmp_path: Path) -> None:
    model = Model.load()
    model.save(tmp_path / "x.npz")
    import numpy as np

    with np.load(tmp_path / "x.npz") as stored:
        arrays = dict(stored)
    about = json.loads(str(arrays.pop("about"))) | {"layout": 99}
    np.savez(tmp_path / "y.npz", about=json.dumps(about), **arrays)
    with pytest.raises(ValueError, match="layout 99"):
        Model.load(tmp_path / "y.npz")


def test_figures_by_hand() -> None:
    answers = [("a", "a", 0.95), ("a", "b", 0.55), ("b", "b", 0.85), ("b", "b", 0.65)]
    found = figures(answers)
    assert found["accuracy"] == 0.75
    assert found["classes"]["a"] == {"precision": 1.0, "recall": 0.5, "f1": 0.6667, "n": 2}
    assert found["classes"]["b"]["f1"] == 0.8
    assert found["macro_f1"] == pytest.approx(0.7333, abs=1e-4)
    assert found["calibration_error"] == pytest.approx((0.05 + 0.55 + 0.15 + 0.35) / 4, abs=1e-4)
    assert found["coverage"]["50%"] == 1.0


def test_evaluate_reads_labels_of_every_head(tmp_path: Path, jogja: Reader) -> None:
    rows = [
        {"text": "jalan rusak berlubang", "topic": "jalan_rusak", "labels": {"intent": "complaint"}},
        {"text": "nonton konser kpop yuk", "topic": None, "supervisory": False},
    ]
    file = tmp_path / "x.ndjson"
    file.write_text("\n".join(map(json.dumps, rows)))
    found = evaluate(file, jogja)
    assert found["heads"]["topic"]["accuracy"] == 1.0
    assert found["heads"]["intent"]["n"] == 1
    assert found["heads"]["supervisory"]["accuracy"] == 1.0
    assert "topic: macro-F1 1.000" in table(found)


def test_evaluate_names_the_bad_line(tmp_path: Path) -> None:
    (tmp_path / "x").write_text('{"text": "a"}\n{"no": 1}\n')
    with pytest.raises(ValueError, match="line 2"):
        evaluate(tmp_path / "x")


def test_cutting_keeps_the_first_words() -> None:
    assert short([Example("a b c d", "id")], 2) == [Example("a b", "id")]
