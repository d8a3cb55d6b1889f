"""Times and deadlines as the screens say them: near ones relative, the full moment with its zone on hover."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from tanggap.agencies import calendar_file
from tanggap.agencies.calendars import Calendar, CalendarError, Language
from tanggap.agencies.models import Government
from tanggap.agencies.time_words import Words

MINUTE, HOUR, DAY = 60, 3600, 86400
_SOON = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class DueWords:
    """What a deadline's pill shows: `tone` is late, soon, done, paused or empty; `text` relative, `full` on hover."""

    tone: str
    icon: str
    text: str
    full: str


def full(at: datetime) -> str:
    """This will say a moment in full in the zone in force: "Senin, 23 November 2026 pukul 16.00 WIB"."""
    local = timezone.localtime(at)
    return _words().moment(local, timezone.get_current_timezone_name())


def clock(at: datetime) -> str:
    """This will say the time of day: "16.00" in Indonesian, "16:00" in English."""
    local = timezone.localtime(at)
    return f"{local:%H.%M}" if _lang() == "id" else f"{local:%H:%M}"


def day(at: datetime | date, *, year: bool = False) -> str:
    """This will say a date in short: "23 Nov", with its year where asked."""
    local = timezone.localtime(at).date() if isinstance(at, datetime) else at
    month = _words().day(local).split()[2][:3]
    return f"{local.day} {month} {local.year}" if year else f"{local.day} {month}"


def ago(at: datetime, now: datetime) -> str:
    """This will say how long ago something was, for a sentence: "12 menit lalu", "kemarin 14.03", "16 Nov"."""
    seconds = (now - at).total_seconds()
    if seconds < MINUTE:
        return _("baru saja")
    if seconds < HOUR:
        n = int(seconds // MINUTE)
        return ngettext("%(n)s menit lalu", "%(n)s menit lalu", n) % {"n": n}
    if seconds < 12 * HOUR or timezone.localtime(at).date() == timezone.localtime(now).date():
        n = int(seconds // HOUR)
        return ngettext("%(n)s jam lalu", "%(n)s jam lalu", n) % {"n": n}
    if timezone.localtime(at).date() == timezone.localtime(now).date() - timedelta(days=1):
        return _("kemarin %(clock)s") % {"clock": clock(at)}
    if seconds < 7 * DAY:
        return f"{_words().day(timezone.localtime(at).date()).split(',')[0]} {clock(at)}"
    return day(at, year=timezone.localtime(at).year != timezone.localtime(now).year)


def age(at: datetime, now: datetime) -> str:
    """This will say how long something has waited, for a narrow column: "12 mnt", "3 j", "5 hr"."""
    seconds = max((now - at).total_seconds(), 0)
    if seconds < MINUTE:
        return _("baru")
    if seconds < HOUR:
        return _("%(n)s mnt") % {"n": int(seconds // MINUTE)}
    if seconds < DAY:
        return _("%(n)s j") % {"n": int(seconds // HOUR)}
    if seconds < 60 * DAY:
        return _("%(n)s hr") % {"n": int(seconds // DAY)}
    return day(at, year=True)


def due(
    at: datetime,
    now: datetime,
    government: Government | None,
    *,
    done: bool = False,
    paused: bool = False,
    short: bool = False,
) -> DueWords:
    """This will say a deadline: "3 jam lagi", "2 hari kerja lagi", "terlambat 2 hari kerja".

    `short` leaves "lagi" to the clock beside it, for narrow columns.
    """
    whole = full(at)
    if done:
        return DueWords("done", "circle-check", _("selesai"), whole)
    if paused:
        return DueWords(
            "paused",
            "pause",
            _("dijeda"),
            _("Jam berhenti, menunggu pelapor. Semula %(due)s") % {"due": whole},
        )
    late = now > at
    text = _distance(at, now, government)
    if late:
        return DueWords("late", "octagon-alert", _("terlambat %(long)s") % {"long": text}, whole)
    tone, icon = ("soon", "alarm-clock") if at - now <= _SOON else ("", "clock")
    return DueWords(tone, icon, text if short else _("%(long)s lagi") % {"long": text}, whole)


def _distance(at: datetime, now: datetime, government: Government | None) -> str:
    seconds = abs((at - now).total_seconds())
    if seconds < HOUR:
        n = max(int(seconds // MINUTE), 1)
        return ngettext("%(n)s menit", "%(n)s menit", n) % {"n": n}
    first, last = sorted((timezone.localtime(at).date(), timezone.localtime(now).date()))
    if seconds < DAY:
        n = int(seconds // HOUR)
        return ngettext("%(n)s jam", "%(n)s jam", n) % {"n": n}
    calendar = _calendar(government)
    try:
        worked = calendar.workdays_between(first, last) if calendar else 0
    except CalendarError:
        worked = 0
    if worked:
        return ngettext("%(n)s hari kerja", "%(n)s hari kerja", worked) % {"n": worked}
    n = max((last - first).days, 1)
    return ngettext("%(n)s hari", "%(n)s hari", n) % {"n": n}


def _calendar(government: Government | None) -> Calendar | None:
    code = (government.file or {}).get("calendar") if government else None
    if not government or not code:
        return None
    try:
        return calendar_file.load(code, government.timezone)
    except CalendarError:
        return None


def _lang() -> Language:
    return "en" if (get_language() or "id").startswith("en") else "id"


def _words() -> Words:
    return Words(_lang())
