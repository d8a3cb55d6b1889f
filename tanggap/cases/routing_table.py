"""Which service roles a topic goes to, and why. Pure; the table is data/topic_roles.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from tanggap.agencies.roles import ROLES
from tanggap.agencies.time_words import Language

SHIPPED: Final = Path(__file__).parent / "data" / "topic_roles.json"

Part = Literal["primary", "together", "emergency", "perhaps"]
"""primary answers; together takes part always; emergency takes part while life or property is in danger;
perhaps is a suggestion to a person, with its condition in the reason."""
PARTS: Final[tuple[Part, ...]] = ("primary", "together", "emergency", "perhaps")

COORDINATOR: Final = "koordinator"
INSPECTORATE: Final = "pengawasan"


class RoutingError(ValueError):
    """The routing table or a topic is wrong; the text says what happened and what to do."""


@dataclass(frozen=True, slots=True)
class FurtherRole:
    """A role beside the primary one, with the condition in words."""

    role: str
    part: Part
    when: str
    when_en: str


@dataclass(frozen=True, slots=True)
class TopicRule:
    """One topic; `parent` is its place in the national tree, where clear; `note` a hint to officers."""

    topic: str
    name: str
    name_en: str
    parent: str | None
    primary: str
    further: tuple[FurtherRole, ...]
    urgent: bool
    confidential: bool
    outside: bool
    verified: bool
    source: str
    note: str
    note_en: str


@dataclass(frozen=True, slots=True)
class RoutedRole:
    """A role that a case goes to, its part, and why in words."""

    role: str
    part: Part
    reason: str


@dataclass(frozen=True, slots=True)
class Handling:
    """How a case must be treated: `outside` when another body than the local government answers for it."""

    urgent: bool
    confidential: bool
    outside: bool


def roles_for(
    topic: str | None, supervisory: bool = False, urgency: str = "normal", lang: Language = "id"
) -> list[RoutedRole]:
    """Say which roles a case goes to, the primary one first, each with its reason.

    A supervisory complaint goes to the inspectorate alone, whatever its topic, so that the office complained
    about does not judge itself. Without a topic the coordinator decides. Raises RoutingError for an unknown
    topic.
    """
    if supervisory:
        return [RoutedRole(INSPECTORATE, "primary", _supervisory_words(lang))]
    if topic is None:
        why = (
            "topik belum diketahui, koordinator menentukan"
            if lang == "id"
            else "topic unknown, coordinator decides"
        )
        return [RoutedRole(COORDINATOR, "primary", why)]
    rule = topic_rule(topic)
    name = rule.name if lang == "id" else rule.name_en
    routed = [RoutedRole(rule.primary, "primary", f"topik: {name}" if lang == "id" else f"topic: {name}")]
    for further in sorted(rule.further, key=lambda further: PARTS.index(further.part)):
        known = {role.role for role in routed}
        if further.role in known or (further.part == "emergency" and urgency != "emergency"):
            continue
        routed.append(RoutedRole(further.role, further.part, _further_words(further, lang)))
    return routed


def handling_of(topic: str | None, supervisory: bool = False, urgency: str = "normal") -> Handling:
    """Say how a case must be treated. Raises RoutingError for an unknown topic."""
    rule = topic_rule(topic) if topic else None
    return Handling(
        urgent=urgency == "emergency" or bool(rule and rule.urgent),
        confidential=supervisory or bool(rule and rule.confidential),
        outside=not supervisory and bool(rule and rule.outside),
    )


def topic_rule(topic: str) -> TopicRule:
    """Give the rule of a topic. Raises RoutingError for an unknown one."""
    rule = topic_rules().get(topic)
    if rule is None:
        raise RoutingError(
            f"Topik {topic!r} tidak ada dalam tabel perutean. Tambahkan pada topic_roles.json."
        )
    return rule


@lru_cache(maxsize=4)
def topic_rules(path: Path = SHIPPED) -> dict[str, TopicRule]:
    """Read the table, by topic in file order. Raises RoutingError naming the entry that is wrong."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise RoutingError(
            f"Tabel perutean {path.name} tidak terbaca ({error}). Perbaiki berkas itu."
        ) from error
    rules: dict[str, TopicRule] = {}
    for number, entry in enumerate(entries, start=1):
        try:
            rule = _rule(entry)
        except (KeyError, TypeError, ValueError) as error:
            raise RoutingError(
                f"Baris ke-{number} dalam {path.name} salah ({error}). Perbaiki baris itu."
            ) from error
        rules[rule.topic] = rule
    return rules


def _rule(entry: dict[str, Any]) -> TopicRule:
    further = tuple(
        FurtherRole(item["role"], item["part"], item["when"], item["when_en"]) for item in entry["further"]
    )
    for role in (entry["primary"], *(item.role for item in further)):
        if role not in ROLES:
            raise ValueError(f"peran {role!r} tidak dikenal")
    for item in further:
        if item.part not in PARTS[1:]:
            raise ValueError(f"bagian {item.part!r} tidak dikenal")
    return TopicRule(**{**entry, "further": further})


def _supervisory_words(lang: Language) -> str:
    if lang == "id":
        return "pengaduan berkadar pengawasan ditangani Inspektorat secara rahasia"
    return "a supervisory complaint is handled by the inspectorate in confidence"


def _further_words(further: FurtherRole, lang: Language) -> str:
    when = further.when if lang == "id" else further.when_en
    if further.part == "perhaps":
        return f"bila {when}" if lang == "id" else f"if it is {when}"
    return when
