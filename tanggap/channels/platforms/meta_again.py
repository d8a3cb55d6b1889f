"""Looks again at known objects of Meta's products, many in one call where the product takes that.

GET /?ids=… ended with version 26.0 of the Graph API (developers.facebook.com/docs/graph-api/changelog/version26.0); a
batch (…/docs/graph-api/batch-requests: at most 50, each counted as a call, answers in the order of the questions, null
for one that took too long) tells of each by itself. Seen 2026-11-22. Batches are graph.facebook.com's alone.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import orjson

from tanggap.channels.errors import Gone, NeedsLogin, Permanent, Temporary
from tanggap.channels.platforms.meta_graph import Graph, refusal
from tanggap.channels.values import inside
from tanggap.core import http

Found = dict[str, Mapping[str, Any] | None]
"""What stands under each id; None for one that is gone. What Meta does not tell is not in it."""

_AT_ONCE = 50
_SECONDS = 60.0
"""How long one after the other is asked for: a fetch is given up by others after three minutes."""


def together(line: Graph, keys: Sequence[str], fields: str) -> Found:
    """This will look at objects in batches; Temporary, NeedsLogin or Permanent where a whole call fails."""
    asked = [f"{quote(key, safe='')}?fields={quote(fields)}" for key in keys]
    found: Found = {}
    for key, told in zip(keys, answers_to(line, asked), strict=True):
        if isinstance(told, Gone):
            found[key] = None
        elif isinstance(told, Mapping):
            found[key] = told
    return found


def answers_to(line: Graph, questions: Sequence[str]) -> list[Mapping[str, Any] | Gone | None]:
    """This will put questions (a path with its query each) in batches and return their answers in the same order.

    Gone where there is no such object, None for what Meta does not tell now. Errors as in `together`.
    """
    found: list[Mapping[str, Any] | Gone | None] = []
    for start in range(0, len(questions), _AT_ONCE):
        asked = questions[start : start + _AT_ONCE]
        batch = [{"method": "GET", "relative_url": one} for one in asked]
        form = {"batch": orjson.dumps(batch).decode(), "include_headers": "false"}
        told = line.ask("/me", data=form)
        if not isinstance(told, list) or len(told) != len(asked):
            raise Temporary(f"Jawaban {line.name} tidak utuh.")
        found += [_meant(one, line) for one in told]
    return found


def _meant(told: Any, line: Graph) -> Mapping[str, Any] | Gone | None:
    try:
        answer = http.Answer(int(told["code"]), {}, str(told["body"]).encode(), line.base)
        node = answer.json()
    except (KeyError, TypeError, ValueError):
        return None
    meaning = refusal(answer, sent=False, name=line.name)
    if isinstance(meaning, Gone):
        return meaning
    if isinstance(meaning, Temporary) or (isinstance(meaning, NeedsLogin) and _ended(node)):
        raise meaning
    return node if meaning is None and answer.ok and isinstance(node, dict) else None


def _ended(node: Any) -> bool:
    """Whether it is the token that ended; any other missing permission concerns one object."""
    return inside(node, "error", "code") in {102, 190}


def one_by_one(line: Graph, keys: Sequence[str], fields: str) -> Found:
    """This will look at objects where the product has no batches; errors as in `together`."""
    found: Found = {}
    until = time.monotonic() + _SECONDS
    for key in keys:
        if time.monotonic() > until:
            break
        try:
            node = line.read(f"/{quote(key, safe='')}", {"fields": fields})
        except Gone:
            found[key] = None
        except Permanent:
            continue
        else:
            if isinstance(node, dict):
                found[key] = node
    return found
