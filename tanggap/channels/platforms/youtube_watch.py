"""Finds out what is new, edited or gone in a YouTube channel's comments, which YouTube tells only who asks.

Kept in the channel's cursor: the newest comments (id -> when published, its mark), the newest threads with
their counts of replies, and from which second on a comment that is not known is new (`floor`). Threads come newest
first and are read back to what is known; what is known but did not come along is asked for by its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from tanggap.channels.errors import Gone
from tanggap.channels.platforms.youtube_api import Api, Json, count_of, items, parts

Event = tuple[str, str, Any]
"""(event, video id, payload): "comment" and "edit" carry a comment, "delete" its id, "video" an item of the uploads."""

PAGE = 100
_PAGES_AT_ONCE = 3
_MOST_KNOWN = 200
_MOST_THREADS = 200
_MOST_VIDEOS = 50
_AT_ONCE = 50
_REPLY_PAGES = 5


class Watch:
    """What a channel's cursor remembers, and what asking again brings; `more` where not all could be asked yet."""

    def __init__(self, api: Api, channel: str, uploads: str, kept: Mapping[str, Any]) -> None:
        self._api, self._channel, self._uploads = api, channel, uploads
        self._floor = str(kept.get("floor", ""))
        self._known: dict[str, list[str]] = {
            str(key): list(one) for key, one in (kept.get("known") or {}).items()
        }
        self._threads: dict[str, int] = dict(kept.get("threads") or {})
        self._videos: list[str] = list(kept.get("videos") or ())
        self._page, self._over = str(kept.get("page", "")), bool(kept.get("over"))
        self._since: set[str] = set(kept.get("since") or ())  # seen since this way back began
        self._turn = int(kept.get("turn", 0))
        self._visited: set[str] = set()
        self._events: list[Event] = []

    @property
    def more(self) -> bool:
        return bool(self._page)

    def begin(self) -> None:
        """This will take what stands there now as known; everything later is new."""
        for thread in items(self._threads_page("")):
            top, _, replies = parts(thread)
            self._threads[str(thread.get("id", ""))] = count_of(thread)
            for one in [top, *replies]:
                self._remember(one)
        self._floor = max((one[0] for one in self._known.values()), default="")
        self._videos = [_video_of(one) for one in self._uploaded()]
        self._trim()

    def news(self) -> list[Event]:
        """This will return what happened since, oldest first; a long absence takes several calls (`more`)."""
        self._read_back()
        if not self._page:
            for thread in items(self._threads_page("", moderationStatus="heldForReview")):
                self._take(thread)
            self._look_at_uploads()
            self._look_at_old_threads()
            self._look_at_the_rest()
            self._trim()
            self._turn += 1
        return sorted(self._events, key=lambda event: _second(event[2]) if event[0] == "comment" else "~")

    def kept(self) -> Json:
        """This will return what belongs into the cursor."""
        kept: Json = {
            "floor": self._floor, "known": self._known, "threads": self._threads, "videos": self._videos,
            "turn": self._turn,
        }  # fmt: skip
        if not self._page:
            return kept
        return {**kept, "page": self._page, "over": self._over, "since": sorted(self._since)}

    def _read_back(self) -> None:
        for _ in range(_PAGES_AT_ONCE):
            page = self._threads_page(self._page)
            threads = items(page)
            # Only the page's end tells: while new ones come in, a page begins with what the one before showed.
            reached = not threads or self._is_known(parts(threads[-1])[0])
            for thread in threads:
                self._take(thread)
            self._page = "" if reached else str(page.get("nextPageToken") or "")
            if not self._page:
                self._since = set()
                return

    def _take(self, thread: Json) -> None:
        key, total = str(thread.get("id", "")), count_of(thread)
        top, video, replies = parts(thread)
        self._see(top, video)
        if total > len(replies) and total != self._threads.get(key):
            replies = list(self._api.replies(key, _REPLY_PAGES))
        for reply in replies:
            self._see(reply, video)
        self._threads.pop(key, None)
        self._threads[key] = total

    def _see(self, comment: Json, video: str) -> None:
        key = str(comment.get("id", ""))
        self._visited.add(key)
        known = self._known.get(key)
        if known is None and _second(comment) >= self._floor:
            self._events.append(("comment", video, comment))
            self._remember(comment)
        elif known is not None and known[1] != _mark(comment):
            self._events.append(("edit", video, comment))
            self._remember(comment)

    def _look_at_uploads(self) -> None:
        for one in reversed(self._uploaded()):
            if (key := _video_of(one)) not in self._videos:
                self._events.append(("video", key, one))
                self._videos = [key, *self._videos][:_MOST_VIDEOS]

    def _look_at_old_threads(self) -> None:
        """A new answer in an old thread does not bring the thread back to the first page."""
        ids = self._in_turn([key for key in self._threads if key not in self._visited])
        if not ids:
            return
        page = self._api.read(
            "commentThreads", part="snippet,replies", id=",".join(ids), textFormat="plainText"
        )
        for thread in items(page):
            self._take(thread)
        for key in set(ids) - {str(one.get("id")) for one in items(page)}:
            del self._threads[key]

    def _look_at_the_rest(self) -> None:
        ids = self._in_turn([key for key in self._known if key not in self._visited])
        if not ids:
            return
        found = self._api.comments(ids)
        for key in ids:
            if key in found:
                self._see(found[key], "")
            else:
                del self._known[key]
                self._events.append(("delete", "", key))

    def _in_turn(self, ids: list[str]) -> list[str]:
        start = self._turn * _AT_ONCE % max(len(ids), 1)
        return [*ids[start:], *ids[:start]][:_AT_ONCE]

    def _threads_page(self, token: str, **more: Any) -> Json:
        return self._api.read(
            "commentThreads", part="snippet,replies", allThreadsRelatedToChannelId=self._channel, order="time",
            maxResults=PAGE, textFormat="plainText", pageToken=token or None, **more,
        )  # fmt: skip

    def _uploaded(self) -> list[Json]:
        try:
            page = self._api.read(
                "playlistItems", part="snippet,contentDetails", playlistId=self._uploads, maxResults=20
            )
        except Gone:  # a channel without a video has no such list
            return []
        return items(page)

    def _is_known(self, comment: Json) -> bool:
        """Whether it was known before this way back began: what came in meanwhile moves pages on, so that one may end
        with what an earlier page showed."""
        key = str(comment.get("id", ""))
        return (key in self._known and key not in self._since) or _second(comment) < self._floor

    def _remember(self, comment: Json) -> None:
        if self._page and len(self._known) > 3 * _MOST_KNOWN:
            self._over = True  # a long way back: the newest suffice to know where it began
            return
        key = str(comment.get("id", ""))
        if key not in self._known:
            self._since.add(key)
        self._known[key] = [_second(comment), _mark(comment)]

    def _trim(self) -> None:
        """Keeps the newest; what is older than they was read, so the floor rises to them."""
        newest = sorted(self._known.items(), key=lambda one: one[1][0])
        if self._over or len(newest) > _MOST_KNOWN:
            newest = newest[-_MOST_KNOWN:]
            self._floor, self._over = max(self._floor, newest[0][1][0]), False
        self._known = dict(newest)
        self._threads = dict(list(self._threads.items())[-_MOST_THREADS:])


def _second(comment: Json) -> str:
    """When it was published, to the second, as text that sorts by time: all of YouTube's times are in UTC."""
    return str((comment.get("snippet") or {}).get("publishedAt") or "")[:19]


def _mark(comment: Json) -> str:
    """What changes with an edit: the time alone does not where it comes within the same second."""
    about = comment.get("snippet") or {}
    words = str(about.get("textOriginal") or about.get("textDisplay") or "")
    return f"{str(about.get('updatedAt') or '')[:19]}/{crc32(words.encode('utf-8', 'surrogatepass')):08x}"


def _video_of(item: Json) -> str:
    return str(((item.get("snippet") or {}).get("resourceId") or {}).get("videoId") or "")
