"""How posts look: folded at a word, cut in a frame; the browser folds at the same places."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import regex
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tanggap.publishing import contents
from tanggap.publishing.composing import previews
from tanggap.publishing.composing.previews import Look
from tanggap.publishing.composing.splitting import MOST_PARTS, split

JS = Path(__file__).resolve().parents[2] / "tanggap/console/assets/js/composer_fold.js"
SLOW = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
"""On a busy machine drawing texts for the first time takes longer than Hypothesis likes."""
TEXTS = (
    "", "satu", "satu dua tiga empat lima", "baris satu\nbaris dua\nbaris tiga", "katayangsangatpanjangsekali",
    "😀😀😀 emoji dan kata", "akhir dengan spasi   \n\n", "satu\n\n\ndua tiga", "é́ gabungan aksen panjang",
)  # fmt: skip
LOOKS = (Look(), Look(signs=10), Look(lines=2), Look(signs=8, lines=1), Look(signs=1))


def test_a_text_is_folded_at_the_end_of_a_word_or_a_line() -> None:
    assert previews.folded("satu dua tiga", Look(signs=9)) == ("satu dua", " tiga")
    assert previews.folded("a\nb\nc", Look(lines=2)) == ("a\nb", "\nc")
    assert previews.folded("pendek", Look(signs=100, lines=5)) == ("pendek", "")
    assert previews.folded("katapanjang", Look(signs=4)) == ("kata", "panjang")


@SLOW
@given(st.text(), st.integers(0, 30), st.integers(0, 4))
def test_nothing_of_a_text_is_lost_by_the_fold(text: str, signs: int, lines: int) -> None:
    head, rest = previews.folded(text, Look(signs=signs, lines=lines))
    assert head + rest == text.rstrip()


def test_the_browser_folds_and_links_as_the_server_does() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("NO NODE, so the browser's fold was not compared")
    cases: list[tuple[str, int, int]] = [(text, look.signs, look.lines) for text in TEXTS for look in LOOKS]
    links = [
        ["Teks", "https://a.go.id/x?utm_source=x"], ["Lihat https://a.go.id/x", "https://a.go.id/x?b=1"],
        ["  ", "https://a.go.id"], ["Teks ", ""],
    ]  # fmt: skip
    code = (
        f"import {{ folded, withLink }} from {json.dumps(JS.as_uri())};"
        f"const cases = {json.dumps(cases)}, links = {json.dumps(links)};"
        "console.log(JSON.stringify([cases.map((one) => folded(...one)), links.map((one) => withLink(...one))]));"
    )
    said = subprocess.run(
        [node, "--input-type=module", "-e", code], capture_output=True, text=True, check=True
    )
    folds, linked = json.loads(said.stdout)
    expected = [list(previews.folded(text, Look(signs=signs, lines=lines))) for text, signs, lines in cases]
    assert folds == expected
    assert linked == [contents.with_link(text, link) for text, link in links]


def test_a_picture_is_cut_where_its_platform_cuts_it() -> None:
    wide = {"file": 1, "type": "image/jpeg", "width": 2000, "height": 500}
    assert previews.picture(wide, Look(ratio=(0.8, 2.0))).box == (1000, 500)
    assert previews.picture(wide, Look(ratio=(0.8, 2.0))).cut
    assert not previews.picture(wide, Look()).cut
    tall = {"file": 1, "type": "image/jpeg", "width": 500, "height": 2000}
    assert previews.picture(tall, Look(ratio=(0.5, 2.0))).box == (500, 1000)


def test_a_card_is_named_by_its_site() -> None:
    assert previews.host("https://www.pdam.uji.go.id/a?b=c") == "pdam.uji.go.id"
    assert previews.host("lapor.go.id/x") == "lapor.go.id"


def test_a_long_text_is_parted_at_sentences() -> None:
    text = "Satu kalimat pendek. Dua kalimat pendek. Tiga kalimat pendek."
    parts = split(text, lambda part: len(part) <= 42)
    assert parts == ["Satu kalimat pendek. Dua kalimat pendek.", "Tiga kalimat pendek."]
    assert (
        split(text, lambda part: len(part) <= 42, lambda part: len(part) <= 21)[0] == "Satu kalimat pendek."
    )


@SLOW
@given(st.text(max_size=300), st.integers(12, 60))
def test_every_part_fits_and_no_word_is_lost(text: str, most: int) -> None:
    parts = split(text, lambda part: len(part) <= most)
    for part in parts[: MOST_PARTS - 1]:
        assert len(part) <= most or len(regex.findall(r"\X", part)) == 1
    assert "".join("".join(parts).split()) == "".join(text.split())
