"""Kota Tirtakencana (99.71) as its citizens know it: kelurahan, streets, landmarks, and about 200 people with habits.

The city does not exist. Places come from a JSON file with the keys `code`, `name`, `areas` and `places`, the same shape
as a government file; places.json beside this module is used when none is given.
"""

from __future__ import annotations

import json
import random
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

PLACES_FILE: Final = Path(__file__).parent / "places.json"
PEOPLE_FILE: Final = Path(__file__).parent / "people.toml"
OFFICIAL_HANDLE: Final = "pemkot_tirtakencana"
CITIZENS: Final = 200

WEBHOOK_PLATFORMS: Final = (
    "facebook", "instagram", "messenger", "threads", "tiktok", "whatsapp", "telegram", "x", "youtube", "bluesky",
)  # fmt: skip
NEWS: Final = "rss"
"""Where no citizen speaks but a newsroom, that of NEWSPAPER."""
NEWSPAPER: Final = "Kabar Tirtakencana"
TEMPERAMENTS: Final = ("polite", "plain", "sarcastic", "ranting", "three_word")

# Which registers a household speaks: (register, weight). The city lies where Javanese and Sundanese meet.
TONGUES: Final[dict[str, tuple[tuple[str, float], ...]]] = {
    "urban": (("slang", 0.85), ("formal", 0.15)),
    "official": (("formal", 0.8), ("slang", 0.2)),
    "javanese": (("ngoko", 0.55), ("slang", 0.3), ("krama", 0.15)),
    "javanese_elder": (("krama", 0.65), ("formal", 0.2), ("ngoko", 0.15)),
    "sundanese": (("loma", 0.5), ("slang", 0.3), ("lemes", 0.2)),
    "sundanese_elder": (("lemes", 0.65), ("formal", 0.25), ("loma", 0.1)),
    "newcomer": (("english", 0.7), ("formal", 0.3)),
}
TONGUE_SHARES: Final = {
    "urban": 0.44,
    "official": 0.14,
    "javanese": 0.16,
    "javanese_elder": 0.07,
    "sundanese": 0.11,
    "sundanese_elder": 0.05,
    "newcomer": 0.03,
}
# Hours (start, end) in which a habit is awake on line; end may pass midnight.
RHYTHMS: Final[dict[str, tuple[int, int]]] = {
    "early": (4, 10),
    "office": (8, 17),
    "noon": (11, 15),
    "evening": (17, 23),
    "night": (20, 26),
}

# Sorts of landmark that a phrasing may ask for, known by how their names begin.
SORTS: Final[dict[str, tuple[str, ...]]] = {
    "pasar": ("Pasar",),
    "puskesmas": ("Puskesmas",),
    "sekolah": ("SDN", "SMPN"),
    "jembatan": ("Jembatan",),
    "rsud": ("RSUD",),
    "rusun": ("Rusun",),
    "wisata": ("Kebun Raya", "Benteng", "Pantai", "Kampung Batik"),
    "alunalun": ("Alun-",),
}
_NO_LANDMARK: Final = ("street", "river")

_EMOJI: Final = ("🙏", "😭", "😡", "😅", "👍", "🔥", "😩", "")


@dataclass(frozen=True, slots=True)
class Spot:
    """A street or landmark; `forms` are its name and what people call it."""

    name: str
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kelurahan:
    """One ward: `code` 99.71.KK.VVVV, its kecamatan, and its streets and landmarks."""

    code: str
    name: str
    kecamatan: str
    streets: tuple[Spot, ...]
    landmarks: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class City:
    """A city: its wards, and for each sort of landmark (SORTS) those that there are."""

    code: str
    name: str
    wards: tuple[Kelurahan, ...]
    sorts: dict[str, tuple[Spot, ...]]


@dataclass(frozen=True, slots=True)
class Citizen:
    """One person with habits.

    `registers`: (register, weight); `hours`: (start, end) on line, end may pass 24; `channels`: "mastodon" and names of
    WEBHOOK_PLATFORMS.
    """

    handle: str
    name: str
    home: Kelurahan
    registers: tuple[tuple[str, float], ...]
    temperament: str
    hours: tuple[int, int]
    channels: tuple[str, ...]
    emoji: str
    followers: int

    def awake(self, hour: int) -> bool:
        """Whether the person is on line in this hour of the day (0-23)."""
        start, end = self.hours
        return start <= hour < end or start <= hour + 24 < end


@lru_cache(maxsize=4)
def load_city(path: Path = PLACES_FILE) -> City:
    """Reads the places of the city. Raises ValueError when the file lists no kelurahan or no street."""
    data = json.loads(path.read_text(encoding="utf-8"))
    areas: list[dict[str, Any]] = data["areas"]
    places: list[dict[str, Any]] = data.get("places", [])
    if not any(area["level"] == "village" for area in areas) or not any(
        p["kind"] == "street" for p in places
    ):
        raise ValueError(f"{path}: needs at least one kelurahan in 'areas' and one street in 'places'")
    names = {area["code"]: area["name"] for area in areas}
    wards = tuple(_ward(area, names, places) for area in areas if area["level"] == "village")
    return City(data["code"], data["name"], wards, _sorts(places, wards))


def citizens(city: City, count: int = CITIZENS, seed: int = 9971) -> tuple[Citizen, ...]:
    """Makes `count` people of the city, always the same for the same city, count and seed. Handles are unique."""
    dice = random.Random(f"citizens-{seed}")
    names: dict[str, list[str]] = tomllib.loads(PEOPLE_FILE.read_text(encoding="utf-8"))
    taken = {OFFICIAL_HANDLE}
    return tuple(
        _citizen(dice, city, dice.choice(names["given"]), dice.choice(names["family"]), taken)
        for _ in range(count)
    )


def _citizen(dice: random.Random, city: City, given: str, family: str, taken: set[str]) -> Citizen:
    tongue = dice.choices(list(TONGUE_SHARES), list(TONGUE_SHARES.values()))[0]
    elder = tongue.endswith("_elder")
    polite = elder or tongue == "official"
    weights = (8, 2, 0.5, 0.5, 0.5) if polite else (1.5, 4, 2, 2, 1.5)
    rhythm = dice.choice(("early", "office", "noon") if elder else tuple(RHYTHMS))
    return Citizen(
        handle=_handle(dice, given, family, taken),
        name=f"{given} {family}" if polite or dice.random() < 0.7 else given,
        home=dice.choice(city.wards),
        registers=TONGUES[tongue],
        temperament=dice.choices(TEMPERAMENTS, weights)[0],
        hours=RHYTHMS[rhythm],
        channels=_channels(dice, elder=elder),
        emoji="" if polite else dice.choice(_EMOJI),
        followers=int(dice.lognormvariate(4.5, 1.2)),
    )


def _channels(dice: random.Random, *, elder: bool) -> tuple[str, ...]:
    webhook = ("facebook", "whatsapp") if elder else WEBHOOK_PLATFORMS
    own = dice.sample(webhook, k=min(len(webhook), dice.choice((1, 2, 3))))
    return ("mastodon", *own) if dice.random() < 0.6 else tuple(own)


def newsroom(home: Kelurahan) -> Citizen:
    """Makes the local newspaper, which writes on NEWS only."""
    return Citizen(
        handle="redaksi", name=NEWSPAPER, home=home, registers=(("formal", 1.0),), temperament="polite",
        hours=(0, 24), channels=(NEWS,), emoji="", followers=0,
    )  # fmt: skip


def _handle(dice: random.Random, given: str, family: str, taken: set[str]) -> str:
    first, last = given.lower(), family.lower()
    shapes = (
        first + last,
        f"{first}_{last}",
        f"{first}{dice.randint(70, 99)}",
        f"mas_{first}",
        f"{last}{first[:2]}",
    )
    base = re.sub(r"[^a-z0-9_]", "", dice.choice(shapes))
    name, number = base, 2
    while name in taken:
        name, number = f"{base}{number}", number + 1
    taken.add(name)
    return name


def _ward(area: dict[str, Any], names: dict[str, str], places: list[dict[str, Any]]) -> Kelurahan:
    code, district = area["code"], area["parent"]
    streets = (
        _spots(p for p in places if p["kind"] == "street" and p.get("area_code") == code)
        or _spots(p for p in places if p["kind"] == "street" and str(p.get("area_code")).startswith(district))
        or _spots(p for p in places if p["kind"] == "street")
    )
    office = f"Kantor Kelurahan {area['name']}"
    landmarks = _spots(p for p in places if p["kind"] not in _NO_LANDMARK and p.get("area_code") == code)
    return Kelurahan(code, area["name"], names[district], streets, (*landmarks, Spot(office, (office,))))


def _spots(places: Iterable[dict[str, Any]]) -> tuple[Spot, ...]:
    return tuple(Spot(p["name"], (p["name"], *p.get("aliases", ()))) for p in places)


def _sorts(places: list[dict[str, Any]], wards: tuple[Kelurahan, ...]) -> dict[str, tuple[Spot, ...]]:
    landmarks = [p for p in places if p["kind"] not in _NO_LANDMARK]
    anywhere = tuple(spot for ward in wards for spot in ward.landmarks)
    return {
        sort: _spots(p for p in landmarks if p["name"].startswith(starts)) or anywhere
        for sort, starts in SORTS.items()
    }
