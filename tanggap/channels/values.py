"""Reads single values of platforms' payloads; ValueError or TypeError where they are not what was documented."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from tanggap.channels.errors import Unreadable

MOST_TEXT = 100_000


@contextmanager
def as_documented(name: str) -> Iterator[None]:
    """This will let whatever is not as a platform documents it end in Unreadable, which names the platform."""
    try:
        yield
    except _NOT_AS_DOCUMENTED as error:
        raise Unreadable(
            f"Kiriman {name} tidak seperti yang didokumentasikan ({type(error).__name__})."
        ) from error


_NOT_AS_DOCUMENTED = (
    LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, OSError,
)  # fmt: skip


def iso_time_of(value: Any) -> datetime:
    """This will read a time as ISO 8601 writes it; UTC where it names no zone."""
    at = datetime.fromisoformat(text_there(value))
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def time_of(value: Any) -> datetime:
    """This will read a time: ISO 8601, Unix seconds, or Unix milliseconds."""
    if isinstance(value, str) and not value.isdigit():
        return iso_time_of(value)
    number = int(value) if isinstance(value, str) else value
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError("not a time")
    # Some count seconds, some milliseconds; 10^11 seconds are the year 5138.
    return datetime.fromtimestamp(number / 1000 if number > 10**11 else number, UTC)


def id_of(value: Any) -> str:
    """This will read an id."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        raise TypeError("not an id")
    if not text.strip() or len(text) > 190:
        raise ValueError("not an id")
    return text.strip()


def text_of(value: Any) -> str:
    """This will read a text that may be absent."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError("not a text")
    if len(value) > MOST_TEXT:
        raise ValueError("too long a text")
    return value


def text_there(value: Any) -> str:
    """This will read a text that must be there."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def web_of(value: Any) -> str:
    """This will return a web address, "" where it is none."""
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else ""


def count_of(value: Any) -> int | None:
    """This will return a count, None where it is none."""
    known = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
    return value if known else None


def inside(node: Any, *names: str) -> Any:
    """This will return what stands at a path of names, None where the path ends early."""
    for name in names:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def members(node: Any, *names: str) -> Iterator[Mapping[str, Any]]:
    """This will yield the objects of a list at a path; none where there is no list."""
    found = inside(node, *names)
    for one in found if isinstance(found, list) else ():
        if isinstance(one, Mapping):
            yield one
