"""Dates and times: a wrong weekday, a day that is not, an event in the past, "besok" in a text for later, a greeting on
another day, an hour that is not, a national hour without its zone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import Check, Context, Finding, Severity
from tanggap.publishing.greetings import MARKET_DAYS, belongs, market_day, occasions

_DAYS = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu")
_ALSO = {"jum'at": "jumat", "jum’at": "jumat", "ahad": "minggu"}
_MARKET_ALSO = {"manis": "legi", "paing": "pahing"}
_MONTHS = "januari februari maret april mei juni juli agustus september oktober november desember".split()
_SHORT_MONTHS = {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "agu": 8, "agt": 8, "sep": 9, "sept": 9,
                 "okt": 10, "nov": 11, "des": 12}  # fmt: skip
_MONTH = "|".join((*_MONTHS, *sorted(_SHORT_MONTHS, key=len, reverse=True)))
_DATE = re.compile(
    rf"(?:\b(?P<weekday>{'|'.join((*_DAYS, *_ALSO))})"
    rf"(?:[ -](?P<market>{'|'.join((*MARKET_DAYS, *_MARKET_ALSO))}))?(?:,? | ?\(|, ?tanggal | tanggal ))?"
    rf"(?<!\d)(?<!\d[./-])(?P<day>\d{{1,2}})(?: (?P<month>{_MONTH})\.? (?P<year>\d{{4}})"
    r"|[/-](?P<number>\d{1,2})[/-](?P<year2>\d{4}))(?!\d)",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\b(?:pukul|jam|pkl\.?) ?(\d{1,2})[.:](\d{2})(?!\d)", re.IGNORECASE)
_ZONE = re.compile(r"\b(?:WIB|WITA|WIT|waktu setempat)\b")
_ELSEWHERE = re.compile(r"\b(?:jakarta|nasional|webinar|zoom|siaran langsung)\b", re.IGNORECASE)
_RELATIVE = re.compile(
    r"\b(?:besok|lusa|kemarin|hari ini|malam ini|nanti malam|nanti sore|pagi ini|siang ini|sore ini)\b",
    re.IGNORECASE,
)
_INVITES = re.compile(
    r"\b(?:hadir\w*|datang|ikut\w*|kunjungi|pendaftaran|daftar|sampai|jangan lupa|ayo|yuk|saksikan)\b",
    re.IGNORECASE,
)
_PASSED = re.compile(
    r"\b(?:lalu|kemarin|sejak|per|telah|sudah|diresmikan|ditetapkan|terima|diterima|tertanggal)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"\b(?:selamat (?:memperingati |merayakan |menyambut )?(?:hari )?(?:raya |suci )?|marhaban ya |(?=dirgahayu))"
    rf"({'|'.join(occasions())})\b",
    re.IGNORECASE,
)
_TIME_OF_DAY = re.compile(r"\bselamat (pagi|siang|sore|malam)\b", re.IGNORECASE)
_HOURS = {"pagi": range(4, 11), "siang": range(10, 16), "sore": range(14, 20), "malam": range(17, 24)}


class Dates(Check):
    """Finds what is wrong with a date or an hour."""

    id = "dates"
    name = _("Tanggal dan jam")
    gives = Severity.WARNS

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will find wrong weekdays, days, hours and greetings; the past only where the moment is known."""
        named = False
        for one in _DATE.finditer(text):
            named = True
            yield from self._dated(text, one, context)
        for one in _CLOCK.finditer(text):
            yield from self._hour(text, one, context)
        if context.moment is not None:
            yield from self._greeted(text, context)
        if context.scheduled_at is not None and not named:
            for one in _RELATIVE.finditer(text):
                yield _found(text, one.span(), _now("“%(word)s” tidak jelas dalam teks yang terbit nanti.")
                             % {"word": one.group()},
                             _now("Tulis hari dan tanggalnya."))  # fmt: skip

    def _dated(self, text: str, one: re.Match[str], context: Context) -> Iterator[Finding]:
        month = one["number"] or _month(one["month"])
        try:
            day = date(int(one["year"] or one["year2"]), int(month), int(one["day"]))
        except ValueError:
            yield _found(text, one.span(), _now("Tanggal ini tidak ada."), _now("Periksa kalender."))
            return
        weekday = (one["weekday"] or "").lower()
        meant = _DAYS[day.weekday()]
        eve = text[max(0, one.start() - 6) : one.start()].lower() == "malam "
        allowed = (
            {meant, _DAYS[(day.weekday() + 1) % 7]} if eve else {meant}
        )  # the eve is named for the day after it
        weekday_wrong = bool(weekday) and _ALSO.get(weekday, weekday) not in allowed
        if weekday_wrong:
            yield _found(text, one.span(), _now("Tanggal ini jatuh pada hari %(day)s.") % {"day": meant.capitalize()},
                         _now("Perbaiki hari atau tanggalnya."))  # fmt: skip
        if one["market"] and not weekday_wrong and not eve:
            yield from _market(text, one, day)
        local = _local(context)
        near = text[max(0, one.start() - 80) : one.end() + 40]
        if local and day < local.date() and _INVITES.search(near) and not _PASSED.search(near):
            yield _found(
                text,
                one.span(),
                _now("Tanggal ini sudah lewat."),
                _now("Perbarui tanggalnya, atau tulis “telah”."),
            )

    def _hour(self, text: str, one: re.Match[str], context: Context) -> Iterator[Finding]:
        hour, minute = int(one[1]), int(one[2])
        if hour > 24 or minute > 59 or (hour == 24 and minute):
            yield _found(text, one.span(), _now("Jam ini tidak ada."), _now("Tulis jam 00.00 sampai 24.00."))
        elif context.zone != "Asia/Jakarta" and _ELSEWHERE.search(text) and not _ZONE.search(text):
            yield _found(text, one.span(), _now("Zona waktu belum disebut, sedangkan acaranya di luar daerah."),
                         _now("Tulis WIB, WITA atau WIT."))  # fmt: skip

    def _greeted(self, text: str, context: Context) -> Iterator[Finding]:
        local = _local(context)
        assert local is not None
        for one in _GREETING.finditer(text):
            if belongs(one[1].lower(), local.date()) is False:
                yield _found(
                    text,
                    one.span(),
                    _now("Ucapan ini terbit pada hari lain."),
                    _now("Periksa tanggal terbitnya."),
                )
        if context.scheduled_at is None:
            return
        for one in _TIME_OF_DAY.finditer(text):
            if local.hour not in _HOURS[one[1].lower()]:
                yield _found(
                    text,
                    one.span(),
                    _now("Salam ini tidak cocok dengan jam terbitnya."),
                    _now("Ubah salam atau jamnya."),
                )


def _market(text: str, one: re.Match[str], day: date) -> Iterator[Finding]:
    written = one["market"].lower()
    if _MARKET_ALSO.get(written, written) != market_day(day):
        yield _found(
            text, one.span(), _now("Pasaran tanggal ini %(day)s.") % {"day": market_day(day).capitalize()},
            _now("Perbaiki pasaran atau tanggalnya."),
        )  # fmt: skip


def _month(written: str) -> int:
    lowered = written.lower()
    return _MONTHS.index(lowered) + 1 if lowered in _MONTHS else _SHORT_MONTHS[lowered]


def _local(context: Context) -> Any:
    return context.moment.astimezone(ZoneInfo(context.zone)) if context.moment else None


def _found(text: str, span: tuple[int, int], why: str, mend: str) -> Finding:
    return Finding(Dates.id, Severity.WARNS, *span, text[span[0] : span[1]], why, mend=mend)
