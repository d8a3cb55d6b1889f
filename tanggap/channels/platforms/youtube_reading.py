"""Reads what YouTube says of comments, uploads and search results into items; pure.

developers.google.com/youtube/v3/docs/comments, …/playlistItems, …/search (2026-11-22).
"""

from __future__ import annotations

import html
from datetime import UTC, datetime
from typing import Any

from tanggap.channels.errors import Unreadable
from tanggap.channels.items import Action, Author, Item
from tanggap.channels.platforms.youtube_api import Json

PLATFORM = "youtube"
_MOST_TEXT = 100_000


def comment_item(comment: Json, video: str, *, edited: bool) -> Item:
    """This will read a comment or a reply; Unreadable, KeyError, TypeError or ValueError where it is none."""
    key, about = id_of(comment["id"]), comment["snippet"]
    text = about.get("textOriginal") or about["textDisplay"]
    if not isinstance(text, str) or len(text) > _MOST_TEXT:
        raise Unreadable(f"Teks komentar bukan teks, atau lebih dari {_MOST_TEXT} karakter.")
    published, updated = (
        time_of(about["publishedAt"]),
        time_of(about.get("updatedAt") or about["publishedAt"]),
    )
    parent, picture, likes = about.get("parentId"), about.get("imageUrl"), about.get("likeCount")
    return Item(
        platform=PLATFORM,
        external_id=key,
        kind="comment",
        text=text,
        created_at=published,
        author=_author(about),
        action=Action.EDIT if edited else Action.CREATE,
        url=address(str(about.get("videoId") or video), key),
        in_reply_to=id_of(parent) if parent else "",
        thread=id_of(parent) if parent else key,
        media=[{"type": "image", "url": picture, "alt": ""}] if _is_web(picture) else [],
        metrics={"likes": likes if isinstance(likes, int) else None},
        edited_at=updated if edited or updated > published else None,
    )


def _author(about: Json) -> Author:
    name = str(about.get("authorDisplayName") or "")
    key = (about.get("authorChannelId") or {}).get("value")
    # Of a closed account nothing but a name is left.
    return Author(key if isinstance(key, str) and key else f"nama:{name}", name[:200], name[:200])


def upload_item(item: Json, channel: str) -> Item:
    """This will read an item of a channel's list of uploads: the channel's own video."""
    about, details = item["snippet"], item.get("contentDetails") or {}
    key = id_of(about["resourceId"]["videoId"])
    return Item(
        platform=PLATFORM,
        external_id=key,
        kind="post",
        text=whole(str(about.get("title") or ""), str(about.get("description") or ""))[:_MOST_TEXT],
        created_at=time_of(details.get("videoPublishedAt") or about["publishedAt"]),
        author=Author(channel, str(about.get("channelTitle") or ""), str(about.get("channelTitle") or "")),
        url=address(key, ""),
        thread=key,
    )


def found_item(result: Json) -> Item:
    """This will read a search result: anybody's video."""
    about, key = result["snippet"], id_of(result["id"]["videoId"])
    # Of all answers only the search's come with HTML's entities.
    title, text = (
        html.unescape(str(about.get("title") or "")),
        html.unescape(str(about.get("description") or "")),
    )
    name = html.unescape(str(about.get("channelTitle") or ""))
    return Item(
        platform=PLATFORM,
        external_id=key,
        kind="mention",
        text=whole(title, text)[:_MOST_TEXT],
        created_at=time_of(about["publishedAt"]),
        author=Author(id_of(about["channelId"]), name[:200], name[:200]),
        url=address(key, ""),
        thread=key,
    )


def whole(title: str, description: str) -> str:
    """This will return a video's words: its description, after its title where it does not begin with that."""
    return description if description.startswith(title.rstrip("…")) else f"{title}\n\n{description}".strip()


def address(video: str, comment: str) -> str:
    """This will return where a video stands, or a comment under it; empty where the video is not known."""
    if not video:
        return ""
    return f"https://www.youtube.com/watch?v={video}" + (f"&lc={comment}" if comment else "")


def _is_web(url: Any) -> bool:
    return isinstance(url, str) and url.startswith("https://")


def id_of(value: Any) -> str:
    """This will return an id as it stands; ValueError where it is none."""
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise ValueError("no id")
    return value


def time_of(text: Any) -> datetime:
    """This will read a time; UTC where it names no zone."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
