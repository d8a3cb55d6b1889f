"""What the calendar's page shows: the asked stretch of days with its words, and the addresses around it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, Unit
from tanggap.agencies.time_words import ZONE_LABELS, Language, Words
from tanggap.channels.models import Channel
from tanggap.console import moments
from tanggap.console.labels import Word
from tanggap.publishing import commemorations
from tanggap.publishing.models import DeliveryState, PublicationKind
from tanggap.publishing.occurrences import DAY_NAMES
from tanggap.publishing.schedule import calendar
from tanggap.publishing.schedule.calendar import Day, Entry, Wanted

SHORT_DAYS: Final = (
    gettext_lazy("Sen"), gettext_lazy("Sel"), gettext_lazy("Rab"), gettext_lazy("Kam"), gettext_lazy("Jum"),
    gettext_lazy("Sab"), gettext_lazy("Min"),
)  # fmt: skip
VIEWS: Final = {
    "month": (gettext_lazy("Bulan"), "calendar-clock"),
    "week": (gettext_lazy("Pekan"), "layers"),
    "agenda": (gettext_lazy("Agenda"), "list"),
}
WEEKDAYS: Final = tuple(zip(DAY_NAMES, SHORT_DAYS, strict=True))
"""Names of the week's days, in full and short; Monday first."""
AGENDA: Final = timedelta(days=27)
STATES: Final = {
    "draft": Word(gettext_lazy("Draf"), "pencil-line", "quiet"),
    "review": Word(gettext_lazy("Menunggu persetujuan"), "stamp", "blue"),
    "approved": Word(gettext_lazy("Disetujui"), "check", "teal"),
    DeliveryState.WAITING: Word(gettext_lazy("Terjadwal"), "clock", "teal"),
    DeliveryState.SENDING: Word(gettext_lazy("Sedang terbit"), "send", "teal"),
    DeliveryState.SENT: Word(gettext_lazy("Terbit"), "circle-check", "green"),
    DeliveryState.HELD: Word(gettext_lazy("Perlu konfirmasi"), "hand", "amber"),
    DeliveryState.UNKNOWN: Word(gettext_lazy("Hasil belum diketahui"), "circle-question-mark", "amber"),
    DeliveryState.FAILED: Word(gettext_lazy("Gagal terbit"), "triangle-alert", "red"),
    "planned": Word(gettext_lazy("Berulang, menyusul"), "hourglass", "quiet"),
    "paused": Word(gettext_lazy("Pengulangan dijeda"), "pause", "amber"),
}
LATE: Final = Word(gettext_lazy("Lewat waktu, belum terbit"), "octagon-alert", "red")
PART_OUT: Final = Word(gettext_lazy("Terbit di sebagian kanal"), "triangle-alert", "amber")


@dataclass(frozen=True, slots=True)
class Asked:
    """The view, the day it stands around and what is left out: all that the address says."""

    view: str
    day: date
    wanted: Wanted

    @classmethod
    def of(cls, request: HttpRequest, today: date) -> Asked:
        """This will read an address; what it does not say is the present day and the view that suits the device."""
        query = request.GET
        view = query.get("view", "")
        if view not in VIEWS:
            view = "agenda" if _on_a_phone(request) else "month"
        return cls(
            view, _day(query, today), Wanted(_number(query, "channel"), _number(query, "unit"), _kind(query))
        )

    @property
    def since(self) -> date:
        """The first day that is shown; weeks begin on Monday."""
        first = self.day.replace(day=1) if self.view == "month" else self.day
        return first if self.view == "agenda" else first - timedelta(days=first.weekday())

    @property
    def until(self) -> date:
        """The last day that is shown."""
        if self.view == "agenda":
            return self.day + AGENDA
        if self.view == "week":
            return self.since + timedelta(days=6)
        last = self.day.replace(day=monthrange(self.day.year, self.day.month)[1])
        return last + timedelta(days=6 - last.weekday())

    def query(self, **changes: Any) -> str:
        """This will write an address with other values; what is not set is left out."""
        now = {
            "view": self.view, "date": self.day.isoformat(), "channel": self.wanted.channel, "unit": self.wanted.unit,
            "kind": self.wanted.kind,
        } | changes  # fmt: skip
        return urlencode({key: value for key, value in now.items() if value})

    @property
    def agenda_query(self) -> str:
        """The address of the agenda from another day on, to which that day is added."""
        return self.query(view="agenda", date="")

    def turned(self, by: int) -> str:
        """This will write the address of the stretch before (-1) or after (1)."""
        if self.view != "month":
            step = timedelta(days=7) if self.view == "week" else AGENDA + timedelta(days=1)
            return self.query(date=(self.day + by * step).isoformat())
        month = self.day.year * 12 + self.day.month - 1 + by
        return self.query(date=date(month // 12, month % 12 + 1, 1).isoformat())


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry with its word, whether it may be moved by this member, and its place on the clock."""

    entry: Entry
    word: Word
    movable: bool
    key: str

    @property
    def tone(self) -> str:
        """The class of the style sheet."""
        return self.word.tone


@dataclass(frozen=True, slots=True)
class Cell:
    """One day on the page."""

    of: Day
    entries: tuple[Shown, ...]
    words: str
    short: str
    today: bool
    outside: bool
    past: bool
    holiday: str
    marks: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class Board:
    """The page: its weeks (of one day each in the agenda), what is said above it and what lies beside it."""

    asked: Asked
    title: str
    weeks: Sequence[Sequence[Cell]]
    conflicts: Sequence[tuple[Shown, tuple[str, ...]]]
    empty: bool
    now: datetime


def board(member: Member, asked: Asked, now: datetime) -> Board:
    """This will gather what a member sees of the asked days."""
    listed = calendar.days(member, asked.since, asked.until, asked.wanted, now)
    cells = [_cell(day, member, asked, now) for day in listed]
    shown = [one for cell in cells for one in cell.entries]
    if asked.view == "agenda":
        weeks = [[cell] for cell in cells if _says_something(cell)]
    else:
        weeks = [cells[at : at + 7] for at in range(0, len(cells), 7)]
    conflicts = [(one, one.entry.conflicts) for one in shown if one.entry.conflicts]
    return Board(asked, _title(asked), weeks, conflicts, not shown, now)


def show(entry: Entry, member: Member) -> Shown:
    """This will find the word for an entry and say whether the member may move it."""
    word = LATE if entry.late and entry.state not in {"held", "failed", "unknown"} else STATES[entry.state]
    if entry.part_out:
        word = PART_OUT
    if entry.late:
        word = replace(word, tone="red")
    movable = entry.movable and member.may("publication.write")
    return Shown(entry, word, movable, f"e{entry.publication.pk}-{entry.at:%m%d%H%M}")


def filters(member: Member, asked: Asked) -> list[dict[str, Any]]:
    """This will list the choices by which the calendar is narrowed."""
    channels = Channel.objects.filter(closed_at=None).order_by("name")
    units, wanted = units_of(member), asked.wanted
    return [
        _choice("channel", _("Semua kanal"), _("Kanal"), [(str(one.pk), one.name) for one in channels], wanted.channel),
        _choice("unit", _("Semua perangkat daerah"), _("Perangkat daerah"), [(str(one.pk), str(one)) for one in units],
                wanted.unit),
        _choice("kind", _("Semua jenis"), _("Jenis"), PublicationKind.choices, wanted.kind),
    ]  # fmt: skip


def units_of(member: Member) -> QuerySet[Unit]:
    """This will return the offices whose publications the member sees."""
    return Unit.objects.all() if member.sees_all else Unit.objects.filter(pk__in=member.unit_ids())


def suggestions(today: date, most: int = 4) -> list[tuple[date, str, str, bool]]:
    """This will return coming commemorations: day, key, name, whether its source was verified."""
    coming = commemorations.next_after(today - timedelta(days=1), most)
    return [(day, one.key, one.called(lang()), one.verified) for day, one in coming]


def zone_words(member: Member) -> str:
    """This will name the zone in which all times are shown."""
    name = member.government.timezone
    label = ZONE_LABELS.get(name)
    return f"{label} ({name})" if label else name


def zone_label(member: Member) -> str:
    """This will name the zone in short, for labels of fields."""
    return ZONE_LABELS.get(member.government.timezone, member.government.timezone)


def lang() -> Language:
    """This will return the language in force."""
    return "en" if (get_language() or "id").startswith("en") else "id"


def _cell(day: Day, member: Member, asked: Asked, now: datetime) -> Cell:
    today = timezone.localtime(now).date()
    words = Words(lang()).day(day.date)
    holiday = ""
    if day.holiday:
        holiday = day.holiday.name_en if lang() == "en" else day.holiday.name
        if day.holiday.estimated:
            holiday = _("%(name)s (perkiraan)") % {"name": holiday}
    short = f"{words.split(',')[0]}, {moments.day(day.date)}"
    return Cell(
        day, tuple(show(one, member) for one in day.entries), words, short, day.date == today,
        asked.view == "month" and day.date.month != asked.day.month, day.date < today, holiday,
        tuple((one.key, one.called(lang()), one.verified) for one in day.commemorations),
    )  # fmt: skip


def _says_something(cell: Cell) -> bool:
    return bool(cell.entries or cell.holiday or cell.marks or cell.of.silences or cell.today)


def _title(asked: Asked) -> str:
    words = Words(lang())
    if asked.view == "month":
        return words.day(asked.day).split(" ", 2)[2]
    first, last = asked.since, asked.until
    begin, end = words.day(first).split(", ")[1], words.day(last).split(", ")[1]
    return f"{begin} – {end}"


def _choice(
    name: str, all_: str, label: str, options: Sequence[tuple[str, Any]], value: Any
) -> dict[str, Any]:
    return {"name": name, "label": label, "options": [("", all_), *options], "value": str(value or "")}


def _on_a_phone(request: HttpRequest) -> bool:
    return request.headers.get("Sec-CH-UA-Mobile") == "?1" or "Mobi" in request.headers.get("User-Agent", "")


def _day(query: QueryDict, today: date) -> date:
    try:
        found = date.fromisoformat(query.get("date", ""))
    except ValueError:
        return today
    return found if 2000 <= found.year <= 2099 else today


def _number(query: QueryDict, name: str) -> int | None:
    value = query.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 15 else None


def _kind(query: QueryDict) -> str:
    return query.get("kind", "") if query.get("kind", "") in PublicationKind.values else ""
