"""Near-duplicates: what makes texts alike and what does not, and a window that forgets and comes back the same."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.duplicates import copies, edited, precision, recall, written
from tanggap.understanding.duplicates import (
    ALIKE,
    MOST_EXEMPLARS,
    MOST_WORDS,
    Signature,
    Window,
    likeness,
    sign,
    signatures,
)

CALL = "Tolak relokasi pasar Ngasem! Pedagang kecil jangan digusur demi investor."


def alike(one: str, other: str) -> bool:
    """Whether the second text joins the group of the first."""
    window = Window()
    first, second = (window.place(number, signed, 0.0) for number, signed in enumerate(sign([one, other])))
    return first.group == second.group


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (CALL, CALL),
        (CALL, CALL.upper() + " 😡😡"),
        (CALL + " https://t.co/aB3", CALL + " https://t.co/zZ9"),
        (CALL, CALL + " bit.ly/petisi-ngasem"),
        ("@pemkot @walikota " + CALL, "@dprd " + CALL),
        (CALL + " Sudah 1.200 tanda tangan", CALL + " Sudah 3.450 tanda tangan"),
        ("jalan di depan pasar yg rusak blm diperbaiki", "jalan di depan pasar yang rusak belum diperbaiki"),
        ("Mantap min", "mantap, min!!"),
        ("@a setuju", "@b setuju"),
    ],
)
def test_the_same_said_again_is_alike(one: str, other: str) -> None:
    assert alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (CALL, "Lampu jalan di depan balai kota mati sejak minggu lalu, gelap sekali."),
        ("https://t.co/aB3", "https://t.co/zZ9"),
        ("tolong https://t.co/aB3", "bagus https://t.co/aB3"),
        ("@pemkot @walikota @dprd kapan", "@pemkot @walikota @dprd sudah"),
        ("0812 3456 7890 jual rumah", "0812 3456 7890 lapor banjir"),
        ("RT 05 banjir", "RT 03 banjir"),
        ("", ""),
        ("   ", "\n"),
    ],
)
def test_links_mentions_and_numbers_make_nothing_alike(one: str, other: str) -> None:
    assert not alike(one, other)


def test_edited_copies_of_what_people_wrote_are_found_and_little_else() -> None:
    texts = written()[:1500]
    words = [word for text in texts for word in text.split()]
    stream = copies(texts, words, random.Random(7), 0.05, 0.20)
    assert recall(stream) >= 0.95
    assert precision(stream) >= 0.95
    assert recall(copies(texts, words, random.Random(8), 0.60, 0.60)) < 0.5, (
        "the measure would call anything alike"
    )


def test_variants_meet_though_each_was_edited_on_its_own() -> None:
    dice, words = random.Random(3), " ".join(written()[:200]).split()
    long = " ".join(written()[5:8])
    window = Window()
    placed = [
        window.place(n, one, 0.0).group
        for n, one in enumerate(sign([edited(long, 0.2, words, dice) for _ in range(40)]))
    ]
    assert max(placed.count(group) for group in set(placed)) >= 36
    assert len(window) <= MOST_EXEMPLARS * len(set(placed))


words = st.lists(
    st.sampled_from("jalan rusak air mati banjir pasar lampu gelap sampah bau".split()), max_size=14
)
texts = st.lists(st.one_of(words.map(" ".join), st.text(max_size=60)), max_size=30)


@given(texts, st.integers(1, 29))
def test_a_signature_is_its_texts_alone(several: list[str], cut: int) -> None:
    whole = sign(several)
    assert whole == sign(several[:cut]) + sign(several[cut:])
    assert whole == [sign([text])[0] for text in several]
    assert signatures([one.words for one in whole]) == whole


@given(words, st.randoms(use_true_random=False))
def test_the_order_of_words_and_noise_around_them_change_nothing(
    said: list[str], dice: random.Random
) -> None:
    if len(set(said)) < 4:
        return
    other = said[:]
    dice.shuffle(other)
    assert sign([" ".join(said)]) == sign(["@siapa " + " ".join(other).title() + " !! 123 https://a.id/b"])


@given(texts)
def test_likeness_is_an_index(several: list[str]) -> None:
    signed = [one.words for one in sign(several)]
    for one in signed:
        assert likeness(one, one) == (1.0 if one else 0.0)
        for other in signed:
            assert 0.0 <= likeness(one, other) == likeness(other, one) <= 1.0


@settings(max_examples=50)
@given(texts, st.integers(0, 30))
def test_a_window_comes_back_as_it_was(several: list[str], stopped: int) -> None:
    signed = sign(several)
    whole, before = Window(most=6), Window(most=6)
    expected = [whole.place(number, one, float(number)) for number, one in enumerate(signed)]
    kept: list[tuple[int, bytes, int, float]] = []
    for number, one in enumerate(signed[:stopped]):
        place = before.place(number, one, float(number))
        if place.remembered:
            kept.append((number, one.words, place.group, float(number)))
    again = Window(most=6)
    again.restore(kept[-6:])
    after = [
        again.place(number, one, float(number))
        for number, one in enumerate(signed[stopped:], len(signed[:stopped]))
    ]
    assert after == expected[stopped:]


def _different(many: int) -> list[Signature]:
    return sign([f"kata{n}a kata{n}b kata{n}c kata{n}d kata{n}e" for n in range(many)])


def test_memory_is_bounded_by_count_and_by_time() -> None:
    window = Window(most=50, span=100.0)
    for number, one in enumerate(_different(500)):
        window.place(number, one, 0.0)
    assert len(window) == 50
    assert len(window._table) == 50 * len(_different(1)[0].keys)
    window.place(500, sign([CALL])[0], 101.0)
    assert len(window) == 1
    assert not window._further


def test_a_group_goes_on_as_long_as_its_texts_come() -> None:
    window = Window(most=20)
    others, call = iter(_different(2000)), sign([CALL])[0]
    groups = set()
    for number in range(2000):
        groups.add(window.place(number, call, float(number)).group) if number % 9 == 0 else window.place(
            number, next(others), float(number)
        )
    assert groups == {0}


def test_a_forgotten_text_is_like_nothing_more() -> None:
    window = Window()
    call = sign([CALL])[0]
    window.place(1, call, 0.0)
    window.forget(1)
    window.forget(1)
    assert window.place(2, call, 0.0).group == 2


def test_a_very_long_text_costs_what_its_length_costs() -> None:
    dice = random.Random(5)
    short, long = (" ".join(f"kata{dice.random()}".replace(".", "x") for _ in range(n)) for n in (500, 5000))
    assert len(sign([long])[0].words) == 4 * MOST_WORDS
    assert alike(long, long + " dan seterusnya")
    sign([short])

    def seconds(text: str) -> float:
        began = time.process_time()
        for _ in range(5):
            sign([text])
        return time.process_time() - began

    assert min(seconds(long) for _ in range(3)) < 40 * min(seconds(short) for _ in range(3)) + 0.01
    assert ALIKE < 1
