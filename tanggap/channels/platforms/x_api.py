"""Speaks with X's API v2, and says what its refusals mean.

Errors are problem documents (RFC 7807) whose `type` ends in a name (docs.x.com/x-api/fundamentals/
response-codes-and-errors, seen 2026-11-22); what a refused post means stands only in the words of `detail`.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tanggap.channels.connector import Account, Attachment
from tanggap.channels.errors import ConnectorError, Gone, NeedsLogin, Permanent, Temporary
from tanggap.channels.speaking import Speaker, retry_after
from tanggap.core import http

Json = dict[str, Any]
HOME = "https://api.x.com"
TWEET = {
    "tweet.fields": "author_id,conversation_id,created_at,edit_history_tweet_ids,entities,in_reply_to_user_id,lang,"
    "note_tweet,public_metrics,referenced_tweets",
    "expansions": "author_id,attachments.media_keys,referenced_tweets.id",
    "user.fields": "name,username,public_metrics",
    "media.fields": "alt_text,preview_image_url,type,url",
}
"""What is asked for with each post; its author comes beside it, not in it."""
DM = {
    "dm_event.fields": "attachments,created_at,dm_conversation_id,entities,sender_id",
    "event_types": "MessageCreate",
    "expansions": "sender_id,attachments.media_keys",
    "user.fields": "name,username,public_metrics",
    "media.fields": "alt_text,preview_image_url,type,url",
}
_EMPTY_SECONDS = 3600
_SEGMENT = 1024 * 1024
_MOST_WAIT = 20.0


class Duplicate(Permanent):
    """The same text was posted a short while ago: perhaps by us, with the answer lost."""


class Api:
    """One account's line to X. Reads raise as Speaker.read does, writes as Speaker.write does."""

    def __init__(self, account: Account) -> None:
        base = account.api_base.rstrip("/") or HOME
        token = {"Authorization": f"Bearer {account.token}"}
        self._line = Speaker("X", base, trusted=account.trusted_base, headers=token, refusal=_refusal)
        bearer = account.developer.app_token
        self._app = {"Authorization": f"Bearer {bearer}"} if bearer else None

    def read(self, path: str, query: Mapping[str, Any] | None = None) -> Json:
        """This will GET a path as the account; what X leaves out of a list stands in `errors`."""
        found = self._line.read(path, query)
        if not isinstance(found, dict):
            raise Temporary("Jawaban X tidak utuh.")
        return found

    def write(self, path: str, body: Json, *, method: str = "POST") -> Json:
        """This will send once and return `data` of the answer."""
        found = self._line.write(path, method=method, json=body)
        return dict(found.get("data") or {}) if isinstance(found, dict) else {}

    def delete(self, path: str) -> Json:
        """This will take something away once and return `data` of the answer."""
        found = self._line.write(path, method="DELETE")
        return dict(found.get("data") or {}) if isinstance(found, dict) else {}

    def ask(self, path: str, body: Json) -> Json:
        """This will POST what nobody sees (an upload, a subscription); Temporary where it fails."""
        found = self._line.ask(path, json=body)
        return dict(found.get("data") or {}) if isinstance(found, dict) else {}

    def webhook(self) -> str:
        """This will return the id of the app's webhook; empty where none is registered or no app token is there."""
        if self._app is None:
            return ""
        rows = self._line.read("/2/webhooks", headers=self._app).get("data") or []
        return next((str(one["id"]) for one in rows if one.get("valid", True)), "")

    def upload(self, one: Attachment) -> str:
        """This will upload a picture or film in pieces, with its description, and return its id.

        docs.x.com/x-api/media/quickstart/media-upload-chunked. Temporary while X still works on a film.
        """
        family = one.type.partition("/")[0]
        category = "tweet_gif" if one.type == "image/gif" else f"tweet_{family}"
        begun = self.ask(
            "/2/media/upload/initialize",
            {"media_type": one.type, "total_bytes": len(one.content), "media_category": category},
        )
        key = str(begun["id"])
        for index, start in enumerate(range(0, len(one.content), _SEGMENT)):
            piece = base64.b64encode(one.content[start : start + _SEGMENT]).decode()
            self.ask(f"/2/media/upload/{key}/append", {"media": piece, "segment_index": index})
        done = self.ask(f"/2/media/upload/{key}/finalize", {})
        self._processed(key, done.get("processing_info"), time.monotonic() + _MOST_WAIT)
        if one.alt:
            self.ask("/2/media/metadata", {"id": key, "metadata": {"alt_text": {"text": one.alt[:1000]}}})
        return key

    def _processed(self, key: str, state: Json | None, until: float) -> None:
        while state and state.get("state") != "succeeded":
            if state.get("state") == "failed":
                said = (state.get("error") or {}).get("message") or "format tidak didukung"
                raise Permanent(f"X tidak dapat mengolah berkas ini: {said}.")
            if time.monotonic() > until:
                raise Temporary(
                    "X masih mengolah video; kiriman dicoba lagi sebentar lagi.", 60, everywhere=False
                )
            time.sleep(min(float(state.get("check_after_secs") or 1), 5))
            state = (
                self.read("/2/media/upload", {"command": "STATUS", "media_id": key}).get("data") or {}
            ).get("processing_info")


def stamp(at: str) -> str:
    """This will write a moment (ISO 8601) as X wants it: UTC, whole seconds."""
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refusal(answer: http.Answer, sent: bool) -> ConnectorError | None:
    """What X means by a refusal. What an app or account may not do at all asks for a person, and keeps the queue."""
    kind, words = _problem(answer)
    said, low = (f" ({words[:200]})" if words else ""), words.lower()
    if answer.status == 402 or kind == "credits":
        return Temporary(
            "Kredit X API habis. Isi kredit di console.x.com; antrean tersimpan.", _EMPTY_SECONDS
        )
    if kind == "usage-capped":
        return Temporary("Batas belanja X API tercapai. Naikkan di console.x.com.", _EMPTY_SECONDS)
    if answer.status == 429:
        return Temporary("X meminta jeda (429).", retry_after(answer))
    if answer.status == 401:
        return NeedsLogin("X menolak token (401). Sambungkan akun lagi.")
    if kind in {"client-forbidden", "unsupported-authentication", "oauth1-permissions"}:
        return NeedsLogin(f"Aplikasi pengembang X belum punya akses ini{said}. Periksa di console.x.com.")
    if answer.status == 403:
        return _forbidden(low, said, sent)
    if kind == "resource-not-found" or answer.status == 404:
        return Gone(f"X: tidak ditemukan{said}.")
    if answer.status == 400:
        return Permanent(f"X menolak permintaan (400){said}.")
    return None


def _forbidden(low: str, said: str, sent: bool) -> ConnectorError:
    if "duplicate content" in low:
        return Duplicate(
            "X menolak teks yang sama persis dengan kiriman sebelumnya. Periksa di X apakah sudah terkirim; "
            "bila belum, ubah kata-katanya."
        )
    if "suspended" in low or "locked" in low:
        return NeedsLogin(f"Akun X ini ditangguhkan atau dikunci{said}. Buka X dan pulihkan akunnya.")
    if "deleted or not visible" in low:
        return Gone("Kiriman yang dijawab sudah tidak ada atau tidak terlihat di X; tidak ada yang dikirim.")
    if "mentioned or otherwise engaged" in low or "reply to this conversation is not allowed" in low:
        return Permanent(
            "X hanya mengizinkan balasan lewat API kepada penulis yang menyebut akun kita, dan bila ia membuka "
            "balasan. Jawab langsung di X lalu tandai sudah dijawab."
        )
    if "direct message" in low or "send messages" in low:
        return Permanent(
            "Warga ini tidak menerima pesan dari akun kita. Jawab terbuka dan minta ia mengirim pesan."
        )
    if sent and low not in {"", "forbidden"}:
        return Permanent(f"X menolak{said}.")
    return NeedsLogin(
        f"X tidak mengizinkan ini bagi token yang dipakai{said}. Sambungkan lagi dengan semua izin."
    )


def _problem(answer: http.Answer) -> tuple[str, str]:
    """The last part of a problem's type, and its words."""
    try:
        body = answer.json()
        first = (body.get("errors") or [{}])[0]
        kind = str(body.get("type") or "").rpartition("/")[2]
        return kind, str(body.get("detail") or first.get("message") or body.get("title") or "")
    except (ValueError, AttributeError, IndexError, KeyError, TypeError):
        return "", ""
