"""Reads what Threads delivers, and what was fetched from it, into items.

A delivery of Threads is no entry of the Graph API's usual shape but {"app_id", "topic", "target_id", "time",
"values"}; `values` is an object in the documentation (developers.facebook.com/documentation/threads/webhooks, seen
2026-11-22) and a list in deliveries that people recorded: both are read. What we fetched is stored as {"threads":
event, "account": {"id", "username"}, "value", "at"}; event is post, reply, mention, found or gone, and `at` says
since when something reads otherwise or is gone.

Threads names authors by their user name only; our own account is recognised by its user name and written with its id.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tanggap.channels.items import Action, Author, Item, Raw
from tanggap.channels.values import id_of, text_of, time_of, web_of


def read(raw: Raw) -> list[Item]:
    """This will read one body; KeyError, TypeError or ValueError where it is not as documented."""
    body = json.loads(raw.body)
    if not isinstance(body, dict):
        raise TypeError("no object")
    if "threads" in body:
        return [_fetched(body)]
    if "values" not in body:
        raise KeyError("values")
    return [item for change in _changes(body["values"]) for item in _change(change, body, raw)]


def _changes(values: Any) -> Iterator[Mapping[str, Any]]:
    for one in values if isinstance(values, list) else [values]:
        if not isinstance(one, dict):
            raise TypeError("a change is no object")
        yield one


def _change(change: Mapping[str, Any], body: Mapping[str, Any], raw: Raw) -> Iterator[Item]:
    value, name = change["value"], change["field"]
    at = _moment(body.get("time"))
    if name == "replies":
        root = value["root_post"]
        yield _item(
            value, "comment", at, id_of(root["owner_id"]), text_of(root.get("username") or raw.handle)
        )
    elif name == "mentions":
        yield _item(value, "mention", at, id_of(body["target_id"]), raw.handle)
    elif name == "delete":
        gone = _moment(value.get("deleted_at")) or at or raw.received_at
        yield _gone(id_of(value["id"]), gone, id_of(value["owner"]["owner_id"]))


_KINDS = {"post": "post", "reply": "comment", "mention": "mention", "found": "post"}


def _fetched(body: Mapping[str, Any]) -> Item:
    event, value, account = body["threads"], body["value"], body["account"]
    whose, at = id_of(account["id"]), _moment(body.get("at"))
    if event == "gone":
        return _gone(id_of(value["id"]), at or datetime.now(UTC), whose)
    item = _item(value, _KINDS[event], None, whose, text_of(account["username"]))
    return replace(item, action=Action.EDIT, edited_at=at) if at else item


def _item(value: Mapping[str, Any], kind: str, sent_at: datetime | None, whose: str, our_name: str) -> Item:
    key, name = id_of(value["id"]), id_of(value["username"]).lstrip("@")
    mine = bool(our_name) and name.lower() == our_name.lstrip("@").lower()
    root, answered = _link(value, "root_post"), _link(value, "replied_to")
    at = _moment(value.get("timestamp")) or sent_at
    if at is None:
        raise KeyError("timestamp")
    return Item(
        platform="threads",
        external_id=key,
        kind="comment" if mine and answered else kind,
        text=text_of(value.get("text")),
        created_at=at,
        author=Author(whose if mine else name.lower(), f"@{name}"),
        url=web_of(value.get("permalink")),
        in_reply_to=answered,
        thread=root or key,
        media=list(_media(value)),
        account=whose,
    )


def _gone(key: str, at: datetime, whose: str) -> Item:
    return Item(
        platform="threads", external_id=key, kind="comment", text="", created_at=at, edited_at=at,
        action=Action.DELETE, account=whose,
    )  # fmt: skip


def _media(value: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    children = value.get("children")
    inside = children.get("data") if isinstance(children, dict) else None
    for one in [value, *(inside if isinstance(inside, list) else ())]:
        if not isinstance(one, dict):
            continue
        kind, alt = str(one.get("media_type") or ""), str(one.get("alt_text") or "")[:2000]
        if link := web_of(one.get("media_url")):
            yield {"type": "video" if kind == "VIDEO" else "image", "url": link, "alt": alt}
        if link := web_of(one.get("gif_url")):
            yield {"type": "image", "url": link, "alt": alt}


def _link(value: Mapping[str, Any], name: str) -> str:
    other = value.get(name)
    return id_of(other["id"]) if isinstance(other, dict) and other.get("id") else ""


def _moment(value: Any) -> datetime | None:
    return time_of(value) if value else None
