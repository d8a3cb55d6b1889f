"""Reads what Messenger says of a Page's conversations: events of its hook, and messages that were fetched.

Sources, seen 2026-11-22: developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/
webhook-events (messages, message-echoes, message-edits, message-deliveries, message-reads, messaging-postbacks) and
…/messenger-platform/conversations.

A message's id (mid) is whole within Messenger. A thread is "<page>:<person>": hooks name no conversation, and a
person's id holds for one Page only. A fetched body is {"fetched": "message", "page", "person", "payload": the node}.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tanggap.channels.items import Action, Author, Item, Raw, Receipt
from tanggap.channels.values import id_of, inside, members, text_of, time_of, web_of

PLATFORM = "messenger"
MESSAGE_FIELDS = (
    "id,created_time,from,to,message,sticker,attachments{mime_type,name,image_data,video_data,file_url}"
)


def items_of(raw: Raw) -> list[Item]:
    """This will read a body; typing, reactions, referrals and the like give no item."""
    body = json.loads(raw.body)
    if "fetched" in body:
        return [_node(body)]
    if body["object"] != "page":
        raise ValueError("not of a page")
    found: list[Item] = []
    for entry in body["entry"]:
        page, at = id_of(entry["id"]), entry["time"]
        # Standby brings what another app answers now (handover protocol): it was said to the Page all the same.
        events = [*entry.get("messaging", ()), *entry.get("standby", ())]
        events += [change["value"] for change in entry.get("changes", ())]
        for event in events:
            found += _event(page, at, event)
    return found


def body_of(page: str, person: str, node: Mapping[str, Any]) -> bytes:
    """This will put a fetched message into a body."""
    whole = {"fetched": "message", "page": page, "person": person, "payload": node}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def thread_of(page: str, person: str) -> str:
    """This will name the conversation of a Page with a person."""
    return f"{page}:{person}"


def person_of(thread: str, page: str) -> str:
    """This will return who a thread is with; "" where it is not one of this Page's."""
    before, _, person = thread.rpartition(":")
    return person if before == page else ""


def _event(page: str, at: Any, event: Mapping[str, Any]) -> list[Item]:
    if "message" in event:
        return _message(page, at, event)
    if "message_edit" in event:
        said, item = event["message_edit"], _blank(page, at, event)
        return [
            replace(
                item, external_id=id_of(said["mid"]), text=text_of(said.get("text")), action=Action.EDIT,
                edited_at=item.created_at,
            )
        ]  # fmt: skip
    if "postback" in event:
        said = event["postback"]
        if not said.get("mid"):
            return []
        text = text_of(said.get("title")) or text_of(said.get("payload"))
        return [replace(_blank(page, at, event), external_id=id_of(said["mid"]), text=text)]
    if "delivery" in event:
        return list(_delivered(page, at, event))
    # A read event names no message, only a time before which all were read: nothing to match it by.
    return []


def _message(page: str, at: Any, event: Mapping[str, Any]) -> list[Item]:
    said, item = event["message"], _blank(page, at, event)
    text = text_of(said.get("text"))
    media = [one for attachment in members(said, "attachments") for one in _attached(attachment)]
    answered = inside(said, "reply_to", "mid")
    item = replace(
        item, external_id=id_of(said["mid"]), text=text, media=media,
        in_reply_to=id_of(answered) if answered else "",
    )  # fmt: skip
    if not said.get("is_echo") or not said.get("metadata"):
        return [item]
    # What we sent carries our reference back: it settles a send whose answer was lost.
    told = replace(
        item, action=Action.RECEIPT, receipt=Receipt.SENT, reference=text_of(said["metadata"])[:100],
        text="", media=(),
    )  # fmt: skip
    return [told, item]


def _delivered(page: str, at: Any, event: Mapping[str, Any]) -> Iterator[Item]:
    said, item = event["delivery"], _blank(page, at, event)
    when = time_of(said.get("watermark") or event.get("timestamp", at))
    for mid in said.get("mids") or ():
        yield replace(
            item, external_id=id_of(mid), created_at=when, author=None, action=Action.RECEIPT,
            receipt=Receipt.DELIVERED,
        )  # fmt: skip


def _blank(page: str, at: Any, event: Mapping[str, Any]) -> Item:
    """An event's item without its words: when, by whom, in which conversation."""
    sender, to = id_of(event["sender"]["id"]), id_of(event["recipient"]["id"])
    return Item(
        platform=PLATFORM, external_id="", kind="message", text="", created_at=time_of(event.get("timestamp", at)),
        author=Author(sender), thread=thread_of(page, to if sender == page else sender), account=page,
    )  # fmt: skip


def _attached(attachment: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    kind, load = text_of(attachment.get("type")), attachment.get("payload")
    url, title = web_of(inside(load, "url")), text_of(inside(load, "title"))
    if url:
        yield {"type": {"fallback": "link"}.get(kind, kind), "url": url, "alt": title}


def _node(body: Mapping[str, Any]) -> Item:
    page, person, node = id_of(body["page"]), id_of(body["person"]), body["payload"]
    who = node["from"]
    return Item(
        platform=PLATFORM, external_id=id_of(node["id"]), kind="message", text=text_of(node.get("message")),
        created_at=time_of(node["created_time"]),
        author=Author(id_of(who["id"]), name=text_of(who.get("name"))[:200]),
        thread=thread_of(page, person), media=list(_fetched_media(node)), account=page,
    )  # fmt: skip


def _fetched_media(node: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for one in members(node, "attachments", "data"):
        picture, film = web_of(inside(one, "image_data", "url")), web_of(inside(one, "video_data", "url"))
        url = picture or film or web_of(one.get("file_url"))
        if url:
            kind = "image" if picture else "video" if film else "file"
            yield {"type": kind, "url": url, "alt": text_of(one.get("name"))}
    if sticker := web_of(node.get("sticker")):
        yield {"type": "image", "url": sticker, "alt": ""}
