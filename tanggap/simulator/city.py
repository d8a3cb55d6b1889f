"""Kota Tirtakencana (99.71) as its citizens know it: kelurahan, streets, landmarks, and about 200 people with habits.

The city does not exist. Places come from a JSON file with the keys `code`, `name`, `areas` and `places`, the same shape
as a government file; places.json beside this module is used when none is given.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

PLACES_FILE: Final = Path(__file__).parent / "places.json"
OFFICIAL_HANDLE: Final = "pemkot_tirtakencana"
CITIZENS: Final = 200

WEBHOOK_PLATFORMS: Final = ("facebook", "instagram", "x", "whatsapp", "telegram", "threads", "tiktok")
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

_GIVEN: Final = (
    "Siti Budi Agus Dewi Rina Joko Wawan Asep Euis Neneng Cecep Tatang Ujang Iis Dedi Yanti Slamet Sri Wahyu Ratna Bayu "
    "Putri Rizky Dimas Ayu Galih Fitri Hendra Lilis Maman Nanang Oki Parman Qori Ranti Surti Tono Umi Vina Wati Yuni "
    "Zaenal Bambang Citra Darsono Eko Farida Gunawan Hesti Indra Jumadi Kartini Lestari Mulyono Nurul Opik Purwanti "
    "Rohman Sumarni Teguh"
).split()
_FAMILY: Final = (
    "Wibowo Suherman Lestari Kusnadi Pratama Hidayat Saputra Rahayu Setiawan Nugroho Permana Kurniawan Susanti Mulyadi "
    "Handayani Sudrajat Wijaya Purnomo Anggraini Sutisna Maulana Hartono Utami Ramdani Prasetyo Safitri"
).split()
_EMOJI: Final = ("🙏", "😭", "😡", "😅", "👍", "🔥", "😩", "")


@dataclass(frozen=True, slots=True)
class Kelurahan:
    """One ward: `code` 99.71.KK.VVVV, its kecamatan, and its streets and landmarks by name."""

    code: str
    name: str
    kecamatan: str
    streets: tuple[str, ...]
    landmarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class City:
    """A city: its wards, and for {pasar}, {puskesmas}, {sekolah}, {jembatan} the landmarks of that sort."""

    code: str
    name: str
    wards: tuple[Kelurahan, ...]
    sorts: dict[str, tuple[str, ...]]


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
    """Reads the places of the city. Raises ValueError when the file lists no kelurahan with a street."""
    data = json.loads(path.read_text(encoding="utf-8"))
    names = {area["code"]: area["name"] for area in data["areas"]}
    places: list[dict[str, Any]] = data.get("places", [])
    wards = tuple(
        Kelurahan(
            code=area["code"],
            name=area["name"],
            kecamatan=names[area["parent"]],
            streets=_names_in(places, area["code"], street=True),
            landmarks=_names_in(places, area["code"], street=False),
        )
        for area in data["areas"]
        if area["level"] == "village"
    )
    usable = tuple(ward for ward in wards if ward.streets and ward.landmarks)
    if not usable:
        raise ValueError(f"{path}: no kelurahan with at least one street and one landmark in 'areas' and 'places'")
    return City(data["code"], data["name"], usable, _sorts(places, usable))


def citizens(city: City, count: int = CITIZENS, seed: int = 9971) -> tuple[Citizen, ...]:
    """Makes `count` people of the city, always the same for the same city, count and seed. Handles are unique."""
    dice = random.Random(f"citizens-{seed}")
    taken = {OFFICIAL_HANDLE}
    return tuple(_citizen(dice, city, taken) for _ in range(count))


def _citizen(dice: random.Random, city: City, taken: set[str]) -> Citizen:
    given, family = dice.choice(_GIVEN), dice.choice(_FAMILY)
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
    own = dice.sample(webhook, k=min(len(webhook), dice.choice((1, 1, 2))))
    return ("mastodon", *own) if dice.random() < 0.75 else tuple(own)


def _handle(dice: random.Random, given: str, family: str, taken: set[str]) -> str:
    first, last = given.lower(), family.lower()
    shapes = (first + last, f"{first}_{last}", f"{first}{dice.randint(70, 99)}", f"mas_{first}", f"{last}{first[:2]}")
    base = re.sub(r"[^a-z0-9_]", "", dice.choice(shapes))
    name, number = base, 2
    while name in taken:
        name, number = f"{base}{number}", number + 1
    taken.add(name)
    return name


def _names_in(places: list[dict[str, Any]], code: str, *, street: bool) -> tuple[str, ...]:
    return tuple(p["name"] for p in places if p.get("area_code") == code and (p["kind"] == "street") == street)


def _sorts(places: list[dict[str, Any]], wards: tuple[Kelurahan, ...]) -> dict[str, tuple[str, ...]]:
    landmarks = tuple(p["name"] for p in places if p["kind"] != "street")
    prefixes = {
        "pasar": ("Pasar",),
        "puskesmas": ("Puskesmas",),
        "sekolah": ("SD", "SMP", "SMA", "SMK"),
        "jembatan": ("Jembatan",),
    }
    anywhere = tuple(name for ward in wards for name in ward.landmarks)
    return {
        sort: tuple(name for name in landmarks if name.startswith(starts)) or anywhere
        for sort, starts in prefixes.items()
    }
