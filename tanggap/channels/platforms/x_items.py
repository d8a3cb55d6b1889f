"""Reads X's deliveries and what the X connector fetched into items.

Four shapes: deliveries of the X Activity API ({"data": {"event_type", "filter", "payload", "includes"}},
docs.x.com/x-api/activity/event-payloads), of the Account Activity API until 1 January 2027 ({"for_user_id",
"tweet_create_events", …}, docs.x.com/x-api/account-activity/introduction), and our own around what was asked for:
{"x": "post" | "message" | "delete", "me", "payload", "includes"}. All seen 2026-11-22.

Each edit of a post has an id of its own and lists all of them; the first is the post's id here. A direct message is
"dm/<event>", its conversation "dm/<smaller account id>-<larger>".
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tanggap.channels.connector import Action, Author, Item, Raw, Unreadable
from tanggap.channels.values import as_documented, count_of, iso_time_of, text_there, web_of

PLATFORM = "x"
_EPOCH_MS = 1288834974657
_MOST_TEXT = 100_000
_POSTS = {"post.create", "post.mention.create", "post.reply.create", "post.quote.create"}
_OLD_TIME = "%a %b %d %H:%M:%S %z %Y"
Json = Mapping[str, Any]


def items(raw: Raw) -> list[Item]:
    """This will read one body; what concerns nobody's words gives no item, Unreadable where it is not understood."""
    with as_documented("X"):
        body = json.loads(raw.body)
        if "x" in body:
            return _own(body, raw.received_at)
        if "for_user_id" in body:
            return list(_account_activity(body, raw.received_at))
        if "data" in body:
            return _activity(body["data"], raw.received_at)
        if "user_event" in body:  # an account took its permission back: the next request says so
            return []
    raise Unreadable("Kiriman X tidak dikenal.")


def post_of(post: Json, includes: Json, me: str) -> Item | None:
    """This will read one post of API v2; None for a repost."""
    return next(iter(_post(post, includes, me, "")), None)


def first_id(post: Json) -> str:
    """This will return the id of a post's first version, by which all of its versions are one."""
    history = post.get("edit_history_tweet_ids")
    return _id(history[0] if history else post["id"])


def conversation(one: str, other: str) -> str:
    """This will return the thread of two accounts' direct messages."""
    return "dm/" + "-".join(sorted((one, other), key=int))


def time_of(key: str) -> datetime:
    """This will return when an id was given out: its upper bits are milliseconds (docs.x.com/fundamentals/x-ids)."""
    return datetime.fromtimestamp(((int(key) >> 22) + _EPOCH_MS) / 1000, UTC)


def id_at(at: datetime) -> int:
    """This will return the smallest id that is given out at a time."""
    return max(int(at.timestamp() * 1000) - _EPOCH_MS, 0) << 22


# -- the X Activity API -----------------------------------------------------------------------------------------
def _activity(event: Json, received_at: datetime) -> list[Item]:
    kind, payload = text_there(event["event_type"]), event["payload"]
    me = _id(event["filter"]["user_id"]) if event.get("filter", {}).get("user_id") else ""
    if kind == "post.delete":
        return [replace(_gone(_id(payload["id"]), received_at), account=me)]
    if kind in _POSTS:
        return _post(payload, event.get("includes") or {}, me, me)
    if kind in {"dm.received", "dm.sent"}:
        users = {key: one.get("data") or one for key, one in (payload.get("users") or {}).items()}
        return [
            one for dm in payload["direct_message_events"] for one in _old_message(dm, users, me)
        ]  # fmt: skip
    return []


def _own(body: Json, received_at: datetime) -> list[Item]:
    kind, payload, me = body["x"], body["payload"], _id(body["me"])
    if kind == "delete":
        return [_gone(_id(payload), received_at)]
    if kind == "message":
        return _message(payload, body.get("includes") or {}, me)
    return _post(payload, body.get("includes") or {}, me, "") if kind == "post" else []


def _post(post: Json, includes: Json, me: str, account: str) -> list[Item]:
    """One post of API v2; a repost is nobody's words."""
    answers = {text_there(one["type"]): _id(one["id"]) for one in post.get("referenced_tweets") or ()}
    if "retweeted" in answers:
        return []
    key, history = first_id(post), [_id(one) for one in post.get("edit_history_tweet_ids") or ()]
    note = post.get("note_tweet") or {}
    text = _words(
        text_there(note.get("text") or post["text"]),
        (note.get("entities") or post.get("entities") or {}).get("urls") or (),
    )
    author = _author(_id(post["author_id"]), _by_id(includes.get("users"), "id"))
    beside = _by_id(includes.get("tweets"), "id")
    above = answers.get("replied_to", "")
    above = first_id(beside[above]) if above in beside else above
    to_us = bool(me) and str(post.get("in_reply_to_user_id") or "") == me
    edited = len(history) > 1
    return [
        Item(
            platform=PLATFORM, external_id=key, text=text, account=account, author=author,
            kind=_kind(author.external_id == me, above, to_us, _names(post, me)),
            created_at=time_of(key) if edited else iso_time_of(post["created_at"]),
            action=Action.EDIT if edited else Action.CREATE,
            edited_at=iso_time_of(post["created_at"]) if edited else None,
            url=f"https://x.com/{author.handle.lstrip('@') or 'i'}/status/{history[-1] if history else key}",
            in_reply_to=above, thread=_id(post.get("conversation_id") or above or key),
            media=_media(post.get("attachments") or {}, includes), metrics=_metrics(post.get("public_metrics") or {}),
        )
    ]  # fmt: skip


def _kind(by_us: bool, above: str, to_us: bool, names_us: bool) -> str:
    if by_us:
        return "comment" if above else "post"
    if to_us:
        return "comment"
    return "mention" if names_us else "comment" if above else "post"


def _names(post: Json, me: str) -> bool:
    mentions = (post.get("entities") or {}).get("mentions") or ()
    return any(str(one.get("id")) == me for one in mentions)


def _message(event: Json, includes: Json, me: str) -> list[Item]:
    """One direct message event of API v2; people joining and leaving say nothing."""
    if event.get("event_type") != "MessageCreate":
        return []
    author = _author(_id(event["sender_id"]), _by_id(includes.get("users"), "id"))
    thread = text_there(event.get("dm_conversation_id") or "")
    return [
        Item(
            platform=PLATFORM, external_id=f"dm/{_id(event['id'])}", kind="message", author=author,
            text=_words(text_there(event.get("text") or ""), (event.get("entities") or {}).get("urls") or ()),
            created_at=iso_time_of(event["created_at"]), thread=f"dm/{thread}" if thread else "",
            media=_media(event.get("attachments") or {}, includes),
        )
    ]  # fmt: skip


# -- the Account Activity API, and its messages, which the X Activity API kept ---------------------------------
def _account_activity(body: Json, received_at: datetime) -> Iterable[Item]:
    me, users = _id(body["for_user_id"]), body.get("users") or {}
    for post in body.get("tweet_create_events") or ():
        yield from _old_post(post, me)
    for event in body.get("tweet_delete_events") or ():
        gone = _gone(_id(event["status"]["id"]), received_at)
        yield replace(gone, account=me)
    for event in body.get("direct_message_events") or ():
        yield from _old_message(event, users, me)


def _old_post(post: Json, me: str) -> list[Item]:
    if post.get("retweeted_status"):
        return []
    long = post.get("extended_tweet") or {}
    user, entities = post["user"], long.get("entities") or post.get("entities") or {}
    latest, first = _id(post["id_str"]), (post.get("edit_history") or {}).get("initial_tweet_id")
    key, author = _id(first or latest), _author(_id(user["id_str"]), {_id(user["id_str"]): user})
    above = str(post.get("in_reply_to_status_id_str") or "")
    to_us = str(post.get("in_reply_to_user_id_str") or "") == me
    named = any(str(one.get("id_str")) == me for one in entities.get("user_mentions") or ())
    at = datetime.strptime(text_there(post["created_at"]), _OLD_TIME).astimezone(UTC)
    edited = key != latest
    pictures = (long.get("extended_entities") or post.get("extended_entities") or {}).get("media") or ()
    return [
        Item(
            platform=PLATFORM, external_id=key, account=me, author=author, in_reply_to=above,
            text=_words(text_there(long.get("full_text") or post["text"]), [*(entities.get("urls") or ()), *pictures]),
            kind=_kind(author.external_id == me, above, to_us, named),
            created_at=time_of(key) if edited else at,
            action=Action.EDIT if edited else Action.CREATE, edited_at=at if edited else None,
            url=f"https://x.com/{author.handle.lstrip('@') or 'i'}/status/{latest}", thread="" if above else key,
            media=[_old_media(one) for one in pictures],
        )
    ]  # fmt: skip


def _old_message(event: Json, users: Json, me: str) -> list[Item]:
    if event.get("type") != "message_create":
        return []
    said = event["message_create"]
    sender, target, data = _id(said["sender_id"]), _id(said["target"]["recipient_id"]), said["message_data"]
    picture = (data.get("attachment") or {}).get("media")
    marked = [*((data.get("entities") or {}).get("urls") or ()), *([picture] if picture else [])]
    at = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(event["created_timestamp"]))
    return [
        Item(
            platform=PLATFORM, external_id=f"dm/{_id(event['id'])}", kind="message", account=me, created_at=at,
            text=_words(text_there(data["text"]), marked), author=_author(sender, users),
            thread=conversation(sender, target), media=[_old_media(picture)] if picture else [],
        )
    ]  # fmt: skip


def _old_media(one: Json) -> dict[str, str]:
    kind = {"photo": "image", "animated_gif": "image"}.get(str(one.get("type")), str(one.get("type")))
    return {
        "type": kind,
        "url": web_of(one.get("media_url_https")),
        "alt": str(one.get("ext_alt_text") or ""),
    }


# -- parts ----------------------------------------------------------------------------------------------------
def _gone(key: str, received_at: datetime) -> Item:
    return Item(
        platform=PLATFORM, external_id=key, kind="mention", text="", created_at=received_at, action=Action.DELETE
    )  # fmt: skip


def _words(text: str, urls: Iterable[Json]) -> str:
    """A text with the addresses behind its t.co links, without those that only stand for its pictures."""
    if len(text) > _MOST_TEXT:
        raise Unreadable(f"Teks berisi {len(text)} karakter; paling banyak {_MOST_TEXT}.")
    for one in urls:
        short, picture = text_there(one.get("url") or ""), "media_key" in one or "media_url_https" in one
        whole = "" if picture else text_there(one.get("unwound_url") or one.get("expanded_url") or short)
        text = text.replace(short, whole) if short else text
    return html.unescape(text).strip()


def _author(key: str, users: Json) -> Author:
    user = users.get(key) or {}
    handle = str(user.get("username") or user.get("screen_name") or "")
    counts = user.get("public_metrics") or user
    return Author(
        key, f"@{handle}" if handle else "", str(user.get("name") or "")[:200], count_of(counts.get("followers_count"))
    )  # fmt: skip


def _media(attachments: Json, includes: Json) -> list[dict[str, str]]:
    known = _by_id(includes.get("media"), "media_key")
    found = [known[str(key)] for key in attachments.get("media_keys") or () if str(key) in known]
    kinds = {"photo": "image", "animated_gif": "image"}
    return [
        {
            "type": kinds.get(str(one.get("type")), str(one.get("type"))),
            "url": web_of(one.get("url") or one.get("preview_image_url")), "alt": str(one.get("alt_text") or ""),
        }
        for one in found
    ]  # fmt: skip


def _metrics(counts: Json) -> dict[str, int | None]:
    names = {
        "likes": "like_count",
        "shares": "retweet_count",
        "comments": "reply_count",
        "views": "impression_count",
    }
    return {name: count_of(counts.get(key)) for name, key in names.items() if key in counts}


def _by_id(rows: Any, key: str) -> dict[str, Json]:
    """Included objects by id; those of some deliveries stand one level deeper, in `data`."""
    bare = [one.get("data") or one for one in rows or ()]
    return {str(one.get(key)): one for one in bare}


def _id(value: Any) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else text_there(value)
    if not text.isascii() or not text.isdigit() or len(text) > 20:
        raise ValueError("not an id")
    return text
