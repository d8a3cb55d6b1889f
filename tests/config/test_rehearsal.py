"""The check of the demo: its judgement is strict, and the whole day holds before it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tanggap.config.ports import free
from tanggap.config.rehearsal import Table, _said, read_truth


def test_every_number_that_is_off_is_held_against_the_installation() -> None:
    table = Table()
    table.row("came in", 10)
    table.must("lost", 0, 0, "{number} lost")
    assert table.good
    table.must("done twice", 2, 0, "{number} things were done twice")
    assert not table.good
    lines = list(table.lines())
    assert lines[0].split() == ["came", "in", "10"]
    assert "OFF: 2 things were done twice" in lines
    assert lines[-1] == "1 thing(s) are off."


def test_platforms_stand_below_the_rows() -> None:
    table = Table()
    table.row("came in", 12)
    table.platforms += [("platform", "said", "came in"), ("facebook", "7", "7"), ("x", "5", "5")]
    lines = [line.split() for line in table.lines()]
    assert lines[2:5] == [["platform", "said", "came", "in"], ["facebook", "7", "7"], ["x", "5", "5"]]


def test_what_counts_as_said(tmp_path: Path) -> None:
    """Edits and deletions are no new items, and what never left a citizen's phone cannot be lost by us."""
    lines = [
        {"what": "post", "platform": "x", "external_id": "1", "delivered": True},
        {"what": "edit", "platform": "x", "external_id": "1", "delivered": True},
        {"what": "delete", "platform": "x", "external_id": "1", "delivered": True},
        {"what": "post", "platform": "x", "delivered": False},
        {"what": "duplicate", "platform": "x", "external_id": "1", "delivered": True},
        {"what": "thanks", "platform": "x", "external_id": "2", "delivered": True},
    ]
    file = tmp_path / "truth.ndjson"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [line["what"] for line in _said(read_truth(file))] == ["post", "duplicate", "thanks"]


@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_a_simulated_day_goes_through_the_whole_path(tmp_path: Path) -> None:
    """Citizens on Mastodon and all simulated platforms, workers, deeds of staff, answers that stand there once."""
    tmp_path.chmod(0o711)
    words = [
        "up",
        "--demo",
        "--check",
        "--posts",
        "30",
        "--port",
        str(free()),
        "--data",
        str(tmp_path / "data"),
    ]
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    }
    done = subprocess.run(
        [sys.executable, "-m", "tanggap.config.cli", *words],
        env=kept, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything is as it should be." in done.stdout
    figures = dict(line.rsplit(maxsplit=1) for line in done.stdout.splitlines() if line[-1:].isdigit())
    assert int(figures["answers that stand on the platforms"]) > 0
    assert figures["lost"] == figures["done twice"] == "0"
