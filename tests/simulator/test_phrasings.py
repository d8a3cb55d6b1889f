"""The written sentences: enough, of every topic and tongue, and true to their labels when somebody says them."""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.simulator.city import Citizen, citizens, load_city
from tanggap.simulator.phrasing import Phrasing, PhrasingError, load_phrasings
from tanggap.simulator.voice import Mark, Said, say

TOPICS = {
    *(
        "jalan_rusak",
        "jembatan",
        "trotoar",
        "drainase",
        "banjir",
        "bencana",
        "kebakaran",
        "sampah",
        "pencemaran",
    ),
    *(
        "taman_pohon",
        "pju",
        "lalu_lintas",
        "parkir",
        "angkutan",
        "adminduk",
        "air_bersih",
        "listrik",
        "kesehatan",
    ),
    *(
        "bpjs",
        "wabah",
        "sekolah",
        "perundungan",
        "bansos",
        "pmks",
        "kdrt_anak",
        "ketertiban",
        "pasar",
        "umkm",
    ),
    *(
        "perizinan",
        "pajak",
        "tenaga_kerja",
        "tata_ruang",
        "perumahan",
        "pertanian",
        "pariwisata_budaya",
        "aplikasi",
    ),
    *("petugas", "kelurahan", "informasi", "apresiasi", "usulan", "hoaks_isu", "luar_wewenang"),
}
ALL = tuple(load_phrasings())
CITY = load_city()
PEOPLE = citizens(CITY)


def test_every_topic_has_phrasings_in_each_tongue() -> None:
    reports = load_phrasings().reports
    assert set(reports) == TOPICS
    assert sum(map(len, reports.values())) >= 400
    for topic, group in reports.items():
        assert len(group) >= 8, topic
        assert {"id", "jv", "su"} <= {phrasing.language for phrasing in group}, topic
        assert {"slang", "formal"} <= {phrasing.register for phrasing in group}, topic


def test_no_sentence_is_written_twice() -> None:
    assert [text for text, times in Counter(phrasing.text for phrasing in ALL).items() if times > 1] == []


def test_labels_are_spread() -> None:
    assert {phrasing.intent for phrasing in ALL} == {
        "complaint",
        "information_request",
        "aspiration",
        "appreciation",
        "other",
    }
    assert sum(phrasing.urgency == "emergency" for phrasing in ALL) >= 20
    assert sum(phrasing.supervisory for phrasing in ALL) >= 10
    assert sum(bool(phrasing.personal_data) for phrasing in ALL) >= 15
    assert sum(phrasing.sarcasm for phrasing in ALL) >= 20
    assert {phrasing.language for phrasing in ALL} == {"id", "jv", "su", "en"}


@given(st.sampled_from(ALL), st.sampled_from(PEOPLE), st.integers())
def test_marks_point_at_what_they_name(phrasing: Phrasing, citizen: Citizen, seed: int) -> None:
    said = say(phrasing, citizen, CITY, random.Random(seed))
    assert "{" not in said.text
    for mark in said.marks:
        found = said.text[mark.start : mark.end]
        if mark.kind == "personal":
            assert found == mark.name
        else:
            assert found.casefold() in _forms(mark), (found, mark)
    kinds = [mark.label for mark in said.marks if mark.kind == "personal"]
    assert kinds == list(phrasing.personal_data)


def _forms(mark: Mark) -> set[str]:
    """All ways in which people may write a place, in lower case."""
    spots = [
        spot for ward in CITY.wards for spot in (*ward.streets, *ward.landmarks) if spot.name == mark.name
    ]
    kind, _, rest = mark.name.partition(" ")
    short = {"Jalan": ("", "jl. ", "jl ", "jln ", "jalan "), "Gang": ("", "gg ", "gg. ", "gang ")}
    forms = {form.casefold() for spot in spots for form in spot.forms} | {mark.name.casefold()}
    return forms | {prefix + rest.casefold() for prefix in short.get(kind, ())}


def test_marks_stay_true_when_a_correction_is_added() -> None:
    dice = random.Random(3)
    first = next(phrasing for phrasing in ALL if phrasing.key == "jalan_rusak.1")
    ralat = next(phrasing for phrasing in ALL if phrasing.key == "correction.1")
    both = say(first, PEOPLE[0], CITY, dice).followed_by(say(ralat, PEOPLE[0], CITY, dice))
    assert len(both.marks) == 2
    assert all(both.text[mark.start : mark.end].strip() for mark in both.marks)
    assert both.phrasing is first


def test_truth_offsets_shift_with_the_mention() -> None:
    said = _said_with("nik")
    start = said.truth()["personal_data"][0]["start"]
    assert said.truth(shift=21)["personal_data"][0]["start"] == start + 21


def test_identity_numbers_are_valid_in_form_and_assigned_to_no_one() -> None:
    for seed in range(50):
        mark = next(mark for mark in _said_with("nik", seed).marks if mark.label == "nik")
        assert re.fullmatch(r"\d{16}", mark.name)
        day = int(mark.name[6:8])
        date(1900 + int(mark.name[10:12]), int(mark.name[8:10]), day - 40 if day > 40 else day)
        assert int(mark.name[12:]) >= 9000
        phone = next(mark for mark in _said_with("phone", seed).marks if mark.label == "phone")
        assert "0000" in re.sub(r"\D", "", phone.name)


def _said_with(kind: str, seed: int = 1) -> Said:
    phrasing = next(phrasing for phrasing in ALL if kind in phrasing.personal_data)
    return say(phrasing, PEOPLE[0], CITY, random.Random(seed))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('"jalan {dimana} rusak"', "dimana"),
        ('{ text = "a", urgency = "soon" }', "urgency 'soon'"),
        ('{ text = "a", language = "jv", register = "slang" }', "register 'slang'"),
        ('{ text = "a", intent = "other", supervisory = true }', "supervisory"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    (tmp_path / "salah.toml").write_text(f'[jalan_rusak]\nlines = ["baik", {line}]\n', encoding="utf-8")
    with pytest.raises(PhrasingError, match=rf"jalan_rusak, line 2: .*{re.escape(complaint)}"):
        load_phrasings(tmp_path)
