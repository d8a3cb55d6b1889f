"""Forms that a simulated Bluesky speaks in: its ids, its answers and refusals, its pages."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Request, Response

Json = dict[str, Any]
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"


class Wrong(Exception):
    """A refusal as XRPC gives it."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status, self.error, self.message = status, error, message


def page(rows: list[Json], request: Request, most: int) -> tuple[list[Json], Json]:
    """This will cut a list that is newest first; the cursor names the last one shown."""
    limit = min(int(request.args.get("limit", most)), 100)
    after = request.args.get("cursor", "")
    if after:
        at = [f"{one['indexedAt']}::{one['cid']}" for one in rows]
        rows = rows[at.index(after) + 1 :] if after in at else []
    shown = rows[:limit]
    more = len(rows) > limit
    return shown, {"cursor": f"{shown[-1]['indexedAt']}::{shown[-1]['cid']}"} if more else {}


def said(body: Json, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """This will put a JSON answer together."""
    return Response(json.dumps(body), status, dict(headers or {}), content_type="application/json")


def did(author: str) -> str:
    """This will return the account id of a person, as the network forms them."""
    return "did:plc:" + base64.b32encode(
        hashlib.sha256(author.encode()).digest()[:15]
    ).decode().lower().rstrip("=")


def cid(content: str) -> str:
    """This will return the address of a content."""
    return "bafyrei" + base64.b32encode(hashlib.sha256(content.encode()).digest()).decode().lower().rstrip(
        "="
    )


def tid(value: int) -> str:
    """This will return a record key of 13 sortable characters."""
    return "".join(_SORTABLE[(value >> shift) & 31] for shift in range(60, -1, -5))


def moment(at: float) -> str:
    """This will write a time as the network does."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
