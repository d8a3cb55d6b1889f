"""Calendar files: the working hours of offices as editable JSON, made into a Calendar for one time zone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tanggap.agencies.calendars import Calendar
from tanggap.agencies.government_file import load_head
from tanggap.agencies.working_time import Block, CalendarError, LocalHoliday, Override, Season, Weekly

SHIPPED: Final = Path(__file__).parent / "data" / "calendars"
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@lru_cache(maxsize=16)
def calendar_of(government: str) -> Calendar:
    """Read the calendar that a shipped government file names. Raises GovernmentFileError or CalendarError."""
    head = load_head(government)
    return load(head.calendar, head.timezone)


@lru_cache(maxsize=32)
def load(code: str, timezone: str, folder: Path = SHIPPED) -> Calendar:
    """Read a calendar file for a zone. Raises CalendarError that says what is wrong and what to do."""
    return from_plain(_read(code, folder), timezone)


def from_plain(data: Mapping[str, Any], timezone: str) -> Calendar:
    """Make a Calendar from plain data in the shape of a calendar file. Raises CalendarError."""
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise CalendarError(f"Zona waktu {timezone!r} tidak dikenal. Pakai misalnya Asia/Jakarta.") from error
    try:
        return _calendar(data, timezone)
    except (KeyError, TypeError, AttributeError) as error:
        raise CalendarError(
            f"Berkas kalender {data.get('code', '?')} tidak lengkap ({error!r}). "
            "Bandingkan dengan lima-hari.json."
        ) from error


def with_local_holidays(calendar: Calendar, days: Mapping[date, str]) -> Calendar:
    """Add days off that an administrator entered, by date, to a calendar."""
    added = tuple(
        LocalHoliday(day.month, day.day, day.year, name, name) for day, name in sorted(days.items())
    )
    return replace(calendar, local_holidays=calendar.local_holidays + added)


def _read(code: str, folder: Path, heirs: tuple[str, ...] = ()) -> dict[str, Any]:
    path = folder / f"{code}.json"
    if not re.fullmatch(r"[a-z0-9-]+", code) or not path.is_file():
        known = ", ".join(sorted(found.stem for found in folder.glob("*.json"))) or "tidak ada"
        raise CalendarError(f"Kalender {code!r} tidak dikenal. Kalender yang tersedia: {known}.")
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise CalendarError(
            f"Berkas kalender {path.name} bukan JSON yang benar (baris {error.lineno}: {error.msg}). "
            "Perbaiki baris itu."
        ) from error
    base = data.pop("extends", None)
    if base is None:
        return data
    if base in (code, *heirs):
        raise CalendarError(f"Kalender {code!r} mewarisi dirinya sendiri. Hapus 'extends'.")
    return {**_read(base, folder, (code, *heirs)), **data}


def _calendar(data: Mapping[str, Any], timezone: str) -> Calendar:
    return Calendar(
        code=data["code"],
        name=data["name"],
        timezone=timezone,
        weekly=_weekly(data["weekly"]),
        seasons=tuple(
            Season(
                season["name"],
                season.get("name_en", season["name"]),
                _day(span["first"]),
                _day(span["last"]),
                _weekly(season["weekly"]),
                bool(span.get("estimated", False)),
            )
            for season in data.get("seasons", ())
            for span in season["spans"]
        ),
        local_holidays=tuple(_local_holiday(item) for item in data.get("local_holidays", ())),
        overrides=tuple(
            Override(
                _day(item["date"]),
                None if item["blocks"] == "usual" else _blocks(item["blocks"]),
                item["name"],
            )
            for item in data.get("overrides", ())
        ),
        national=bool(data.get("national", True)),
        decided_until=int(data["decided_until"]),
        verified=bool(data.get("verified", False)),
        source=data.get("source", ""),
    )


def _weekly(data: Mapping[str, Any]) -> Weekly:
    unknown = set(data) - set(WEEKDAYS)
    if unknown:
        raise CalendarError(f"Hari {', '.join(sorted(unknown))} tidak dikenal. Pakai {', '.join(WEEKDAYS)}.")
    return tuple(_blocks(data.get(day, ())) for day in WEEKDAYS)


def _blocks(spans: Any) -> tuple[Block, ...]:
    blocks = tuple(Block(_minute(start), _minute(end)) for start, end in spans)
    for before, after in zip((Block(0, 0), *blocks), blocks, strict=False):
        if after.start < before.end or after.end <= after.start:
            raise CalendarError(
                f"Jam kerja {spans} saling menindih atau terbalik. Urutkan dari pagi ke sore."
            )
    return blocks


def _minute(text: str) -> int:
    if not re.fullmatch(r"[01]\d:[0-5]\d|2[0-3]:[0-5]\d|24:00", text):
        raise CalendarError(f"Jam {text!r} tidak dikenal. Tulis seperti 07:30.")
    return int(text[:2]) * 60 + int(text[3:])


def _local_holiday(item: Mapping[str, Any]) -> LocalHoliday:
    name = item["name"]
    name_en = item.get("name_en", name)
    if "date" in item:
        day = _day(item["date"])
        return LocalHoliday(day.month, day.day, day.year, name, name_en)
    # A leap year, so that 02-29 is a day that can come every year it exists.
    day = _day(f"2028-{item['every_year']}")
    return LocalHoliday(day.month, day.day, None, name, name_en)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CalendarError(f"Tanggal {text!r} tidak dikenal. Tulis seperti 2026-11-22.") from error
