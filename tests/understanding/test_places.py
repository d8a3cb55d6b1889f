"""Places of two cities by tables: code, level, exact offsets, ambiguity, and ordinary words that are also names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.understanding.area import Area, Place
from tanggap.understanding.normalise import fold
from tanggap.understanding.places import Places
from tanggap.understanding.reader import Reader
from tanggap.understanding.reading import FoundPlace

JOGJA = [
    ("lampu mati di Baciro", "34.71.03.1004", "village", "Baciro"),
    ("BANJIR DI BACIRO", "34.71.03.1004", "village", "BACIRO"),
    ("kel. sorosutan sampah numpuk", "34.71.13.1006", "village", "sorosutan"),
    ("Kel.Sorosutan", "34.71.13.1006", "village", "Sorosutan"),
    ("kemantren umbulharjo", "34.71.13", "district", "umbulharjo"),
    ("Kec. Gondokusuman antre lama", "34.71.03", "district", "Gondokusuman"),
    ("kelurahan Tegalrejo tutup", "34.71.01.1003", "village", "Tegalrejo"),
    ("kecamatan tegalrejo", "34.71.01", "district", "tegalrejo"),
    ("tegalrejo mati lampu", "34.71.01", "district", "tegalrejo"),
    ("warga Muja-Muju resah", "34.71.13.1002", "village", "Muja-Muju"),
    ("mujamuju banjir", "34.71.13.1002", "village", "mujamuju"),
    ("dalan ning bener rusak", "34.71.01.1004", "village", "bener"),
    ("rt 02 rw 05 bener", "34.71.01.1004", "village", "bener"),
    ("warga Tahunan minta fogging", "34.71.13.1003", "village", "Tahunan"),
    ("deket bener ada pohon tumbang", "34.71.01.1004", "village", "bener"),
    ("macet di malioboro", None, "street", "malioboro"),
    ("Jl. Malioboro macet", None, "street", "Jl. Malioboro"),
    ("pasar beringharjo becek", None, "landmark", "pasar beringharjo"),
    ("terminal giwangan kotor", "34.71.13", "landmark", "terminal giwangan"),
    ("Jl. Kusumanegara No 12 berlubang", None, "street", "Jl. Kusumanegara"),
    ("jl kusumanegara rusak", None, "street", "jl kusumanegara"),
    ("gg mawar 3 gelap", None, "street", "gg mawar 3"),
    ("Gang Nakula RT 5 banjir", None, "street", "Gang Nakula"),
    ("jln. Godean Km 3 rusak", None, "street", "jln. Godean Km 3"),
    ("kota jogja panas", "34.71", "regency", "kota jogja"),
    ("Yogyakarta macet", "34.71", "regency", "Yogyakarta"),
    ("pemprov DIY tolong", "34", "province", "DIY"),
    ("dari sleman ke kota", "34.04", "regency", "sleman"),
    ("di Kabupaten Bantul", "34.02", "regency", "Kabupaten Bantul"),
    ("😡 Kotabaru\u200b gelap", "34.71.03.1002", "village", "Kotabaru"),
]
DEPOK = [
    ("kec beji", "32.76.06", "district", "beji"),
    ("kelurahan beji", "32.76.06.1001", "village", "beji"),
    ("beji timur rusak", "32.76.06.1006", "village", "beji timur"),
    ("di depok jaya", "32.76.01.1007", "village", "depok jaya"),
    ("KEL. TUGU BANJIR", "32.76.02.1009", "village", "TUGU"),
    ("curug bojongsari banjir", "32.76.11.1005", "village", "curug"),
    ("Curug di Kecamatan Cimanggis", "32.76.02.1008", "village", "Curug"),
    ("di limo banjir", "32.76.04", "district", "limo"),
    ("pondok cina macet", "32.76.06.1005", "village", "pondok cina"),
    ("warga depok", "32.76", "regency", "depok"),
]
NO_PLACE = [
    "bener banget min",
    "pajak tahunan naik",
    "jalan rusak parah",
    "jl rusak min",
    "gang sempit",
    "jalan kaki lebih sehat",
    "@bener_banget halo",
    "https://baciro.example/tegalrejo",
    "JALAN RUSAK SEMUA",
]


def _pieces(reader: Reader, text: str) -> list[tuple[str | None, str, str]]:
    return [(one.code, one.level, text[one.start : one.end]) for one in reader.read([text])[0].places]


@pytest.mark.parametrize(("text", "code", "level", "piece"), JOGJA)
def test_yogyakarta(jogja: Reader, text: str, code: str | None, level: str, piece: str) -> None:
    assert (code, level, piece) in _pieces(jogja, text)


@pytest.mark.parametrize(("text", "code", "level", "piece"), DEPOK)
def test_depok(depok: Reader, text: str, code: str | None, level: str, piece: str) -> None:
    assert (code, level, piece) in _pieces(depok, text)


@pytest.mark.parametrize("text", NO_PLACE)
def test_ordinary_words_are_no_places(jogja: Reader, text: str) -> None:
    assert _pieces(jogja, text) == []


def test_one_name_two_villages_is_left_open(depok: Reader) -> None:
    found = depok.read(["banjir di curug lagi"])[0].places
    assert found[0].code is None
    assert found[0].candidates == ("32.76.02.1008", "32.76.11.1005")


def test_village_or_district_gives_both_candidates(jogja: Reader) -> None:
    found = jogja.read(["di wirobrajan"])[0].places
    assert found[0].code == "34.71.07"
    assert set(found[0].candidates) == {"34.71.07", "34.71.07.1002"}


def test_a_name_that_is_said_to_lie_elsewhere_is_not_ours(jogja: Reader, depok: Reader) -> None:
    assert "34.71.01" not in [one.code for one in jogja.read(["Tegalrejo, Magelang banjir"])[0].places]
    assert "32.76" not in [one.code for one in depok.read(["di Depok, Sleman macet"])[0].places]


def test_the_longest_name_wins(depok: Reader) -> None:
    assert _pieces(depok, "di sawangan baru") == [("32.76.03.1011", "village", "sawangan baru")]


def test_a_made_up_city_with_its_own_names() -> None:
    area = Area("99.71", ("Kota Tirta",), (Place("99.71.01.1001", "Kauman Lor", "village", ("Kaumanlor",)),))
    reader = Reader.load(area)
    assert _pieces(reader, "kaumanlor banjir") == [("99.71.01.1001", "village", "kaumanlor")]
    assert _pieces(Reader.load(area.with_places([Place(None, "Alun-Alun", "landmark")])), "di alun alun") == [
        (None, "landmark", "alun alun")
    ]


def test_without_an_area_only_streets(jogja: Reader) -> None:
    assert _pieces(Reader.load(), "di Baciro, Jl. Mawar") == [(None, "street", "Jl. Mawar")]


NAMES = ["Baciro", "Terban", "Sorosutan", "Prenggan", "Giwangan", "Kricak"]
FINDER = Places(Area.from_code("34.71"))


def _find(text: str) -> tuple[FoundPlace, ...]:
    return FINDER.find([text], fold([text]))[0]


AROUND = st.text(alphabet="xqz é😡\u200b.,!\n", max_size=30)


@given(AROUND, st.sampled_from(NAMES), AROUND)
def test_a_planted_name_is_found_at_its_place(before: str, name: str, after: str) -> None:
    text = f"{before} {name} {after}"
    start = len(before) + 1
    assert (name, start, start + len(name)) in [(one.name, one.start, one.end) for one in _find(text)]


@given(st.text(max_size=200))
def test_places_lie_in_the_text(text: str) -> None:
    assert all(0 <= one.start < one.end <= len(text) for one in _find(text))
