"""Reads one Mastodon event as the connector stored it into what was said; connectors/mastodon.py tells its shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from tanggap.channels.connector import Action, Author, Item, Raw, Unreadable
from tanggap.channels.html_text import plain
from tanggap.channels.platforms.mastodon_api import Json
from tanggap.channels.values import as_documented, count_of, iso_time_of, text_there, web_of

_MOST_TEXT = 100_000


def read_event(raw: Raw) -> list[Item]:
    """This will read one event; Unreadable where it is not as documented."""
    with as_documented("Mastodon"):
        event = json.loads(raw.body)
        kind, payload, host = event["event"], event["payload"], str(event["host"])
        if kind == "delete":
            return [_gone(host, payload, raw.received_at)]
        if kind == "notification":
            kind = {"mention": "update", "update": "status.update"}.get(payload["type"], "")
            payload = payload.get("status")
        if kind not in {"update", "status.update", "found"} or payload is None or payload.get("reblog"):
            return []
        action = Action.EDIT if kind == "status.update" else Action.CREATE
        item = _item(payload, host, event.get("me") or {}, action)
        return [replace(item, kind="post") if kind == "found" and item.kind == "mention" else item]


def _item(status: Json, host: str, me: Mapping[str, Any], action: Action) -> Item:
    local, account, mine = _id(status["id"]), status["account"], str(me.get("id", ""))
    acct = whole_acct(account["acct"], host)
    answered = status.get("in_reply_to_id")
    warning, text = str(status.get("spoiler_text") or ""), plain(text_there(status["content"]))
    if len(text) > _MOST_TEXT:
        raise Unreadable(f"Teks berisi {len(text)} karakter; paling banyak {_MOST_TEXT}.")
    edited, followers = status.get("edited_at"), count_of(account.get("followers_count"))
    return Item(
        platform="mastodon",
        external_id=f"{host}/{local}",
        kind=_kind(status, str(account.get("id", "")) == mine, mine),
        text=f"{warning}\n\n{text}" if warning else text,
        created_at=iso_time_of(status["created_at"]),
        author=Author(acct, f"@{acct}", str(account.get("display_name") or "")[:200], followers),
        action=action,
        url=web_of(status.get("url")),
        in_reply_to=f"{host}/{_id(answered)}" if answered else "",
        thread="" if answered else f"{host}/{local}",
        media=[
            {
                "type": str(one.get("type")),
                "url": web_of(one.get("url")),
                "alt": str(one.get("description") or ""),
            }
            for one in status.get("media_attachments") or ()
        ],
        metrics={
            "likes": count_of(status.get("favourites_count")),
            "shares": count_of(status.get("reblogs_count")),
            "comments": count_of(status.get("replies_count")),
        },
        edited_at=iso_time_of(edited) if edited else None,
    )


def _gone(host: str, payload: Any, received_at: datetime) -> Item:
    return Item(
        platform="mastodon", external_id=f"{host}/{_id(payload)}", kind="mention", text="",
        created_at=received_at, action=Action.DELETE,
    )  # fmt: skip


def _kind(status: Json, by_us: bool, mine: str) -> str:
    if status.get("visibility") == "direct":
        return "message"
    if by_us:
        return "comment" if status.get("in_reply_to_id") else "post"
    return "comment" if mine and str(status.get("in_reply_to_account_id")) == mine else "mention"


def whole_acct(acct: Any, host: str) -> str:
    """This will return an account's name with its host, in lower case."""
    name = text_there(acct).lower()
    return name if "@" in name else f"{name}@{host}"


def _id(value: Any) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else text_there(value).strip()
    if not text or len(text) > 100 or "/" in text:
        raise ValueError("not an id")
    return text
