"""Reads one Mastodon event as the connector stored it into what was said; connectors/mastodon.py tells its shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tanggap.channels.connector import Action, Author, Item, Raw, Unreadable
from tanggap.channels.html_text import plain
from tanggap.channels.platforms.mastodon_api import Json

_MOST_TEXT = 100_000


def read_event(raw: Raw) -> list[Item]:
    """This will read one event; Unreadable where it is not as documented."""
    try:
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
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise Unreadable(
            f"Kiriman Mastodon tidak seperti yang didokumentasikan ({type(error).__name__})."
        ) from error


def _item(status: Json, host: str, me: Mapping[str, Any], action: Action) -> Item:
    local, account, mine = _id(status["id"]), status["account"], str(me.get("id", ""))
    acct = whole_acct(account["acct"], host)
    answered = status.get("in_reply_to_id")
    warning, text = str(status.get("spoiler_text") or ""), plain(text_of(status["content"]))
    if len(text) > _MOST_TEXT:
        raise Unreadable(f"Teks berisi {len(text)} karakter; paling banyak {_MOST_TEXT}.")
    edited, followers = status.get("edited_at"), _count(account.get("followers_count"))
    return Item(
        platform="mastodon",
        external_id=f"{host}/{local}",
        kind=_kind(status, str(account.get("id", "")) == mine, mine),
        text=f"{warning}\n\n{text}" if warning else text,
        created_at=time_of(status["created_at"]),
        author=Author(acct, f"@{acct}", str(account.get("display_name") or "")[:200], followers),
        action=action,
        url=_web(status.get("url")),
        in_reply_to=f"{host}/{_id(answered)}" if answered else "",
        thread="" if answered else f"{host}/{local}",
        media=[
            {
                "type": str(one.get("type")),
                "url": _web(one.get("url")),
                "alt": str(one.get("description") or ""),
            }
            for one in status.get("media_attachments") or ()
        ],
        metrics={
            "likes": _count(status.get("favourites_count")),
            "shares": _count(status.get("reblogs_count")),
            "comments": _count(status.get("replies_count")),
        },
        edited_at=time_of(edited) if edited else None,
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
    name = text_of(acct).lower()
    return name if "@" in name else f"{name}@{host}"


def time_of(value: Any) -> datetime:
    """This will read a time; ValueError or TypeError for anything else."""
    at = datetime.fromisoformat(text_of(value))
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def text_of(value: Any) -> str:
    """This will return a text; TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _id(value: Any) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else text_of(value).strip()
    if not text or len(text) > 100 or "/" in text:
        raise ValueError("not an id")
    return text


def _count(value: Any) -> int | None:
    known = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
    return value if known else None


def _web(value: Any) -> str:
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else ""
