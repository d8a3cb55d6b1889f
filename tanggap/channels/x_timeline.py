"""Walks X's timelines from the newest back to what was seen, over as many pages as there are, across fetches.

A timeline answers newest first and pages backwards; what is newest is only kept once the walk has reached what was
known, so that a walk cut short begins again and loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tanggap.channels.x_api import TWEET, Api, Json
from tanggap.channels.x_items import first_id

_MOST_WATCHED = 100  # GET /2/tweets takes no more ids at once


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


class Watch:
    """Posts seen lately, by their first id, with the number of their versions: X tells nobody of others' deletions."""

    def __init__(self, kept: Mapping[str, Any]) -> None:
        self._seen: dict[str, int] = {str(key): int(value) for key, value in kept.items()}

    def add(self, posts: Iterable[Json]) -> None:
        """This will put posts under watch."""
        for one in posts:
            self._seen[first_id(one)] = len(one.get("edit_history_tweet_ids") or [0])

    def kept(self) -> dict[str, int]:
        """This will return what belongs into the cursor: the newest."""
        return dict(sorted(self._seen.items(), key=lambda one: int(one[0]))[-_MOST_WATCHED:])

    def changes(self, api: Api) -> tuple[list[str], list[Json], Json]:
        """This will return the ids of posts that are gone, and the newest versions of edited ones with what stands
        beside them.

        Gone is what X calls not found; what it does not show us (a protected account) may stand.
        """
        asked = list(self.kept())
        if not asked:
            return [], [], {}
        found = api.read("/2/tweets", {"ids": ",".join(asked), "tweet.fields": "edit_history_tweet_ids"})
        lost = [
            str(one.get("resource_id"))
            for one in found.get("errors") or []
            if str(one.get("type") or "").endswith("/resource-not-found")
        ]
        lost = [key for key in lost if self._seen.pop(key, None) is not None]
        latest = [
            str(one["edit_history_tweet_ids"][-1])
            for one in found.get("data") or []
            if len(one.get("edit_history_tweet_ids") or [0]) > self._seen.get(first_id(one), 99)
        ]
        if not latest:
            return lost, [], {}
        edited = api.read("/2/tweets", {**TWEET, "ids": ",".join(latest)})
        self.add(edited.get("data") or [])
        return lost, list(edited.get("data") or []), dict(edited.get("includes") or {})
