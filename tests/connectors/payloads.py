"""Payloads that are written by hand after a platform's documentation: fixtures/<platform>/<name>.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tanggap.channels.connector import Raw, Unreadable
from tanggap.channels.items import Item

FIXTURES = Path(__file__).parent / "fixtures"


def payload(platform: str, name: str) -> Any:
    return json.loads((FIXTURES / platform / f"{name}.json").read_text(encoding="utf-8"))


def raw(body: Any) -> Raw:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Raw(body=content, headers={}, received_at=datetime(2026, 11, 22, 4, tzinfo=UTC))


LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@st.composite
def mutated(draw: st.DrawFn, platform: str) -> Any:
    """One of a platform's payloads with something in it replaced or taken away."""
    names = sorted(path.stem for path in (FIXTURES / platform).glob("*.json"))
    whole = payload(platform, draw(st.sampled_from(names)))
    places = list(_places(whole))
    for holder, key in draw(st.lists(st.sampled_from(places), min_size=1, max_size=3)):
        if draw(st.booleans()):
            holder[key] = draw(ANYTHING)
        elif isinstance(holder, dict):
            holder.pop(key, None)
    return whole


def _places(node: Any) -> Any:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        yield node, key
        yield from _places(value)


def reads_or_refuses(parse: Callable[[Raw], list[Item]], body: Any) -> None:
    """Whatever comes, a connector returns items or says that it cannot read it."""
    try:
        items = parse(raw(body))
    except Unreadable:
        return
    assert all(isinstance(one, Item) and one.external_id and one.created_at.tzinfo for one in items)
