"""The word tables are whole: every topic is covered, every label is one that a head knows."""

from __future__ import annotations

from collections import Counter

import pytest

from tanggap.understanding.heads import all_heads
from tanggap.understanding.lexicon import phrases, standard_words
from tanggap.understanding.normalise import fold, slang
from tanggap.understanding.reader import shared_lexicon

ROWS = list(phrases())
TOPICS = [label for label in all_heads()["topic"].labels if label != "none"]


def test_there_are_the_43_topics() -> None:
    assert len(TOPICS) == 43


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_several_dozen_phrases(topic: str) -> None:
    assert len({phrase for group, _, phrase in ROWS if group == f"topic.{topic}"}) >= 24


def test_labels_are_those_of_the_heads() -> None:
    heads = all_heads()
    for group, _, _ in ROWS:
        file, _, label = group.partition(".")
        if file in heads:
            assert label in heads[file].labels


def test_slang_ends_in_standard_words() -> None:
    chains = {spelling: word for spelling, word in slang().items() if word in slang()}
    assert chains == {}


def test_a_phrase_stands_once_in_a_group() -> None:
    twice = [
        row
        for row, times in Counter((group, phrase) for group, weight, phrase in ROWS if weight > 0).items()
        if times > 1
    ]
    assert twice == [] or all(group == "cue.problem" for group, _ in twice)


def test_words_match_whole_and_stems_open() -> None:
    lexicon = shared_lexicon()
    whole, inside, stem = lexicon.evidence(fold(["pungli", "xpunglix", "jalan jeglongan"])).of(
        "supervisory.yes"
    )
    assert whole > 0
    assert inside == 0
    assert lexicon.evidence(fold(["jalan bolongnya"])).of("topic.jalan_rusak")[0] > 0
    assert stem == 0


def test_two_parts_must_stand_in_one_sentence() -> None:
    lexicon = shared_lexicon()
    together, apart = lexicon.evidence(fold(["trotoar dekat parkir", "lihat trotoar. Lalu ada parkir"])).of(
        "topic.trotoar"
    )
    assert together > apart


def test_regional_words_count_like_the_standard_ones() -> None:
    standard = standard_words()
    assert standard[b"dalane"] == standard[b"jalanna"] == b"jalan"
    assert standard[b"jalannya"] == b"jalan"
    assert standard[b"motor2"] == b"motor"
