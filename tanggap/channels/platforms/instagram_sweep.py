"""Fetches from Instagram: own media with their comments, tags, conversations, older ones, mentions, and hashtags.

Sources, seen 2026-11-22: developers.facebook.com/documentation/instagram-platform/instagram-graph-api/reference:
ig-user/media, ig-media/comments (at most 50 a page, newest first, no filter by time), ig-comment/replies,
ig-user/tags, ig-user/mentioned_comment and mentioned_media (for one known id; neither can be listed),
ig-hashtag-search, ig-hashtag/recent-media (24 hours, never the author); …/instagram-platform/
instagram-api-with-instagram-login/conversations-api (20 newest messages of a conversation).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tanggap.channels.connector import Fetched
from tanggap.channels.errors import Gone
from tanggap.channels.platforms.meta_again import one_by_one
from tanggap.channels.platforms.meta_graph import Graph
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
from tanggap.channels.values import inside, members

_COMMENT = "id,text,timestamp,username,from,like_count,hidden,parent_id"
COMMENT_FIELDS = f"{_COMMENT},replies.limit(50){{{_COMMENT}}}"
MEDIA_FIELDS = (
    "id,caption,timestamp,permalink,username,media_type,media_url,like_count,comments_count,"
    "children{media_type,media_url}"
)
_FOUND_FIELDS = "id,caption,timestamp,permalink,media_type,media_url,like_count,comments_count"
_MESSAGE = "id,created_time,from,to,message,attachments"
_MESSAGES = f"messages.limit(20){{{_MESSAGE}}}"
_MEDIA_PAGE = 25
_ALWAYS = 5
"""The newest media are read again in every sweep, others when the number of their comments has changed."""


class Sweep(MetaSweep):
    """One account's fetching over an open line."""

    product = "instagram"

    # -- what is new -----------------------------------------------------------------------------------------
    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring what is new, edited or gone since the cursor; an empty one begins at now."""
        began = "since" not in cursor
        now = time.time()
        since = now - SLACK if began else float(cursor["since"])
        swept = float(cursor.get("swept") or now) - OVERLAP
        seen, counts = Seen(cursor.get("seen") or {}, since), dict(cursor.get("counts") or {})
        media = self._page(f"{self._me}/media", MEDIA_FIELDS, limit=_MEDIA_PAGE)["data"]
        bodies = self._changed(seen, "media", media, "media", "caption", down_to=whole_to(media, _MEDIA_PAGE))
        for place, one in enumerate(media):
            key, count = str(one["id"]), one.get("comments_count")
            if place < _ALWAYS or counts.get(key) != count:
                comments, down_to = self._below(key, swept)
                bodies += self._changed(seen, key, comments, "comment", "text", down_to=down_to)
        parts = Parts(cursor.get("refused") or ())
        bodies += parts.of("Foto yang menandai akun", [], lambda: self._tagged(seen))
        talked = float(cursor.get("talked") or since)
        none: tuple[list[bytes], float] = ([], talked)
        talks, newest = parts.of("Pesan", none, lambda: self._talks(seen, talked))
        kept = {
            "since": since, "swept": now, "seen": seen.keep(), "talked": newest, "refused": parts.refused,
            "counts": {str(one["id"]): one.get("comments_count") for one in media},
        }  # fmt: skip
        return Fetched([] if began else [*bodies, *talks], kept, missed=parts.missed)

    def _tagged(self, seen: Seen) -> list[bytes]:
        tagged = self._page(f"{self._me}/tags", MEDIA_FIELDS, limit=_MEDIA_PAGE)["data"]
        return self._changed(seen, "tags", tagged, "tag", "caption", down_to=float("inf"))

    def _below(self, media: str, swept: float) -> tuple[list[Json], float]:
        """All comments and replies of a media, newest first, and how far back they were seen whole."""
        found: list[Json] = []
        after = ""
        for number in range(1, DEPTH_MOST + 1):
            page = self._page(f"/{media}/comments", COMMENT_FIELDS, after=after)
            for one in page["data"]:
                found += [{**inner, "media": {"id": media}} for inner in self._with_replies(one)]
            after = page["after"]
            if not after:
                return found, 0.0
            if (
                number >= DEPTH
                and min((seconds_of(one["timestamp"]) for one in page["data"]), default=0.0) < swept
            ):
                break
        return found, whole_to([one for one in found if not one.get("parent_id")], 0)

    def _with_replies(self, comment: Json) -> Iterator[Json]:
        yield {key: one for key, one in comment.items() if key != "replies"}
        replies = list(members(comment, "replies", "data"))
        after = str(inside(comment, "replies", "paging", "cursors", "after") or "")
        for _ in range(DEPTH):
            if not inside(comment, "replies", "paging", "next") or not after:
                break
            page = self._page(f"/{comment['id']}/replies", _COMMENT, after=after)
            replies, after = [*replies, *page["data"]], page["after"]
        for one in replies:
            if one.get("id") and one.get("timestamp"):
                yield {"parent_id": comment["id"], **one}

    def _talks(self, seen: Seen, since: float) -> tuple[list[bytes], float]:
        """New messages of the conversations that were touched since, and when the last one was."""
        bodies: list[bytes] = []
        newest = since
        for talk in self._conversations():
            at = seconds_of(talk.get("updated_time"))
            if at < since - SLACK:
                break
            newest = max(newest, at)
            messages = list(self._messages(talk))
            bodies += self._changed(
                seen, "messages", messages, "message", "message", down_to=float("inf"), when="created_time"
            )
        return bodies, newest

    def _conversations(self) -> Iterator[Json]:
        after = ""
        for _ in range(DEPTH):
            page = self._line.read(
                "/me/conversations",
                {"platform": "instagram", "fields": f"id,updated_time,participants,{_MESSAGES}", "limit": 25,
                 "after": after or None},
            )  # fmt: skip
            yield from (dict(one) for one in members(page, "data"))
            after = str(inside(page, "paging", "cursors", "after") or "")
            if not after or not inside(page, "paging", "next"):
                return

    def talk_with(self, person: str) -> list[Json]:
        """This will return the newest messages of the conversation with a person, newest first."""
        page = self._line.read(
            "/me/conversations", {"platform": "instagram", "user_id": person, "fields": f"id,{_MESSAGES}"}
        )
        return [one for talk in members(page, "data") for one in self._messages(dict(talk), person)]

    def _messages(self, talk: Json, person: str = "") -> Iterator[Json]:
        mine = {self._account.external_id}
        people = [str(one.get("id")) for one in members(talk, "participants", "data")]
        partner = person or next((one for one in people if one not in mine), "")
        for one in members(talk, "messages", "data"):
            writer = str(inside(one, "from", "id") or "")
            others = [str(to.get("id")) for to in members(one, "to", "data")]
            whom = partner or (writer if writer not in mine else next(iter(others), ""))
            if one.get("id") and one.get("created_time") and writer and whom:
                yield {**one, "partner": whom}

    def again(self, keys: Sequence[str]) -> list[bytes]:
        """This will return how comments and messages stand now.

        That a message is not shown says nothing: beyond the 20 newest of a conversation Instagram calls every message
        deleted. Comments have numbers for ids, messages have not.
        """
        at = datetime.now(UTC).isoformat()
        comments = one_by_one(self._line, [key for key in keys if key.isdigit()], f"{_COMMENT},media{{id}}")
        bodies = [
            self.body("gone", {"id": key}, at) if one is None else self.body("comment", one)
            for key, one in comments.items()
        ]
        messages = one_by_one(self._line, [key for key in keys if not key.isdigit()], _MESSAGE)
        said = [dict(one) for one in messages.values() if one]
        return bodies + [
            self.body("message", one)
            for node in said
            for one in self._messages({"messages": {"data": [node]}})
        ]

    # -- what is older ---------------------------------------------------------------------------------------
    def backfill(self, cursor: Mapping[str, Any]) -> Fetched:
        """This will bring the next older page: own media each with its comments, then the conversations."""
        until = datetime.fromisoformat(str(cursor["until"])).timestamp()
        state: Json = {"until": cursor["until"], "after": str(cursor.get("after") or "")}
        state |= {"part": cursor.get("part", "media"), "below": list(cursor.get("below") or ())}
        if state["below"]:
            media, after = state["below"].pop(0)
            page = self._page(f"/{media}/comments", COMMENT_FIELDS, after=after)
            if page["after"]:
                state["below"].insert(0, [media, page["after"]])
            found = [inner for one in page["data"] for inner in self._with_replies(one)]
            bodies = [self.body("comment", {**one, "media": {"id": media}}) for one in found]
            return Fetched(bodies, state, more=True)
        if state["part"] == "media":
            page = self._page(f"{self._me}/media", MEDIA_FIELDS, limit=_MEDIA_PAGE, after=state["after"])
            fitting = [one for one in page["data"] if seconds_of(one["timestamp"]) >= until]
            state["below"] = [[str(one["id"]), ""] for one in fitting if one.get("comments_count") != 0]
            on = bool(page["after"]) and len(fitting) == len(page["data"])
            state |= {"after": page["after"] if on else "", "part": "media" if on else "messages"}
            return Fetched([self.body("media", one) for one in fitting], state, more=True)
        bodies = [
            self.body("message", one)
            for talk in self._conversations()
            for one in self._messages(talk)
            if seconds_of(one["created_time"]) >= until
        ]
        return Fetched(bodies, state, more=False)

    # -- mentions, and public talk ---------------------------------------------------------------------------
    def mention(self, media: str, comment: str) -> bytes:
        """This will fetch what a mention says that a hook only named; Gone where it can no longer be seen."""
        if comment:
            asked = f"mentioned_comment.comment_id({comment}){{id,text,timestamp,username,media}}"
            value = self._line.read(self._me, {"fields": asked}).get("mentioned_comment")
        else:
            asked = f"mentioned_media.media_id({media}){{id,caption,timestamp,username,media_type,media_url,permalink}}"
            value = self._line.read(self._me, {"fields": asked}).get("mentioned_media")
        if not isinstance(value, dict):
            raise Gone("Instagram: sebutan ini tidak dapat dilihat lagi.")
        known = {"id": comment or media, **value}
        return self.body(
            "mention", {"media": {"id": media}, **known} if comment else {"caption": "", **known}
        )

    def search(self, tag: str, cursor: Mapping[str, Any], line: Graph) -> Fetched:
        """This will bring public media with a hashtag, of the last 24 hours, over a line with Facebook's log-in."""
        began, hashtag = "since" not in cursor, str(cursor.get("hashtag") or "")
        whose = {"user_id": self._account.external_id}
        if not hashtag:
            found = line.read("/ig_hashtag_search", {**whose, "q": tag.lstrip("#")})
            hashtag = str(next(members(found, "data"))["id"])
        asked = {
            **whose,
            "fields": _FOUND_FIELDS,
            "limit": PAGE,
            "after": str(cursor.get("after") or "") or None,
        }
        page = line.read(f"/{hashtag}/recent_media", asked)
        pieces = [dict(one) for one in members(page, "data") if one.get("id") and one.get("timestamp")]
        since = float(cursor.get("since") or 0)
        newest = max(
            [float(cursor.get("newest") or since), *(seconds_of(one["timestamp"]) for one in pieces)]
        )
        if began:
            return Fetched([], {"hashtag": hashtag, "since": newest or time.time() - SLACK}, cost=1)
        # The order is not promised, so every page of the last 24 hours is looked at.
        bodies = [self.body("found", one) for one in pieces if seconds_of(one["timestamp"]) > since]
        after = str(inside(page, "paging", "cursors", "after") or "")
        if after and pieces:
            return Fetched(
                bodies, {**cursor, "hashtag": hashtag, "after": after, "newest": newest}, more=True
            )
        return Fetched(bodies, {"hashtag": hashtag, "since": newest})

    def own_media(self, since: float) -> list[Json]:
        """This will return own media published since a time."""
        page = self._page(f"{self._me}/media", MEDIA_FIELDS, limit=PAGE)
        return [one for one in page["data"] if seconds_of(one["timestamp"]) >= since]

    def replies_to(self, comment: str, edge: str = "replies") -> list[Json]:
        """This will return the answers below a top-level comment, or by `edge` "comments" those below a media."""
        found: list[Json] = []
        after = ""
        for _ in range(10):
            page = self._page(f"/{comment}/{edge}", _COMMENT, after=after)
            found, after = [*found, *page["data"]], page["after"]
            if not after:
                break
        return found
