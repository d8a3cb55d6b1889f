"""Reads what the Bluesky connector fetched into items: posts, direct messages, deletions.

A raw body is one event as JSON: {"event", "me", "payload"}; event is "notification", "post" (a post view), "own" (a
record of our own repository), "message" (an entry of the message log) or "delete" (payload: the post's URI). Ids are
AT URIs, accounts DIDs; a direct message is "chat/<conversation>/<message>".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tanggap.channels.connector import Action, Author, Item, Raw, Unreadable
from tanggap.channels.platforms.bluesky_text import mentioned, whole

PLATFORM = "bluesky"
POST = "app.bsky.feed.post"
_MOST_TEXT = 100_000
_REASONS = {"mention", "reply", "quote"}


def items(raw: Raw) -> list[Item]:
    """This will read one body; what concerns nobody's words gives no item, Unreadable where it is not understood."""
    try:
        body = json.loads(raw.body)
        event, payload, me = body["event"], body["payload"], body["me"]
        if event == "delete":
            return [_gone(_uri(payload), raw.received_at)]
        if event == "message":
            return _message(payload, me)
        if event == "notification" and payload["reason"] not in _REASONS:
            return []
        if event not in {"notification", "post", "own"}:
            return []
        return _post(payload, payload["value" if event == "own" else "record"], me, own=event == "own")
    except (
        KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, IndexError
    ) as error:  # fmt: skip
        raise Unreadable(
            f"Kiriman Bluesky tidak seperti yang didokumentasikan ({type(error).__name__})."
        ) from error


def link(uri: str, handle: str = "") -> str:
    """This will return where a post can be read by anybody; an AT URI is at://<account>/<collection>/<key>."""
    account, _, rest = uri.removeprefix("at://").partition("/")
    return f"https://bsky.app/profile/{handle or account}/post/{rest.rpartition('/')[2]}"


def _post(
    payload: Mapping[str, Any], record: Mapping[str, Any], me: Mapping[str, Any], *, own: bool
) -> list[Item]:
    if record.get("$type") != POST:
        return []
    author = me if own else payload["author"]
    uri, did, handle = _uri(payload["uri"]), _text(author["did"]), _text(author.get("handle") or "")
    marked = record.get("facets") or []
    text = whole(_text(record["text"]), marked)
    if len(text) > _MOST_TEXT:
        raise Unreadable(f"Teks berisi {len(text)} karakter; paling banyak {_MOST_TEXT}.")
    answered, root = _answered(record)
    counts = {"likes": "likeCount", "shares": "repostCount", "comments": "replyCount"}
    return [
        Item(
            platform=PLATFORM, external_id=uri, text=text, created_at=_time(record["createdAt"], payload),
            kind=_kind(did, mentioned(marked), answered, root, _text(me["did"])),
            author=Author(did, f"@{handle}" if handle else "", _text(author.get("displayName") or "")[:200]),
            url=link(uri, handle), in_reply_to=answered, thread=root or uri, media=_media(record.get("embed"), did),
            metrics={name: _count(payload.get(key)) for name, key in counts.items() if key in payload},
        )
    ]  # fmt: skip


def _message(entry: Mapping[str, Any], me: Mapping[str, Any]) -> list[Item]:
    said = entry["message"]
    if not str(entry["$type"]).endswith("#logCreateMessage") or "text" not in said:
        return []
    did, conversation = _text(said["sender"]["did"]), _text(entry["convoId"])
    known = {_text(one["did"]): one for one in entry.get("members") or ()}
    who = known.get(did, {})
    handle = _text(who.get("handle") or "")
    return [
        Item(
            platform=PLATFORM, external_id=f"chat/{conversation}/{_text(said['id'])}", kind="message",
            text=whole(_text(said["text"]), said.get("facets") or []), created_at=_moment(said["sentAt"]),
            author=Author(did, f"@{handle}" if handle else "", _text(who.get("displayName") or "")[:200]),
            url="" if did == me["did"] or not handle else f"https://bsky.app/messages/{conversation}",
            thread=f"chat/{conversation}",
        )
    ]  # fmt: skip


def _gone(uri: str, received_at: datetime) -> Item:
    return Item(
        platform=PLATFORM, external_id=uri, kind="mention", text="", created_at=received_at, action=Action.DELETE
    )  # fmt: skip


def _kind(author: str, named: set[str], answered: str, root: str, me: str) -> str:
    if author == me:
        return "comment" if answered else "post"
    if f"at://{me}/" in f"{answered} {root}":
        return "comment"
    return "mention" if me in named else "post" if not answered else "comment"


def _answered(record: Mapping[str, Any]) -> tuple[str, str]:
    reply = record.get("reply")
    return (_uri(reply["parent"]["uri"]), _uri(reply["root"]["uri"])) if reply else ("", "")


def _media(embed: Any, did: str) -> list[dict[str, str]]:
    """Pictures and films of a post, at the addresses where the network's own server shows them."""
    if not isinstance(embed, dict):
        return []
    if isinstance(embed.get("media"), dict):  # a quote with pictures
        return _media(embed["media"], did)
    found = []
    for one in embed.get("images") or ():
        content = one["image"]["ref"]["$link"]
        address = f"https://cdn.bsky.app/img/feed_fullsize/plain/{did}/{content}@jpeg"
        found.append({"type": "image", "url": address, "alt": _text(one.get("alt") or "")})
    if isinstance(embed.get("video"), dict):
        address = f"https://video.bsky.app/watch/{did}/{embed['video']['ref']['$link']}/playlist.m3u8"
        found.append({"type": "video", "url": address, "alt": _text(embed.get("alt") or "")})
    if isinstance(embed.get("external"), dict):
        address = _text(embed["external"]["uri"])
        web = address if address.startswith(("https://", "http://")) else ""
        found.append({"type": "link", "url": web, "alt": _text(embed["external"].get("title") or "")})
    return found


def _time(claimed: Any, payload: Mapping[str, Any]) -> datetime:
    """When a post was made: what its writer's device claims, unless the network saw it earlier."""
    at = _moment(claimed)
    return min(at, _moment(payload["indexedAt"])) if payload.get("indexedAt") else at


def _moment(value: Any) -> datetime:
    at = datetime.fromisoformat(_text(value))
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _uri(value: Any) -> str:
    uri = _text(value)
    if not uri.startswith("at://") or len(uri) > 300 or uri.count("/") != 4:
        raise ValueError("not an AT URI")
    return uri


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _count(value: Any) -> int | None:
    known = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
    return value if known else None
