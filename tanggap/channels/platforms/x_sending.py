"""What leaves for X: posts, answers, direct messages, hiding; and what became of them.

X takes no key of ours. A send whose answer was lost is looked for in the account's own timeline since the delivery was
made: the same text to the same target, that no other delivery owns.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tanggap.channels.connector import Outgoing, Sent
from tanggap.channels.errors import CannotTell, Gone, OutcomeUnknown, Permanent, Temporary
from tanggap.channels.platforms import x_figures
from tanggap.channels.platforms.x_api import DM, TWEET, Api, Duplicate, Json, stamp
from tanggap.channels.platforms.x_items import post_of

_SKEW = timedelta(seconds=300)
_PAGE = 100
_MOST_PAGES = 5
_ALONE = {"image/gif", "video/mp4"}


def send(api: Api, me: str, out: Outgoing) -> Sent:
    """This will send once; media go up before, and only then the send begins."""
    if out.kind == "hide":
        return _hide(api, out)
    if out.kind == "withdraw":
        return x_figures.withdraw(api, out)
    if _is_message(out):
        return _message(api, me, out)
    if out.kind not in {"post", "reply"}:
        raise Permanent(f"X tidak mengenal tindakan {out.kind}.")
    return _post(api, me, out)


def look_up(api: Api, me: str, out: Outgoing) -> Sent | None:
    """This will look for a send; CannotTell where too much was sent since, or nothing would show it."""
    if out.kind == "hide":
        raise CannotTell("Periksa di X apakah balasan itu sudah tersembunyi.")
    if out.kind == "withdraw":
        return x_figures.withdrawn(api, out)
    if out.created_at is None:
        raise CannotTell("Waktu pembuatan kiriman tidak diketahui; periksa di X.")
    return _message_there(api, me, out) if _is_message(out) else _there(api, me, out)


def _post(api: Api, me: str, out: Outgoing) -> Sent:
    if len(out.media) > 1 and any(one.type in _ALONE for one in out.media):
        raise Permanent("X menerima paling banyak empat gambar, atau satu video, atau satu GIF.")
    body: Json = {"text": out.text}
    if out.kind == "reply":
        body["reply"] = {"in_reply_to_tweet_id": out.target_external_id}
    if out.media:
        body["media"] = {"media_ids": [api.upload(one) for one in out.media]}
    try:
        key = str(api.write("/2/tweets", body).get("id") or "")
    except Duplicate:
        # Perhaps an earlier try arrived and only its answer was lost: then it stands in our own timeline.
        if found := _there(api, me, out):
            return found
        raise
    if not key:
        raise OutcomeUnknown("Jawaban X sesudah kiriman tidak terbaca.")
    return Sent(key, f"https://x.com/i/status/{key}")


def _is_message(out: Outgoing) -> bool:
    return out.kind == "private_reply" or (out.kind == "reply" and out.target_external_id.startswith("dm/"))


def _message(api: Api, me: str, out: Outgoing) -> Sent:
    if len(out.media) > 1:
        raise Permanent("Pesan langsung X membawa paling banyak satu gambar atau video.")
    path = f"/2/dm_conversations/with/{_citizen(api, me, out)}/messages"
    body: Json = {"text": out.text}
    if out.media:
        body["attachments"] = [{"media_id": api.upload(one)} for one in out.media]
    said = api.write(path, body)
    if not said.get("dm_event_id"):
        raise OutcomeUnknown("Jawaban X sesudah pesan tidak terbaca.")
    return Sent(f"dm/{said['dm_event_id']}")


def _citizen(api: Api, me: str, out: Outgoing) -> str:
    """Who is written to: the other one of a conversation, or a post's author."""
    pair = out.thread.removeprefix("dm/").split("-") if out.thread.startswith("dm/") else []
    other = [one for one in pair if one != me]
    if len(pair) == 2 and len(other) == 1:
        return other[0]
    if out.target_external_id.startswith("dm/"):
        raise Permanent("Percakapan kelompok di X dijawab langsung di X; tandai sesudahnya.")
    found = api.read(f"/2/tweets/{out.target_external_id}", {"tweet.fields": "author_id"})
    if not found.get("data"):
        raise Gone("Kiriman yang dijawab sudah tidak ada di X; tidak ada yang dikirim.")
    return str(found["data"]["author_id"])


def _hide(api: Api, out: Outgoing) -> Sent:
    if out.target_external_id.startswith("dm/"):
        raise Permanent("Pesan langsung tidak dapat disembunyikan.")
    hidden = bool(out.options.get("hidden", True))
    try:
        api.write(f"/2/tweets/{out.target_external_id}/hidden", {"hidden": hidden}, method="PUT")
    except OutcomeUnknown as error:  # the same again changes nothing: it may be tried blindly
        raise Temporary(str(error), everywhere=False) from error
    return Sent(out.target_external_id)


def _there(api: Api, me: str, out: Outgoing) -> Sent | None:
    since = (out.created_at or datetime.now(UTC)) - _SKEW
    target = out.target_external_id if out.kind == "reply" else ""
    query = {**TWEET, "max_results": _PAGE, "start_time": stamp(since.isoformat()), "exclude": "retweets"}
    for one, includes in _pages(api, f"/2/users/{me}/tweets", query):
        item = post_of(one, includes, me)
        same = item and _bare(item.text) == _bare(out.text) and item.in_reply_to == target
        if item and same and item.external_id not in out.options.get("taken", ()):
            return Sent(item.external_id, item.url)
    return None


def _message_there(api: Api, me: str, out: Outgoing) -> Sent | None:
    since = (out.created_at or datetime.now(UTC)) - _SKEW
    path = f"/2/dm_conversations/with/{_citizen(api, me, out)}/dm_events"
    for one, _ in _pages(api, path, {**DM, "max_results": _PAGE}):
        key = f"dm/{one['id']}"
        if datetime.fromisoformat(str(one["created_at"])) < since:
            return None
        ours = str(one.get("sender_id")) == me and _bare(str(one.get("text"))) == _bare(out.text)
        if ours and key not in out.options.get("taken", ()):
            return Sent(key)
    return None


def _pages(api: Api, path: str, query: Json) -> Iterator[tuple[Json, Json]]:
    token: Any = None
    for _ in range(_MOST_PAGES):
        found = api.read(path, {**query, "pagination_token": token})
        for one in found.get("data") or []:
            yield one, found.get("includes") or {}
        token = (found.get("meta") or {}).get("next_token")
        if not token:
            return
    raise CannotTell("Terlalu banyak kiriman sesudahnya untuk diperiksa sendiri; periksa di X.")


def _bare(text: str) -> str:
    """A text without the mentions that X puts before an answer, with single spaces."""
    words = text.split()
    while words and words[0].startswith("@"):
        words.pop(0)
    return " ".join(words)
