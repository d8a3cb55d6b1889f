"""The rows that an import refused: kept as lines with their reason, given back as a table that can be mended.

A cell that a spreadsheet would run as a formula is made a text in CSV (OWASP, CSV injection), and is typed as text in
XLSX; a telephone number keeps its plus sign readable.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson
from django.utils.translation import gettext as _

_MOST_ROWS = 1_048_000
_MOST_CELL = 32_767
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken in: its number, why, and what stood in it."""

    number: int
    why: str
    text: str = ""
    cells: Sequence[str] | None = None

    def as_line(self) -> bytes:
        kept: dict[str, Any] = {"line": self.number, "error": self.why}
        kept |= {"text": self.text} if self.cells is None else {"cells": list(self.cells)}
        return orjson.dumps(kept) + b"\n"


def append(place: Path, refused: Sequence[Refused]) -> int:
    """This will add refused rows to their file and return its size in bytes."""
    if refused:
        with place.open("ab") as out:
            out.writelines(one.as_line() for one in refused)
    return place.stat().st_size if place.exists() else 0


def read(place: Path) -> Iterator[Refused]:
    """This will yield the refused rows that a file keeps."""
    with place.open("rb") as source:
        for line in source:
            told = orjson.loads(line)
            yield Refused(told["line"], told["error"], told.get("text", ""), told.get("cells"))


def _headings(names: Sequence[str]) -> list[str]:
    return [_("Baris"), _("Alasan"), *(names or [_("Isi baris")])]


def _cells(one: Refused) -> list[str]:
    return [one.why, *(one.cells if one.cells is not None else [one.text])]


def as_csv(place: Path, names: Sequence[str]) -> Iterator[bytes]:
    """This will yield the refused rows as CSV for a spreadsheet in Indonesian settings (semicolons)."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow([_safe(one) for one in _headings(names)])
    yield b"\xef\xbb\xbf"
    for one in read(place):
        writer.writerow([one.number, *(_safe(cell) for cell in _cells(one))])
        if out.tell() > 64_000:
            yield out.getvalue().encode("utf-8", "replace")
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode("utf-8", "replace")


def _safe(text: str) -> str:
    return f"'{text}" if text.lstrip(" \"'").startswith(_DANGEROUS) or text.startswith(_DANGEROUS) else text


def write_xlsx(place: Path, names: Sequence[str], into: Path | IO[bytes]) -> None:
    """This will write the refused rows as an XLSX file, row by row."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Ditolak"))
    sheet.append(_texts(sheet, _headings(names)))
    for number, one in enumerate(read(place)):
        if number >= _MOST_ROWS:
            break
        sheet.append([one.number, *_texts(sheet, _cells(one))])
    book.save(into)


def _texts(sheet: Any, cells: Sequence[str]) -> list[Any]:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    made = []
    for text in cells:
        cell = WriteOnlyCell(sheet, "")
        # Set after the value, which would make a formula of what begins with "=".
        cell._value, cell.data_type = ILLEGAL_CHARACTERS_RE.sub("", text)[:_MOST_CELL], "s"  # type: ignore[attr-defined]
        made.append(cell)
    return made
