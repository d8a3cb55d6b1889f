"""Speaks XRPC with a Bluesky account's server through core.http, in a session that is opened once and kept.

Logging in is what the network allows least (30 times in 5 minutes, 300 a day: docs.bsky.app/docs/advanced-guides/
rate-limits, seen 2026-11-22), and a connector lives for one call only: sessions are therefore kept in this process, by
server, name and password, refreshed when they run out, and opened anew only where that is refused.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from tanggap.channels.connector import Account
from tanggap.channels.errors import ConnectorError, Gone, NeedsLogin, OutcomeUnknown, Permanent, Temporary
from tanggap.channels.speaking import Speaker
from tanggap.core import http

Json = dict[str, Any]
T = TypeVar("T")
HOME = "https://bsky.social"
CHAT = {"atproto-proxy": "did:web:api.bsky.chat#bsky_chat"}
"""Direct messages are kept by a service of their own, reached through the account's server
(docs.bsky.app/docs/api/chat-bsky-convo-send-message)."""
_MOST_SESSIONS = 500


class Stale(NeedsLogin):
    """The session's token has run out; a request answered so was not carried out."""


class Swapped(Temporary):
    """A record is not what it was said to be: somebody wrote it in between, or it is there already."""


class NoMessages(Permanent):
    """The app password does not open direct messages."""


@dataclass(slots=True)
class Session:
    did: str
    handle: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)


@dataclass(slots=True)
class _Place:
    """Where one account's session is kept; whoever renews it holds the lock, others wait for the new one."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    session: Session | None = None


class Api:
    """One account's line to its server. Reads raise as Speaker.read does, writes as Speaker.write does."""

    def __init__(self, account: Account) -> None:
        base = account.api_base.rstrip("/") or HOME
        self._line = Speaker("Bluesky", base, trusted=account.trusted_base, refusal=_refusal)
        self._name = str(account.settings.get("handle") or account.handle or account.external_id).lstrip("@")
        self._password = account.token
        self._place = _place(base, self._name, self._password)

    @property
    def me(self) -> Session:
        """This will return the account's session, opened where there is none yet."""
        session = self._place.session
        return session or self._renewed(None)

    def read(self, method: str, *, headers: Mapping[str, str] | None = None, **query: Any) -> Json:
        """This will ask a query method."""
        return self._said(
            lambda own: self._line.read(_path(method), query, headers={**own, **(headers or {})})
        )

    def ask(self, method: str, body: bytes, kind: str) -> Json:
        """This will call a procedure that leaves nothing that anybody sees (an upload); Temporary where it fails."""
        try:
            return self._said(
                lambda own: self._line.write(
                    _path(method), content=body, headers={**own, "Content-Type": kind}
                )
            )
        except OutcomeUnknown as error:
            raise Temporary(str(error)) from error

    def write(self, method: str, body: Json, *, headers: Mapping[str, str] | None = None) -> Json:
        """This will call a procedure once; one refused for a token that ran out is called again with the new one."""
        return self._said(
            lambda own: self._line.write(_path(method), json=body, headers={**own, **(headers or {})})
        )

    def record(self, repo: str, collection: str, key: str) -> Json:
        """This will return a record with its cid; Gone where there is none."""
        return self.read("com.atproto.repo.getRecord", repo=repo, collection=collection, rkey=key)

    def put(self, collection: str, key: str, record: Json, before: str | None) -> Json:
        """This will write an own record: Swapped where its cid is not `before` (None: where there is one)."""
        body = {"repo": self.me.did, "collection": collection, "rkey": key, "record": record}
        return self.write("com.atproto.repo.putRecord", {**body, "swapRecord": before})

    def _said(self, call: Callable[[Mapping[str, str]], Any]) -> Json:
        session = self.me
        try:
            found = call(_bearer(session.access))
        except Stale:
            found = call(_bearer(self._renewed(session).access))
        if not isinstance(found, dict):
            raise Temporary("Jawaban Bluesky tidak utuh.")
        return found

    def _renewed(self, old: Session | None) -> Session:
        with self._place.lock:
            if self._place.session is not None and self._place.session is not old:
                return self._place.session
            fresh = self._refreshed(old) if old else None
            self._place.session = fresh or self._opened()
            return self._place.session

    def _refreshed(self, old: Session) -> Session | None:
        try:
            return _session(
                self._line.ask("/xrpc/com.atproto.server.refreshSession", headers=_bearer(old.refresh))
            )
        except NeedsLogin:
            return None

    def _opened(self) -> Session:
        asked = {"identifier": self._name, "password": self._password}
        try:
            return _session(self._line.ask("/xrpc/com.atproto.server.createSession", json=asked))
        except Stale as error:
            raise NeedsLogin(str(error)) from error


_places: OrderedDict[str, _Place] = OrderedDict()
_lock = threading.Lock()


def forget_sessions() -> None:
    """This will close all kept sessions; the next call of each account logs in."""
    with _lock:
        _places.clear()


def _place(base: str, name: str, password: str) -> _Place:
    key = hashlib.sha256("\0".join((base, name, password)).encode()).hexdigest()
    with _lock:
        place = _places.setdefault(key, _Place())
        _places.move_to_end(key)
        while len(_places) > _MOST_SESSIONS:
            _places.popitem(last=False)
        return place


def _session(said: Any) -> Session:
    try:
        return Session(str(said["did"]), str(said["handle"]), said["accessJwt"], said["refreshJwt"])
    except (KeyError, TypeError) as error:
        raise Temporary("Jawaban masuk Bluesky tidak utuh.") from error


def _path(method: str) -> str:
    return f"/xrpc/{method}"


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _refusal(answer: http.Answer, sent: bool) -> ConnectorError | None:
    """What Bluesky means by its error names (atproto.com/specs/xrpc#error-responses, seen 2026-11-22)."""
    code, words = _error(answer)
    said = f" ({words[:200]})" if words else ""
    if answer.status == 429:
        return Temporary("Bluesky meminta jeda (429).", _reset(answer))
    if code == "InvalidToken" and ("scope" in words or "method" in words):
        return NoMessages("Sandi aplikasi Bluesky ini tidak boleh membuka pesan langsung.")
    if code in {"ExpiredToken", "InvalidToken"}:
        return Stale("Sesi Bluesky berakhir. Sambungkan akun lagi dengan sandi aplikasi baru.")
    if code == "AuthFactorTokenRequired":
        return NeedsLogin("Bluesky meminta kode kedua: pakai sandi aplikasi, bukan kata sandi akun.")
    if code in {"AccountTakedown", "AccountSuspended", "AccountDeactivated"}:
        return NeedsLogin(f"Akun Bluesky ini tidak aktif{said}.")
    if answer.status == 401:
        return NeedsLogin(f"Bluesky menolak sandi aplikasi{said}. Buat yang baru, lalu sambungkan lagi.")
    if code in {"RecordNotFound", "NotFound", "RepoNotFound"}:
        return Gone(f"Bluesky: tidak ditemukan{said}.")
    if code == "InvalidSwap":
        return Swapped(f"Bluesky: isi catatan sudah berubah{said}.", 5, everywhere=False)
    if answer.status in {400, 403, 413}:
        return Permanent(f"Bluesky menolak ({code or answer.status}){said}.")
    return None


def _error(answer: http.Answer) -> tuple[str, str]:
    try:
        body = answer.json()
        return str(body.get("error") or ""), str(body.get("message") or "")
    except (ValueError, AttributeError):
        return "", ""


def _reset(answer: http.Answer) -> float | None:
    """Seconds to wait: Retry-After, or `RateLimit-Reset`, which Bluesky gives in Unix seconds."""
    after, reset = (answer.headers.get(name, "").strip() for name in ("retry-after", "ratelimit-reset"))
    if after.isdigit():
        return float(after)
    return max(int(reset) - datetime.now(UTC).timestamp(), 0) if reset.isdigit() else None
