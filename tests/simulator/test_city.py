"""The city and its people: the same places as the government file, and always the same citizens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import tanggap
from tanggap.simulator.city import PLACES_FILE, citizens, load_city

GOVERNMENT_FILE = Path(tanggap.__file__).parent / "agencies" / "data" / "governments" / "99.71.json"


def test_places_are_those_of_the_government_file() -> None:
    own = json.loads(PLACES_FILE.read_text(encoding="utf-8"))
    government = json.loads(GOVERNMENT_FILE.read_text(encoding="utf-8"))
    assert {(a["code"], a["name"]) for a in own["areas"]} == {
        (a["code"], a["name"]) for a in government["areas"]
    }
    known = {place["name"] for place in (*government["places"], *government["units"])}
    assert {place["name"] for place in own["places"]} <= known


def test_a_government_file_serves_as_places() -> None:
    assert {ward.code for ward in load_city(GOVERNMENT_FILE).wards} == {
        ward.code for ward in load_city().wards
    }


def test_every_ward_has_somewhere_to_speak_of() -> None:
    city = load_city()
    assert len(city.wards) == 36
    assert all(ward.streets and ward.landmarks for ward in city.wards)
    assert all(city.sorts.values())


def test_places_without_wards_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "kosong.json"
    file.write_text('{"code": "99.99", "name": "Kosong", "areas": [], "places": []}', encoding="utf-8")
    with pytest.raises(ValueError, match="kelurahan"):
        load_city(file)


def test_citizens_are_always_the_same_and_unlike_each_other() -> None:
    people = citizens(load_city())
    assert people == citizens(load_city())
    assert len({person.handle for person in people}) == len(people) == 200
    assert {person.temperament for person in people} == {
        "polite",
        "plain",
        "sarcastic",
        "ranting",
        "three_word",
    }
    assert all(any(person.awake(hour) for person in people) for hour in range(4, 24))
    assert 100 <= sum("mastodon" in person.channels for person in people) <= 180
    assert all(person.handle.replace("_", "").isalnum() and person.handle.isascii() for person in people)


@pytest.mark.parametrize(("hour", "awake"), [(21, True), (1, True), (2, False), (12, False)])
def test_a_night_owl_is_awake_past_midnight(hour: int, awake: bool) -> None:
    owl = next(person for person in citizens(load_city()) if person.hours == (20, 26))
    assert owl.awake(hour) is awake
