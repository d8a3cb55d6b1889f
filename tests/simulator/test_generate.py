"""Bulk lines: valid by the contract, unique, in order, of the wanted length, the same for the same seed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped, unused-ignore]

from tanggap.simulator.__main__ import main
from tanggap.simulator.day import ALL_PLATFORMS
from tanggap.simulator.generate import generate
from tanggap.simulator.lines import mention_offset

CONTRACT = Path(__file__).parents[1] / "contracts" / "post.schema.json"
MIDNIGHT = datetime(2026, 11, 21, tzinfo=timezone(timedelta(hours=7)))


def test_lines_obey_the_contract() -> None:
    schema = Draft202012Validator(
        json.loads(CONTRACT.read_text(encoding="utf-8")), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    lines = [line for line, _ in generate(1500, 7, MIDNIGHT)]
    for line in lines:
        schema.validate(line)
        assert datetime.fromisoformat(line["created_at"]).tzinfo is not None
    assert len({(line["platform"], line["external_id"]) for line in lines}) == 1500
    assert {line["platform"] for line in lines} == set(ALL_PLATFORMS)
    known = {line["external_id"] for line in lines}
    assert all(line["in_reply_to"] in known for line in lines if "in_reply_to" in line)


def test_the_seed_decides() -> None:
    assert list(generate(60, 7, MIDNIGHT)) == list(generate(60, 7, MIDNIGHT))
    assert list(generate(60, 7, MIDNIGHT)) != list(generate(60, 8, MIDNIGHT))


@pytest.mark.parametrize("wanted", [70, 100, 130])
def test_texts_have_the_wanted_mean_length(wanted: int) -> None:
    lengths = [
        len(line["text"]) - mention_offset(line["platform"])
        for line, _ in generate(3000, 1, MIDNIGHT, mean_length=wanted)
    ]
    assert sum(lengths) / len(lengths) == pytest.approx(wanted, rel=0.05)


def test_times_are_in_order_within_the_days() -> None:
    times = [datetime.fromisoformat(line["created_at"]) for line, _ in generate(500, 1, MIDNIGHT, days=3)]
    assert times == sorted(times)
    assert times[0] >= MIDNIGHT
    assert MIDNIGHT + timedelta(days=2.5) < times[-1] < MIDNIGHT + timedelta(days=3)


def test_truth_offsets_fit_the_published_text() -> None:
    seen = 0
    for line, truth in generate(800, 5, MIDNIGHT):
        for mark in truth["personal_data"]:
            found = line["text"][mark["start"] : mark["end"]]
            seen += 1
            if mark["type"] in ("nik", "kk", "bpjs"):
                assert found.isdigit()
    assert seen > 10


def test_the_command_writes_lines_and_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = tmp_path / "truth.ndjson"
    arguments = ["generate", "--posts", "20", "--seed", "3", "--start", "2026-11-21", "--truth", str(truth)]
    assert main(arguments) == 0
    first = capsys.readouterr().out
    assert main(arguments) == 0
    assert capsys.readouterr().out == first
    identities = [json.loads(line)["external_id"] for line in first.splitlines()]
    labelled = truth.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["external_id"] for line in labelled] == identities
