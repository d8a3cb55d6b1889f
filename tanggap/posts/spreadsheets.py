"""Reads XLSX files row by row within bounds: a small file cannot unpack into a full disk or memory.

openpyxl reads the sheet as a stream and formulas by their stored results. Its list of shared strings would hold every
text of the file in memory: here they lie in a file beside it (workbook.py), so that a million rows take no more memory
than a thousand. Merged cells say their value once; the rows below get it too, as a person reads them.
"""

from __future__ import annotations

import re
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from tanggap.core.refusal import Refusal
from tanggap.posts.cells import Cell

MOST_COLUMNS = 200
_MB = 1024 * 1024
_MOST_PARTS = 2_000
_MOST_SHEET, _MOST_TEXTS, _MOST_OTHER = 2048 * _MB, 1024 * _MB, 48 * _MB
_MOST_SWELL = 250
"""How many times its packed size a part may have once past a megabyte; sheets of equal rows reach 60."""
_MOST_MERGED = 20_000
_FAULTS = (
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, SyntaxError, OSError, EOFError, RuntimeError,
    zipfile.BadZipFile, zlib.error, expat.ExpatError,
)  # fmt: skip
"""What openpyxl and its XML readers raise on files that are not what they say."""
_OLE = b"\xd0\xcf\x11\xe0"


def check(file: Path) -> None:
    """This will refuse what is no XLSX file, and what would unpack beyond reason; nothing is unpacked for it."""
    with file.open("rb") as source:
        head = source.read(4)
    if head == _OLE:
        raise Refusal(
            _(
                "Berkas ini berformat Excel lama (.xls) atau bersandi. Buka di Excel, simpan sebagai .xlsx tanpa sandi."
            ),
            "file",
        )
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _broken() from error
    if len(parts) > _MOST_PARTS:
        raise _too_large()
    for part in parts:
        swollen = part.file_size > _MB and part.file_size > _MOST_SWELL * max(part.compress_size, 1)
        if swollen or part.file_size > _most(part.filename) or part.flag_bits & 1:
            raise _too_large()


def _most(name: str) -> int:
    if name.startswith("xl/worksheets/"):
        return _MOST_SHEET
    return _MOST_TEXTS if name == "xl/sharedStrings.xml" else _MOST_OTHER


def _broken() -> Refusal:
    return Refusal(_("Berkas ini bukan XLSX yang utuh. Buka di Excel, simpan lagi, lalu unggah."), "file")


def _too_large() -> Refusal:
    return Refusal(
        _("Isi berkas ini terlalu besar untuk dibuka dengan aman. Bagi menjadi beberapa berkas, atau pakai CSV."),
        "file",
    )  # fmt: skip


def sheets(file: Path) -> list[str]:
    """This will return the names of a file's visible sheets."""
    with _opened(file) as book:
        return [one.title for one in book.worksheets if one.sheet_state == "visible"]


def rows(file: Path, sheet: str = "") -> Iterator[tuple[int, list[Cell]]]:
    """This will yield the rows of a sheet that hold anything, with their numbers; Refusal for what is not readable.

    At most 200 columns; the first visible sheet unless one is named.
    """
    with _opened(file) as book:
        found = _named(book, sheet)
        merged = _merged(book, found)
        above: dict[tuple[int, int], Cell] = {}
        # Exporters write a wrong size into the sheet; without one all rows are read.
        found.reset_dimensions()
        try:
            for number, cells in enumerate(found.iter_rows(max_col=MOST_COLUMNS, values_only=True), 1):
                if not merged and cells.count(None) == len(cells):
                    continue  # quickly, for a sheet may claim a million of them
                row = _filled(number, list(cells), merged, above) if merged else list(cells)
                while row and row[-1] in (None, ""):
                    row.pop()
                if row:
                    yield number, row
        except _FAULTS as error:
            raise _broken() from error


def _filled(
    number: int,
    row: list[Cell],
    merged: dict[tuple[int, int], tuple[int, int]],
    above: dict[tuple[int, int], Cell],
) -> list[Cell]:
    """A row with the values that cells merged downwards say above it; forgotten once their last row is read."""
    for key, (first, last) in [(key, span) for key, span in _around(number, merged)]:
        column = key[1] - 1
        if number == first:
            above[key] = row[column] if column < len(row) else None
        elif key in above:
            row.extend([None] * (column + 1 - len(row)))
            row[column] = above[key] if row[column] in (None, "") else row[column]
        if number == last:
            above.pop(key, None)
    return row


def _around(
    number: int, merged: dict[tuple[int, int], tuple[int, int]]
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    for key in list(merged):
        first, last = merged[key]
        if last < number:
            del merged[key]
        elif first > number:
            return
        else:
            yield key, (first, last)


def _named(book: Any, sheet: str) -> Any:
    visible = [one for one in book.worksheets if one.sheet_state == "visible"] or list(book.worksheets)
    if not visible:
        raise Refusal(_("Berkas ini tidak memuat lembar kerja."), "file")
    return next((one for one in visible if one.title == sheet), visible[0])


_MERGE = re.compile(rb'<(?:\w+:)?mergeCell ref="([A-Z0-9:]{3,25})"')


def _merged(book: Any, sheet: Any) -> dict[tuple[int, int], tuple[int, int]]:
    """First and last row of what is merged downwards, by first row and column; a document type is refused.

    The reader of streams does not tell of it, for it stands behind the rows: one quick pass over the XML finds it.
    """
    spans, rest = list[tuple[int, int, int]](), b""
    with book._archive.open(sheet._worksheet_path) as source:
        while chunk := source.read(_MB):
            window = rest + chunk
            if b"<!DOCTYPE" in window or len(rest) > 8 * _MB:
                raise _broken()
            cut = window.rfind(b"<")
            window, rest = (window[:cut], window[cut:]) if cut > 0 else (b"", window)
            spans += _spans(window, len(spans))
        spans += _spans(rest, len(spans))
    return {(first, column): (first, last) for first, column, last in sorted(spans)}


def _spans(window: bytes, known: int) -> list[tuple[int, int, int]]:
    from openpyxl.utils.cell import range_boundaries

    found = []
    for reference in _MERGE.findall(window)[: max(_MOST_MERGED - known, 0)]:
        try:
            column, first, _last_column, last = range_boundaries(reference.decode())
        except ValueError:
            continue
        if last and first and column and last > first and column <= MOST_COLUMNS:
            found.append((first, column, last))
    return found


# -- an open file --------------------------------------------------------------------------------------------
@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    from tanggap.posts.workbook import Reader  # openpyxl takes a quarter of a second to import

    check(file)
    with tempfile.TemporaryFile() as kept, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that do not concern the values
        reader: Reader | None = None
        try:
            reader = Reader(file, kept)
            reader.read()
            yield reader.wb
        except _FAULTS as error:
            raise _broken() from error
        finally:
            if reader is not None:
                reader.archive.close()
