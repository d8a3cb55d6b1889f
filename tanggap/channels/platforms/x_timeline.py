"""Walks X's timelines from the newest back to what was seen, over as many pages as there are, across fetches.

A timeline answers newest first and pages backwards; what is newest is only kept once the walk has reached what was
known, so that a walk cut short begins again and loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tanggap.channels.platforms.x_api import TWEET, Api, Json


class Walk:
    """Where a walk stands: `since` is the newest that is known, `newest` what it will be once the walk is done."""

    def __init__(self, kept: Mapping[str, Any]) -> None:
        self.since = str(kept.get("since") or "0")
        self._next, self._newest = str(kept.get("next") or ""), str(kept.get("newest") or "0")

    @classmethod
    def begun(cls, rows: Iterable[Json]) -> Json:
        """This will begin at the newest of a first page."""
        return {"since": str(max((int(one["id"]) for one in rows), default=0))}

    def page(self, ask: Callable[[str], Json]) -> tuple[list[Json], Json, bool]:
        """This will take the next page: its new rows, oldest first, what stands beside them, whether more follow."""
        found = ask(self._next)
        rows = [one for one in found.get("data") or [] if int(one["id"]) > int(self.since)]
        self._newest = str(max([int(self._newest), *(int(one["id"]) for one in rows)]))
        before, reached = self._next, len(rows) < len(found.get("data") or [])
        after = str((found.get("meta") or {}).get("next_token") or "")
        # A page may be empty and yet have a next one; one that names itself as the next is the last.
        self._next = "" if reached or after == before else after
        if not self._next:
            self.since, self._newest = str(max(int(self.since), int(self._newest))), "0"
        return rows[::-1], dict(found.get("includes") or {}), bool(self._next)

    def kept(self) -> Json:
        """This will return what belongs into the cursor."""
        return {"since": self.since} | ({"next": self._next, "newest": self._newest} if self._next else {})


def standing(api: Api, ids: Sequence[str]) -> tuple[list[str], list[Json], Json]:
    """This will ask for posts by their first ids, at most 100: the ids of those that are gone, the newest versions of
    the others, and what stands beside them.

    Gone is what X calls not found; what it does not show us (a protected account) may stand.
    """
    if not ids:
        return [], [], {}
    found = api.read("/2/tweets", {**TWEET, "ids": ",".join(ids)})
    asked = set(ids)
    lost = [
        str(one.get("resource_id"))
        for one in found.get("errors") or []
        if str(one.get("type") or "").endswith("/resource-not-found") and str(one.get("resource_id")) in asked
    ]
    posts = list(found.get("data") or [])
    latest = {str(one["id"]): str((one.get("edit_history_tweet_ids") or [one["id"]])[-1]) for one in posts}
    edited = [newest for key, newest in latest.items() if newest != key]
    shown = [one for one in posts if latest[str(one["id"])] == str(one["id"])]
    beside = dict(found.get("includes") or {})
    if not edited:
        return lost, shown, beside
    again = api.read("/2/tweets", {**TWEET, "ids": ",".join(edited)})
    for name, rows in (again.get("includes") or {}).items():
        beside[name] = [*(beside.get(name) or []), *rows]
    return lost, [*shown, *(again.get("data") or [])], beside
