"""Working time of a government: which days and hours its offices work, and where a deadline falls.

Pure: plain data in, no clock, no database. Every answer explains itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tanggap.agencies.national_holidays import (
    FIRST_YEAR,
    LAST_YEAR,
    Holiday,
    has_joint_leave,
    national_holidays,
)
from tanggap.agencies.time_words import Language, Words
from tanggap.agencies.working_time import (
    Block,
    CalendarError,
    Due,
    LocalHoliday,
    Override,
    Pause,
    Reckoning,
    Season,
    Step,
    Weekly,
)

__all__ = [
    "Block", "Calendar", "CalendarError", "Due", "Language", "LocalHoliday", "Override", "Pause", "Season",
    "Step", "Weekly",
]  # fmt: skip

ONE_DAY: Final = timedelta(days=1)
MINUTES_A_DAY: Final = 24 * 60
# Calendars mostly of days off end here instead of searching for ever.
HORIZON: Final = timedelta(days=366 * 15)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working time of a government.

    `decided_until`: last year whose holidays are decided (SKB 3 Menteri); a later year counts as decided once
    the library lists joint leave for it. `verified` and `source` speak of the working hours.
    """

    code: str
    name: str
    timezone: str
    weekly: Weekly
    seasons: tuple[Season, ...] = ()
    local_holidays: tuple[LocalHoliday, ...] = ()
    overrides: tuple[Override, ...] = ()
    national: bool = True
    decided_until: int = 2027
    verified: bool = False
    source: str = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices work at all on `day`."""
        return bool(self.blocks(day))

    def blocks(self, day: date) -> tuple[Block, ...]:
        """Give the working blocks of `day`; none on a day off."""
        override = self._override(day)
        if override is not None:
            return self._usual(day) if override.blocks is None else override.blocks
        return () if self.holiday(day) else self._usual(day)

    def holiday(self, day: date) -> Holiday | None:
        """Give the local or national holiday on `day`, whatever its weekday."""
        for local in self.local_holidays:
            if (local.month, local.day) == (day.month, day.day) and local.year in (None, day.year):
                return Holiday(day, local.name, local.name_en)
        if not self.national:
            return None
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise CalendarError(
                f"Hari libur tahun {day.year} tidak diketahui. Pakai tahun {FIRST_YEAR} sampai {LAST_YEAR}."
            )
        return national_holidays(day.year).get(day)

    def workdays_between(self, after: date, until: date) -> int:
        """Count the working days after `after` up to and including `until`; negative when that is earlier."""
        if until < after:
            return -self.workdays_between(until, after)
        return sum(self.is_working_day(day) for day in _days(after + ONE_DAY, until))

    def add_workdays(
        self, start: datetime, n: int, *, pauses: Sequence[Pause] = (), lang: Language = "id"
    ) -> Due:
        """Find the end of the last block of the nth working day after `start`.

        The first working day after the day of `start` is day one. A day at whose last block's end the clock
        stands still does not count.
        """
        begin, stops = self._checked(start, n, pauses)
        steps: list[Step] = []
        counted = 0
        words = Words(lang)
        for day in _days(begin.date() + ONE_DAY, begin.date() + HORIZON):
            blocks = self.blocks(day)
            if not blocks:
                steps.append(self._day_off(day, words))
                continue
            end = self._at(day, blocks[-1].end)
            if any(stop.since <= end < stop.until for stop in stops):
                steps.append(Step(day, "pause", words.paused))
                continue
            counted += 1
            steps.append(Step(day, "work", words.workday_number(counted)))
            if counted == n:
                return self._due(Reckoning(begin, end, n, "workdays", stops, tuple(steps)), words)
        raise self._no_working_time()

    def add_workhours(
        self, start: datetime, n: int, *, pauses: Sequence[Pause] = (), lang: Language = "id"
    ) -> Due:
        """Find the moment when `n` hours inside working blocks have passed since `start`."""
        begin, stops = self._checked(start, n, pauses)
        steps: list[Step] = []
        left = timedelta(hours=n)
        words = Words(lang)
        for day in _days(begin.date(), begin.date() + HORIZON):
            blocks = self.blocks(day)
            if not blocks:
                steps.append(self._day_off(day, words))
            for block in blocks:
                for since, until in self._running(day, block, begin, stops):
                    end = min(until, since + left)
                    left -= end - since
                    steps.append(Step(day, "work", words.stretch(since, end)))
                    if not left:
                        return self._due(Reckoning(begin, end, n, "workhours", stops, tuple(steps)), words)
        raise self._no_working_time()

    def add_hours(
        self, start: datetime, n: int, *, pauses: Sequence[Pause] = (), lang: Language = "id"
    ) -> Due:
        """Find the moment `n` hours by the clock after `start`, nights and holidays included."""
        begin, stops = self._checked(start, n, pauses)
        at = _after(begin, timedelta(hours=n), stops)
        return self._due(Reckoning(begin, at, n, "hours", stops), Words(lang))

    def add_days(
        self, start: datetime, n: int, *, pauses: Sequence[Pause] = (), lang: Language = "id"
    ) -> Due:
        """Find the same time of day `n` calendar days after `start`, weekends and holidays included."""
        begin, stops = self._checked(start, n, pauses)
        at = _after(begin, timedelta(days=n), stops)
        return self._due(Reckoning(begin, at, n, "days", stops), Words(lang))

    def local(self, at: datetime) -> datetime:
        """Move an aware moment into the government's zone. Raises CalendarError for a naive one."""
        if at.tzinfo is None:
            raise CalendarError("Waktu tanpa zona tidak dapat dihitung. Sertakan zonanya, misalnya +07:00.")
        return at.astimezone(self.zone)

    def _checked(
        self, start: datetime, n: int, pauses: Sequence[Pause]
    ) -> tuple[datetime, tuple[Pause, ...]]:
        if n < 1:
            raise CalendarError(f"Jumlah {n} tidak dapat dihitung. Pakai bilangan bulat mulai dari 1.")
        if not FIRST_YEAR < start.year < LAST_YEAR:
            raise CalendarError(
                f"Tahun {start.year} tidak dapat dihitung. Pakai tahun {FIRST_YEAR + 1}-{LAST_YEAR - 1}."
            )
        local = [Pause(self.local(pause.since), self.local(pause.until)) for pause in pauses]
        return self.local(start), _merged(local)

    def _override(self, day: date) -> Override | None:
        return next((override for override in self.overrides if override.day == day), None)

    def _usual(self, day: date) -> tuple[Block, ...]:
        season = next((season for season in self.seasons if season.first <= day <= season.last), None)
        return (season.weekly if season else self.weekly)[day.weekday()]

    def _at(self, day: date, minute: int) -> datetime:
        whole, rest = divmod(minute, MINUTES_A_DAY)
        return datetime.combine(day + whole * ONE_DAY, time(rest // 60, rest % 60), tzinfo=self.zone)

    def _running(
        self, day: date, block: Block, begin: datetime, stops: Sequence[Pause]
    ) -> Iterator[tuple[datetime, datetime]]:
        """Yield the stretches of a block after `begin` in which the clock runs."""
        since, until = max(self._at(day, block.start), begin), self._at(day, block.end)
        for stop in stops:
            if stop.until <= since or stop.since >= until:
                continue
            if since < stop.since:
                yield since, stop.since
            since = stop.until
        if since < until:
            yield since, until

    def _day_off(self, day: date, words: Words) -> Step:
        override = self._override(day)
        if override is not None:
            return Step(day, "holiday", override.name)
        holiday = self.holiday(day)
        # A holiday on a weekend took no working day away, so the explanation does not name it.
        if holiday is not None and self._usual(day):
            return Step(day, "holiday", words.name_of(holiday))
        return Step(day, "off", words.no_workday)

    def _due(self, found: Reckoning, words: Words) -> Due:
        # Clock hours and calendar days rest on no holiday, so nothing about them can be provisional.
        doubts = (
            tuple(self._undecided(found.begin.date(), found.at.date(), found.unit, words))
            if found.steps
            else ()
        )
        met = tuple(pause for pause in found.pauses if found.begin < pause.until and pause.since < found.at)
        why = words.why(replace(found, doubts=doubts, pauses=met), self.timezone)
        return Due(found.at, why, bool(doubts), found.steps)

    def _undecided(self, first: date, last: date, unit: str, words: Words) -> Iterator[str]:
        """Say what is not decided yet about the days between; an estimated one may move in by a day."""
        if not self.national:
            return
        for year in range(first.year, last.year + 1):
            if year > self.decided_until and not has_joint_leave(year):
                yield words.year_undecided(year)
        for day in _days(first - ONE_DAY, last + ONE_DAY):
            holiday = self.holiday(day)
            if holiday is not None and holiday.estimated and self._override(day) is None:
                yield words.holiday_estimated(holiday)
        # Working days are counted alike in every season: only the hours of the last one matter.
        since = last if unit == "workdays" else first
        for season in self.seasons:
            if season.estimated and season.first <= last + ONE_DAY and since - ONE_DAY <= season.last:
                yield words.season_estimated(season)

    def _no_working_time(self) -> CalendarError:
        return CalendarError(
            f"Kalender {self.name!r} tidak memuat cukup waktu kerja untuk jumlah ini. "
            "Pakai jumlah yang lebih kecil atau periksa jam kerja dalam berkas kalender."
        )


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += ONE_DAY


def _merged(pauses: Sequence[Pause]) -> tuple[Pause, ...]:
    """Sort pauses and join those that touch, so that no moment is taken off twice."""
    merged: list[Pause] = []
    for pause in sorted(pauses, key=lambda pause: pause.since):
        if pause.until <= pause.since:
            continue
        if merged and pause.since <= merged[-1].until:
            merged[-1] = Pause(merged[-1].since, max(merged[-1].until, pause.until))
        else:
            merged.append(pause)
    return tuple(merged)


def _after(begin: datetime, length: timedelta, stops: Sequence[Pause]) -> datetime:
    try:
        at = begin + length
        for stop in stops:
            since = max(stop.since, begin)
            if since < at and since < stop.until:
                at += stop.until - since
    except OverflowError as error:
        raise CalendarError("Batas waktunya terlalu jauh. Pakai jumlah yang lebih kecil.") from error
    return at
