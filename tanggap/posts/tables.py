"""A file as rows of cells, whether CSV or XLSX: where its headings stand, what they are called, and the rows below.

An XLSX file is read once and laid down as plain lines (`lay_down`), so that an import that was cut off goes on at once
and knows how many rows there are.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from tanggap.posts import spreadsheets
from tanggap.posts.cells import Cell, text

MOST_LINE = 1_500_000
_LOOKED_AT = 40
MOST_FIRST = 300
_MOST_HEADING = 120

Row = tuple[int, list[Cell]]
"""A row's number in its file, and its cells."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The row that names the columns, and the names: unique, none empty."""

    row: int
    names: Sequence[str]

    @property
    def signature(self) -> str:
        """This will return what is the same for every file of this shape."""
        return "\x1f".join(name.casefold() for name in self.names)


def rows(file: Path, form: str, sheet: str = "") -> Iterator[Row]:
    """This will yield the rows of a file that hold anything; Refusal for a file that cannot be read."""
    laid = laid_down(file, sheet)
    if form == "csv":
        return _csv(file)
    return _laid(laid) if laid.is_file() else spreadsheets.rows(file, sheet)


def kind_of(file: Path) -> str:
    """This will tell by a table's first bytes whether it is XLSX (or an older Excel file) or CSV."""
    with file.open("rb") as source:
        return "xlsx" if source.read(4) in {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"} else "csv"


def first(file: Path, sheet: str = "") -> list[Row]:
    """This will return the first 300 rows of a table; those of the files looked at last are remembered."""
    return list(_first(file, file.stat().st_mtime_ns, sheet))


@lru_cache(maxsize=4)
def _first(file: Path, _changed: int, sheet: str) -> tuple[Row, ...]:
    return tuple(islice(rows(file, kind_of(file), sheet), MOST_FIRST))


def heading(found: Sequence[Row], known: Callable[[str], bool], row: int = 0) -> Heading:
    """This will find the headings among a file's first rows: row `row` where it is named, else the best known one.

    Where no name is known, the first row with the most texts counts as headings.
    """
    looked_at = [one for one in found if one[0] <= (row or _LOOKED_AT)] or list(found[:1])
    if row:
        named = next((one for one in looked_at if one[0] == row), (row, list[Cell]()))
        return Heading(row, names_of(named[1]))

    def weight(one: Row) -> tuple[int, int, int]:
        texts = [cell for cell in one[1] if isinstance(cell, str) and 0 < len(cell.strip()) <= _MOST_HEADING]
        return (sum(known(cell) for cell in texts), len(texts), -one[0])

    best = max(looked_at, key=weight, default=(1, list[Cell]()))
    return Heading(best[0], names_of(best[1]))


def names_of(cells: Sequence[Cell]) -> list[str]:
    """This will name the columns of a row of headings: doubled names are numbered, empty ones get their letter."""
    names, seen = list[str](), Counter[str]()
    for number, cell in enumerate(cells[: spreadsheets.MOST_COLUMNS]):
        name = " ".join(text(cell).split())[:_MOST_HEADING] or f"({_letters(number)})"
        seen[name.casefold()] += 1
        names.append(name if seen[name.casefold()] == 1 else f"{name} ({seen[name.casefold()]})")
    return names


def _letters(number: int) -> str:
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


# -- XLSX, laid down -----------------------------------------------------------------------------------------
def laid_down(file: Path, sheet: str) -> Path:
    """This will return where the plain lines of a sheet lie, or would."""
    mark = hashlib.sha256(sheet.encode()).hexdigest()[:8] if sheet else "0"
    return file.with_suffix(f".{mark}.rows")


def lay_down(file: Path, sheet: str) -> Iterator[int]:
    """This will write a sheet's rows as plain lines beside its file, yielding the rows done so far now and then."""
    place = laid_down(file, sheet)
    if place.is_file():
        return
    half, done = place.with_suffix(f".{os.getpid()}.half"), 0
    with half.open("wb") as out:
        for number, cells in spreadsheets.rows(file, sheet):
            out.write(orjson.dumps([number, [_plain(cell) for cell in cells]]) + b"\n")
            done += 1
            if done % 5000 == 0:
                yield done
    half.replace(place)
    yield done


def _plain(cell: Cell) -> Any:
    if isinstance(cell, datetime):
        return {"at": cell.isoformat()}
    if isinstance(cell, date):
        return {"day": cell.isoformat()}
    if isinstance(cell, time):
        return {"clock": cell.isoformat()}
    if isinstance(cell, timedelta):
        return {"span": cell.total_seconds()}
    if isinstance(cell, int) and abs(cell) >= 2**63:
        return float(cell)
    return cell.encode("utf-8", "replace").decode() if isinstance(cell, str) else cell


def _cell(plain: Any) -> Cell:
    if not isinstance(plain, dict):
        return plain  # type: ignore[no-any-return]
    if "at" in plain:
        return datetime.fromisoformat(plain["at"])
    if "day" in plain:
        return date.fromisoformat(plain["day"])
    return time.fromisoformat(plain["clock"]) if "clock" in plain else timedelta(seconds=plain["span"])


def _laid(place: Path) -> Iterator[Row]:
    with place.open("rb") as source:
        for line in source:
            number, cells = orjson.loads(line)
            yield number, [_cell(one) if isinstance(one, dict) else one for one in cells]


# -- CSV -----------------------------------------------------------------------------------------------------
def _csv(file: Path) -> Iterator[Row]:
    with file.open("rb") as source:
        head = source.read(64_000)
    encoding = encoding_of(head)
    with file.open(encoding=encoding, newline="", errors="replace") as source:
        csv.field_size_limit(MOST_LINE)
        delimiter = delimiter_of(head.decode(encoding, "replace"))
        reader = csv.reader((line.replace("\0", "") for line in source), delimiter=delimiter)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield reader.line_num, [str(error)]
                continue
            if any(cells) and not (reader.line_num == 1 and cells[0].lower().startswith("sep=")):
                yield reader.line_num, list(cells[: spreadsheets.MOST_COLUMNS])


def encoding_of(head: bytes) -> str:
    """This will tell a text file's encoding by its first bytes: UTF-8, UTF-16 (with a mark or without), else cp1252."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for at, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(head) >= 4 and head[at : 200 + at : 2].count(0) > 0.8 * len(head[at : 200 + at : 2]):
            return name
    try:
        head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return "cp1252"
    return "utf-8-sig"


def delimiter_of(head: str) -> str:
    """This will tell what parts the columns: said by a first line `sep=;`, else most even in the first lines."""
    head = head.removeprefix("\ufeff")
    if head.lower().startswith("sep=") and len(head) > 4:
        return head[4]
    lines = [line for line in "".join(head.split('"')[::2]).splitlines()[:30] if line.strip()]

    def weight(sign: str) -> tuple[int, int]:
        counts = Counter(line.count(sign) for line in lines)
        counts.pop(0, None)
        most = max(counts.items(), key=lambda one: (one[1], one[0]), default=(0, 0))
        return (most[1] if most[0] else 0, most[0])

    return max(",;\t|", key=weight)
