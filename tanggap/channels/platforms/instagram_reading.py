"""Reads what Instagram delivers, and what was fetched from it, into items.

Sources, seen 2026-11-22: developers.facebook.com/documentation/instagram-platform/webhooks/examples,
…/docs/graph-api/webhooks/reference/instagram, …/docs/messenger-platform/instagram/features/webhook. An entry carries
`changes`, `messaging` (or `standby`), or `field` and `value` by itself: the documentation shows the last for apps with
Instagram's own log-in, deliveries that people recorded come with `changes`, so all are read.

Ids of media, comments and messages are whole within Instagram. A thread is the media's id; "mention:<media>" or
"tag:<media>" for what stands on other people's media; "dm:<person>" for messages, by the person's id that holds for
this account only. What we fetched is stored as {"instagram": event, "account": {"id", "username"}, "value", "at"};
event is media, comment, mention, tag, message, found or gone, and `at` says since when something reads otherwise or
is gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tanggap.channels.items import Action, Author, Item, Raw, Receipt
from tanggap.channels.values import count_of, id_of, inside, members, text_of, time_of, web_of

PLATFORM = "instagram"
_COMMENTS = {"comments", "live_comments"}
_STORY = "[Menyebut akun ini dalam ceritanya]"
_UNSHOWN = "[Pesan jenis ini tidak dibuka Instagram; lihat di aplikasinya]"


@dataclass(frozen=True, slots=True)
class Whose:
    """The official account that a body is about; `name` where it is known."""

    id: str
    name: str = ""

    def is_author(self, key: str, name: str) -> bool:
        """This will say whether an author is the account itself."""
        return key == self.id or bool(name and self.name and name.lower() == self.name.lower())


def read(raw: Raw) -> list[Item]:
    """This will read one body; KeyError, TypeError or ValueError where it is not as documented."""
    body = _body(raw)
    if "instagram" in body:
        return [_fetched(body)]
    return [item for whose, at, event in _events(body, raw.handle) for item in _event(whose, at, event)]


def named(raw: Raw) -> list[tuple[str, str, str]]:
    """This will return (account, media, comment or "") of mentions that a delivery names without their text."""
    body = _body(raw)
    if "instagram" in body:
        return []
    return [
        (whose.id, id_of(event["value"]["media_id"]), str(event["value"].get("comment_id") or ""))
        for whose, _, event in _events(body, raw.handle)
        if event.get("field") == "mentions" and "text" not in event["value"]
    ]


def _body(raw: Raw) -> dict[str, Any]:
    body = json.loads(raw.body)
    if not isinstance(body, dict):
        raise TypeError("no object")
    if "instagram" not in body and body["object"] != "instagram":
        raise ValueError("not of Instagram")
    return body


def _events(body: Mapping[str, Any], handle: str) -> Iterator[tuple[Whose, datetime, Mapping[str, Any]]]:
    for entry in body["entry"]:
        whose = Whose(id_of(entry["id"]), handle.lstrip("@"))
        at = time_of(entry["time"])
        events = [*entry.get("changes", ()), *entry.get("messaging", ()), *entry.get("standby", ())]
        for event in [entry] if "field" in entry else events:
            if not isinstance(event, dict):
                raise TypeError("an event is no object")
            if "field" in event and not isinstance(event["value"], dict):
                raise TypeError("a value is no object")
            yield whose, at, event


def _event(whose: Whose, at: datetime, event: Mapping[str, Any]) -> Iterator[Item]:
    field = event.get("field")
    if field in _COMMENTS:
        yield _comment(event["value"], whose, at)
    elif field is None:
        yield from _messaging(whose, event)
    elif str(field).startswith("messag"):  # the test button sends messages in the shape of a change
        yield from _messaging(whose, event["value"])


# -- comments and media ------------------------------------------------------------------------------------------
def _comment(value: Mapping[str, Any], whose: Whose, sent_at: datetime | None) -> Item:
    key, media = id_of(value.get("id") or value["comment_id"]), id_of(value["media"]["id"])
    parent = value.get("parent_id")
    at = time_of(value["timestamp"]) if value.get("timestamp") else sent_at
    if at is None:
        raise KeyError("timestamp")
    return Item(
        platform=PLATFORM, external_id=key, kind="comment", text=text_of(value.get("text")), created_at=at,
        author=_author(value, whose), in_reply_to=id_of(parent) if parent else media, thread=media,
        metrics={"likes": count_of(value.get("like_count"))}, account=whose.id,
    )  # fmt: skip


def _media(value: Mapping[str, Any], whose: Whose, kind: str, thread: str) -> Item:
    key = id_of(value["id"])
    return Item(
        platform=PLATFORM, external_id=key, kind=kind, text=text_of(value.get("caption")),
        created_at=time_of(value["timestamp"]), author=_author(value, whose, ours=kind == "post" and not thread),
        url=web_of(value.get("permalink")), thread=f"{thread}{key}", media=list(_pictures(value)),
        metrics={"likes": count_of(value.get("like_count")), "comments": count_of(value.get("comments_count"))},
        account=whose.id,
    )  # fmt: skip


def _author(value: Mapping[str, Any], whose: Whose, *, ours: bool = False) -> Author | None:
    writer = value.get("from") or {}
    key = str(writer.get("id") or "")
    name = str(writer.get("username") or value.get("username") or "").lstrip("@")
    if ours or writer.get("self_ig_scoped_id") or whose.is_author(key, name):
        return Author(whose.id, f"@{name}" if name else "")
    if not (key or name):
        return None  # hashtag search never tells who wrote
    return Author(key or f"@{name.lower()}", f"@{name}" if name else "")


def _pictures(value: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for one in (value, *members(value, "children", "data")):
        if link := web_of(one.get("media_url")):
            kind = "video" if one.get("media_type") == "VIDEO" else "image"
            yield {"type": kind, "url": link, "alt": str(one.get("alt_text") or "")[:2000]}


def _fetched(body: Mapping[str, Any]) -> Item:
    event, value = body["instagram"], body["value"]
    whose = Whose(id_of(body["account"]["id"]), text_of(body["account"].get("username")))
    changed = time_of(body["at"]) if body.get("at") else None
    if event == "gone":
        return _gone(id_of(value["id"]), "comment", changed or time_of(body["at"]), whose)
    item = _READERS[event](value, whose)
    return replace(item, action=Action.EDIT, edited_at=changed) if changed else item


def _mentioned(value: Mapping[str, Any], whose: Whose) -> Item:
    if "caption" in value or "media" not in value:
        return _media(value, whose, "mention", "mention:")
    item = _comment(value, whose, None)
    return replace(item, kind="mention", thread=f"mention:{item.thread}", in_reply_to="")


def _gone(key: str, kind: str, at: datetime, whose: Whose, thread: str = "") -> Item:
    return Item(
        platform=PLATFORM, external_id=key, kind=kind, text="", created_at=at, edited_at=at, action=Action.DELETE,
        thread=thread, account=whose.id,
    )  # fmt: skip


# -- messages ----------------------------------------------------------------------------------------------------
def _messaging(whose: Whose, event: Mapping[str, Any]) -> Iterator[Item]:
    sender, recipient = id_of(event["sender"]["id"]), id_of(event["recipient"]["id"])
    partner = recipient if sender == whose.id else sender
    thread, at = f"dm:{partner}", time_of(event["timestamp"])
    if "message" in event:
        said = event["message"]
        if said.get("is_deleted"):
            yield _gone(id_of(said["mid"]), "message", at, whose, thread)
        else:
            yield _message(said, id_of(said["mid"]), at, Author(sender), thread, whose)
    elif "message_edit" in event:
        said = event["message_edit"]
        item = _message(said, id_of(said["mid"]), at, Author(sender), thread, whose)
        yield replace(item, action=Action.EDIT, edited_at=at)
    elif "read" in event:
        yield Item(
            platform=PLATFORM, external_id=id_of(event["read"]["mid"]), kind="message", text="", created_at=at,
            action=Action.RECEIPT, receipt=Receipt.READ, thread=thread, account=whose.id,
        )  # fmt: skip
    elif "postback" in event and event["postback"].get("mid"):
        said = event["postback"]
        text = {"text": said.get("title")}
        yield _message(text, id_of(said["mid"]), at, Author(sender), thread, whose)


def _message(
    said: Mapping[str, Any], key: str, at: datetime, author: Author, thread: str, whose: Whose
) -> Item:  # fmt: skip
    files = list(_files(said))
    text = text_of(said.get("text") or said.get("message"))
    if not text and any(one["type"] == "story_mention" for one in files):
        text = _STORY
    elif not text and (said.get("is_unsupported") or any(not one["url"] for one in files)):
        text = _UNSHOWN
    answered = inside(said, "reply_to", "mid") or inside(said, "reply_to", "story", "id")
    return Item(
        platform=PLATFORM, external_id=key, kind="message", text=text, created_at=at, author=author,
        in_reply_to=id_of(answered) if answered else "", thread=thread, media=[one for one in files if one["url"]],
        account=whose.id,
    )  # fmt: skip


def _files(said: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    attached = said.get("attachments")
    listed = (
        members(said, "attachments") if isinstance(attached, list) else members(said, "attachments", "data")
    )
    for one in listed:
        link = (
            inside(one, "payload", "url")
            or inside(one, "image_data", "url")
            or inside(one, "video_data", "url")
        )
        kind = str(one.get("type") or ("video" if "video_data" in one else "image"))
        yield {"type": kind, "url": web_of(link or one.get("file_url")), "alt": ""}
    if story := inside(said, "reply_to", "story", "url"):
        yield {"type": "story", "url": web_of(story), "alt": ""}


def _fetched_message(value: Mapping[str, Any], whose: Whose) -> Item:
    writer = value["from"]
    key, name = id_of(writer["id"]), str(writer.get("username") or "")
    mine = whose.is_author(key, name)
    partner = id_of(value["partner"])
    author = Author(whose.id if mine else key, f"@{name}" if name else "")
    at = time_of(value["created_time"])
    return _message(value, id_of(value["id"]), at, author, f"dm:{partner}", whose)


_READERS = {
    "media": lambda value, whose: _media(value, whose, "post", ""),
    "comment": lambda value, whose: _comment(value, whose, None),
    "mention": _mentioned,
    "tag": lambda value, whose: _media(value, whose, "mention", "tag:"),
    "found": lambda value, whose: _media(value, whose, "post", "found:"),
    "message": _fetched_message,
}
