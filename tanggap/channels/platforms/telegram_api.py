"""Speaks with the Telegram Bot API through core.http and says what its refusals mean.

Sources, seen 2026-11-22: core.telegram.org/bots/api#making-requests (answers, error_code, description),
#responseparameters (retry_after, migrate_to_chat_id), #getting-updates; core.telegram.org/bots/faq (rates).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tanggap.channels.connector import Account
from tanggap.channels.errors import (
    ConnectorError,
    Gone,
    NeedsLogin,
    OutcomeUnknown,
    Permanent,
    Temporary,
)
from tanggap.channels.multipart import Part, form
from tanggap.channels.speaking import Speaker
from tanggap.core import http

BASE = "https://api.telegram.org"
NAME = "Telegram"
_TOKEN = re.compile(r"[0-9]{5,20}:[A-Za-z0-9_-]{20,100}")

_REFUSED = {
    "bot was blocked by the user": "warga ini memblokir bot; jawab lewat jalan lain",
    "user is deactivated": "akun Telegram warga ini sudah tidak ada",
    "can't initiate conversation": "bot tidak boleh memulai percakapan; minta warga menulis kepada bot lebih dulu",
    "bot was kicked": "bot dikeluarkan dari grup atau kanal itu; minta pengurusnya menambahkan bot lagi",
    "bot is not a member": "bot bukan anggota grup atau kanal itu; minta pengurusnya menambahkan bot",
    "not enough rights": "bot tidak diberi hak untuk itu; minta pengurus memberi hak admin yang sesuai",
    "chat_write_forbidden": "bot tidak boleh menulis di sana; minta pengurus memberi haknya",
    "need administrator rights": "bot harus menjadi admin kanal dengan hak memasang pesan",
    "topic_closed": "topik forum ini ditutup; buka topiknya, lalu kirim lagi",
    "message is too long": "teksnya lebih dari 4.096 karakter",
    "caption is too long": "keterangannya lebih dari 1.024 karakter",
    "message text is empty": "teksnya kosong",
    "message can't be deleted": "bot tidak dapat menghapusnya (lewat 48 jam, atau bot bukan admin yang berhak)",
    "chat not found": "percakapan tidak ditemukan; periksa nama kanal, dan pastikan bot ditambahkan di sana",
    "wrong file": "berkasnya ditolak; periksa jenis dan ukurannya",
    "photo_invalid": "gambarnya ditolak; lebar dan tinggi bersama paling banyak 10.000 piksel",
    "file is too big": "berkasnya terlalu besar untuk bot",
}  # fmt: skip
"""What a refusal means, by a part of its description in lower case."""

_MISSING = ("message to be replied not found", "reply message not found", "message to delete not found")


class Migrated(Permanent):
    """A group became a supergroup; nothing was taken. `chat` is where it lives now."""

    def __init__(self, chat: str) -> None:
        super().__init__("Telegram: grup ini menjadi supergrup dengan alamat baru.")
        self.chat = chat


class Bot:
    """A line to one bot. The token stands in every address, as Telegram wants it, so no address is ever shown."""

    def __init__(self, account: Account) -> None:
        if not _TOKEN.fullmatch(account.token):
            raise NeedsLogin("Token bot tidak berbentuk seperti yang diberikan BotFather (angka:huruf).")
        base = (account.api_base or account.developer.api_base or BASE).rstrip("/")
        trusted = account.trusted_base or account.developer.trusted_base
        self._line = Speaker(NAME, f"{base}/bot{account.token}", trusted=trusted, refusal=refusal)

    def ask(self, method: str, **values: Any) -> Any:
        """This will call a method that says nothing to anybody; Temporary, NeedsLogin, Gone or Permanent else."""
        return _result(self._line.ask(f"/{method}", json=values))

    def act(self, method: str, values: Mapping[str, Any], files: Sequence[Part] = ()) -> Any:
        """This will call a method once that somebody notices; OutcomeUnknown whenever it may have happened."""
        if not files:
            return _result(self._line.write(f"/{method}", json=dict(values)), sent=True)
        plain = {
            key: one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)
            for key, one in values.items()
        }
        body, kind = form(plain, files)
        return _result(
            self._line.write(f"/{method}", content=body, headers={"Content-Type": kind}), sent=True
        )


def _result(answer: Any, *, sent: bool = False) -> Any:
    if isinstance(answer, dict) and answer.get("ok") is True and "result" in answer:
        return answer["result"]
    if sent:
        raise OutcomeUnknown("Jawaban Telegram sesudah kiriman tidak terbaca.")
    raise Temporary("Jawaban Telegram tidak utuh.")


def refusal(answer: http.Answer, sent: bool) -> ConnectorError | None:
    """This will say what {"ok": false, …} means for trying again; None for what is no such answer."""
    try:
        body = answer.json()
        said, more = str(body["description"]), body.get("parameters") or {}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    status, low = answer.status, said.lower()
    if isinstance(more, dict) and isinstance(more.get("migrate_to_chat_id"), int):
        return Migrated(str(more["migrate_to_chat_id"]))
    if status == 429:
        wait = more.get("retry_after") if isinstance(more, dict) else None
        known = isinstance(wait, int | float) and not isinstance(wait, bool)
        return Temporary("Telegram meminta jeda (429).", float(wait) if known and wait else None)
    if status in {401, 404}:  # a token that is none leads to no method at all
        return NeedsLogin("Telegram menolak token bot. Buat token baru di BotFather lalu sambungkan lagi.")
    if status == 409:
        return _conflict(low)
    if any(part in low for part in _MISSING):
        return Gone("Telegram: pesan yang dituju sudah tidak ada.")
    if status in {400, 403, 413}:
        why = next((text for part, text in _REFUSED.items() if part in low), said[:200])
        return Permanent(f"Telegram menolak ({status}): {why}.")
    return None


def _conflict(low: str) -> ConnectorError:
    if "webhook" in low:
        return Permanent(
            "Bot ini masih memakai webhook, jadi tidak dapat ditarik. Sambungkan ulang bot agar webhooknya dilepas."
        )
    return Temporary(
        "Program lain sedang menarik kiriman bot ini. Hentikan program itu, atau buat token baru."
    )
