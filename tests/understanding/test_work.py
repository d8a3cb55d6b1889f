"""The work of reading grows linearly with the text: counted, not timed."""

from __future__ import annotations

import numpy as np
import pytest

from tanggap.understanding.features import BITS, HEAD, TAIL, features
from tanggap.understanding.normalise import MARK, SPACE, fold, search_key
from tanggap.understanding.reader import shared_lexicon

HARD = ["a", "1 ", "? ", "jalan rusak ", "!!!", "sampah numpuk. ", "é\u200b", "😡", "pak jl rt "]


@pytest.mark.parametrize("piece", HARD)
def test_folding_never_grows_past_three_bytes_a_code_point(piece: str) -> None:
    for size in (1_000, 10_000, 100_000):
        text = (piece * size)[:size]
        assert len(fold([text]).data) <= 3 * size + 6


@pytest.mark.parametrize("piece", HARD)
def test_features_are_bounded_however_long_the_text(piece: str) -> None:
    kinds = 6  # n-grams of four lengths, words and pairs
    for size in (1_000, 100_000):
        assert features(fold([(piece * size)[:size]])).nnz <= kinds * (HEAD + TAIL + 10)


def test_different_texts_make_features_in_proportion() -> None:
    dice = np.random.default_rng(3)
    words = ["".join(dice.choice(list("abcdefghij"), 6)) for _ in range(400)]
    short, long = " ".join(words[:50]), " ".join(words[:200])
    few, many = features(fold([short])).nnz, features(fold([long])).nnz
    assert few * 3 <= many <= few * 5


@pytest.mark.parametrize("piece", HARD)
def test_lexicon_matches_grow_in_proportion(piece: str) -> None:
    lexicon = shared_lexicon()
    counts = []
    for size in (2_000, 20_000):
        data = fold([(piece * size)[:size]]).data.tobytes()
        counts.append(len(lexicon.automaton.find_matches_as_indexes(data, overlapping=True)))
    assert counts[1] <= 10.5 * counts[0] + 20


def test_rows_do_not_depend_on_the_batch() -> None:
    texts = ["lampu mati", "", "jalan berlubang di Baciro", "x" * 5000]
    together = features(fold(texts))
    for at, text in enumerate(texts):
        alone = features(fold([text]))
        assert (together[at].indices == alone[0].indices).all()
    assert together.shape == (4, 1 << BITS)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Jalan RUSAAAAK!!", "jalan rusak ! !"),
        ("Jum'at di Kél. Bener", "jumat di kel bener"),
        ("Rp20.000, katanya.", "rp20 000 , katanya ."),
        ("ｒｕｓａｋ 𝗽𝗮𝗿𝗮𝗵", "rusak parah"),
        ("zero\u200bwidth", "zerowidth"),
        ("@budi_s #sampah", "@budi_s sampah"),
        ("saat maaf 1000", "saat maaf 1000"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    data = fold([text]).data.tobytes().decode("latin-1")
    assert data.replace(chr(MARK), "").split() == folded.split()


def test_every_byte_knows_where_it_came_from() -> None:
    text = "Halo,  Kél.\u200b Béner rusaaaak https://a.b/c 😡 x"
    found = fold(["sebelum", text])
    for at in range(int(found.starts[1]) + 2, int(found.starts[2]) - 1):
        byte = int(found.data[at])
        original = text[int(found.origin[at] - found.offsets[1])]
        if 97 <= byte < 123 and byte != SPACE:
            assert original.lower() in (chr(byte), "é")


def test_a_search_key_is_plain_standard_words() -> None:
    assert search_key("Jalan ga bs dilewatiii!!") == search_key("jalan tidak bisa dilewati")
    assert search_key("😡 !!") == ""
