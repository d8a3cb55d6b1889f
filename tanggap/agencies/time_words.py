"""Words for dates, times and deadlines, in Indonesian and English: how a due moment explains itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from tanggap.agencies.national_holidays import Holiday
from tanggap.agencies.working_time import Reckoning, Season, Step

Language = Literal["id", "en"]

# Zone names in everyday use; Indonesia knows no summer time.
ZONE_LABELS: Final[dict[str, str]] = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Jayapura": "WIT",
}

_WEEKDAYS: Final[dict[Language, tuple[str, ...]]] = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS: Final[dict[Language, tuple[str, ...]]] = {
    "id": (
        "Januari", "Februari", "Maret", "April", "Mei", "Juni",
        "Juli", "Agustus", "September", "Oktober", "November", "Desember",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
_UNITS: Final[dict[Language, dict[str, tuple[str, str]]]] = {
    "id": {
        "workdays": ("hari kerja", "hari kerja"),
        "workhours": ("jam kerja", "jam kerja"),
        "hours": ("jam", "jam"),
        "days": ("hari kalender", "hari kalender"),
    },
    "en": {
        "workdays": ("working day", "working days"),
        "workhours": ("working hour", "working hours"),
        "hours": ("hour", "hours"),
        "days": ("calendar day", "calendar days"),
    },
}


@dataclass(frozen=True, slots=True)
class Words:
    """How a calculation speaks in one language."""

    lang: Language

    def day(self, day: date) -> str:
        """Write a date in full: "Jumat, 20 November 2026"."""
        return (
            f"{_WEEKDAYS[self.lang][day.weekday()]}, {day.day} {_MONTHS[self.lang][day.month - 1]} {day.year}"
        )

    def moment(self, at: datetime, timezone: str) -> str:
        """Write date, time and zone: "Jumat, 20 November 2026 pukul 16.00 WIB"."""
        zone = ZONE_LABELS.get(timezone) or f"UTC{at:%z}"
        clock = f"pukul {at:%H.%M} {zone}" if self.lang == "id" else f"at {at:%H:%M} {zone}"
        return f"{self.day(at.date())} {clock}"

    def amount(self, n: int, unit: str) -> str:
        """Write an amount with its unit: "5 hari kerja", "1 working day"."""
        one, many = _UNITS[self.lang][unit]
        return f"{n} {one if n == 1 else many}"

    def name_of(self, named: Holiday | Season) -> str:
        return named.name if self.lang == "id" else named.name_en

    @property
    def paused(self) -> str:
        return self._say("jeda, menunggu warga", "paused, waiting for the citizen")

    @property
    def no_workday(self) -> str:
        return self._say("bukan hari kerja", "not a working day")

    def workday_number(self, number: int) -> str:
        return self._say(f"hari kerja ke-{number}", f"working day {number}")

    def stretch(self, since: datetime, until: datetime) -> str:
        return self._say(f"{since:%H.%M}-{until:%H.%M}", f"{since:%H:%M}-{until:%H:%M}")

    def year_undecided(self, year: int) -> str:
        return self._say(
            f"hari libur dan cuti bersama {year} belum ditetapkan",
            f"the holidays and joint leave of {year} are not decreed yet",
        )

    def holiday_estimated(self, holiday: Holiday) -> str:
        name, day = self.name_of(holiday), self.day(holiday.day)
        return self._say(
            f"tanggal {name} ({day}) masih perkiraan", f"the date of {name} ({day}) is an estimate"
        )

    def season_estimated(self, season: Season) -> str:
        name = self.name_of(season)
        return self._say(
            f"awal dan akhir {name} {season.first.year} masih perkiraan",
            f"start and end of {name} {season.first.year} are estimates",
        )

    def why(self, found: Reckoning, timezone: str) -> str:
        """Explain a due moment: amount and start, first day, days off by name, pauses, due moment, doubts."""
        amount, start = self.amount(found.amount, found.unit), self.moment(found.begin, timezone)
        if found.unit == "workdays":
            # Counting begins the day after, so the hour of the start says nothing.
            start = self.day(found.begin.date())
        parts = [self._say(f"{amount} sejak {start}", f"{amount} from {start}")]
        first = next((step.day for step in found.steps if step.counted), None)
        if first is not None and found.unit == "workdays":
            parts.append(self._say(f"hari pertama {self.day(first)}", f"day one is {self.day(first)}"))
        parts += self._days_off(found.steps)
        for pause in found.pauses:
            since, until = self.moment(pause.since, timezone), self.moment(pause.until, timezone)
            parts.append(
                self._say(
                    f"jeda menunggu warga {since} s.d. {until}", f"paused for the citizen {since} to {until}"
                )
            )
        due = self.moment(found.at, timezone)
        parts.append(self._say(f"jatuh {due}", f"due {due}"))
        text = "; ".join(parts) + "."
        if found.doubts:
            doubts = "; ".join(found.doubts)
            text += self._say(f" Sementara: {doubts}.", f" Provisional: {doubts}.")
        return text

    def _days_off(self, steps: Sequence[Step]) -> list[str]:
        parts = []
        holidays = [f"{self.day(step.day)} ({step.why})" for step in steps if step.kind == "holiday"]
        if holidays:
            parts.append(self._say("libur: ", "holidays: ") + ", ".join(holidays))
        off = sum(step.kind == "off" for step in steps)
        if off:
            parts.append(self._say(f"akhir pekan: {off} hari", f"weekend days: {off}"))
        return parts

    def _say(self, indonesian: str, english: str) -> str:
        return indonesian if self.lang == "id" else english
