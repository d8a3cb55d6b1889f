"""Deadlines of cases: which rule holds, and when its time is up. Pure; rules are data with a source."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from tanggap.agencies.calendar_file import calendar_of
from tanggap.agencies.calendars import Calendar, CalendarError, Due, Language, Pause
from tanggap.agencies.government_file import GovernmentFileError

__all__ = [
    "CLASSES", "DEFAULT_GOVERNMENT", "STAGES", "UNITS", "Calendar", "DeadlineError", "Due", "Pause", "Rule",
    "choose", "deadline", "deadline_command", "load_rules", "reckon",
]  # fmt: skip

SHIPPED: Final = Path(__file__).parent / "data" / "deadline_rules.json"

CLASSES: Final = ("pengaduan", "pengaduan_pengawasan", "aspirasi", "permintaan_informasi")
STAGES: Final = (
    "verification",
    "first_response",
    "coordination",
    "settlement",
    "reporter_silence",
    "completion",
    "formal_answer",
    "formal_extension",
)
# Largest amount of each unit: about ten years, far past any rule, so that a slip of the keyboard shows.
UNITS: Final[dict[str, int]] = {"workdays": 2600, "workhours": 20000, "hours": 88000, "days": 3660}
DEFAULT_GOVERNMENT: Final = "34.71"


class DeadlineError(ValueError):
    """A deadline cannot be told; the text says what happened and what to do."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One deadline with its origin.

    `unit` is one of UNITS; `government` None holds everywhere; `valid_from` and `valid_until` are included.
    Only what is `verified` may be shown as law.
    """

    id: str
    case_class: str
    stage: str
    amount: int
    unit: str
    legal_basis: str
    source: str
    verified: bool
    valid_from: date | None = None
    valid_until: date | None = None
    government: str | None = None
    in_use: bool = True
    note: str = ""

    def holds(self, on: date) -> bool:
        """Tell whether the rule is in use on a day."""
        begun = self.valid_from is None or self.valid_from <= on
        return self.in_use and begun and (self.valid_until is None or on <= self.valid_until)

    def basis(self, lang: Language = "id") -> str:
        """Name what the rule rests on, in words fit to be shown: an unverified law is never named as law."""
        if not self.verified:
            return "belum diverifikasi" if lang == "id" else "not verified"
        return self.legal_basis or self.source


@lru_cache(maxsize=4)
def load_rules(path: Path = SHIPPED) -> tuple[Rule, ...]:
    """Read the rules, one for each class that an entry lists. Raises DeadlineError naming a wrong entry."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise DeadlineError(
            f"Berkas aturan {path.name} tidak terbaca ({error}). Perbaiki berkas itu."
        ) from error
    rules: list[Rule] = []
    for number, entry in enumerate(entries, start=1):
        try:
            rules += _rules_of(entry)
        except (KeyError, TypeError, ValueError) as error:
            raise DeadlineError(
                f"Aturan ke-{number} dalam {path.name} salah ({error}). Perbaiki atau hapus aturan itu."
            ) from error
    return tuple(rules)


def choose(
    rules: Iterable[Rule], case_class: str, stage: str, on: date, government: str | None = None
) -> Rule | None:
    """Pick the rule for a class and stage on a day; None where there is none.

    A government's own rule goes before one that holds everywhere, then the one valid from the latest day.
    """
    fitting = [
        rule
        for rule in rules
        if (rule.case_class, rule.stage) == (case_class, stage)
        and rule.government in (None, government)
        and rule.holds(on)
    ]
    return max(
        fitting, key=lambda rule: (rule.government is not None, rule.valid_from or date.min), default=None
    )


def deadline(
    start: datetime, rule: Rule, calendar: Calendar, pauses: Sequence[Pause] = (), lang: Language = "id"
) -> Due:
    """Find when a rule's time is up, counted from `start` (aware); the clock stands still in `pauses`.

    Give a pause that is still open its end as now. Raises CalendarError.
    """
    return reckon(start, rule.amount, rule.unit, calendar, pauses, lang)


def reckon(
    start: datetime,
    amount: int,
    unit: str,
    calendar: Calendar,
    pauses: Sequence[Pause] = (),
    lang: Language = "id",
) -> Due:
    """Add an amount of a unit to `start` (aware).

    Raises DeadlineError for a wrong unit or amount, CalendarError for dates out of reach.
    """
    add = {
        "workdays": calendar.add_workdays,
        "workhours": calendar.add_workhours,
        "hours": calendar.add_hours,
        "days": calendar.add_days,
    }.get(unit)
    if add is None:
        raise DeadlineError(f"Satuan {unit!r} tidak dikenal. Pakai salah satu dari: {', '.join(UNITS)}.")
    if not 1 <= amount <= UNITS[unit]:
        raise DeadlineError(
            f"Jumlah {amount} di luar batas. Pakai bilangan bulat 1 sampai {UNITS[unit]} untuk {unit}."
        )
    return add(start, amount, pauses=pauses, lang=lang)


def deadline_command(
    start: str,
    amount: int | str,
    unit: str,
    government: str | None = None,
    *,
    as_json: bool = False,
    lang: Language = "id",
) -> str:
    """Answer `tanggap deadline`: the due moment as ISO 8601 with the government's offset, and why.

    `start` is ISO 8601; without a zone it is in the government's. With `as_json` one object
    {"due", "why", "provisional"}, else two lines. Raises DeadlineError alone.
    """
    try:
        calendar = calendar_of(government or DEFAULT_GOVERNMENT)
        due = reckon(_moment(start, calendar), _whole(amount), unit, calendar, lang=lang)
    except (CalendarError, GovernmentFileError) as error:
        raise DeadlineError(str(error)) from error
    answer = {"due": due.at.isoformat(timespec="seconds"), "why": due.why, "provisional": due.provisional}
    return json.dumps(answer, ensure_ascii=False) if as_json else f"{answer['due']}\n{due.why}"


def _moment(text: str, calendar: Calendar) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise DeadlineError(
            f"Waktu mulai {text!r} tidak terbaca. Tulis seperti 2026-11-20, 2026-11-20T10:15 "
            "atau 2026-11-20T10:15:00+07:00."
        ) from error
    return moment.replace(tzinfo=calendar.zone) if moment.tzinfo is None else moment


def _whole(amount: int | str) -> int:
    try:
        return int(amount)
    except ValueError as error:
        raise DeadlineError(f"Jumlah {amount!r} bukan bilangan bulat. Tulis misalnya 5.") from error


def _rules_of(entry: dict[str, Any]) -> list[Rule]:
    amount, unit = entry["amount"], entry["unit"]
    if unit not in UNITS or not 1 <= amount <= UNITS[unit]:
        raise ValueError(f"jumlah {amount} {unit!r}")
    if entry["stage"] not in STAGES:
        raise ValueError(f"tahap {entry['stage']!r}")
    unknown = set(entry["classes"]) - set(CLASSES)
    if unknown:
        raise ValueError(f"kelas {', '.join(sorted(unknown))}")
    return [
        Rule(
            id=entry["id"],
            case_class=case_class,
            stage=entry["stage"],
            amount=amount,
            unit=unit,
            legal_basis=entry["legal_basis"],
            source=entry["source"],
            verified=entry["verified"],
            valid_from=_day(entry.get("valid_from")),
            valid_until=_day(entry.get("valid_until")),
            government=entry.get("government"),
            in_use=entry.get("in_use", True),
            note=entry.get("note", ""),
        )
        for case_class in entry["classes"]
    ]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
