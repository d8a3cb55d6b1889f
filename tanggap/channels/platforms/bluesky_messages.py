"""Direct messages on Bluesky: kept by a service of their own, and open only to app passwords with that permission.

docs.bsky.app/docs/api/chat-bsky-convo-get-log, -send-message, -get-convo-for-members, seen 2026-11-22. The service
takes no key of ours with a message: whether one arrived is asked by its text and time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tanggap.channels.connector import Outgoing, Sent
from tanggap.channels.errors import CannotTell, NeedsLogin, OutcomeUnknown, Permanent, Temporary
from tanggap.channels.platforms.bluesky_api import CHAT, Api, Json, NoMessages

_SKEW_SECONDS = 300
_MOST_PAGES = 20


def opened(api: Api) -> bool:
    """This will say whether the account's app password opens direct messages."""
    try:
        api.read("chat.bsky.convo.listConvos", headers=CHAT, limit=1)
    except (Permanent, Temporary):
        return False
    return True


def concerns(out: Outgoing) -> bool:
    """This will say whether something to send is a direct message."""
    return out.kind == "private_reply" or (out.kind == "reply" and out.target_external_id.startswith("chat/"))


def news(api: Api, cursor: str) -> tuple[list[Json], str]:
    """This will return new messages, each with the members of its conversation, and the cursor after them."""
    entries: list[Json] = []
    for _ in range(_MOST_PAGES):
        found = _asked(api, "chat.bsky.convo.getLog", cursor=cursor or None)
        entries += found["logs"]
        after = str(found.get("cursor") or "")
        if not found["logs"] or after in {"", cursor}:
            break
        cursor = after
    said = [one for one in entries if str(one.get("$type")).endswith("#logCreateMessage")]
    members = {one: _members(api, one) for one in {str(entry["convoId"]) for entry in said}}
    return [{**one, "members": members[str(one["convoId"])]} for one in said], cursor


def send(api: Api, out: Outgoing) -> Sent:
    """This will send one message; OutcomeUnknown whenever the service may have taken it."""
    if out.media:
        raise Permanent("Pesan langsung Bluesky tidak membawa gambar; kirim tanpa gambar.")
    conversation = _conversation(api, out)
    try:
        said = api.write(
            "chat.bsky.convo.sendMessage",
            {"convoId": conversation, "message": {"text": out.text}},
            headers=CHAT,
        )
        return Sent(f"chat/{conversation}/{said['id']}")
    except NoMessages as error:
        raise _needs_permission(error) from error
    except KeyError as error:
        raise OutcomeUnknown("Jawaban Bluesky sesudah pesan tidak terbaca.") from error


def find(api: Api, out: Outgoing) -> Sent | None:
    """This will look for the message among the newest 100 of its conversation: the same text, sent since."""
    if out.created_at is None:
        raise CannotTell("Waktu pembuatan kiriman tidak diketahui; periksa di Bluesky.")
    conversation, since = _conversation(api, out), out.created_at.timestamp() - _SKEW_SECONDS
    found = _asked(api, "chat.bsky.convo.getMessages", convoId=conversation, limit=100)["messages"]
    for one in found:
        if _at(one) < since:
            return None
        key = f"chat/{conversation}/{one['id']}"
        mine = one.get("sender", {}).get("did") == api.me.did and one.get("text") == out.text
        if mine and key not in out.options.get("taken", ()):
            return Sent(key)
    if len(found) < 100:
        return None
    raise CannotTell("Terlalu banyak pesan sesudahnya untuk diperiksa sendiri; periksa di Bluesky.")


def _conversation(api: Api, out: Outgoing) -> str:
    if out.target_external_id.startswith("chat/"):
        return out.target_external_id.split("/")[1]
    citizen = out.target_external_id.removeprefix("at://").partition("/")[0]
    try:
        return str(_asked(api, "chat.bsky.convo.getConvoForMembers", members=[citizen])["convo"]["id"])
    except Permanent as error:
        raise Permanent(
            f"{error} Penerima tidak menerima pesan dari akun ini: jawab terbuka dan minta ia menghubungi kita."
        ) from error


def _members(api: Api, conversation: str) -> list[Json]:
    return list(_asked(api, "chat.bsky.convo.getConvo", convoId=conversation)["convo"]["members"])


def _asked(api: Api, method: str, **query: Any) -> Json:
    try:
        return api.read(method, headers=CHAT, **query)
    except NoMessages as error:
        raise _needs_permission(error) from error


def _needs_permission(error: NoMessages) -> NeedsLogin:
    return NeedsLogin(f"{error} Buat sandi aplikasi baru dengan izin pesan langsung, lalu sambungkan lagi.")


def _at(message: Json) -> float:
    return datetime.fromisoformat(str(message["sentAt"])).timestamp()
