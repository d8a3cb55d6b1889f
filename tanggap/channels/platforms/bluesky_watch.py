"""What of Bluesky was seen already, which lives in the channel's cursor, and which of known posts are gone.

Notifications are ordered by the time that their writer's device claims (app.bsky.notification.listNotifications, tried
against the network 2026-11-22): one whose clock is slow appears among older ones. The newest page is therefore read
whole each time, and what is new in it is what was not seen before.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from tanggap.channels.errors import Gone, Permanent
from tanggap.channels.platforms.bluesky_api import Api, Json

_KEPT = 150
_AT_ONCE = 25  # app.bsky.feed.getPosts takes no more


class Seen:
    """Short marks of what was seen, with their places in the order; `next` is where a long walk goes on."""

    def __init__(self, kept: Mapping[str, Any]) -> None:
        self._marks: dict[str, str] = dict(kept.get("marks") or {})
        self._floor = str(kept.get("floor") or "")
        self.next = str(kept.get("next") or "")

    @classmethod
    def begun(cls, page: Sequence[tuple[str, str]], full: bool) -> Seen:
        """This will begin at a first page of (id, place), newest first: it and all before it is old."""
        floor = min((place for _, place in page), default="") if full else ""
        return cls({"marks": {_mark(key): place for key, place in page}, "floor": floor})

    def new(self, page: Sequence[tuple[str, str]], after: str) -> set[str]:
        """This will return the ids of a page that were not seen; while all of it is new the walk goes on `after` it."""
        fresh = [
            (key, place) for key, place in page if place >= self._floor and _mark(key) not in self._marks
        ]
        self._marks |= {_mark(key): place for key, place in fresh}
        self.next = after if page and len(fresh) == len(page) else ""
        return {key for key, _ in fresh}

    def kept(self) -> Json:
        """This will return what belongs into the cursor: all marks during a walk, else the newest."""
        marks = self._marks
        if not self.next:
            marks = dict(sorted(marks.items(), key=lambda one: one[1])[-_KEPT:])
        return {"marks": marks, "floor": self._floor, "next": self.next}


def gone(api: Api, uris: Sequence[str]) -> list[str]:
    """This will return which of these posts their writers took away.

    A post that is not shown to us (its writer blocks us) is not gone: its record is asked for.
    """
    missing: list[str] = []
    for start in range(0, len(uris), _AT_ONCE):
        asked = list(uris[start : start + _AT_ONCE])
        found = {one["uri"] for one in api.read("app.bsky.feed.getPosts", uris=asked)["posts"]}
        missing += [uri for uri in asked if uri not in found]
    return [uri for uri in missing if not _stands(api, uri)]


def _stands(api: Api, uri: str) -> bool:
    repo, collection, key = uri.removeprefix("at://").split("/")
    try:
        api.record(repo, collection, key)
    except Gone:
        return False
    except Permanent:  # the account rests or is closed by its server: that may end again
        return True
    return True


def _mark(key: str) -> str:
    return base64.b64encode(hashlib.blake2b(key.encode(), digest_size=6).digest()).decode()
