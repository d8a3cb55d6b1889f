"""Speaks with Meta's Graph API through core.http, and says what Meta's own error bodies mean for trying again.

Sources, seen 2026-11-22: developers.facebook.com/docs/graph-api/guides/error-handling (codes and subcodes),
…/docs/graph-api/overview/rate-limiting (usage headers), …/docs/graph-api/guides/secure-requests (appsecret_proof),
…/documentation/business-messaging/messenger-platform/error-codes.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

from tanggap.channels.connector import Account
from tanggap.channels.errors import (
    ConnectorError,
    Gone,
    NeedsLogin,
    NotPermitted,
    OutcomeUnknown,
    Permanent,
    Temporary,
)
from tanggap.channels.speaking import Speaker, retry_after
from tanggap.core import http

VERSION = "v26.0"
"""Released 2026-07-29; each version lives at least two years (docs/graph-api/changelog)."""

HOST = "https://graph.facebook.com"


class WindowClosed(Permanent):
    """The time in which a person may be answered in private is over; nothing was sent."""


def graph(
    account: Account, *, host: str = HOST, version: str = VERSION, name: str = "Meta", proof: bool = True,
    caps: http.Caps | None = None,
) -> Graph:  # fmt: skip
    """This will open a line to the Graph API for an account; paths are "/me", "/{id}/comments" and so on.

    `proof` adds appsecret_proof to every call where the app's secret is known; `caps` are for large uploads.
    """
    base = (account.api_base or account.developer.api_base or host).rstrip("/")
    secret = account.developer.client_secret if proof else ""
    trusted = account.trusted_base or account.developer.trusted_base
    return Graph(f"{base}/{version}", account.token, secret, name=name, trusted=trusted, caps=caps)


class Graph(Speaker):
    """A Speaker that carries the token in a header (so that no address holds it) and the proof of the app's secret."""

    def __init__(
        self, base: str, token: str, secret: str = "", *, name: str = "Meta", trusted: bool = False,
        caps: http.Caps | None = None,
    ) -> None:  # fmt: skip
        headers = {"Authorization": f"Bearer {token}"} if token else None
        super().__init__(name, base, trusted=trusted, headers=headers, refusal=self._means, caps=caps)
        self._proof = (
            {"appsecret_proof": hmac.new(secret.encode(), token.encode(), "sha256").hexdigest()}
            if secret and token
            else {}
        )

    def get(
        self, path: str, query: Mapping[str, Any] | None = None, *, headers: Mapping[str, str] | None = None
    ) -> http.Answer:
        """This will GET any successful answer; errors as in `read`."""
        return super().get(path, {**(query or {}), **self._proof}, headers=headers)

    def _post(
        self, method: str, path: str, data: Mapping[str, Any] | None, json: Any, content: bytes | None,
        headers: Mapping[str, str] | None, query: Mapping[str, Any] | None,
    ) -> http.Answer:  # fmt: skip
        whole = {**(query or {}), **self._proof}
        return super()._post(method, path, data, json, content, headers, whole or None)

    def _means(self, answer: http.Answer, sent: bool) -> ConnectorError | None:
        return refusal(answer, sent, self.name)


def refusal(answer: http.Answer, sent: bool, name: str = "Meta") -> ConnectorError | None:
    """This will say what a Meta error body means; None where it is none. `sent` for an answer to a send."""
    error = _error(answer)
    if error is None:
        return None
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    said = str(error.get("error_user_msg") or error.get("message") or "")[:200]
    for ask in (_unsure, _throttled, _fits_no_window, _login, _gone):
        if found := ask(answer, code, subcode, name, sent, said):
            return found
    if error.get("is_transient") is True:
        return _later(name, answer, sent)
    return Permanent(f"{name} menolak (#{code}): {said}") if code else None


def wait_of(headers: Mapping[str, str]) -> float | None:
    """This will return the seconds until Meta lets an app call again, from its usage headers; None where unsaid.

    X-Business-Use-Case-Usage holds lists by business id; `estimated_time_to_regain_access` is in minutes.
    """
    longest = 0.0
    for header in ("x-business-use-case-usage", "x-app-usage", "x-ad-account-usage"):
        for one in _dicts(headers.get(header, "")):
            minutes = one.get("estimated_time_to_regain_access")
            if isinstance(minutes, int | float) and not isinstance(minutes, bool) and minutes > 0:
                longest = max(longest, minutes * 60.0)
    return longest or None


_LOGIN = {
    456: "sesi masuknya rusak",
    458: "aplikasi ini sudah dicabut dari akun pemilik token",
    459: "akun pemilik token ditahan pemeriksaan Facebook; pemiliknya harus masuk ke facebook.com dan menyelesaikannya",
    460: "kata sandi pemilik token sudah diganti",
    461: "aplikasi ini dipasang ulang, sehingga token lama gugur",
    463: "token sudah kedaluwarsa",
    464: "akun pemilik token belum dikonfirmasi; pemiliknya harus masuk ke facebook.com dan menyelesaikannya",
    466: "token dicabut lewat antarmuka Meta",
    467: "token tidak berlaku lagi karena pemiliknya keluar atau mencabutnya",
    492: "pemilik token tidak lagi punya peran di Halaman ini",
}
"""Subcodes of code 190 (and 102): why a token ended. 456, 461 and 466 are seen in the field, not in the table."""

_RATES = {4, 17, 32, 341, 613, 4002, 130429, 131048, 131056} | set(range(80000, 80015))

_WINDOWS = {(10, 2018278), (10, 2018065), (10, 2534022)}

_CLOSED = {
    (10, 2018278): "masa balas 24 jam sudah lewat; tunggu warga menulis lagi atau balas di tempat umum",
    (10, 2018065): "masa balas 24 jam sudah lewat; tunggu warga menulis lagi atau balas di tempat umum",
    (10, 2534022): "masa balas sudah lewat; tunggu warga menulis lagi atau balas di tempat umum",
    (10900, 0): "komentar ini sudah pernah dibalas secara pribadi; Meta hanya mengizinkan satu balasan",
    (
        10903,
        0,
    ): "komentar ini tidak dapat dibalas secara pribadi: lewat 7 hari, atau penulisnya menutup pesan",
    (551, 0): "warga ini sedang tidak menerima pesan dari Halaman",
    (200, 1545041): "warga ini tidak menerima pesan dari Halaman",
    (100, 2018001): "penerima pesan tidak dikenal",
    (506, 0): "teks yang sama persis baru saja diterbitkan; ubah teksnya",
    (1609005, 0): "pratinjau tautan tidak dapat dibuat; periksa alamat tautannya",
}
"""What can never be sent as it stands, by code and subcode (0 where any subcode)."""


def _unsure(
    answer: http.Answer, code: int, subcode: int, name: str, sent: bool, said: str
) -> ConnectorError | None:
    # Codes 1 and 2 come after the work was done, too: of a send nobody knows.
    return _later(name, answer, sent) if answer.status >= 500 or code in {1, 2} else None


def _throttled(
    answer: http.Answer, code: int, subcode: int, name: str, sent: bool, said: str
) -> ConnectorError | None:
    wait = wait_of(answer.headers) or retry_after(answer)
    if code in _RATES or answer.status == 429:
        return Temporary(f"{name} membatasi panggilan (#{code}); dilanjutkan sesudah jeda.", wait)
    if code == 368:
        return Temporary(f"{name} menahan tindakan ini sementara karena aturannya (#368).", wait or 3600.0)
    if code == 1200:
        return Temporary(f"{name} belum dapat mengirim pesan ini (#1200).", wait, everywhere=False)
    return None


def _fits_no_window(
    answer: http.Answer, code: int, subcode: int, name: str, sent: bool, said: str
) -> ConnectorError | None:
    why = _CLOSED.get((code, subcode)) or _CLOSED.get((code, 0))
    kind = WindowClosed if (code, subcode) in _WINDOWS else Permanent
    return kind(f"{name} menolak (#{code}): {why}.") if why else None


def _login(
    answer: http.Answer, code: int, subcode: int, name: str, sent: bool, said: str
) -> ConnectorError | None:
    if code in {102, 190}:
        why = _LOGIN.get(subcode, "token tidak berlaku")
        return NeedsLogin(f"{name} menolak token: {why}. Sambungkan akun lagi.")
    if code == 100 and "appsecret_proof" in said:
        return NeedsLogin(f"{name} menolak bukti rahasia aplikasi: token ini dibuat oleh aplikasi lain.")
    if code in {3, 10} or 200 <= code <= 299:
        return NotPermitted(
            f"{name} menolak izin (#{code}): {said} Beri izinnya, atau tunggu tinjauan aplikasi, "
            "lalu sambungkan lagi."
        )
    return None


def _gone(
    answer: http.Answer, code: int, subcode: int, name: str, sent: bool, said: str
) -> ConnectorError | None:
    if (code, subcode) == (100, 33) or code == 803:
        return Gone(f"{name}: tidak ditemukan, atau tidak boleh dilihat akun ini.")
    return None


def _later(name: str, answer: http.Answer, sent: bool) -> ConnectorError:
    if sent:
        return OutcomeUnknown(f"{name} gagal ({answer.status}) sesudah kiriman sampai kepadanya.")
    return Temporary(f"{name} sedang gagal ({answer.status}).", retry_after(answer))


def _error(answer: http.Answer) -> Mapping[str, Any] | None:
    try:
        error = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        return None
    return error if isinstance(error, dict) else None


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _dicts(text: str) -> list[dict[str, Any]]:
    """The innermost objects of a usage header: {…} or {"id": [{…}]}."""
    try:
        whole = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return []
    if not isinstance(whole, dict):
        return []
    inner = [one for many in whole.values() if isinstance(many, list) for one in many]
    return [one for one in (whole, *inner) if isinstance(one, dict)]
