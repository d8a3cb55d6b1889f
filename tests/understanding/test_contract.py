"""Readings have the contract's shape, whatever the text, and are the same on every run."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tanggap.understanding.model import Model
from tanggap.understanding.reader import Reader
from tanggap.understanding.stream import read_stream

SCHEMA = json.loads((Path(__file__).parents[1] / "contracts" / "reading.schema.json").read_text("utf-8"))
VALID = Draft202012Validator(SCHEMA)
ODD = [
    "",
    " ",
    "\n\n\t",
    "😡😡😡",
    "\x00",
    "a\x00b",
    "\ud800 lubang \udfff",
    "\u202eنص عربي",
    "ᬅᬓ᭄ᬱᬭ 漢字 кириллица",
    "????!!!!....",
    "@",
    "http://",
    "٣٤٧١٠١٥٥٠٨٩٥٠٠٠١",
    "İSTANBUL pak BUDI ß",
    "z̷a̷l̷g̷o̷",
    "1" * 5000,
    "jl " * 3000,
    "a" * 20000,
]
ORDINARY = [
    "min jalan depan pasar bolong gede bgt, tetangga saya sampe jatoh",
    "dalane peteng ndhedhet, lampune mati wis sewulan",
    "cai PDAM teu ngocor ti kamari, iraha lancarna?",
    "syarat bikin akta kelahiran apa aja ya min?",
    "Terima kasih, taman di Kotabaru sekarang bersih dan nyaman 👍",
    "NIK saya 3471015508950001, hp 0812-3456-7890, Jl. Kenari No 5 RT 02 RW 03",
]


@pytest.mark.parametrize("text", ODD + ORDINARY)
def test_any_text_gives_a_reading_of_the_contract(jogja: Reader, text: str) -> None:
    line = jogja.read([text])[0].as_contract("x1")
    VALID.validate(line)
    assert line["external_id"] == "x1"
    for name in ("language", "sentiment", "emotion", "intent", "topic", "urgency"):
        scores = [score for _, score in line[name]["candidates"]]
        assert len(scores) == 3
        assert scores == sorted(scores, reverse=True)
    for found in line["places"] + line["personal_data"]:
        assert 0 <= found["start"] < found["end"] <= len(text)


def test_a_megabyte_does_not_stop_the_reader(jogja: Reader) -> None:
    text = ("Jalan di Baciro rusak, hubungi 081234567890. " * 25_000)[:1_000_000]
    reading = jogja.read([text])[0]
    assert reading.topic.label == "jalan_rusak"
    assert reading.personal_data[-1].end > 999_000, "personal data is looked for to the very end"
    assert reading.places[-1].end > 999_000


def test_the_batch_makes_no_difference(jogja: Reader) -> None:
    texts = (ORDINARY + ODD) * 3
    together = jogja.read(texts)
    assert together == [jogja.read([text])[0] for text in texts]
    assert together == jogja.read(texts)


def test_the_same_after_saving_and_loading_the_model(jogja: Reader, tmp_path: Path) -> None:
    model = Model.load()
    model.save(tmp_path / "again.npz")
    again = Reader(None, Model.load(tmp_path / "again.npz"))
    assert again.read(ORDINARY) == Reader(None, model).read(ORDINARY)


def test_no_texts_no_readings(jogja: Reader) -> None:
    assert jogja.read([]) == []


def test_none_and_do_not_know_are_told_apart(jogja: Reader) -> None:
    greeting, service = jogja.read(["met pagi semua, nonton konser kpop yuk", "jalan rusak"])
    assert greeting.topic.label is None
    assert greeting.topic_none
    assert greeting.as_contract("1")["topic"]["none"] is True
    assert service.topic.label == "jalan_rusak"
    assert not service.topic_none


def test_stream_keeps_order_and_names_bad_lines() -> None:
    lines = [
        json.dumps({"external_id": str(n), "text": f"lampu jalan mati {n}"}).encode() for n in range(1200)
    ]
    lines[3] = b'{"external_id": "3", "text"'
    lines[700] = b"[]"
    lines[701] = b'{"text": 5, "external_id": "x"}'
    lines.insert(10, b"   \n")
    out, err = io.BytesIO(), io.StringIO()
    assert read_stream(lines, out, err, "34.71") == 1
    read = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [one["external_id"] for one in read] == [str(n) for n in range(1200) if n not in {3, 700, 701}]
    assert [line.split(":")[0] for line in err.getvalue().splitlines()] == [
        "baris 4",
        "baris 702",
        "baris 703",
    ]
    VALID.validate(read[0])


def test_stream_without_fault_ends_well() -> None:
    out, err = io.BytesIO(), io.StringIO()
    assert read_stream([b'{"external_id":"1","text":"halo"}'], out, err, None) == 0
    assert err.getvalue() == ""


def test_stream_refuses_an_unknown_government() -> None:
    with pytest.raises(ValueError, match=r"99\.99"):
        read_stream([], io.BytesIO(), io.StringIO(), "99.99")
