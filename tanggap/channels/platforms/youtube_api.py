"""Speaks YouTube Data API v3 through core.http: counts what calls cost, and says what Google's refusals mean.

Costs: developers.google.com/youtube/v3/determine_quota_cost (2026-11-22): lists 1 unit, comments.insert and
setModerationStatus 50. Since 2026-06-01 search.list and videos.insert have budgets of their own, 100 calls a day each.
Reasons of refusals: developers.google.com/youtube/v3/docs/errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import orjson

from tanggap.channels.connector import Account, Attachment, Developer
from tanggap.channels.errors import ConnectorError, Gone, NeedsLogin, OutcomeUnknown, Permanent, Temporary
from tanggap.channels.speaking import Speaker, retry_after, usual_meaning
from tanggap.core import http

Json = dict[str, Any]

ADDRESS = "https://youtube.googleapis.com"
TOKENS = "https://oauth2.googleapis.com"
PACIFIC = "America/Los_Angeles"
_CHUNK = 8 * 1024 * 1024  # a multiple of 256 KiB, as the protocol asks
_AT_ONCE = 50  # ids in one call
_MOST_INTERRUPTIONS = 3

_OVER = {"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"}
_FAST = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}
_LOGIN = {
    "authError": "token tidak berlaku lagi",
    "invalid_grant": "izin sudah dicabut atau kedaluwarsa",
    "insufficientPermissions": "izin yang diberikan kurang",
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": "izin yang diberikan kurang",
    "accountDelegationForbidden": "akun Google ini tidak boleh mengurus kanalnya",
    "authenticatedUserAccountClosed": "akun YouTube-nya sudah ditutup",
    "authenticatedUserAccountSuspended": "akun YouTube-nya ditangguhkan",
    "authenticatedUserNotChannel": "akun Google ini tidak punya kanal YouTube",
    "channelClosed": "kanalnya sudah ditutup",
    "channelSuspended": "kanalnya ditangguhkan",
    "ineligibleAccount": "akun Google dan YouTube-nya belum digabung",
    "youtubeSignupRequired": "akun Google ini tidak punya kanal YouTube",
}
_NEVER = {
    "accessNotConfigured": "YouTube Data API v3 belum diaktifkan pada proyek Google aplikasi ini.",
    "SERVICE_DISABLED": "YouTube Data API v3 belum diaktifkan pada proyek Google aplikasi ini.",
    "commentsDisabled": "Komentar pada video ini dimatikan.",
    "commentTextRequired": "Teks balasan kosong.",
    "commentTextTooLong": "Balasan terlalu panjang bagi YouTube. Pendekkan lalu kirim lagi.",
    "invalidCommentMetadata": "YouTube tidak dapat mengolah balasan ini. Periksa teksnya.",
    "invalidCustomEmoji": "YouTube menolak emoji dalam balasan ini. Hapus emojinya lalu kirim lagi.",
    "operationNotSupported": "YouTube tidak mengizinkan tindakan ini pada komentar tersebut.",
    "parentCommentIsPrivate": "Komentar ini tidak terbuka untuk umum, jadi tidak dapat dibalas.",
    "processingFailure": "YouTube tidak dapat mengolah permintaan ini. Periksa teksnya lalu kirim lagi.",
    "invalidTitle": "YouTube menolak judulnya: paling banyak 100 karakter, tanpa < dan >.",
    "invalidDescription": "YouTube menolak uraiannya: paling banyak 5.000 bita, tanpa < dan >.",
    "mediaBodyRequired": "Unggahan tidak berisi video.",
    "forbiddenPrivacySetting": "YouTube menolak setelan privasi video ini.",
}


class Api:
    """One account's line to YouTube; `cost` are the units that its calls have used."""

    def __init__(self, account: Account) -> None:
        self.cost = 0
        self._line = Speaker(
            "YouTube", account.api_base or ADDRESS, trusted=account.trusted_base, refusal=meaning,
            headers={"Authorization": f"Bearer {account.token}"}, caps=http.Caps(read=30, total=60),
        )  # fmt: skip

    def read(self, what: str, *, cost: int = 1, **query: Any) -> Json:
        """This will GET a resource; Temporary, NeedsLogin, Gone or Permanent where it fails."""
        self.cost += cost
        page = self._line.read(f"/youtube/v3/{what}", query)
        if not isinstance(page, dict):
            raise Temporary("Jawaban YouTube tidak utuh.")
        return page

    def replies(self, thread: str, pages: int, *, cut: ConnectorError | None = None) -> Iterator[Json]:
        """This will yield the replies of a thread (an answer carries five at most); `cut` is raised after `pages`."""
        token = ""
        for _ in range(pages):
            page = self.read(
                "comments", part="snippet", parentId=thread, maxResults=100, textFormat="plainText",
                pageToken=token or None,
            )  # fmt: skip
            yield from items(page)
            token = str(page.get("nextPageToken") or "")
            if not token:
                return
        if cut:
            raise cut

    def comments(self, ids: Sequence[str]) -> dict[str, Json]:
        """This will return comments and replies by id, as far as they stand."""
        found: dict[str, Json] = {}
        for start in range(0, len(ids), _AT_ONCE):
            found |= self._comments(ids[start : start + _AT_ONCE])
        return found

    def _comments(self, ids: Sequence[str]) -> dict[str, Json]:
        try:
            page = self.read("comments", part="snippet", id=",".join(ids), textFormat="plainText")
        except Gone:  # of several it may be one alone that is gone
            if len(ids) == 1:
                return {}
            half = len(ids) // 2
            return self._comments(ids[:half]) | self._comments(ids[half:])
        return {str(one.get("id")): one for one in items(page)}

    def write(self, what: str, *, cost: int, query: Mapping[str, Any], json: Any = None) -> Json:
        """This will POST once; OutcomeUnknown whenever YouTube may have taken it."""
        self.cost += cost
        answer = self._line.write(f"/youtube/v3/{what}", query=query, json=json)
        return answer if isinstance(answer, dict) else {}

    def delete(self, what: str, *, cost: int, **query: Any) -> None:
        """This will take something away once; Gone where it is gone already."""
        self.cost += cost
        self._line.write(f"/youtube/v3/{what}", method="DELETE", query=query)

    def upload(self, about: Json, film: Attachment) -> Json:
        """This will upload a video piece by piece and return its resource.

        Until the last byte is there YouTube makes no video, so a break before it is Temporary.
        developers.google.com/youtube/v3/guides/using_resumable_upload_protocol (2026-11-22).
        """
        session = self._session(about, film)
        sent, interruptions = 0, 0
        while True:
            last = sent + _CHUNK >= len(film.content)
            answer = self._piece(session, film, sent)
            if answer is None or answer.status >= 500:
                interruptions += 1
                if interruptions > _MOST_INTERRUPTIONS:
                    raise _broken(last=last)
                answer = self._status(session, len(film.content), last=last)
            if answer.status in {200, 201}:
                return _video(answer)
            if answer.status != 308:
                raise _refused(answer, last=last)
            before, sent = sent, _received(answer)
            interruptions += sent <= before
            if interruptions > _MOST_INTERRUPTIONS:
                raise _broken(last=False)

    def _session(self, about: Json, film: Attachment) -> str:
        url = f"{self._line.base}/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status"
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "X-Upload-Content-Length": str(len(film.content)),
            "X-Upload-Content-Type": film.type,
        }
        try:
            answer = self._line.client.request("POST", url, headers=headers, content=orjson.dumps(about))
        except http.HttpError as error:
            raise Temporary("YouTube tidak terjangkau; tidak ada yang terbit.") from error
        if not answer.ok:
            raise meaning(answer, True) or usual_meaning(answer, "YouTube", sent=False)
        location = answer.headers.get("location", "")
        host = (urlsplit(location).hostname or "").lower()
        if not (host.endswith(".googleapis.com") or host == urlsplit(self._line.base).hostname):
            raise Temporary("YouTube tidak memberi alamat unggahan; tidak ada yang terbit.", everywhere=False)
        return location

    def _piece(self, session: str, film: Attachment, sent: int) -> http.Answer | None:
        piece, total = film.content[sent : sent + _CHUNK], len(film.content)
        span = f"bytes {sent}-{sent + len(piece) - 1}/{total}"
        headers = {"Content-Range": span, "Content-Type": film.type}
        try:
            return self._line.client.request("PUT", session, headers=headers, content=piece)
        except http.HttpError:
            return None

    def _status(self, session: str, total: int, *, last: bool) -> http.Answer:
        headers = {"Content-Range": f"bytes */{total}"}
        try:
            answer = self._line.client.request("PUT", session, headers=headers, content=b"")
        except http.HttpError as error:
            raise _broken(last=last) from error
        if answer.status >= 500:
            raise _broken(last=last)
        return answer


def items(page: Json) -> list[Json]:
    """This will return the resources of an answer."""
    found = page.get("items")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def parts(thread: Json) -> tuple[Json, str, list[Json]]:
    """This will return a thread's top-level comment, its video's id, and the replies that came along."""
    about, replies = thread.get("snippet") or {}, thread.get("replies")
    top = about.get("topLevelComment")
    inline = items({"items": replies.get("comments")}) if isinstance(replies, dict) else []
    return top if isinstance(top, dict) else {}, str(about.get("videoId") or ""), inline


def count_of(thread: Json) -> int:
    """This will return how many replies a thread has."""
    return int((thread.get("snippet") or {}).get("totalReplyCount") or 0)


def ask_token(developer: Developer, form: Mapping[str, str]) -> Json:
    """This will ask Google for a token; NeedsLogin where the grant is over.

    developers.google.com/identity/protocols/oauth2/web-server (2026-11-22).
    """
    line = Speaker("Google", developer.api_base or TOKENS, trusted=developer.trusted_base, refusal=meaning)
    known = {"client_id": developer.client_id, "client_secret": developer.client_secret}
    answer = line.ask("/token", data={**known, **form})
    if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
        raise Temporary("Jawaban Google tidak berisi token.")
    return answer


def expiry(answer: Json) -> datetime:
    """This will return when a token that was just given ends; an hour where Google does not say."""
    seconds = answer.get("expires_in")
    return datetime.now(UTC) + timedelta(seconds=seconds if isinstance(seconds, int) else 3600)


def meaning(answer: http.Answer, sent: bool) -> ConnectorError | None:
    """This will say what Google's reason for a refusal means for trying again; None for the usual meaning."""
    reason = _reason(answer)
    if reason in _OVER:
        return Temporary(
            "Kuota harian YouTube Data API habis; dilanjutkan sesudah tengah malam waktu Pasifik.",
            until_midnight(datetime.now(UTC)),
        )
    if reason in _FAST:
        return Temporary("YouTube meminta jeda.", retry_after(answer) or 60)
    if reason == "uploadLimitExceeded":
        text = "Kanal ini sudah mencapai batas unggahan YouTube; dicoba lagi besok."
        return Temporary(text, 24 * 3600, everywhere=False)
    if reason in _LOGIN:
        return NeedsLogin(f"YouTube menolak: {_LOGIN[reason]}. Sambungkan kanal lagi.")
    if reason in _NEVER and (sent or reason != "processingFailure"):
        return Permanent(_NEVER[reason])
    if reason == "forbidden" and sent:
        return Permanent("YouTube tidak mengizinkan kanal ini melakukannya di sini.")
    return None


def until_midnight(now: datetime) -> float:
    """This will return the seconds until the quota's next day begins, at midnight in Los Angeles; at most a day."""
    there = now.astimezone(ZoneInfo(PACIFIC))
    midnight = datetime.combine(there.date() + timedelta(days=1), datetime.min.time(), ZoneInfo(PACIFIC))
    return min((midnight.astimezone(UTC) - now).total_seconds(), 24 * 3600)


def _reason(answer: http.Answer) -> str:
    try:
        error = answer.json()["error"]
        if isinstance(error, str):
            return error
        listed = [*(error.get("errors") or ()), *(error.get("details") or ())]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    reasons = [one.get("reason") for one in listed if isinstance(one, dict)]
    return next((one for one in reasons if isinstance(one, str)), "")


def _video(answer: http.Answer) -> Json:
    try:
        video = answer.json()
        return {**video, "id": str(video["id"])}
    except (ValueError, KeyError, TypeError) as error:
        raise OutcomeUnknown("Jawaban YouTube sesudah unggahan tidak terbaca.") from error


def _received(answer: http.Answer) -> int:
    """How many bytes YouTube has, from "Range: bytes=0-524287"; none without it."""
    end = answer.headers.get("range", "").rpartition("-")[2]
    return int(end) + 1 if end.isdigit() else 0


def _refused(answer: http.Answer, *, last: bool) -> ConnectorError:
    if answer.status in {404, 410}:
        return _broken(last=last)
    return meaning(answer, True) or usual_meaning(answer, "YouTube", sent=True)


def _broken(*, last: bool) -> ConnectorError:
    if last:
        return OutcomeUnknown("YouTube tidak menjawab sesudah bagian terakhir video berangkat.")
    return Temporary("Unggahan ke YouTube terputus; belum ada yang terbit.", everywhere=False)
