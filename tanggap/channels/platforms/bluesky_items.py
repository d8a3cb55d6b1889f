"""Reads what the Bluesky connector fetched into items: posts, direct messages, deletions.

A raw body is one event as JSON: {"event", "me", "payload"}; event is "notification", "post" (a post view), "own" (a
record of our own repository), "message" (an entry of the message log) or "delete" (payload: the post's URI). Ids are
AT URIs, accounts DIDs; a direct message is "chat/<conversation>/<message>".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tanggap.channels.connector import Action, Author, Item, Raw, Unreadable
from tanggap.channels.platforms.bluesky_text import mentioned, whole
from tanggap.channels.values import as_documented, count_of, iso_time_of, text_there

PLATFORM = "bluesky"
POST = "app.bsky.feed.post"
_MOST_TEXT = 100_000
_REASONS = {"mention", "reply", "quote"}


def items(raw: Raw) -> list[Item]:
    """This will read one body; what concerns nobody's words gives no item, Unreadable where it is not understood."""
    with as_documented("Bluesky"):
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
    uri, did, handle = _uri(payload["uri"]), text_there(author["did"]), text_there(author.get("handle") or "")
    marked = record.get("facets") or []
    text = whole(text_there(record["text"]), marked)
    if len(text) > _MOST_TEXT:
        raise Unreadable(f"Teks berisi {len(text)} karakter; paling banyak {_MOST_TEXT}.")
    answered, root = _answered(record)
    counts = {"likes": "likeCount", "shares": "repostCount", "comments": "replyCount"}
    return [
        Item(
            platform=PLATFORM, external_id=uri, text=text, created_at=_time(record["createdAt"], payload),
            kind=_kind(did, mentioned(marked), answered, root, text_there(me["did"])),
            author=Author(did, f"@{handle}" if handle else "", text_there(author.get("displayName") or "")[:200]),
            url=link(uri, handle), in_reply_to=answered, thread=root or uri, media=_media(record.get("embed"), did),
            metrics={name: count_of(payload.get(key)) for name, key in counts.items() if key in payload},
        )
    ]  # fmt: skip


def _message(entry: Mapping[str, Any], me: Mapping[str, Any]) -> list[Item]:
    said = entry["message"]
    if not str(entry["$type"]).endswith("#logCreateMessage") or "text" not in said:
        return []
    did, conversation = text_there(said["sender"]["did"]), text_there(entry["convoId"])
    known = {text_there(one["did"]): one for one in entry.get("members") or ()}
    who = known.get(did, {})
    handle = text_there(who.get("handle") or "")
    return [
        Item(
            platform=PLATFORM, external_id=f"chat/{conversation}/{text_there(said['id'])}", kind="message",
            text=whole(text_there(said["text"]), said.get("facets") or []), created_at=iso_time_of(said["sentAt"]),
            author=Author(did, f"@{handle}" if handle else "", text_there(who.get("displayName") or "")[:200]),
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
        found.append({"type": "image", "url": address, "alt": text_there(one.get("alt") or "")})
    if isinstance(embed.get("video"), dict):
        address = f"https://video.bsky.app/watch/{did}/{embed['video']['ref']['$link']}/playlist.m3u8"
        found.append({"type": "video", "url": address, "alt": text_there(embed.get("alt") or "")})
    if isinstance(embed.get("external"), dict):
        address = text_there(embed["external"]["uri"])
        web = address if address.startswith(("https://", "http://")) else ""
        found.append({"type": "link", "url": web, "alt": text_there(embed["external"].get("title") or "")})
    return found


def _time(claimed: Any, payload: Mapping[str, Any]) -> datetime:
    """When a post was made: what its writer's device claims, unless the network saw it earlier."""
    at = iso_time_of(claimed)
    return min(at, iso_time_of(payload["indexedAt"])) if payload.get("indexedAt") else at


def _uri(value: Any) -> str:
    uri = text_there(value)
    if not uri.startswith("at://") or len(uri) > 300 or uri.count("/") != 4:
        raise ValueError("not an AT URI")
    return uri
