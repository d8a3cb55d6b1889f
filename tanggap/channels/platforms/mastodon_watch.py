"""Finds out what changed in statuses seen lately: Mastodon tells of edits and deletions only while one listens.

Kept in the channel's cursor: for each of the newest statuses its edit time and, for our own, its count of replies
(a reply that drops our name gives no notification).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tanggap.channels.errors import Gone
from tanggap.channels.platforms.mastodon_api import Api, Json

_MOST = 40
_AT_ONCE = 20  # app/controllers/api/v1/statuses_controller.rb refuses more ids in one request
_MOST_CONTEXTS = 5
_ONE_BY_ONE = 5


class Watch:
    """The statuses under watch, oldest first: local id -> {"e": edited_at, "r": replies (own statuses only)}."""

    def __init__(self, api: Api, kept: Mapping[str, Any]) -> None:
        self._api = api
        self._seen: dict[str, Json] = {str(key): dict(value) for key, value in kept.items()}

    def add(self, statuses: Iterable[Json], mine: str) -> None:
        """This will put statuses under watch; the oldest fall out."""
        for one in statuses:
            own = str(one["account"].get("id")) == mine
            self._seen[str(one["id"])] = {"e": one.get("edited_at")} | (
                {"r": one.get("replies_count")} if own else {}
            )

    def kept(self) -> dict[str, Json]:
        """This will return what belongs into the cursor."""
        return dict(list(self._seen.items())[-_MOST:])

    def changes(self, mine: str) -> Iterator[tuple[str, Any]]:
        """This will yield ("status.update", status), ("delete", id) and ("update", reply) found by asking again."""
        contexts: dict[str, Any] = {}
        for key, status in self.ask(list(self._seen)):
            known = self._seen[key]
            if status is None:
                del self._seen[key]
                yield "delete", key
                continue
            if status.get("edited_at") != known["e"]:
                known["e"] = status.get("edited_at")
                yield "status.update", status
            if "r" in known and (status.get("replies_count") or 0) > (known["r"] or 0):
                contexts[key] = status.get("replies_count")
        for key, replies in list(contexts.items())[:_MOST_CONTEXTS]:
            self._seen[key]["r"] = replies
            yield from (("update", reply) for reply in self._replies(key, mine))

    def ask(self, ids: Sequence[str]) -> Iterator[tuple[str, Json | None]]:
        """This will yield statuses as they stand, None for one that is gone; what a joint answer leaves out is asked
        for by itself."""
        for start in range(0, len(ids), _AT_ONCE):
            yield from self._ask(ids[start : start + _AT_ONCE])

    def _ask(self, ids: Sequence[str]) -> Iterator[tuple[str, Json | None]]:
        try:
            found = {str(one["id"]): one for one in self._api.read("/api/v1/statuses", **{"id[]": list(ids)})}
        except Gone:
            # Servers before 4.3 take one id at a time: the newest few, to spare their limit of 300 in 5 minutes.
            found, ids = {}, ids[-_ONE_BY_ONE:]
        for key in ids:
            yield key, found.get(key) or self._one(key)

    def _one(self, key: str) -> Json | None:
        try:
            return dict(self._api.read(f"/api/v1/statuses/{key}"))
        except Gone:
            return None

    def _replies(self, key: str, mine: str) -> list[Json]:
        try:
            below = self._api.read(f"/api/v1/statuses/{key}/context").get("descendants", [])
        except Gone:
            return []
        new = [
            one for one in below if str(one["id"]) not in self._seen and str(one["account"].get("id")) != mine
        ]
        self.add(new, mine)
        return new
