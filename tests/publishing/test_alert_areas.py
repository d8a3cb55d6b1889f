"""Which warnings concern a government: its codes, its districts by name, its province alone, its point in a polygon."""

from __future__ import annotations

from typing import Any

import pytest

from tanggap.publishing.warnings.alert_areas import Concern, Home, concern

HOME = Home("34.71", "Kota Yogyakarta", centre=(-7.8, 110.37))
FICTION = Home(
    "99.71",
    "Kota Tirtakencana",
    (("99.71.01", "Kencanapura", "district", ()), ("99.71.02", "Tirtamulya", "district", ())),
)


def area(
    name: str, *geocodes: tuple[str, str], ring: tuple[tuple[float, float], ...] = ()
) -> list[dict[str, Any]]:
    return [{"name": name, "geocodes": geocodes, "polygons": [ring] if ring else [], "circles": []}]


@pytest.mark.parametrize(
    ("areas", "words", "expected"),
    [
        (area("Kota Yogyakarta"), "", Concern((), "name")),
        (area("Mergangsan, Umbulharjo"), "", Concern(("Mergangsan", "Umbulharjo"), "name")),
        (area("DI Yogyakarta"), "Hujan lebat di seluruh wilayah.", Concern((), "name")),
        (area("DI Yogyakarta"), "Hujan lebat di Kab. Sleman: Godean, Gamping.", None),
        (
            area("DI Yogyakarta"), "Hujan di Kab. Sleman: Godean, dan Kota Yogyakarta: Kotagede, Mergangsan.",
            Concern(("Kotagede", "Mergangsan"), "words"),
        ),
        (area("Kabupaten Sleman: Depok"), "", None),
        (area("Jawa Timur"), "Kab. Malang", None),
        (area("x", ("Kemendagri", "34.71.12")), "", Concern(("x",), "code")),
        (area("x", ("Kemendagri", "34")), "", Concern((), "code")),
        (area("x", ("SAME", "034071")), "", None),
        (area("x", ring=((-7.7, 110.3), (-7.7, 110.5), (-7.9, 110.5), (-7.9, 110.3))), "", Concern((), "point")),
        (area("x", ring=((-6.7, 110.3), (-6.7, 110.5), (-6.9, 110.5), (-6.9, 110.3))), "", None),
        (area(""), "", None),
    ],
)  # fmt: skip
def test_what_concerns_a_city(areas: list[dict[str, Any]], words: str, expected: Concern | None) -> None:
    assert concern(areas, words, HOME) == expected


def test_what_a_source_calls_our_area_counts() -> None:
    assert concern(area("Zona 7 Pesisir Selatan"), "", HOME, ["zona 7"]) == Concern((), "listed")
    assert concern(area("Zona 71"), "", HOME, ["zona 7"]) is None


def test_a_fictional_city_knows_only_itself() -> None:
    assert concern(area("Kecamatan Tirtamulya"), "", FICTION) == Concern(("Tirtamulya",), "name")
    assert concern(area("Kota Lain"), "", FICTION) is None
