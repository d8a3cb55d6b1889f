"""Single words in standard Indonesian, where they stand; the same words found by whoever searches for either."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.understanding.normalise import search_key, spellings
from tanggap.understanding.spellings import derived
from tanggap.understanding.translate import glossary, standard

MEANT = [
    ("jln rsk bgt min", None, [("jln", "jalan"), ("rsk", "rusak"), ("bgt", "banget"), ("min", "admin")]),
    ("JLN Rsk", None, [("JLN", "jalan"), ("Rsk", "rusak")]),
    ("gmnaaaa nih", None, [("gmnaaaa", "bagaimana"), ("nih", "ini")]),
    ("jalan2 ke rmhnya", None, [("jalan2", "jalan-jalan"), ("rmhnya", "rumahnya")]),
    ("dalane ora didandani", "jv", [("dalane", "jalan"), ("ora", "tidak"), ("didandani", "diperbaiki")]),
    ("runtah teu diangkut", "su", [("runtah", "sampah"), ("teu", "tidak")]),
    ("Nuwun sewu min", "jv", [("Nuwun sewu", "permisi"), ("min", "admin")]),
    ("matur nuwun", None, [("matur nuwun", "terima kasih")]),
    ("mangga maos", "su", [("mangga", "silakan"), ("maos", "membaca")]),
    ("mangga lima kilo", None, []),
    ("oleh karena itu", "id", []),
    ("@jln_rsk #bgt https://a.example/yg?x=gmn www.bgt.example/yg", None, []),
    ("Jalan ini rusak parah sekali", None, []),
    ("", None, []),
]


@pytest.mark.parametrize(("text", "language", "meant"), MEANT)
def test_words_with_their_meaning(text: str, language: str | None, meant: list[tuple[str, str]]) -> None:
    assert [(text[start:end], word) for start, end, word in standard(text, language)] == meant


@given(st.text(max_size=200), st.sampled_from([None, "id", "jv", "su", "en"]))
def test_words_lie_in_the_text_in_order_and_apart(text: str, language: str | None) -> None:
    found = standard(text, language)
    assert all(0 <= start < end <= len(text) and word for start, end, word in found)
    assert all(one[1] <= other[0] for one, other in pairwise(found))


@pytest.mark.parametrize("piece", ["jln ", "x", "jalan2", "a'", "www.", "aaaa ", "nya"])
def test_a_long_text_takes_time_in_proportion(piece: str) -> None:
    def took(size: int) -> float:
        text = (piece * size)[:size]
        began = time.process_time()
        standard(text)
        return time.process_time() - began

    took(1000)
    assert took(100_000) < 60 * max(took(10_000), 0.002)


def test_the_tables_are_as_large_as_promised() -> None:
    assert len(spellings()) >= 1500
    assert min(len(glossary("jv")), len(glossary("su"))) >= 400


def test_no_table_maps_a_word_to_itself_or_to_another_spelling() -> None:
    for table in (spellings(), glossary("jv"), glossary("su")):
        assert {word for word, meant in table.items() if word == meant or not meant} == set()
    known = spellings()
    again = {word: meant for word, meant in known.items() if known.get(meant, meant) != meant}
    assert again == {}


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("jalan rusak", "jln rsk"),
        ("jln rsk", "JALAN RUSAAAK"),
        ("terima kasih", "mksh"),
        ("lampu merah", "lamer"),
        ("tidak bisa", "gabisa"),
        ("jalan-jalan", "jln2"),
    ],
)
def test_whoever_searches_finds_either_spelling(typed: str, written: str) -> None:
    assert search_key(typed) in search_key(written)


def test_spellings_are_derived_only_from_what_two_sentences_agree_on() -> None:
    pairs = [
        ("jln ini rusak dgn parah", "jalan ini rusak dengan parah"),
        ("jln itu macet dgn parah", "jalan itu macet dengan parah"),
        ("beli nasi yg enak", "membayar nasi yang enak"),
    ]
    assert derived(iter(pairs)) == {"jalan": ["jln"], "dengan": ["dgn"]}
