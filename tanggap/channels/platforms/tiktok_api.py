"""Speaks TikTok API for Business v1.3 through core.http, and says what its codes mean.

Every answer is {"code", "message", "request_id", "data"} with HTTP status 200, failures too: code 0 is success. Codes:
business-api.tiktok.com/portal/docs?id=1737172488964097 (return codes), …?id=1740029171730433 (rate limits: code 40100,
five minutes' rest); 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from tanggap.channels.connector import Account, Developer
from tanggap.channels.errors import ConnectorError, NeedsLogin, OutcomeUnknown, Permanent, Temporary
from tanggap.channels.speaking import Speaker

Json = dict[str, Any]

ADDRESS = "https://business-api.tiktok.com"
VERSION = "/open_api/v1.3"
_VIDEO_FIELDS = [
    "item_id", "caption", "create_time", "share_url", "thumbnail_url", "media_type", "likes", "comments", "shares",
]  # fmt: skip
_REST = 300.0
_TOO_MANY = {40016, 40100, 51021}
_LOGIN = {
    40001: "izin yang diberikan kurang, atau akses aplikasinya belum disetujui",
    40101: "App ID dan rahasianya tidak cocok",
    40102: "token sudah kedaluwarsa",
    40103: "token perpanjangan sudah kedaluwarsa",
    40104: "token tidak ada",
    40105: "token tidak berlaku lagi atau sudah dicabut",
    40106: "akun ini tidak memberi izin kepada aplikasinya",
    40107: "token perpanjangan tidak berlaku lagi",
    40110: "kode masuk tidak berlaku lagi",
    40131: "kode masuk sudah kedaluwarsa",
}
_SAYS = {
    "url_ownership_unverified": "alamat berkasnya belum diverifikasi sebagai URL property aplikasi TikTok",
    "spam_risk_too_many_posts": "batas terbitan harian akun ini sudah tercapai; terbitkan dari aplikasi TikTok",
    "spam_risk_user_banned_from_posting": "akun ini dilarang menerbitkan",
    "spam_risk_text": "teksnya dianggap spam",
    "spam_risk": "kirimannya dianggap spam",
    "file_format_check_failed": "format berkasnya tidak diterima",
    "duration_check_failed": "lama videonya tidak diterima (3 detik sampai 10 menit)",
    "frame_rate_check_failed": "laju gambarnya tidak diterima (23 sampai 60 per detik)",
    "picture_size_check_failed": "ukuran gambarnya tidak diterima (paling kecil 360 piksel)",
    "video_pull_failed": "TikTok tidak dapat mengambil videonya dari alamat itu",
    "photo_pull_failed": "TikTok tidak dapat mengambil fotonya dari alamat itu",
    "auth_removed": "pemilik akun mencabut izin aplikasi",
    "publish_cancelled": "terbitannya dibatalkan",
    "internal": "gangguan di TikTok",
}


class Api:
    """One account's line to TikTok; the account is named in every call by its `business_id`."""

    def __init__(self, account: Account) -> None:
        self._business = account.external_id
        self._line = Speaker(
            "TikTok", account.api_base or ADDRESS, trusted=account.trusted_base,
            headers={"Access-Token": account.token},
        )  # fmt: skip

    def read(self, what: str, **query: Any) -> Json:
        """This will GET data; lists in the query go as JSON. Temporary, NeedsLogin or Permanent where it fails."""
        asked = {
            key: orjson.dumps(one).decode() if isinstance(one, list | dict) else one
            for key, one in {"business_id": self._business, **query}.items()
        }
        return _data(self._line.read(f"{VERSION}/{what}/", asked), sent=False)

    def videos(self, cursor: Any, **more: Any) -> Json:
        """This will return a page of the account's posts, newest first: `videos`, `cursor`, `has_more`."""
        return self.read("business/video/list", fields=_VIDEO_FIELDS, max_count=20, cursor=cursor, **more)

    def comments(self, video: str, cursor: Any, thread: str = "", **more: Any) -> Json:
        """This will return a page of a video's comments, or of a thread's replies, newest first; hidden ones too."""
        page = self.read(
            "business/comment/reply/list" if thread else "business/comment/list", video_id=video,
            comment_id=thread or None, status="ALL", sort_field="create_time", sort_order="desc", max_count=30,
            cursor=cursor, **more,
        )  # fmt: skip
        return {**page, "comments": [{**one, "video_id": video} for one in rows(page, "comments")]}

    def replies(self, video: str, thread: str, pages: int) -> Iterator[Json]:
        """This will yield a thread's replies, newest first, from at most so many pages."""
        cursor: Any = None
        for _ in range(pages):
            page = self.comments(video, cursor, thread)
            yield from page["comments"]
            cursor = page.get("cursor")
            if not page.get("has_more"):
                return

    def write(self, what: str, **given: Any) -> Json:
        """This will POST once; OutcomeUnknown whenever TikTok may have taken it."""
        answer = self._line.write(f"{VERSION}/{what}/", json={"business_id": self._business, **given})
        return _data(answer, sent=True)


def ask(developer: Developer, what: str, **given: Any) -> Json:
    """This will ask as the app itself, without anybody's token: for tokens, and where deliveries shall go."""
    line = Speaker("TikTok", developer.api_base or ADDRESS, trusted=developer.trusted_base)
    return _data(line.ask(f"{VERSION}/{what}/", json=given), sent=False)


def rows(data: Json, key: str) -> list[Json]:
    """This will return the list of things in an answer."""
    found = data.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def at(thing: Json) -> int:
    """This will return when something was made, in Unix seconds; 0 where TikTok does not say."""
    seconds = str(thing.get("create_time") or "")
    return int(seconds) if seconds.isascii() and seconds.isdigit() else 0


def expiry(token: Json, key: str = "expires_in") -> datetime:
    """This will return when a token that was just given ends; a day where TikTok does not say."""
    seconds = token.get(key)
    return datetime.now(UTC) + timedelta(seconds=seconds if isinstance(seconds, int) else 86_400)


def reason(code: str) -> str:
    """This will say a reason for a failure in words, or as TikTok calls it."""
    return next((words for key, words in _SAYS.items() if key in code), code[:200] or "tanpa alasan")


def meaning(code: int, message: str, *, sent: bool) -> ConnectorError:
    """This will say what a code means for trying again; `sent` for a send."""
    if code in _TOO_MANY:
        return Temporary("TikTok meminta jeda (batas permintaan).", _REST)
    if code in _LOGIN:
        return NeedsLogin(f"TikTok menolak: {_LOGIN[code]} ({code}). Sambungkan akun lagi.")
    if code >= 50_000:
        if sent:
            return OutcomeUnknown(f"TikTok gagal ({code}) sesudah kiriman sampai kepadanya.")
        return Temporary(f"TikTok sedang gagal ({code}).")
    return Permanent(f"TikTok menolak ({code}): {reason(message)}.")


def _data(answer: Mapping[str, Any] | Any, *, sent: bool) -> Json:
    try:
        code, data = int(answer["code"]), answer.get("data")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        text = "Jawaban TikTok tidak terbaca."
        raise (OutcomeUnknown(text) if sent else Temporary(text)) from error
    if code:
        raise meaning(code, str(answer.get("message") or ""), sent=sent)
    return data if isinstance(data, dict) else {}
