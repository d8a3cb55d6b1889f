"""What YouTube tells of own videos, and taking videos and comments away.

Sources, seen 2026-11-22: developers.google.com/youtube/v3/docs/videos/list (part statistics, 50 ids, 1 unit), …/videos
(viewCount, likeCount, commentCount; favoriteCount has been 0 since 2015; what an owner hides is left out; shares and
clicks are the Analytics API's alone), …/videos/delete and …/comments/delete (50 units each, youtube.force-ssl).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tanggap.channels.connector import Outgoing, Sent
from tanggap.channels.errors import Gone
from tanggap.channels.platforms.told import numbers
from tanggap.channels.platforms.youtube_api import Api, items

_AT_ONCE = 50
_COST = 50


def figures(api: Api, ids: Sequence[str]) -> dict[str, Mapping[str, int] | None]:
    """This will ask about own videos: an owner is shown every one that stands."""
    found: dict[str, Mapping[str, int] | None] = dict.fromkeys(ids)
    for start in range(0, len(ids), _AT_ONCE):
        asked = ",".join(ids[start : start + _AT_ONCE])
        for one in items(api.read("videos", part="statistics", id=asked, maxResults=_AT_ONCE)):
            told = one.get("statistics") or {}
            found[str(one.get("id"))] = numbers(
                views=_count(told.get("viewCount")), likes=_count(told.get("likeCount")),
                comments=_count(told.get("commentCount")),
            )  # fmt: skip
    return found


def _count(value: Any) -> int | None:
    """Google writes 64-bit numbers as text."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None


def withdraw(api: Api, out: Outgoing) -> Sent:
    """This will delete a video or a comment of ours once; what is gone already is taken away."""
    try:
        api.delete(_kind(out.target_external_id), cost=_COST, id=out.target_external_id)
    except Gone:
        pass
    return Sent(out.target_external_id)


def withdrawn(api: Api, out: Outgoing) -> Sent | None:
    """This will look whether it is gone."""
    key = out.target_external_id
    if _kind(key) == "comments":
        return None if key in api.comments([key]) else Sent(key)
    return None if items(api.read("videos", part="id", id=key)) else Sent(key)


def _kind(key: str) -> str:
    return "videos" if len(key) == 11 else "comments"
