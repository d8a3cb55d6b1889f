"""What the sweeps of Instagram and Threads share: pages, comparing with what was seen, bodies to store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import orjson

from tanggap.channels.connector import Account
from tanggap.channels.errors import Gone
from tanggap.channels.platforms.meta_graph import Graph
from tanggap.channels.platforms.meta_seen import Look, Seen
from tanggap.channels.values import inside, members, time_of

Json = dict[str, Any]
PAGE = 50
DEPTH, DEPTH_MOST = 4, 100
"""Pages read below one post in a sweep: the newest 200 answers, and what came since the last sweep up to 5,000."""
OVERLAP = 120.0
SLACK = 5.0
"""Both platforms tell times in whole seconds."""
_ASKED = 20
"""How many that are no longer shown are asked for, one by one, in a sweep."""


class MetaSweep:
    """One account's fetching over an open line; `product` names its bodies."""

    product: ClassVar[str]

    def __init__(self, line: Graph, account: Account) -> None:
        self._line, self._account = line, account
        self._me = f"/{account.external_id or 'me'}"

    def body(self, event: str, value: Mapping[str, Any], at: str = "") -> bytes:
        """This will put what was fetched into a body to store."""
        account = {"id": self._account.external_id, "username": self._account.handle.lstrip("@")}
        return orjson.dumps(
            {self.product: event, "account": account, "value": value, **({"at": at} if at else {})}
        )

    def _page(self, path: str, fields: str, *, limit: int = PAGE, after: str = "", **query: Any) -> Json:
        told = self._line.read(path, {"fields": fields, "limit": limit, "after": after or None, **query})
        pieces = [dict(one) for one in members(told, "data") if one.get("id") and one.get("timestamp")]
        return {
            "data": pieces,
            "after": str(inside(told, "paging", "cursors", "after") or "") if pieces else "",
        }

    def _changed(
        self, seen: Seen, root: str, pieces: Sequence[Json], event: str, text: str = "text", *, down_to: float,
        when: str = "timestamp",
    ) -> list[bytes]:  # fmt: skip
        there = {str(one["id"]): one for one in pieces}
        looks = [Look(key, seconds_of(one.get(when)), str(one.get(text) or "")) for key, one in there.items()]
        changes = seen.compare(root, looks, down_to=down_to)
        at = datetime.now(UTC).isoformat()
        # Newest first is how they come; the oldest is told first, so that a question stands before its answer.
        new = list(reversed(changes.new))
        new.sort(key=lambda key: seconds_of(there[key].get(when)))
        bodies = [self.body(event, there[key]) for key in new]
        bodies += [self.body(event, there[key], at) for key in changes.edited]
        for key in changes.missing[:_ASKED]:
            if self._is_gone(key):
                seen.forget(root, key)
                bodies.append(self.body("gone", {"id": key}, at))
        return bodies

    def _is_gone(self, key: str) -> bool:
        try:
            self._line.read(f"/{key}", {"fields": "id"})
        except Gone:
            return True
        return False


def seconds_of(value: Any) -> float:
    """This will read a time as Unix seconds; 0 where it is none."""
    try:
        return time_of(value).timestamp()
    except (ValueError, TypeError):
        return 0.0


def whole_to(pieces: Sequence[Mapping[str, Any]], page: int) -> float:
    """This will say how far back a list was seen whole: to its oldest piece, or all of it where it filled no page."""
    if len(pieces) < page:
        return 0.0
    return min((seconds_of(one["timestamp"]) for one in pieces), default=float("inf"))
