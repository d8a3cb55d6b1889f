"""Repetition as RFC 5545 rules: made from what a form asks, reckoned in the local zone, said in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Final, Literal
from zoneinfo import ZoneInfo

from dateutil import rrule
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tanggap.core.refusal import Refusal

DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WORKDAYS: Final = (0, 1, 2, 3, 4)
DAY_NAMES: Final = (
    gettext_lazy("Senin"), gettext_lazy("Selasa"), gettext_lazy("Rabu"), gettext_lazy("Kamis"), gettext_lazy("Jumat"),
    gettext_lazy("Sabtu"), gettext_lazy("Minggu"),
)  # fmt: skip
MONTH_NAMES: Final = (
    gettext_lazy("Januari"), gettext_lazy("Februari"), gettext_lazy("Maret"), gettext_lazy("April"),
    gettext_lazy("Mei"), gettext_lazy("Juni"), gettext_lazy("Juli"), gettext_lazy("Agustus"),
    gettext_lazy("September"), gettext_lazy("Oktober"), gettext_lazy("November"), gettext_lazy("Desember"),
)  # fmt: skip
Every = Literal["day", "week", "month", "year"]
_FREQ: Final = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
_MOST_APART: Final = 60
LAST_DAY: Final = -1


@dataclass(frozen=True, slots=True)
class Pattern:
    """How often something comes back: every `apart` days, weeks, months or years.

    `weekdays` (Monday is 0) for weeks; `monthday` (1 to 31, -1 the last) for months. Its hour is that of the first
    time. Nothing comes more than once a day.
    """

    every: Every
    apart: int = 1
    weekdays: tuple[int, ...] = ()
    monthday: int | None = None

    def rule(self) -> str:
        """This will write it as an RRULE value. Refusal for what cannot be."""
        if not 1 <= self.apart <= _MOST_APART:
            raise Refusal(_("Pilih jarak antara 1 dan %(most)s.") % {"most": _MOST_APART}, "apart")
        parts = [f"FREQ={_FREQ[self.every]}"]
        if self.apart > 1:
            parts.append(f"INTERVAL={self.apart}")
        if self.every == "week":
            if not self.weekdays or not set(self.weekdays) <= set(range(7)):
                raise Refusal(_("Pilih paling sedikit satu hari."), "weekdays")
            parts.append("BYDAY=" + ",".join(DAYS[day] for day in sorted(set(self.weekdays))))
        if self.every == "month":
            if self.monthday is None or not (1 <= self.monthday <= 31 or self.monthday == LAST_DAY):
                raise Refusal(_("Pilih tanggal antara 1 dan 31, atau hari terakhir bulan."), "monthday")
            parts.append(f"BYMONTHDAY={self.monthday}")
        return ";".join(parts)

    @classmethod
    def read(cls, rule: str) -> Pattern:
        """This will read a rule that `rule` wrote; ValueError for any other."""
        given = dict(part.split("=", 1) for part in rule.split(";"))
        if not given.keys() <= {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY"}:
            raise ValueError(f"Not a rule of ours: {rule}")
        every = next((name for name, freq in _FREQ.items() if freq == given.get("FREQ")), None)
        if every is None:
            raise ValueError(f"Not a rule of ours: {rule}")
        days = tuple(DAYS.index(day) for day in given.get("BYDAY", "").split(",") if day)
        monthday = int(given["BYMONTHDAY"]) if "BYMONTHDAY" in given else None
        return cls(every, int(given.get("INTERVAL", 1)), days, monthday)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Times:
    """The moments of a repetition from `starts_at` to `until` (included), in a zone."""

    rule: str
    starts_at: datetime
    until: datetime | None
    zone: ZoneInfo

    def after(self, at: datetime, *, included: bool = False) -> datetime | None:
        """This will return the first moment after `at`, None where there is none."""
        return next(self.since(at, included=included), None)

    def since(self, at: datetime, *, included: bool = True) -> Iterator[datetime]:
        """This will yield the moments from `at` on."""
        begin = self._local(at)
        for local in self._all().xafter(begin, inc=included):
            moment = local.replace(tzinfo=self.zone).astimezone(UTC)
            if self.until is not None and moment > self.until:
                return
            yield moment

    def between(self, since: datetime, until: datetime, most: int = 400) -> list[datetime]:
        """This will return the moments from `since` to `until`, both included, at most `most`."""
        found = []
        for moment in islice(self.since(since), most):
            if moment > until:
                break
            found.append(moment)
        return found

    def _all(self) -> rrule.rrule:
        made = rrule.rrulestr(self.rule, dtstart=self._local(self.starts_at))
        assert isinstance(made, rrule.rrule)
        return made

    def _local(self, at: datetime) -> datetime:
        # Reckoned without a zone: "every Monday at eight" means the clock on the wall.
        return at.astimezone(self.zone).replace(tzinfo=None)


def first_day(pattern: Pattern, day: date, at: time, zone: ZoneInfo) -> datetime:
    """This will return the first moment of a pattern on or after a day. Refusal where it never comes."""
    begin = datetime.combine(day, at, tzinfo=zone)
    found = Times(pattern.rule(), begin, None, zone).after(begin - timedelta(seconds=1))
    if found is None:
        raise Refusal(
            _("Pengulangan ini tidak pernah jatuh pada tanggal mana pun. Ubah pilihannya."), "monthday"
        )
    return found


def words(rule: str, starts_at: datetime, zone: ZoneInfo, clock: str) -> str:
    """This will say a repetition: "setiap Senin pukul 08.00"; `clock` is its hour as the reader writes it."""
    pattern = Pattern.read(rule)
    local = starts_at.astimezone(zone)
    return _("%(days)s pukul %(clock)s") % {"days": _days(pattern, local), "clock": clock}


def _days(pattern: Pattern, local: datetime) -> str:
    many = {"n": pattern.apart}
    if pattern.every == "day":
        return ngettext("setiap hari", "setiap %(n)s hari", pattern.apart) % many
    if pattern.every == "week":
        named = _named(pattern.weekdays)
        if pattern.apart == 1:
            return _("setiap %(days)s") % {"days": named}
        return _("setiap %(n)s minggu pada %(days)s") % {**many, "days": named}
    if pattern.every == "month":
        last = pattern.monthday == LAST_DAY
        day = _("hari terakhir") if last else _("tanggal %(day)s") % {"day": pattern.monthday}
        if pattern.apart == 1:
            return _("setiap bulan pada %(day)s") % {"day": day}
        return _("setiap %(n)s bulan pada %(day)s") % {**many, "day": day}
    date_ = {"day": local.day, "month": MONTH_NAMES[local.month - 1]}
    if pattern.apart == 1:
        return _("setiap tahun pada %(day)s %(month)s") % date_
    return _("setiap %(n)s tahun pada %(day)s %(month)s") % {**many, **date_}


def _named(weekdays: tuple[int, ...]) -> str:
    if tuple(sorted(weekdays)) == WORKDAYS:
        return _("hari Senin sampai Jumat")
    names = [str(DAY_NAMES[day]) for day in sorted(weekdays)]
    if len(names) < 2:
        return "".join(names)
    return _("%(some)s dan %(last)s") % {"some": ", ".join(names[:-1]), "last": names[-1]}
