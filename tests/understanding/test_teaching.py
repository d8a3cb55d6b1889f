"""Officers teach a head; what they did not speak of stays, and one of them alone cannot turn everything over."""

from __future__ import annotations

import numpy as np
import pytest

from tanggap.understanding.learned import MOST_DOWN, MOST_UP, Learned, shifted
from tanggap.understanding.reader import Reader, shipped
from tanggap.understanding.settling import FEWEST, Lesson, targets
from tanggap.understanding.teaching import Rival, Taught, teach

STREETS = [
    "Melati",
    "Kenanga",
    "Mawar",
    "Anggrek",
    "Dahlia",
    "Kamboja",
    "Teratai",
    "Cempaka",
    "Seruni",
    "Flamboyan",
]
TIMES = ["tadi pagi", "sejak kemarin", "dari minggu lalu"]
# "Zamzamin" is what people of this town call the refuse lorry; nobody else knows the word.
LOCAL = [f"zamzamin belum lewat gang {street} {time}" for street in STREETS for time in TIMES]
ORDINARY = [
    text.format(street)
    for street in STREETS
    for text in (
        "jalan {} berlubang besar tolong ditambal",
        "lampu jalan di {} mati gelap sekali",
        "air PDAM di {} mati dari subuh",
        "matur nuwun min, taman {} wis apik",
    )
]


def lessons(officer: int = 1, label: str = "sampah", texts: list[str] = LOCAL, at: float = 0) -> list[Lesson]:
    return [Lesson(number, text, "topic", label, officer, True, at) for number, text in enumerate(texts)]


@pytest.fixture(scope="module")
def taught() -> Taught:
    return teach(lessons(), ORDINARY, shipped(), "belajar-1")


@pytest.fixture(scope="module")
def learned(taught: Taught) -> Learned:
    assert taught.learned
    return taught.learned


def topics(reader: Reader, texts: list[str]) -> list[str | None]:
    return [one.topic.candidates[0][0] if not one.topic_none else "none" for one in reader.read(texts)]


NEW = ["min zamzamin kok ga lewat lewat gang Soka", "zamzamin kapan lewat lagi pak"]


def test_a_word_that_only_this_town_knows_is_learned(learned: Learned) -> None:
    assert topics(Reader(None, shipped()), NEW) != ["sampah", "sampah"]
    assert topics(Reader(None, shipped(), learned), NEW) == ["sampah", "sampah"]


def test_what_nobody_spoke_of_stays(learned: Learned) -> None:
    assert topics(Reader(None, shipped(), learned), ORDINARY) == topics(Reader(None, shipped()), ORDINARY)
    text = ["terima kasih pak wali"]
    with_layer, without = (
        Reader(None, shipped(), learned).read(text)[0],
        Reader(None, shipped()).read(text)[0],
    )
    assert with_layer.sentiment == without.sentiment
    assert with_layer.model == f"{shipped().version}+belajar-1"


def test_the_layer_reads_the_same_after_saving_in_any_batch_and_trained_again(
    taught: Taught, learned: Learned
) -> None:
    content = learned.save()
    again = teach(lessons()[::-1], ORDINARY, shipped(), "belajar-1")
    assert again.learned
    assert (again.learned.save(), again.figures) == (content, taught.figures)
    loaded = Reader(None, shipped(), Learned.load(content))
    texts = NEW + LOCAL[:3] + [""]
    whole = Reader(None, shipped(), learned).read(texts)
    assert loaded.read(texts) == whole
    assert [loaded.read([text])[0] for text in texts] == whole


def test_gains_are_measured_on_lessons_that_were_held_back(taught: Taught) -> None:
    figures = taught.figures["heads"]["topic"]
    assert figures["taught"]
    assert figures["held_back"]["n"] == len(LOCAL)
    assert figures["held_back"]["fixed"] > len(LOCAL) // 3
    assert -1 <= figures["held_back"]["low"] <= figures["held_back"]["high"] <= 1
    assert figures["moved"] <= 0.05


def test_a_head_with_few_corrections_stays_as_it_was() -> None:
    few = teach(lessons()[: FEWEST - 1], ORDINARY, shipped(), "belajar-1")
    assert few.learned is None
    assert few.figures["heads"]["topic"]["why"] == "few"


def test_the_newer_layer_is_compared_with_the_one_in_use_on_what_came_after_it(learned: Learned) -> None:
    later = lessons(at=5, texts=[f"{text} lagi" for text in LOCAL])
    told = teach(later, ORDINARY, shipped(), "belajar-2", Rival(learned, 1)).figures["heads"]["topic"][
        "in_use"
    ]
    assert told["n"] == len(LOCAL)
    assert told["before"] > len(LOCAL) // 2
    assert "in_use" not in teach(later, ORDINARY, shipped(), "b", Rival(learned, 9)).figures["heads"]["topic"]


def test_one_officer_who_mislabels_everything_does_not_turn_the_town_over() -> None:
    """Four hundred clear posts of roads, lamps and water, all called "informasi" by one and the same."""
    hostile = [
        Lesson(1000 + number, f"{text} ya {number}", "topic", "informasi", 66, True)
        for number, text in enumerate(ORDINARY * 4)
    ]
    made = teach(lessons() + hostile, ORDINARY, shipped(), "belajar-1").learned
    assert made
    before, after = topics(Reader(None, shipped()), ORDINARY), topics(Reader(None, shipped(), made), ORDINARY)
    assert sum(one != other for one, other in zip(before, after, strict=True)) <= len(ORDINARY) // 20
    assert all(abs(part.weights).max() <= 8 for part in made.parts.values())


def test_no_lesson_moves_what_the_shipped_model_is_sure_of() -> None:
    sure, shift = np.array([[0.9995, 0.0005]]), np.array([[-50.0, 50.0]])
    moved = shifted(sure, shift)[0]
    assert np.log(moved[1] / moved[0]) == pytest.approx(np.log(0.0005 / 0.9995) + MOST_UP + MOST_DOWN)
    assert moved[0] > moved[1]


def test_officers_at_odds_are_left_out_and_those_with_whom_nobody_agrees_count_less() -> None:
    alike = [*lessons(1), *lessons(2)]
    contrary = lessons(3, "banjir", LOCAL[:15])
    agreed = targets([*alike, *contrary], "topic", 100)
    assert {one.label for one in agreed.targets} == {"sampah"}
    assert (agreed.officers, agreed.contested) == (3, 15)
    two = targets([*lessons(1, texts=LOCAL[:2]), *lessons(2, "banjir", LOCAL[:2])], "topic", 100)
    assert (two.targets, two.contested) == ([], 2)
    doubted = targets([*alike, *contrary, Lesson(900, "x", "topic", "pju", 3, True)], "topic", 100).targets
    weights = {one.post: one.weight for one in doubted}
    assert weights[900] < 0.2
    assert weights[20] > 1


def test_a_later_word_of_the_same_officer_counts() -> None:
    changed = [*lessons(1, "banjir", LOCAL[:1], at=1), *lessons(1, "sampah", LOCAL[:1], at=2)]
    assert [one.label for one in targets(changed, "topic", 100).targets] == ["sampah"]


def test_a_layer_of_other_labels_or_layout_is_refused(
    learned: Learned, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = learned.save()
    monkeypatch.setattr("tanggap.understanding.learned.all_heads", dict)
    with pytest.raises(ValueError, match="other labels of topic"):
        Learned.load(content)
    monkeypatch.setattr("tanggap.understanding.learned._LAYOUT", 2)
    with pytest.raises(ValueError, match="layout"):
        Learned.load(content)
