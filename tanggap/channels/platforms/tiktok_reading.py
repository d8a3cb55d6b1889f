"""Reads what TikTok says of videos, comments, deletions and publications into items; pure.

business-api.tiktok.com/portal/docs?id=1760232109619202 (comments), …?id=1759978319341570 (deliveries); 2026-11-22.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from tanggap.channels.errors import Unreadable
from tanggap.channels.items import Action, Author, Item, Receipt
from tanggap.channels.platforms.tiktok_api import Json, reason

PLATFORM = "tiktok"
_MOST_TEXT = 100_000
_STATES = {
    "post.publish.complete": Receipt.SENT,
    "post.publish.publicly_available": Receipt.DELIVERED,
    "post.publish.failed": Receipt.FAILED,
}


def delivered(body: bytes) -> tuple[Json, Json]:
    """This will read an event and, of a delivery, the JSON that it carries as text; Unreadable where it is none."""
    try:
        event = json.loads(body)
        content = event.get("content")
        inner = json.loads(content) if isinstance(content, str) else {}
    except (ValueError, AttributeError, RecursionError) as error:
        raise Unreadable("Kiriman TikTok bukan JSON seperti yang didokumentasikan.") from error
    return event, inner if isinstance(inner, dict) else {}


def comment_item(comment: Json, account: str) -> Item:
    """This will read a comment or reply; KeyError, TypeError or ValueError where it is none."""
    video, key = _id(comment["video_id"]), _id(comment["comment_id"])
    above, picture = comment.get("parent_comment_id"), comment.get("image_url")
    thread = f"{video}/{_id(above)}" if above else f"{video}/{key}"
    username = str(comment.get("username") or "")
    return Item(
        platform=PLATFORM,
        external_id=f"{video}/{key}",
        kind="comment",
        text=_text(comment.get("text") or ""),
        created_at=_time(comment["create_time"]),
        author=Author(
            # TikTok says only that the owner wrote it; to the app the owner is the account's open_id.
            account if comment.get("owner") is True else _id(comment["unique_identifier"]),
            f"@{username}"[:200] if username else "",
            str(comment.get("display_name") or username)[:200],
        ),
        url=f"https://www.tiktok.com/player/v1/{video}",
        in_reply_to=thread if above else "",
        thread=thread,
        media=[{"type": "image", "url": picture, "alt": ""}] if _is_web(picture) else [],
        metrics={"likes": _count(comment.get("likes")), "comments": _count(comment.get("replies"))},
    )


def video_item(video: Json, account: str) -> Item:
    """This will read a post of the account itself, a video or photos."""
    key, picture, where = _id(video["item_id"]), video.get("thumbnail_url"), video.get("share_url")
    return Item(
        platform=PLATFORM,
        external_id=key,
        kind="post",
        text=_text(video.get("caption") or ""),
        created_at=_time(video["create_time"]),
        author=Author(account),
        url=str(where) if _is_web(where) else "",
        thread=key,
        media=[{"type": "image", "url": picture, "alt": ""}] if _is_web(picture) else [],
        metrics={one: _count(video.get(one)) for one in ("likes", "comments", "shares")},
    )


def gone_item(content: Json, account: str) -> Item:
    """This will read a delivery about a comment that was deleted."""
    key = f"{_id(content['video_id'])}/{_id(content['comment_id'])}"
    at = _time(content["timestamp"])
    return Item(PLATFORM, key, "comment", "", at, action=Action.DELETE, edited_at=at, account=account)


def receipt_item(event: str, content: Json, account: str, at: Any) -> Item | None:
    """This will read what became of a publication, named by its task; None where it changes nothing for us."""
    state = _STATES.get(event)
    if state is None:
        return None
    why = reason(str(content.get("reason") or "")) if state == Receipt.FAILED else ""
    return Item(
        PLATFORM, _id(content["publish_id"]), "post", why, _time(at), action=Action.RECEIPT, account=account,
        receipt=state,
    )  # fmt: skip


def whole(text: str) -> str:
    """This will return a text with its white space folded, for comparing."""
    return " ".join(text.split())


def _id(value: Any) -> str:
    # In deliveries ids are numbers of nineteen digits, in answers texts.
    key = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(key, str) or not 0 < len(key) <= 200:
        raise ValueError("no id")
    return key


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _MOST_TEXT:
        raise ValueError("no text")
    return value


def _time(value: Any) -> datetime:
    """Unix seconds, as number or text; some of TikTok's own samples give milliseconds."""
    at = int(value)
    return datetime.fromtimestamp(at / 1000 if at > 10**11 else at, UTC)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_web(url: Any) -> bool:
    return isinstance(url, str) and url.startswith("https://")
