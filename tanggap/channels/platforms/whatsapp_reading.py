"""Reads what WhatsApp delivers: messages of every kind, edits, withdrawals, reports, and answers from the app itself.

Sources, seen 2026-11-22: developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
(and its pages text, image, audio, video, document, sticker, location, contacts, interactive, button, reaction, order,
system, unsupported, group, status, edit, revoke), …/webhooks/reference/smb_message_echoes,
…/whatsapp/business-scoped-user-ids.

Since April 2026 every citizen has a business-scoped user id (BSUID, "ID.13491208655302741918"), and who takes a user
name may hide the telephone number: `from` and `wa_id` are then left out. So an author is known by the BSUID, and by
the number only where none is given. A conversation is "<phone number id>/<author>": that is whom an answer goes to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tanggap.channels.items import Action, Author, Item, Receipt
from tanggap.channels.platforms.whatsapp_api import reason
from tanggap.channels.values import text_there

PLATFORM = "whatsapp"
GROUP = "g:"
_STATES = {
    "sent": Receipt.SENT, "delivered": Receipt.DELIVERED, "read": Receipt.READ, "played": Receipt.READ,
    "failed": Receipt.FAILED,
}  # fmt: skip
_Said = tuple[str, list[dict[str, Any]], dict[str, Any] | None]

Dict = Mapping[str, Any]


def items(whole: Dict) -> list[Item]:
    """This will read a whole delivery; KeyError, TypeError or ValueError where it is not as documented."""
    found: list[Item] = []
    for entry in whole["entry"]:
        for change in entry["changes"]:
            if change["field"] == "messages":
                found += _messages(change["value"])
            elif change["field"] == "smb_message_echoes":
                found += _echoes(change["value"])
    return found


def _messages(value: Dict) -> list[Item]:
    account = _id(value["metadata"]["phone_number_id"])
    people = [one for one in value.get("contacts") or () if isinstance(one, dict)]
    found = [_message(one, account, people) for one in value.get("messages") or ()]
    reports = [_report(one, account) for one in value.get("statuses") or ()]
    return [one for one in (*found, *reports) if one is not None]


def _echoes(value: Dict) -> list[Item]:
    """What colleagues wrote in the WhatsApp Business app on the same number: own messages."""
    account, number = _id(value["metadata"]["phone_number_id"]), _phone(value["metadata"])
    ours = Author(account, number, "")
    found = []
    for one in value.get("message_echoes") or ():
        whom = _id(one.get("to_user_id") or one.get("to"))
        found.append(_item(one, account, ours, f"{account}/{whom}"))
    return [one for one in found if one is not None]


def _message(one: Dict, account: str, people: list[dict[str, Any]]) -> Item | None:
    by = _id(one.get("from_user_id") or one.get("from"))
    author = _author(by, one, people)
    group = one.get("group_id")
    thread = f"{account}/{GROUP}{_id(group)}" if group else f"{account}/{author.external_id}"
    return _item(one, account, author, thread)


def _author(by: str, one: Dict, people: list[dict[str, Any]]) -> Author:
    ids = {by, one.get("from")}
    known = next((who for who in people if {who.get("user_id"), who.get("wa_id")} & ids), {})
    if not known and len(people) == 1 and not one.get("from_user_id"):
        known = people[0]
    told = known.get("profile")
    profile = told if isinstance(told, dict) else {}
    name, username = str(profile.get("name") or "")[:200], str(profile.get("username") or "")
    number = one.get("from") or known.get("wa_id")
    user = known.get("user_id")
    # Where the message names the number only, the contact beside it may still hold the lasting id.
    lasting = _id(user) if isinstance(user, str) and user and not one.get("from_user_id") else by
    handle = f"@{username.lstrip('@')}" if username else f"+{number}" if number else ""
    return Author(lasting, handle[:200], name)


def _item(one: Dict, account: str, author: Author, thread: str) -> Item | None:
    kind, at, key = text_there(one["type"]), _time(one["timestamp"]), _id(one["id"])
    base: dict[str, Any] = {
        "platform": PLATFORM, "kind": "message", "created_at": at, "author": author, "account": account,
        "thread": thread,
    }  # fmt: skip
    if kind == "revoke":
        gone = _id(one["revoke"]["original_message_id"])
        return Item(external_id=gone, text="", action=Action.DELETE, **base)
    if kind == "edit":
        changed = one["edit"]
        text, media, place = _said(changed["message"])
        first = _id(changed["original_message_id"])
        return Item(
            external_id=first,
            text=text,
            media=media,
            location=place,
            action=Action.EDIT,
            edited_at=at,
            **base,
        )
    text, media, place = _said(one)
    if not (text or media or place):
        return None
    return Item(external_id=key, text=text, media=media, location=place, in_reply_to=_answered(one), **base)


def _said(one: Dict) -> _Said:
    """The text, the files and the place of a message, whatever its type; nothing of one that takes a reaction back."""
    kind = text_there(one["type"])
    read = _KINDS.get(kind, _unknown)
    text, media, place = read(one.get(kind), one)
    if isinstance(one.get("referral"), dict):
        media = [*media, _advert(one["referral"])]
    return text, media, place


def _plain(part: Any, one: Dict) -> _Said:
    return text_there(part["body"]), [], None


def _file(part: Any, one: Dict) -> _Said:
    kind = text_there(one["type"])
    held = {
        "type": "audio" if kind == "voice" else kind, "id": _id(part["id"]), "mime": str(part.get("mime_type") or ""),
        "name": str(part.get("filename") or "")[:200], "alt": "",
    }  # fmt: skip
    return str(part.get("caption") or ""), [held], None


def _place(part: Any, one: Dict) -> _Said:
    lat, lon = float(part["latitude"]), float(part["longitude"])
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise ValueError("not on the globe")
    words = [str(part[key]) for key in ("name", "address") if part.get(key)]
    return "\n".join(words) or f"Lokasi: {lat}, {lon}", [], {"lat": lat, "lon": lon}


def _cards(part: Any, one: Dict) -> _Said:
    lines = []
    for card in part:
        name = (card.get("name") or {}).get("formatted_name") or ""
        phones = [str(each.get("phone") or each.get("wa_id") or "") for each in card.get("phones") or ()]
        lines.append(" ".join(["Kontak:", str(name), *phones]).replace("  ", " ").strip())
    return "\n".join(lines), [], None


def _chosen(part: Any, one: Dict) -> _Said:
    answer = part[part["type"]]
    words = [answer.get("title"), answer.get("description")] if part["type"] != "nfm_reply" else []
    if part["type"] == "nfm_reply":
        words = [answer.get("body"), answer.get("response_json")]
    return "\n".join(str(word) for word in words if word), [], None


def _button(part: Any, one: Dict) -> _Said:
    return text_there(part.get("text") or part.get("payload")), [], None


def _reaction(part: Any, one: Dict) -> _Said:
    return str(part.get("emoji") or ""), [], None


def _order(part: Any, one: Dict) -> _Said:
    count = len(part["product_items"])
    return (
        "\n".join(filter(None, (f"Pesanan katalog: {count} barang", str(part.get("text") or "")))),
        [],
        None,
    )


def _system(part: Any, one: Dict) -> _Said:
    number = part.get("wa_id")
    new = f" menjadi +{number}" if number else ""
    return (
        f"[Warga ini mengganti nomor WhatsApp{new}. Percakapan berikutnya memakai nomor barunya.]",
        [],
        None,
    )


def _unknown(part: Any, one: Dict) -> _Said:
    return (
        "[Pesan jenis ini tidak dapat dibaca lewat WhatsApp Business. Minta warga menuliskannya.]",
        [],
        None,
    )


_KINDS: dict[str, Callable[[Any, Dict], _Said]] = {
    "text": _plain, "location": _place, "contacts": _cards, "interactive": _chosen, "button": _button,
    "reaction": _reaction, "order": _order, "system": _system,
    **dict.fromkeys(("image", "audio", "voice", "video", "document", "sticker"), _file),
}  # fmt: skip


def _advert(part: Mapping[str, Any]) -> dict[str, Any]:
    """What the citizen tapped before writing: an advertisement or a post of the government."""
    url = part.get("source_url")
    shown = url if isinstance(url, str) and url.startswith(("https://", "http://")) else ""
    return {
        "type": "referral",
        "url": shown,
        "alt": str(part.get("headline") or part.get("body") or "")[:300],
    }


def _answered(one: Dict) -> str:
    if one["type"] == "reaction":
        return _id(one["reaction"]["message_id"])
    context = one.get("context")
    answered = context.get("id") if isinstance(context, dict) else None
    return _id(answered) if answered else ""


def _report(one: Dict, account: str) -> Item | None:
    state = _STATES.get(text_there(one["status"]))
    if state is None:
        return None
    errors = one.get("errors") if isinstance(one.get("errors"), list) else []
    why = next(filter(None, (reason(error) for error in errors or ())), "")
    if state == Receipt.FAILED and not why:
        why = "Tidak sampai; WhatsApp tidak memberi alasan."
    whom = one.get("recipient_user_id") or one.get("recipient_id")
    return Item(
        platform=PLATFORM, external_id=_id(one["id"]), kind="message", text=why if state == Receipt.FAILED else "",
        created_at=_time(one["timestamp"]), action=Action.RECEIPT, receipt=state, account=account,
        thread=f"{account}/{_id(whom)}" if whom else "", reference=str(one.get("biz_opaque_callback_data") or "")[:200],
    )  # fmt: skip


def _phone(metadata: Dict) -> str:
    number = str(metadata.get("display_phone_number") or "")
    return f"+{number.lstrip('+')}" if number else ""


def _time(value: Any) -> datetime:
    seconds = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 < seconds < 2**34:
        raise ValueError("not a time")
    return datetime.fromtimestamp(seconds, UTC)


def _id(value: Any) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else text_there(value).strip()
    if not text or len(text) > 200 or "/" in text and not text.startswith("wamid."):
        raise ValueError("not an id")
    return text
