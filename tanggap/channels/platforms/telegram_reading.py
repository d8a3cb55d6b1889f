"""Reads Telegram updates: what was said to the bot, about it, or under the official channel's posts.

Sources, seen 2026-11-22: core.telegram.org/bots/api#update, #message, #chat, #messageentity, #chatmemberupdated;
core.telegram.org/bots/features#privacy-mode; core.telegram.org/api/discussion (comments of a channel).

Ids: a message is "<chat>/<message>", as message numbers are counted in each chat. An update does not say which bot it
is for, so the reader is told (`Raw.account`); untold, any bot's name counts as ours.

A bot in a group sees what its members say to each other. Only what answers or names the bot, and comments directly
under a channel's post, become items; the rest is not for the government and is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tanggap.channels.items import Action, Author, Item
from tanggap.channels.values import text_there

PLATFORM = "telegram"
Dict = Mapping[str, Any]

_FILES = {
    "animation": "video", "audio": "audio", "document": "document", "sticker": "sticker", "video": "video",
    "video_note": "video", "voice": "audio",
}  # fmt: skip
_GONE = {"left", "kicked"}


@dataclass(frozen=True, slots=True)
class Ours:
    """The bot's id and user name, and the official channel's id; each may be unknown."""

    id: str = ""
    username: str = ""
    channel: str = ""

    def is_bot(self, user: Any) -> bool:
        """This will tell whether a user is our bot."""
        if not isinstance(user, dict):
            return False
        return str(user.get("id")) == self.id if self.id else bool(user.get("is_bot"))

    def is_name(self, name: str) -> bool:
        """This will tell whether a user name is our bot's; names of bots end in "bot"."""
        low = name.lower().lstrip("@")
        return low == self.username.lower().lstrip("@") if self.username else low.endswith("bot")


def items(update: Dict, ours: Ours) -> list[Item]:
    """This will read one update; KeyError, TypeError or ValueError where it is not as documented."""
    if not isinstance(update["update_id"], int):
        raise TypeError("not an update")
    for name, action in _MESSAGES.items():
        if name in update:
            found = _read(update[name], ours, action)
            return [found] if found else []
    if "my_chat_member" in update:
        return _membership(update["my_chat_member"], ours)
    return []


_MESSAGES = {
    "message": Action.CREATE, "edited_message": Action.EDIT,
    "channel_post": Action.CREATE, "edited_channel_post": Action.EDIT,
}  # fmt: skip


def _read(message: Dict, ours: Ours, action: Action) -> Item | None:
    chat = message["chat"]
    kind = text_there(chat["type"])
    if kind == "private":
        return _private(message, action, ours)
    if kind == "channel":
        return _post(message, action, ours)
    return _in_group(message, action, ours) if kind in {"group", "supergroup"} else None


def _private(message: Dict, action: Action, ours: Ours) -> Item | None:
    if _text_of(message).partition(" ")[0] == "/start":  # pressed by everyone who opens the bot
        return None
    answered = message.get("reply_to_message")
    return _item(
        message, "message", _person(message["from"]), action, thread=_number(message["chat"]["id"]),
        in_reply_to=_key(answered) if isinstance(answered, dict) else "",
    )  # fmt: skip


def _post(message: Dict, action: Action, ours: Ours) -> Item | None:
    chat = message["chat"]
    official = bool(ours.channel) and _number(chat["id"]) == ours.channel
    author = _chat(chat)
    if official:
        author = Author(ours.id or author.external_id, author.handle, author.name)
    return _item(message, "post", author, action, thread=_key(message))


def _in_group(message: Dict, action: Action, ours: Ours) -> Item | None:
    if message.get("is_automatic_forward"):  # the copy of a channel's post, under which its comments stand
        return None
    above = message.get("reply_to_message")
    above = above if isinstance(above, dict) else {}
    kind, parent = "", _key(above) if above else ""
    if above.get("is_automatic_forward"):
        kind, parent = "comment", _original(above)
    elif above and ours.is_bot(above.get("from")):
        kind = "comment"
    elif _named(message, ours):
        kind = "mention"
    elif above and _for_the_group(message):
        kind = "comment"
    if not kind:
        return None
    topic = message.get("message_thread_id")
    thread = f"{_number(message['chat']['id'])}/{_number(topic)}" if topic else parent
    return _item(message, kind, _speaker(message, above, ours), action, thread=thread, in_reply_to=parent)


def _named(message: Dict, ours: Ours) -> bool:
    """Whether a text calls the bot: by name, by a link to its account, or by a command (its own or everybody's)."""
    text = _text_of(message).encode("utf-16-le", "surrogatepass")
    for one in message.get("entities") or message.get("caption_entities") or ():
        # Offsets and lengths count UTF-16 units (bots/api#messageentity).
        part = text[2 * one["offset"] : 2 * (one["offset"] + one["length"])].decode("utf-16-le", "replace")
        if one["type"] == "mention" and ours.is_name(part):
            return True
        if one["type"] == "text_mention" and ours.is_bot(one.get("user")):
            return True
        if one["type"] == "bot_command" and ("@" not in part or ours.is_name(part.partition("@")[2])):
            return True
    return False


def _for_the_group(message: Dict) -> bool:
    """Whether an administrator speaks who hides behind the group's name: a colleague who answers by hand."""
    by = message.get("sender_chat")
    return isinstance(by, dict) and by.get("id") == message["chat"]["id"]


def _speaker(message: Dict, above: Dict, ours: Ours) -> Author:
    by = message.get("sender_chat")
    if not isinstance(by, dict):
        return _person(message["from"])
    posted = above.get("sender_chat")
    of_the_channel = isinstance(posted, dict) and posted.get("id") == by.get("id")
    if ours.id and (
        _for_the_group(message) or of_the_channel or ours.channel and ours.channel == _number(by["id"])
    ):
        return Author(ours.id, ours.username and f"@{ours.username.lstrip('@')}", str(by.get("title") or ""))
    return _chat(by)


def _original(copy: Dict) -> str:
    """The id of the channel's post that a copy in its discussion group stands for; the copy's own where unsaid."""
    origin = copy.get("forward_origin")
    if isinstance(origin, dict) and origin.get("type") == "channel":
        return f"{_number(origin['chat']['id'])}/{_number(origin['message_id'])}"
    return _key(copy)


def _membership(change: Dict, ours: Ours) -> list[Item]:
    """A note where the bot may no longer speak: a citizen blocked it, or a group or channel put it out."""
    chat, state = change["chat"], change["new_chat_member"]["status"]
    if state not in _GONE or change["old_chat_member"]["status"] in _GONE:
        return []
    at, where = _time(change["date"]), _number(chat["id"])
    private = chat["type"] == "private"
    title = str(chat.get("title") or "")[:200]
    text = (
        "[Warga ini memblokir bot atau menghentikannya; balasan tidak akan sampai.]" if private
        else f"[Bot dikeluarkan dari {title or 'sebuah grup'}; pesan di sana tidak lagi masuk.]"
    )  # fmt: skip
    return [
        Item(
            platform=PLATFORM, external_id=f"{where}/anggota-{int(at.timestamp())}",
            kind="message" if private else "mention", text=text, created_at=at, author=_person(change["from"]),
            thread=where,
        )
    ]  # fmt: skip


def _item(
    message: Dict, kind: str, author: Author, action: Action, *, thread: str, in_reply_to: str = ""
) -> Item | None:
    text, media, place = _text_of(message), _media(message), _place(message)
    text = text or _told(message)
    if not (text or media or place):
        return None  # somebody joined, a message was pinned: nothing was said
    edited = message.get("edit_date")
    return Item(
        platform=PLATFORM, external_id=_key(message), kind=kind, text=text, created_at=_time(message["date"]),
        author=author, action=action, url=_url(message), in_reply_to=in_reply_to, thread=thread or _key(message),
        media=media, location=place, edited_at=_time(edited) if action == Action.EDIT and edited else None,
    )  # fmt: skip


def _text_of(message: Dict) -> str:
    text = message.get("text", message.get("caption", ""))
    return text_there(text)


def _told(message: Dict) -> str:
    """What a message without a text says: a place, a contact, a poll."""
    if isinstance(venue := message.get("venue"), dict):
        return "\n".join(str(venue[key]) for key in ("title", "address") if venue.get(key))
    if isinstance(place := message.get("location"), dict):
        return f"Lokasi: {place['latitude']}, {place['longitude']}"
    if isinstance(card := message.get("contact"), dict):
        name = " ".join(str(card[key]) for key in ("first_name", "last_name") if card.get(key))
        return f"Kontak: {name} {card.get('phone_number') or ''}".strip()
    if isinstance(poll := message.get("poll"), dict):
        return f"Jajak pendapat: {poll.get('question') or ''}".strip()
    sticker = message.get("sticker")
    return str(sticker.get("emoji") or "") if isinstance(sticker, dict) else ""


def _media(message: Dict) -> list[dict[str, Any]]:
    if sizes := message.get("photo"):
        largest = max(sizes, key=lambda one: int(one.get("width") or 0) * int(one.get("height") or 0))
        return [_held("image", largest)]
    # An animation comes with a document of the same file, for older bots.
    found = [_held(_FILES[key], message[key]) for key in _FILES if isinstance(message.get(key), dict)]
    return found[:1]


def _held(kind: str, file: Dict) -> dict[str, Any]:
    return {
        "type": kind, "id": text_there(file["file_id"]), "mime": str(file.get("mime_type") or ""),
        "name": str(file.get("file_name") or "")[:200], "alt": "",
    }  # fmt: skip


def _place(message: Dict) -> dict[str, Any] | None:
    place = message.get("location")
    if not isinstance(place, dict):
        return None
    lat, lon = float(place["latitude"]), float(place["longitude"])
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise ValueError("not on the globe")
    return {"lat": lat, "lon": lon}


def _url(message: Dict) -> str:
    chat = message["chat"]
    if chat["type"] not in {"supergroup", "channel"}:
        return ""
    name, number = chat.get("username"), _number(chat["id"])
    inside = name if isinstance(name, str) and name else f"c/{number.removeprefix('-100')}"
    return f"https://t.me/{inside}/{_number(message['message_id'])}"


def _person(user: Dict) -> Author:
    username = user.get("username")
    name = " ".join(str(user[key]) for key in ("first_name", "last_name") if user.get(key))
    return Author(_number(user["id"]), f"@{username}" if username else "", name[:200])


def _chat(chat: Dict) -> Author:
    username = chat.get("username")
    return Author(_number(chat["id"]), f"@{username}" if username else "", str(chat.get("title") or "")[:200])


def _key(message: Dict) -> str:
    return f"{_number(message['chat']['id'])}/{_number(message['message_id'])}"


def _number(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
        raise TypeError("not a number")
    return str(value)


def _time(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**34:
        raise ValueError("not a time")
    return datetime.fromtimestamp(value, UTC)
