"""Fetches from Threads: own posts with what is said below them, mentions, older ones, and what a search finds.

Sources, seen 2026-11-22: developers.facebook.com/documentation/threads/reference/user (threads, replies),
…/reference/reply-management (conversation), …/docs/threads/threads-mentions, …/documentation/threads/keyword-search.
Pages have cursors and no `next` address (…/docs/threads/retrieve-and-discover-posts).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tanggap.channels.connector import Fetched
from tanggap.channels.platforms.meta_again import one_by_one
from tanggap.channels.platforms.meta_seen import Parts, Seen
from tanggap.channels.platforms.meta_sweep import (
    DEPTH,
    DEPTH_MOST,
    OVERLAP,
    PAGE,
    SLACK,
    Json,
    MetaSweep,
    seconds_of,
    whole_to,
)

FIELDS = (
    "id,media_type,media_url,permalink,username,text,timestamp,alt_text,gif_url,"
    "children{media_type,media_url,alt_text}"
)
REPLY_FIELDS = f"{FIELDS},replied_to,root_post,is_reply,hide_status"
POST_FIELDS = f"{FIELDS},has_replies"
_WATCHED_POSTS = 15
_WATCHED_DAYS = 30
_EARLIEST = 1688540400
"""What `since` may be at least (…/docs/threads/threads-mentions)."""


class Sweep(MetaSweep):
    """One account's fetching over an open line."""

    product = "threads"

    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring what is new, edited or gone since the cursor; an empty one begins at now."""
        now = time.time()
        began = "since" not in cursor
        seen = Seen(cursor.get("seen") or {}, now - SLACK if began else float(cursor["since"]))
        swept = float(cursor.get("swept") or now) - OVERLAP
        posts = self._page(f"{self._me}/threads", POST_FIELDS, limit=25)["data"]
        bodies = self._changed(seen, "posts", posts, "post", down_to=whole_to(posts, 25))
        for post in posts[:_WATCHED_POSTS]:
            answered = post.get("has_replies") is not False or seen.holds(str(post["id"]))
            if answered and seconds_of(post["timestamp"]) >= now - _WATCHED_DAYS * 86400:
                replies, down_to = self._below(str(post["id"]), swept)
                bodies += self._changed(seen, str(post["id"]), replies, "reply", down_to=down_to)
        parts = Parts(cursor.get("refused") or ())
        bodies += parts.of("Sebutan", [], lambda: self._mentions(seen))
        kept = {"since": seen.since, "swept": now, "seen": seen.keep(), "refused": parts.refused}
        return Fetched([] if began else bodies, kept, missed=parts.missed)

    def _mentions(self, seen: Seen) -> list[bytes]:
        mentions = self._page(f"{self._me}/mentions", REPLY_FIELDS)["data"]
        return self._changed(seen, "mentions", mentions, "mention", down_to=whole_to(mentions, PAGE))

    def backfill(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring the next older page: own posts each with what stands below it, then mentions."""
        until = datetime.fromisoformat(str(cursor["until"])).timestamp()
        state = {
            "until": cursor["until"], "part": cursor.get("part", "posts"), "after": cursor.get("after", ""),
            "below": list(cursor.get("below") or ()),
        }  # fmt: skip
        if state["below"]:
            root, after = state["below"].pop(0)
            page = self._page(f"/{root}/conversation", REPLY_FIELDS, after=after)
            if page["after"]:
                state["below"].insert(0, [root, page["after"]])
            return Fetched([self.body("reply", one) for one in page["data"]], state, more=True)
        whole_since = max(int(until), _EARLIEST)
        if state["part"] == "posts":
            page = self._page(f"{self._me}/threads", POST_FIELDS, after=state["after"], since=whole_since)
            state["below"] = [
                [str(one["id"]), ""] for one in page["data"] if one.get("has_replies") is not False
            ]
            state |= {"after": page["after"], "part": "posts" if page["after"] else "mentions"}
            return Fetched([self.body("post", one) for one in page["data"]], state, more=True)
        page = self._page(f"{self._me}/mentions", REPLY_FIELDS, after=state["after"], since=whole_since)
        state["after"] = page["after"]
        return Fetched([self.body("mention", one) for one in page["data"]], state, more=bool(page["after"]))

    def search(self, query: str, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring public posts with the words, newest first; a query that begins with # asks for a topic."""
        topic = query.startswith("#")
        began = "since" not in cursor
        asked = {
            "q": query.lstrip("#") if topic else query, "search_type": "RECENT",
            "search_mode": "TAG" if topic else "KEYWORD", "since": None if began else int(float(cursor["since"])),
        }  # fmt: skip
        page = self._page(
            "/keyword_search", REPLY_FIELDS, limit=100, after=str(cursor.get("after", "")), **asked
        )
        newest = max(
            [float(cursor.get("newest", 0)), *(seconds_of(one["timestamp"]) for one in page["data"])]
        )
        if began:
            return Fetched([], {"since": newest or time.time() - SLACK}, cost=1)
        bodies = [self.body("found", one) for one in page["data"]]
        if page["after"] and page["data"]:
            return Fetched(bodies, {**cursor, "after": page["after"], "newest": newest}, more=True, cost=1)
        return Fetched(bodies, {"since": max(newest, float(cursor["since"]))}, cost=1)

    def own(self, edge: str, since: float) -> Sequence[Json]:
        """This will return own posts ("threads") or replies ("replies") made since a time, newest first."""
        found: list[Json] = []
        after = ""
        for _ in range(10):
            page = self._page(f"{self._me}/{edge}", REPLY_FIELDS, after=after)
            found += [one for one in page["data"] if seconds_of(one["timestamp"]) >= since]
            after = page["after"]
            if not after or (page["data"] and seconds_of(page["data"][-1]["timestamp"]) < since):
                break
        return found

    def _below(self, root: str, swept: float) -> tuple[list[Json], float]:
        """What stands below a post, newest first, and how far back it was seen whole (0 for all of it)."""
        found: list[Json] = []
        after = ""
        for number in range(1, DEPTH_MOST + 1):
            page = self._page(f"/{root}/conversation", REPLY_FIELDS, after=after, reverse="true")
            found += page["data"]
            after = page["after"]
            if not after:
                return found, 0.0
            if (
                number >= DEPTH
                and min((seconds_of(one["timestamp"]) for one in page["data"]), default=0.0) < swept
            ):
                break
        return found, whole_to(found, 0)

    def again(self, keys: Sequence[str]) -> list[bytes]:
        """This will return how replies stand now."""
        at = datetime.now(UTC).isoformat()
        return [
            self.body("gone", {"id": key}, at) if one is None else self.body("reply", dict(one))
            for key, one in one_by_one(self._line, keys, REPLY_FIELDS).items()
        ]
