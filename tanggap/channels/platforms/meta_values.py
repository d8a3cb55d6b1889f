"""Reads single values of Meta's payloads; ValueError or TypeError where they are not what the documentation says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

MOST_TEXT = 100_000


def time_of(value: Any) -> datetime:
    """This will read a time: ISO 8601 with an offset, Unix seconds, or Unix milliseconds."""
    if isinstance(value, str) and not value.isdigit():
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    number = int(value) if isinstance(value, str) else value
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError("not a time")
    # Feed events count seconds, messages milliseconds; 10^11 seconds are the year 5138.
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
