"""A file as lines of the public format, each checked, and whatever cannot become one with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import orjson
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.channels.connector import Raw, Unreadable, connector
from tanggap.posts import cells, columns, lapor, tables
from tanggap.posts.cells import Wrong
from tanggap.posts.columns import Plan
from tanggap.posts.rejected import Refused
from tanggap.posts.tables import MOST_LINE

Line = tuple[int, bytes | Refused]
"""A line's number in its file, and the line by the contract or why it cannot become one."""


def lines(file: Path, form: str, plan: Plan | None, zone: str, skip: int = 0) -> Iterator[Line]:
    """This will yield the lines of a file after the first `skip`; NDJSON without a plan, a table by its plan."""
    if plan is None:
        for number, line in islice(_ndjson(file), skip, None):
            why = _fault(line, zone)
            yield number, Refused(number, why, line[:20_000].decode("utf-8", "replace")) if why else line
        return
    yield from made_of(islice(_rows(file, plan), skip, None), form, plan, zone)


def made_of(rows: Iterable[tables.Row], form: str, plan: Plan, zone: str) -> Iterator[Line]:
    """This will make lines of a table's rows, those below its headings."""
    for number, row in rows:
        if number <= plan.row:
            continue
        try:
            made = lapor.line(row, plan.names, zone) if form == "lapor" else columns.line(row, plan, zone)
            line = orjson.dumps(made)
            why = _fault(line, zone)
        except (Wrong, TypeError) as error:
            line, why = b"", str(error)
        yield number, Refused(number, why, cells=[cells.text(cell)[:5000] for cell in row]) if why else line


def count(file: Path, plan: Plan | None) -> int:
    """This will count a file's lines without looking into them."""
    return sum(1 for _one in (_ndjson(file) if plan is None else _rows(file, plan)))


def _rows(file: Path, plan: Plan) -> Iterator[tables.Row]:
    return (row for row in tables.rows(file, tables.kind_of(file), plan.sheet) if row[0] > plan.row)


def _fault(line: bytes, zone: str) -> str | None:
    if len(line) > MOST_LINE:
        return _("Baris lebih panjang dari 1,5 MB.")
    try:
        connector("import").parse(Raw(line, {}, timezone.now(), zone))
    except Unreadable as error:
        return str(error)
    return None


def _ndjson(file: Path) -> Iterator[tuple[int, bytes]]:
    with file.open("rb") as source:
        number = 0
        while line := source.readline(MOST_LINE + 1):
            number += 1
            rest = line
            while len(line) > MOST_LINE and rest and not rest.endswith(b"\n"):
                rest = source.readline(MOST_LINE)  # of a line that is refused anyway, and not kept in memory
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield number, line.rstrip(b"\r\n")
