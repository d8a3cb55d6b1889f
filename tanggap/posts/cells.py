"""What a cell of a spreadsheet means: moments, numbers, names. Pure; the same for CSV texts and typed XLSX cells."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

Cell = str | int | float | bool | datetime | date | time | timedelta | None

EXACT = 10**15
"""Spreadsheets keep 15 digits of a number and write zeros for the rest."""
_SERIAL = (20_000, 80_000)  # 1954 to 2119, as days of a spreadsheet whose column is formatted as a number
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  spreadsheets know no zones
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january januari", "feb february februari pebruari", "mar march maret", "apr april", "may mei",
         "jun june juni", "jul july juli", "aug august agu agt agustus ags", "sep sept september",
         "oct october okt oktober", "nov november nop nopember", "dec december des desember"), 1,
    )
    for name in names.split()
}  # fmt: skip
_CLOCK = (
    r"(?:[ T,]+(?:pukul|pkl\.?|jam)?\s*(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?\s*(am|pm)?"
    r"\s*(?:wib|wita|wit)?)?"
)
_BY_NUMBER = re.compile(rf"(\d{{1,2}})([/.\- ])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_CLOCK}", re.IGNORECASE)
_BY_YEAR = re.compile(rf"(\d{{4}})([/.])(\d{{1,2}})\2(\d{{1,2}}){_CLOCK}", re.IGNORECASE)
_BY_NAME = re.compile(
    rf"(?:[a-z']+,?\s+)?(\d{{1,2}})[ \-]([a-z]+)\.?,?[ \-](\d{{4}}|\d{{2}}){_CLOCK}", re.IGNORECASE
)
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s*(am|pm)?\s*(wib|wita|wit)?", re.IGNORECASE)
_ZONES = {"wib": "Asia/Jakarta", "wita": "Asia/Makassar", "wit": "Asia/Jayapura"}


class Wrong(ValueError):
    """A cell cannot be what its column was said to be; the text is for whoever imports."""


def text(cell: Cell) -> str:
    """This will return a cell as somebody reads it; whole numbers without a point, errors of formulas as nothing."""
    if cell is None or (
        isinstance(cell, str) and re.fullmatch(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)", cell)
    ):
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return str(cell).strip()


def name(cell: Cell) -> str:
    """This will return a cell as an identifier; Wrong for a number that the spreadsheet has rounded."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= EXACT:
        raise Wrong(
            _(
                "nomor %(number)s sudah dibulatkan oleh Excel; format kolomnya sebagai teks di berkas asal, lalu ulangi"
            )
            % {"number": text(cell)}
        )
    return text(cell)


def moment(cell: Cell, clock: Cell, order: str, zone: str) -> datetime:
    """This will read a moment, from one cell or a day and a clock; `order` is dmy or mdy. Wrong with what is unclear.

    Times that name no zone are in `zone`.
    """
    at, zone = _day(cell, order), _zone(cell, clock, zone)
    if text(clock):
        at = datetime.combine(at.date(), _clock(clock))
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(zone))
    return at


def _zone(cell: Cell, clock: Cell, zone: str) -> str:
    for one in (clock, cell):
        found = re.search(r"\b(wib|wita|wit)\b", one.lower()) if isinstance(one, str) else None
        if found:
            return _ZONES[found[1]]
    return zone


def _day(cell: Cell, order: str) -> datetime:
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime.combine(cell, time())
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if not _SERIAL[0] <= cell <= _SERIAL[1]:
            raise Wrong(_("%(value)s bukan tanggal") % {"value": text(cell)})
        # Rounded to the second: 1/86400 has no end in binary.
        return _DAY_ZERO + timedelta(seconds=round(float(cell) * 86400))
    written = " ".join(text(cell).split())
    if not written:
        raise Wrong(_("tanggal kosong"))
    return _iso(written) or _spelt(written) or _numbered(written, order)


def _iso(written: str) -> datetime | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}", written) or len(written) > 40:
        return None
    try:
        return datetime.fromisoformat(written.upper())
    except ValueError as error:
        raise Wrong(_("tanggal %(value)s tidak terbaca") % {"value": repr(written)}) from error


def _spelt(written: str) -> datetime | None:
    if found := _BY_YEAR.fullmatch(written[:60]):
        return _at(written, found[1], found[3], found[4], found.groups()[4:])
    found = _BY_NAME.fullmatch(written[:60])
    month = _MONTHS.get(found[2].lower()) if found else None
    return _at(written, found[3], month, found[1], found.groups()[3:]) if found and month else None


def _numbered(written: str, order: str) -> datetime:
    found = _BY_NUMBER.fullmatch(written[:60])
    if not found:
        raise Wrong(_("tanggal %(value)s tidak terbaca") % {"value": repr(written[:40])})
    day, month = (found[1], found[3]) if order != "mdy" else (found[3], found[1])
    if int(month) > 12:
        hint = _("bulan/hari/tahun") if order != "mdy" else _("hari/bulan/tahun")
        raise Wrong(
            _(
                "tanggal %(value)s tidak mungkin pada urutan yang dipilih; berkas ini mungkin memakai %(order)s"
            )
            % {"value": repr(written), "order": hint}
        )
    return _at(written, found[4], month, day, found.groups()[4:])


def _at(
    written: str, year: str, month: str | int, day: str, clock: tuple[str | None, ...]
) -> datetime:  # fmt: skip
    whole = int(year) + (2000 if len(year) == 2 else 0)
    hour, minute, second, half = clock
    try:
        at = datetime(whole, int(month), int(day), _hour(hour, half), int(minute or 0), int(second or 0))  # noqa: DTZ001
    except ValueError as error:
        raise Wrong(_("tanggal %(value)s tidak ada") % {"value": repr(written)}) from error
    return at


def _hour(hour: str | None, half: str | None) -> int:
    number = int(hour or 0)
    if half and number <= 12:
        return number % 12 + (12 if half.lower() == "pm" else 0)
    return number


def _clock(cell: Cell) -> time:
    if isinstance(cell, datetime):
        return cell.time()
    if isinstance(cell, time):
        return cell
    if isinstance(cell, timedelta):
        return (_DAY_ZERO + cell).time()
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 0 <= cell < 1:
        return (_DAY_ZERO + timedelta(seconds=round(cell * 86400))).time()
    found = _TIME.fullmatch(text(cell))
    try:
        return (
            time(_hour(found[1], found[4]), int(found[2]), int(found[3] or 0)) if found else _no_clock(cell)
        )
    except ValueError as error:
        raise Wrong(_("jam %(value)s tidak ada") % {"value": repr(text(cell)[:40])}) from error


def _no_clock(cell: Cell) -> time:
    raise Wrong(_("jam %(value)s tidak terbaca") % {"value": repr(text(cell)[:40])})


def order_of(cells: Iterable[Cell]) -> tuple[str, bool]:
    """This will tell how a column writes its days, and whether it says so: days first where nothing speaks against it.

    A column with both 13/02 and 02/13 has no order: days first, and the others are refused one by one.
    """
    days_first = months_first = 0
    for cell in cells:
        found = _BY_NUMBER.fullmatch(" ".join(cell.split())[:60]) if isinstance(cell, str) else None
        if found:
            days_first += int(found[1]) > 12
            months_first += int(found[3]) > 12
    return ("mdy", True) if months_first and not days_first else ("dmy", bool(days_first))


def by_number(written: str) -> bool:
    """This will tell whether a date is written in numbers whose order matters."""
    return bool(_BY_NUMBER.fullmatch(" ".join(written.split())[:60]))


def number(cell: Cell) -> float:
    """This will read a number with either sign for decimals, `1.234,5` or `1,234.5`; Wrong where it is none.

    A single sign is taken for decimals: coordinates have no thousands.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    written = "" if isinstance(cell, bool) else text(cell)
    written = written.replace("\u00a0", "").replace(" ", "").replace("\u2212", "-")
    comma, point = written.rfind(","), written.rfind(".")
    if comma >= 0 and point >= 0:
        written = written.replace("." if comma > point else ",", "")
    written = written.replace(",", ".")
    if not re.fullmatch(r"[+-]?\d{1,18}(?:\.\d{1,18})?", written):
        raise Wrong(_("%(value)s bukan angka") % {"value": repr(text(cell)[:40])})
    return float(written)


def whole(cell: Cell) -> int:
    """This will read a whole number, with either sign for thousands; Wrong where it is none."""
    if isinstance(cell, int | float) and not isinstance(cell, bool) and float(cell).is_integer():
        return int(cell)
    written = "" if isinstance(cell, bool) else text(cell).replace("\u00a0", "").replace(" ", "")
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+|\d{1,15}(?:[.,]0+)?", written):
        bare = written if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", written) else re.split(r"[.,]", written)[0]
        return int(re.sub(r"[.,]", "", bare))
    raise Wrong(_("%(value)s bukan bilangan bulat") % {"value": repr(text(cell)[:40])})
