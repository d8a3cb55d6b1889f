"""Posts in, readings out, line by line, without a database: what `tanggap read` does."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TextIO

import orjson

from tanggap.understanding.area import Area
from tanggap.understanding.reader import Reader, shipped

_LINES, _BYTES = 500, 2_000_000


class Sink(Protocol):
    """Anything that takes bytes."""

    def write(self, data: bytes, /) -> object:
        """This will take the bytes of whole lines."""


def read_stream(
    lines: Iterable[bytes], out: Sink, err: TextIO, area: Area | str | None, *, deep: bool = True
) -> int:
    """This will read posts of the contract, one JSON object a line, and write one reading a line, in the same order.

    With both readers, or with `deep` false by the fast one alone.

    `area` is a government's area or its code. A line that is no post goes to `err` with its number and is left out.
    Gives the exit status: 0, or 1 where a line was left out. Raises ValueError for a code that no region has.
    """
    place = Area.from_code(area) if isinstance(area, str) else area
    reader = Reader.load(place) if deep else Reader(place, shipped())
    read = reader.read_deeply if deep else reader.read
    status = 0
    for batch in _batches(enumerate(lines, 1)):
        posts = []
        for number, line in batch:
            post = _post(line)
            if isinstance(post, str):
                err.write(f"baris {number}: {post}\n")
                status = 1
            elif post is not None:
                posts.append(post)
        readings = read([text for _, text in posts])
        for (external_id, _), reading in zip(posts, readings, strict=True):
            out.write(orjson.dumps(reading.as_contract(external_id), option=orjson.OPT_APPEND_NEWLINE))
    return status


def _batches(lines: Iterator[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    """Runs of lines, short where lines are long; a first small one, so that a slow source is answered soon."""
    batch: list[tuple[int, bytes]] = []
    size, most = 0, 50
    for number, line in lines:
        batch.append((number, line))
        size += len(line)
        if len(batch) >= most or size >= _BYTES:
            yield batch
            batch, size, most = [], 0, _LINES
    if batch:
        yield batch


def _post(line: bytes) -> tuple[str, str] | str | None:
    """The id and text of a post; None for an empty line; what is wrong with it in words."""
    if not line.strip():
        return None
    try:
        post = orjson.loads(line)
    except orjson.JSONDecodeError as wrong:
        return f"bukan JSON yang sah ({wrong})"
    if not isinstance(post, dict):
        return "bukan objek JSON"
    for name in ("external_id", "text"):
        if not isinstance(post.get(name), str):
            return f"tidak ada {name} berupa teks"
    return post["external_id"], post["text"]
