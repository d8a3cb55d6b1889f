"""Reads the hand-written phrasings and cuts them into literal text and placeholders.

The files in phrasings/ hold one table per topic (or, in percakapan.toml, per role). A line is a string, or a table with
`text` and whatever differs from the topic's defaults:

    intent      complaint, information_request, aspiration, appreciation, other      default complaint
    sentiment   positive, neutral, negative                                          default negative
    urgency     emergency, high, normal                                              default normal
    language    id, jv, su, en            register   formal, slang, ngoko, krama, loma, lemes
    supervisory, spam, abusive, sarcasm   true or false

Placeholders: {jalan} {kelurahan} {kecamatan}, {patokan} (any landmark) and the sorts of landmark in city.SORTS are
places; {lama} {suwe} {lila} {jam} {jam_jv} {jumlah} {rp} are times and amounts; {nik} {kk} {telepon} {hp62} {nama}
{plat} {bpjs} {email} {alamat} {nopel} are (fictional) personal data.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "phrasings"
HABITS_FILE: Final = "habits.toml"

INTENTS: Final = ("complaint", "information_request", "aspiration", "appreciation", "other")
SENTIMENTS: Final = ("positive", "neutral", "negative")
URGENCIES: Final = ("emergency", "high", "normal")
REGISTERS: Final[dict[str, tuple[str, ...]]] = {
    "id": ("slang", "formal"),
    "jv": ("ngoko", "krama"),
    "su": ("loma", "lemes"),
    "en": ("slang", "formal"),
}
ROLES: Final = (
    "report",
    "follow_up",
    "me_too",
    "answer",
    "thanks",
    "unhappy",
    "correction",
    "small_talk",
    "spam",
    "abuse",
    "campaign",
    "news",
)

PLACE_SLOTS: Final[dict[str, str]] = {
    "jalan": "street",
    "kelurahan": "village",
    "kecamatan": "district",
    "patokan": "landmark",
    "pasar": "landmark",
    "puskesmas": "landmark",
    "sekolah": "landmark",
    "jembatan": "landmark",
    "rsud": "landmark",
    "rusun": "landmark",
    "wisata": "landmark",
    "alunalun": "landmark",
}
PERSONAL_SLOTS: Final[dict[str, str]] = {
    "nik": "nik",
    "kk": "kk",
    "telepon": "phone",
    "hp62": "phone",
    "nama": "name",
    "plat": "plate",
    "bpjs": "bpjs",
    "email": "email",
    "alamat": "address",
    "nopel": "customer_number",
}
DETAIL_SLOTS: Final = ("lama", "suwe", "lila", "jam", "jam_jv", "jumlah", "rp")

_SLOT: Final = re.compile(r"\{([a-z_0-9]+)\}")


class PhrasingError(ValueError):
    """A phrasing file is wrong; the text names file, table and line."""


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One written sentence with its truth.

    `topic` is a code of the 43, or None where the text alone is about no service. `parts` alternates literal text and
    slot names and starts with literal text: ("min ", "jalan", " bolong").
    """

    key: str
    role: str
    topic: str | None
    text: str
    parts: tuple[str, ...]
    intent: str
    sentiment: str
    urgency: str
    language: str
    register: str
    supervisory: bool = False
    spam: bool = False
    abusive: bool = False
    sarcasm: bool = False

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of the placeholders, in order."""
        return self.parts[1::2]

    @property
    def personal_data(self) -> tuple[str, ...]:
        """The kinds of personal data that every rendering of it holds, in order."""
        return tuple(PERSONAL_SLOTS[slot] for slot in self.slots if slot in PERSONAL_SLOTS)


@dataclass(frozen=True, slots=True)
class Phrasings:
    """All phrasings: `reports` by topic, `said` by role (follow_up, thanks, spam, …)."""

    reports: dict[str, tuple[Phrasing, ...]]
    said: dict[str, tuple[Phrasing, ...]]

    def __iter__(self) -> Any:
        for group in (*self.reports.values(), *self.said.values()):
            yield from group

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def topics(self) -> tuple[str, ...]:
        """The topic codes that have phrasings, in file order."""
        return tuple(self.reports)


@lru_cache(maxsize=4)
def load_phrasings(folder: Path = FOLDER) -> Phrasings:
    """Reads every phrasing file of `folder`. Raises PhrasingError naming file and line."""
    reports: dict[str, tuple[Phrasing, ...]] = {}
    said: dict[str, tuple[Phrasing, ...]] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name == HABITS_FILE:
            continue
        for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            role = table.get("role", name if name in ROLES else "report")
            group = tuple(
                _phrasing(name, role, number, table, line) for number, line in enumerate(table["lines"], 1)
            )
            (reports if role == "report" else said)[name] = group
    return Phrasings(reports, said)


@lru_cache(maxsize=4)
def load_habits(folder: Path = FOLDER) -> dict[str, Any]:
    """Reads openings, closings, shorthand and stretched words of habits.toml."""
    return tomllib.loads((folder / HABITS_FILE).read_text(encoding="utf-8"))


def _phrasing(
    name: str, role: str, number: int, table: dict[str, Any], line: str | dict[str, Any]
) -> Phrasing:
    given: dict[str, Any] = {"text": line} if isinstance(line, str) else line
    defaults = {field: value for field, value in table.items() if field not in ("lines", "role")}
    merged = (
        {"intent": "complaint", "sentiment": "negative", "urgency": "normal", "language": "id"}
        | defaults
        | given
    )
    merged.setdefault("register", REGISTERS[merged["language"]][0])
    found = Phrasing(
        key=f"{name}.{number}",
        role=role,
        topic=name if role == "report" else None,
        parts=tuple(_SLOT.split(merged["text"])),
        **merged,
    )
    for mistake in _mistakes(found):
        raise PhrasingError(f"{name}, line {number}: {mistake}")
    return found


def _mistakes(phrasing: Phrasing) -> list[str]:
    known = {*PLACE_SLOTS, *PERSONAL_SLOTS, *DETAIL_SLOTS}
    checks = (
        (phrasing.role in ROLES, f"role {phrasing.role!r} is unknown"),
        (phrasing.intent in INTENTS, f"intent {phrasing.intent!r} is unknown"),
        (phrasing.sentiment in SENTIMENTS, f"sentiment {phrasing.sentiment!r} is unknown"),
        (phrasing.urgency in URGENCIES, f"urgency {phrasing.urgency!r} is unknown"),
        (
            phrasing.register in REGISTERS[phrasing.language],
            f"register {phrasing.register!r} is of another language",
        ),
        (set(phrasing.slots) <= known, f"placeholders {sorted(set(phrasing.slots) - known)} are unknown"),
        (not phrasing.supervisory or phrasing.intent == "complaint", "only a complaint is supervisory"),
    )
    return [text for holds, text in checks if not holds]
