"""Writes tables for spreadsheets: CSV as Indonesian settings read it, and XLSX with typed cells and a frozen heading.

A text that a spreadsheet would run as a formula is made a plain one (OWASP, CSV injection).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import IO, Any

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MOST_CELL = 32_767
Cell = str | int | float | date | datetime | None


def as_csv(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """This will return rows as CSV: UTF-8 with its mark, semicolons."""
    return b"\xef\xbb\xbf" + csv_lines([headings, *rows]).encode("utf-8", "replace")


def csv_lines(rows: Iterable[Sequence[Cell]]) -> str:
    """This will return rows as lines of CSV, without the mark."""
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows([[_plain(cell) for cell in row] for row in rows])
    return out.getvalue()


def write_xlsx(
    sheets: Sequence[tuple[str, Sequence[str], Iterable[Sequence[Cell]]]], into: IO[bytes]
) -> None:
    """This will write an XLSX file; a sheet is (name, headings, rows)."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for name, headings, rows in sheets:
        sheet = book.create_sheet(name[:31])
        sheet.freeze_panes = "A2"
        sheet.append([_typed(sheet, one) for one in headings])
        for row in rows:
            sheet.append([_typed(sheet, cell) for cell in row])
    book.save(into)


def _plain(cell: Cell) -> Any:
    if not isinstance(cell, str):
        return cell.isoformat() if isinstance(cell, date) else cell
    begins = cell.startswith(_DANGEROUS) or cell.lstrip(" \"'").startswith(_DANGEROUS)
    return f"'{cell}" if begins else cell


def _typed(sheet: Any, cell: Cell) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)  # XLSX knows no zone; the heading names it
    if not isinstance(cell, str):
        return cell
    made = WriteOnlyCell(sheet, "")
    # Set after the value, which would make a formula of what begins with "=".
    made._value, made.data_type = ILLEGAL_CHARACTERS_RE.sub("", cell)[:_MOST_CELL], "s"  # type: ignore[attr-defined]
    return made
