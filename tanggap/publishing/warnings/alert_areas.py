"""Whether a warning concerns a government: by codes, by names inside its own area, by the point where it lies.

Pure: the government's area comes as plain values (understanding/area.py). A province that is named alone concerns all
of its governments; one whose warning names other regencies does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tanggap.understanding.area import Area, Place
from tanggap.understanding.normalise import fold, search_key
from tanggap.understanding.places import Places
from tanggap.understanding.reading import FoundPlace

_CODE_KINDS = re.compile(r"kemendagri|kode|wilayah|adm|bps|p-?code", re.IGNORECASE)
"""Kinds of geocode that hold Indonesian region codes; other countries' codes are numbers too."""


@dataclass(frozen=True, slots=True)
class Home:
    """A government's area in plain values: `areas` are (code, name, level, other names); `centre` a point in it."""

    code: str
    name: str
    areas: tuple[tuple[str, str, str, tuple[str, ...]], ...] = ()
    centre: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Concern:
    """That a warning concerns us: the places of ours that it names, none where it is the whole government; and why."""

    places: tuple[str, ...]
    by: str


def concern(
    areas: Sequence[Mapping[str, Any]], words: str, home: Home, also: Iterable[str] = ()
) -> Concern | None:
    """This will tell what of a government a warning concerns, or None.

    `areas` are those of cap.Area.as_json, `words` its headline and description, `also` further names of areas that
    concern us as the source writes them. Ways: "code", "listed", "name", "words", "point", in this order.
    """
    named = "; ".join(str(one["name"]) for one in areas)
    return (
        _by_code(areas, home)
        or _listed(named, also)
        or _by_names(named, words, home)
        or _by_names(words, "", home, by="words")
        or _by_point(areas, home)
    )


def _by_code(areas: Sequence[Mapping[str, Any]], home: Home) -> Concern | None:
    mine = _digits(home.code)
    names = {_digits(code): name for code, name, *_rest in home.areas}
    found: list[str] = []
    whole = False
    for area in areas:
        for kind, value in area["geocodes"]:
            code = _digits(value)
            if not _CODE_KINDS.search(kind) or len(code) < 2:
                continue
            if mine.startswith(code):
                whole = True
            elif code.startswith(mine):
                found.append(names.get(code, str(area["name"])))
    return Concern(() if whole else tuple(dict.fromkeys(found)), "code") if whole or found else None


def _listed(named: str, also: Iterable[str]) -> Concern | None:
    padded = f" {search_key(named)} "
    hits = [one for one in also if one.strip() and f" {search_key(one)} " in padded]
    return Concern((), "listed") if hits else None


def _by_names(text: str, further: str, home: Home, by: str = "name") -> Concern | None:
    found = _places(text, home)
    parts = [one.name for one in found if one.code and one.code.startswith(f"{home.code}.")]
    if parts:
        return Concern(tuple(dict.fromkeys(parts)), by)
    if any(one.code == home.code and set(one.candidates) <= {home.code} for one in found):
        return Concern((), by)
    province = home.code.partition(".")[0]
    around = any(province in {one.code, *one.candidates} for one in found)
    # A province's warning lists the regencies that it means; without a list it means all of them.
    others = [one for one in (*found, *_places(further, home)) if _another_regency(one, home.code, province)]
    return Concern((), by) if around and not others else None


def _another_regency(one: FoundPlace, mine: str, province: str) -> bool:
    return (
        one.level == "regency" and one.code is not None and not {mine, province} & {one.code, *one.candidates}
    )


def _by_point(areas: Sequence[Mapping[str, Any]], home: Home) -> Concern | None:
    if home.centre is None:
        return None
    rings = [ring for area in areas for ring in area["polygons"]]
    return Concern((), "point") if any(_inside(home.centre, ring) for ring in rings) else None


def _inside(point: tuple[float, float], ring: Sequence[Sequence[float]]) -> bool:
    """Ray casting (https://wrfranklin.org/Research/Short_Notes/pnpoly.html); a ring may be closed or not."""
    y, x = point
    inside, before = False, ring[-1]
    for corner in ring:
        if (corner[0] > y) != (before[0] > y):
            across = (before[1] - corner[1]) * (y - corner[0]) / (before[0] - corner[0]) + corner[1]
            inside ^= x < across
        before = corner
    return inside


def _places(text: str, home: Home) -> tuple[FoundPlace, ...]:
    if not text.strip():
        return ()
    texts = [text[:20_000]]
    return _finder(home).find(texts, fold(texts))[0]


@lru_cache(maxsize=16)
def _finder(home: Home) -> Places:
    mine = [
        Place(code, name, "district" if level == "district" else "village", aliases)
        for code, name, level, aliases in home.areas
    ]
    try:
        area = Area.from_code(home.code)
    except ValueError:  # a fictional government: only what it says of itself is known
        area = Area(home.code, (home.name,), (Place(home.code, home.name, "regency"), *mine))
    return Places(area)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())
