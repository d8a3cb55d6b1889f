"""Goes round an account's videos for new comments: TikTok's delivery names neither who wrote nor whether it was we.

A round looks at the newest videos and, in turn, at some older ones; each call of `look` visits a few, within the limit
of 40 calls a minute for an account and address (business-api.tiktok.com/portal/docs?id=1740029171730433, 2026-11-22).
Kept in the channel's cursor: the videos, what of each is known, what is left of the round, and which lists are gone
through whole: TikTok sorts only the newest 500 comments, so where more came than that, all of them are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from tanggap.channels.platforms.tiktok_api import Api, Json, at, rows

Event = tuple[str, Json]
"""("video", a post), ("comment", a comment or reply with its `video_id`) or ("gone", ids of one that is gone)."""

_NEWEST = 5
_IN_TURN = 5
_AT_ONCE = 3
_MOST_VIDEOS = 100
_CALLS_A_MINUTE = 30
_STALE_PAGES = 3
_PAGES = 17  # beyond 500 comments TikTok no longer sorts by time
_LATE = 600
_REPLY_PAGES = 10
_MOST_IDS = 600
_MOST_THREADS = 40
_SKEW = 300
_AT_A_CALL, _MOST_CALLS = 30, 10
_OLD_VIDEOS = 90 * 24 * 3600


class Watch:
    """What an account's cursor remembers, and what going on with the round brings."""

    def __init__(self, api: Api, kept: Mapping[str, Any]) -> None:
        self._api = api
        self._floor = int(kept.get("floor", 0))
        self._videos: list[str] = list(kept.get("videos") or ())
        self._known: dict[str, Json] = {key: dict(one) for key, one in (kept.get("known") or {}).items()}
        self._queue: list[str] = list(kept.get("queue") or ())
        self._turn = int(kept.get("turn", 0))
        self._spent: list[int] = list(kept.get("spent") or (0, 0))
        self._walks: list[Json] = [dict(one) for one in kept.get("walks") or ()]
        self._events: list[Event] = []
        self.more = False

    def begin(self, now: int) -> None:
        """This will note which videos there are; comments from now on are new."""
        self._floor, cursor = now - _SKEW, None
        for _ in range(_MOST_VIDEOS // 20):
            listed = self._api.videos(cursor)
            self._videos += [one for one in map(_key, rows(listed, "videos")) if one not in self._videos]
            cursor = listed.get("cursor")
            if not listed.get("has_more"):
                return

    def look(self, now: int) -> list[Event]:
        """This will visit the next videos of the round; `more` where it goes on at once."""
        if not self._queue:
            self._begin_round()
        for video in self._queue[:_AT_ONCE]:
            if not self._affordable(now):
                break
            self._visit(video)
            self._queue.remove(video)
        for walk in list(self._walks):
            self._walk(walk, now)
        self.more = bool(self._queue or self._walks) and self._affordable(now)
        return sorted(self._events, key=lambda event: at(event[1]))

    def pause(self, now: int) -> float | None:
        """This will return the seconds until TikTok's share of calls lets a whole list go on; None where none waits."""
        return 60.0 - now % 60 if self._walks and not self.more else None

    def kept(self) -> Json:
        """This will return what belongs into the cursor."""
        return {
            "floor": self._floor, "videos": self._videos, "queue": self._queue, "turn": self._turn,
            "spent": self._spent, "walks": self._walks,
            "known": {key: one for key, one in self._known.items() if key in self._videos},
        }  # fmt: skip

    def _begin_round(self) -> None:
        for one in reversed(rows(self._api.videos(None), "videos")):
            if (key := _key(one)) not in self._videos:
                self._events.append(("video", one))
                self._videos = [key, *self._videos][:_MOST_VIDEOS]
        older = self._videos[_NEWEST:]
        start = self._turn * _IN_TURN % max(len(older), 1)
        self._queue = [*self._videos[:_NEWEST], *[*older[start:], *older[:start]][:_IN_TURN]]
        self._turn += 1

    def _affordable(self, now: int) -> bool:
        if self._spent[0] != now // 60:
            self._spent = [now // 60, 0]
        return self._spent[1] < _CALLS_A_MINUTE

    def _visit(self, video: str) -> None:
        known = self._known.setdefault(video, {"since": self._floor, "ids": {}, "threads": {}})
        since = known["since"]
        for comment in self._comments(video, since - _LATE):
            self._see(known, comment, since - _LATE)
            count, before = int(comment.get("replies") or 0), known["threads"].get(_id(comment))
            if count and (before is None or count != before[0]):
                self._look_into(known, video, comment, before)
        recent = {key: when for key, when in known["ids"].items() if when >= known["since"] - _LATE}
        known["ids"] = dict(list(recent.items())[-_MOST_IDS:])
        known["threads"] = dict(sorted(known["threads"].items(), key=lambda one: one[1][1])[-_MOST_THREADS:])

    def _look_into(self, known: Json, video: str, comment: Json, before: list[int] | None) -> None:
        """Reads a thread's new replies: its count changed, or the thread was not seen before."""
        since = before[1] if before else self._floor
        newest = since
        for reply in self._comments(video, since - _LATE, _id(comment)):
            self._see(known, reply, since - _LATE)
            newest = max(newest, at(reply))
        known["threads"][_id(comment)] = [int(comment.get("replies") or 0), newest]

    def _see(self, known: Json, comment: Json, since: int) -> None:
        when, key = at(comment), _id(comment)
        if when >= max(since, self._floor) and key not in known["ids"]:
            known["ids"][key] = when
            known["since"] = max(known["since"], when)
            self._events.append(("comment", comment))

    def _walk(self, walk: Json, now: int) -> None:
        """Goes on through a whole list. Twice: a comment that is deleted meanwhile moves the others on by one, past
        the end of the page before."""
        known = self._known.setdefault(walk["video"], {"since": self._floor, "ids": {}, "threads": {}})
        while self._affordable(now):
            self._spent[1] += 1
            page = self._api.comments(walk["video"], walk["at"], walk["thread"])
            for comment in rows(page, "comments"):
                self._see(known, comment, walk["since"])
            walk["at"] = page.get("cursor") if page.get("has_more") else None
            if walk["at"] is None:
                walk["rounds"] -= 1
                if not walk["rounds"]:
                    self._walks.remove(walk)
                    return

    def _begin_walk(self, video: str, since: int, thread: str) -> None:
        """From the beginning, also where one is under way: what came since may stand anywhere."""
        mine = [one for one in self._walks if (one["video"], one["thread"]) == (video, thread)]
        since = min([since, *(one["since"] for one in mine)])
        others = [one for one in self._walks if one not in mine]
        self._walks = [*others, {"video": video, "thread": thread, "since": since, "at": None, "rounds": 2}]

    def _comments(self, video: str, since: int, thread: str = "") -> Iterator[Json]:
        """Newest first, until a page ends with one older than `since` or several brought nothing new; a list that is
        too long for that is walked through."""
        cursor: Any = None
        known, stale = self._known[video]["ids"], 0
        for _ in range(_PAGES):
            self._spent[1] += 1
            page = self._api.comments(video, cursor, thread)
            found = rows(page, "comments")
            stale = stale + 1 if all(_id(one) in known for one in found) else 0
            yield from found
            cursor = page.get("cursor")
            if not page.get("has_more") or stale == _STALE_PAGES or (found and at(found[-1]) < since):
                return
        self._begin_walk(video, since, thread)


def again(api: Api, ids: Sequence[str], now: int) -> list[Event]:
    """This will look again at top-level comments ("<video>/<comment>"): how they stand, and ("gone", ids and time)."""
    by_video: dict[str, list[str]] = defaultdict(list)
    for one in ids:
        video, _, comment = one.partition("/")
        by_video[video].append(comment)
    calls = [
        (video, comments[start : start + _AT_A_CALL])
        for video, comments in by_video.items()
        for start in range(0, len(comments), _AT_A_CALL)
    ]
    events: list[Event] = []
    for video, asked in calls[:_MOST_CALLS]:
        found = {_id(one): one for one in rows(api.comments(video, None, comment_ids=asked), "comments")}
        events += [("comment", found[key]) for key in asked if key in found]
        events += [
            ("gone", {"video_id": video, "comment_id": key, "timestamp": now})
            for key in asked
            if key not in found
        ]
    return events


def history(api: Api, cursor: Mapping[str, Any]) -> tuple[list[Event], Json, bool]:
    """This will bring the next older page: of videos, or of one video's comments with their replies.

    Looked at are the videos of the period asked for (`cursor["until"]`) and of the 90 days before it. Returned are the
    events, the next cursor, and whether there is more.
    """
    until = int(datetime.fromisoformat(cursor["until"]).timestamp())
    queue = list(cursor.get("queue") or ())
    if not queue:
        listed = api.videos(cursor.get("list"))
        videos = [one for one in rows(listed, "videos") if at(one) >= until - _OLD_VIDEOS]
        last = not (listed.get("has_more") and videos)
        kept = {"until": cursor["until"], "list": None if last else listed.get("cursor"), "last": last}
        return (
            [("video", one) for one in videos],
            {**kept, "queue": [_key(one) for one in videos]},
            bool(videos),
        )
    page = api.comments(queue[0], cursor.get("at"))
    comments = rows(page, "comments")
    whole = [*comments]
    for comment in comments:
        if comment.get("replies"):
            whole += api.replies(queue[0], _id(comment), _REPLY_PAGES)
    on = bool(page.get("has_more")) and (not comments or at(comments[-1]) >= until)
    queue = queue if on else queue[1:]
    kept = {**cursor, "queue": queue, "at": page.get("cursor") if on else None}
    events = [("comment", one) for one in whole if at(one) >= until]
    return events, kept, bool(queue) or not cursor.get("last")


def _key(video: Json) -> str:
    return str(video.get("item_id") or "")


def _id(comment: Json) -> str:
    return str(comment.get("comment_id") or "")
