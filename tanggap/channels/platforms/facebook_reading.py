"""Reads what Facebook says of a Page: events of its hook, and nodes that were fetched.

Sources, seen 2026-11-22: developers.facebook.com/docs/graph-api/webhooks/reference/page (feed, mention),
…/docs/graph-api/reference/comment, …/docs/graph-api/reference/post.

Ids: a post is "<page>_<post>", a comment "<post>_<comment>"; both are whole within Facebook. A fetched body is
{"fetched": "post" | "comment" | "tagged" | "gone", "page", "post", "payload": the node}; of what is gone, its id.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tanggap.channels.items import Action, Author, Item, Raw
from tanggap.channels.values import count_of, id_of, inside, members, text_of, time_of, web_of

PLATFORM = "facebook"
COMMENT_FIELDS = (
    "id,message,created_time,from{id,name},parent{id},permalink_url,attachment{type,title,url,media},"
    "like_count,comment_count"
)
POST_FIELDS = (
    "id,message,created_time,updated_time,from{id,name},permalink_url,shares,"
    "attachments{type,media_type,title,url,media,subattachments},"
    "reactions.limit(0).summary(total_count),comments.limit(0).summary(total_count)"
)

COMMON_FIELDS = "id,message,created_time,from{id,name},permalink_url"
"""What comments and posts both have."""

_VERBS = {
    "add": Action.CREATE, "edit": Action.EDIT, "edited": Action.EDIT, "update": Action.EDIT,
    "remove": Action.DELETE, "delete": Action.DELETE,
}  # fmt: skip
_POSTS = {"album", "event", "link", "note", "photo", "post", "share", "status", "video"}


def items_of(raw: Raw) -> list[Item]:
    """This will read a body; what concerns nobody's words (reactions, hiding) gives no item."""
    body = json.loads(raw.body)
    if "fetched" in body:
        return [_gone(body, raw.received_at) if body["fetched"] == "gone" else _node(body)]
    if body["object"] != "page":
        raise ValueError("not of a page")
    return [
        item
        for entry in body["entry"]
        for change in entry["changes"]
        if (item := _change(id_of(entry["id"]), entry["time"], change)) is not None
    ]


def body_of(kind: str, page: str, node: Mapping[str, Any], post: str = "") -> bytes:
    """This will put a fetched node into a body."""
    whole = {"fetched": kind, "page": page, "post": post, "payload": node}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def _change(page: str, at: Any, change: Mapping[str, Any]) -> Item | None:
    field, value = change["field"], change["value"]
    if field == "mention":
        return _mention(page, at, value)
    if field != "feed":
        return None
    action, kind = _VERBS.get(value["verb"]), value["item"]
    # published is 0 for posts that wait or are shown as advertisements only.
    if action is None or value.get("published") == 0:
        return None
    if kind == "comment":
        return _comment_event(page, at, action, value)
    return _post_event(page, at, action, value) if kind in _POSTS else None


def _comment_event(page: str, at: Any, action: Action, value: Mapping[str, Any]) -> Item:
    comment, post = id_of(value["comment_id"]), id_of(value["post_id"])
    return Item(
        platform=PLATFORM, external_id=comment, kind="comment",
        text="" if action == Action.DELETE else text_of(value.get("message")),
        created_at=time_of(value.get("created_time", at)), author=_author(value), action=action,
        url=_link(post, comment), in_reply_to=id_of(value.get("parent_id") or post), thread=post,
        media=list(_event_media(value)), edited_at=time_of(at) if action == Action.EDIT else None, account=page,
    )  # fmt: skip


def _post_event(page: str, at: Any, action: Action, value: Mapping[str, Any]) -> Item:
    post, author = id_of(value["post_id"]), _author(value)
    return Item(
        platform=PLATFORM, external_id=post, kind=_kind(author, page),
        text="" if action == Action.DELETE else text_of(value.get("message")),
        created_at=time_of(value.get("created_time", at)), author=author, action=action,
        url=web_of(inside(value, "post", "permalink_url")) or f"https://www.facebook.com/{post}", thread=post,
        media=list(_event_media(value)), edited_at=time_of(at) if action == Action.EDIT else None, account=page,
    )  # fmt: skip


def _mention(page: str, at: Any, value: Mapping[str, Any]) -> Item | None:
    """The Page named by somebody elsewhere. Facebook often leaves the text out: the address leads to it."""
    action = _VERBS.get(value["verb"])
    if action is None:
        return None
    post = id_of(value["post_id"])
    comment = id_of(value["comment_id"]) if value.get("comment_id") else ""
    sender = value.get("sender_id")
    author = Author(id_of(sender), name=text_of(value.get("sender_name"))[:200]) if sender else _author(value)
    return Item(
        platform=PLATFORM, external_id=comment or post, kind="mention", text=text_of(value.get("message")),
        created_at=time_of(value.get("created_time", at)), author=author, action=action,
        url=_link(post, comment) if comment else f"https://www.facebook.com/{post}",
        in_reply_to=post if comment else "", thread=post,
        edited_at=time_of(at) if action == Action.EDIT else None, account=page,
    )  # fmt: skip


def _gone(body: Mapping[str, Any], at: datetime) -> Item:
    return Item(
        platform=PLATFORM, external_id=id_of(body["payload"]["id"]), kind="comment", text="", created_at=at,
        action=Action.DELETE, account=id_of(body["page"]),
    )  # fmt: skip


def _node(body: Mapping[str, Any]) -> Item:
    kind, page, node = body["fetched"], id_of(body["page"]), body["payload"]
    key, author, created = id_of(node["id"]), _author(node), time_of(node["created_time"])
    if kind == "comment":
        post = id_of(body["post"])
        return Item(
            platform=PLATFORM, external_id=key, kind="comment", text=text_of(node.get("message")),
            created_at=created, author=author, url=web_of(node.get("permalink_url")) or _link(post, key),
            in_reply_to=id_of(inside(node, "parent", "id") or post), thread=post,
            media=list(_attachment(node.get("attachment"))),
            metrics={"likes": count_of(node.get("like_count")), "comments": count_of(node.get("comment_count"))},
            account=page,
        )  # fmt: skip
    if kind not in {"post", "tagged"}:
        raise ValueError("an unknown kind of node")
    media = [media for one in members(node, "attachments", "data") for media in _attachment(one)]
    return Item(
        platform=PLATFORM, external_id=key, kind=_kind(author, page), text=text_of(node.get("message")),
        created_at=created, author=author,
        url=web_of(node.get("permalink_url")) or f"https://www.facebook.com/{key}", thread=key, media=media,
        metrics={
            "likes": count_of(inside(node, "reactions", "summary", "total_count")),
            "comments": count_of(inside(node, "comments", "summary", "total_count")),
            "shares": count_of(inside(node, "shares", "count")),
        },
        account=page,
    )  # fmt: skip


def _author(node: Mapping[str, Any]) -> Author | None:
    """Who said it. Facebook leaves people out where the app may not see them (no pages_read_user_content)."""
    who = node.get("from")
    if who is None:
        return None
    return Author(id_of(who["id"]), name=text_of(who.get("name"))[:200])


def _kind(author: Author | None, page: str) -> str:
    # What somebody else puts on the Page's wall is addressed to it.
    return "post" if author and author.external_id == page else "mention"


def _link(post: str, comment: str) -> str:
    return f"https://www.facebook.com/{post}?comment_id={comment.rpartition('_')[2]}"


def _event_media(value: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for name in ("photo", "video"):
        if url := web_of(value.get(name)):
            yield {"type": "image" if name == "photo" else "video", "url": url, "alt": ""}
    photos = value.get("photos")
    for one in photos if isinstance(photos, list) else ():
        if url := web_of(one):
            yield {"type": "image", "url": url, "alt": ""}
    kind, link = value.get("item"), web_of(value.get("link"))
    if link and kind in {"photo", "video"} and not value.get(kind):
        yield {"type": "image" if kind == "photo" else "video", "url": link, "alt": ""}


def _attachment(node: Any) -> Iterator[dict[str, str]]:
    within = list(members(node, "subattachments", "data"))
    if within:
        for one in within:
            yield from _attachment(one)
        return
    kind = str(inside(node, "media_type") or inside(node, "type") or "")
    moving = "video" in kind or "gif" in kind
    url = web_of(inside(node, "media", "source")) or web_of(inside(node, "media", "image", "src"))
    if url and (moving or "photo" in kind or "sticker" in kind or kind == "album"):
        alt = text_of(inside(node, "title"))
        yield {"type": "video" if moving else "image", "url": url, "alt": alt}
