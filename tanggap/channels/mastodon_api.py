"""Speaks with a Mastodon server through core.http, and says what each failure means for trying again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

from tanggap.channels.connector import Account, NeedsLogin, OutcomeUnknown, Permanent, Temporary
from tanggap.core import http

Json = dict[str, Any]


class Gone(Permanent):
    """The server says that there is no such thing (any more)."""


class Api:
    """One account's connection to its server; `host` is what ids are made whole with."""

    def __init__(self, account: Account) -> None:
        self.base = account.api_base.rstrip("/")
        parts = urlsplit(self.base)
        if parts.scheme != "https" and not account.trusted_base:
            raise Permanent("Alamat server Mastodon harus diawali https://.")
        self.host = parts.netloc.rpartition("@")[2].lower()
        token = account.token.get("access_token", "") if isinstance(account.token, dict) else account.token
        trusted = {http.origin_of(self.base)} if account.trusted_base else set()
        self._client = http.Client(trusted=trusted, headers={"Authorization": f"Bearer {token or ''}"})
        self._me: Json | None = None

    def me(self) -> Json:
        """This will return the account behind the token, asked once; `id` is a text."""
        if self._me is None:
            me = self.read("/api/v1/accounts/verify_credentials")
            self._me = {**me, "id": str(me["id"])}
        return self._me

    def instance(self) -> Json:
        """This will return what the server says about itself; without the trailing slash, which some refuse."""
        try:
            found = self.read("/api/v2/instance")
        except Gone:
            found = self.read("/api/v1/instance")
        return dict(found)

    def read(self, path: str, **query: Any) -> Any:
        """This will GET a path; Temporary, NeedsLogin, Gone or Permanent where it fails."""
        try:
            answer = self._client.request("GET", self.base + path, params=_flat(query))
        except http.Blocked as error:
            raise Permanent(f"Alamat server {self.host} tidak boleh dihubungi.") from error
        except http.HttpError as error:
            raise Temporary(f"Server {self.host} tidak terjangkau.") from error
        if not answer.ok:
            _refused(answer, self.host, sent=False)
        try:
            return answer.json()
        except ValueError as error:
            raise Temporary(f"Jawaban server {self.host} tidak utuh.") from error

    def post(self, path: str, form: Json, *, key: str) -> Json:
        """This will POST once with an idempotency key; OutcomeUnknown whenever the server may have taken it."""
        try:
            answer = self._client.request(
                "POST", self.base + path, data=form, headers={"Idempotency-Key": key}
            )
        except http.Blocked as error:
            raise Permanent(
                f"Alamat server {self.host} tidak boleh dihubungi; tidak ada yang dikirim."
            ) from error
        except http.NotSent as error:
            raise Temporary(f"Server {self.host} tidak terjangkau; tidak ada yang dikirim.") from error
        except http.HttpError as error:
            raise OutcomeUnknown(f"Server {self.host} tidak menjawab sesudah kiriman berangkat.") from error
        if not answer.ok:
            _refused(answer, self.host, sent=True)
        try:
            found = answer.json()
            return {**found, "id": str(found["id"])}
        except (ValueError, KeyError, TypeError) as error:
            raise OutcomeUnknown(f"Jawaban server {self.host} sesudah kiriman tidak terbaca.") from error

    def events(self) -> Iterator[tuple[str, Any]]:
        """This will yield (event, payload) of the account's stream until it ends; Temporary when it breaks.

        An empty event says that the line stands.
        """
        told = self.instance().get("configuration", {}).get("urls", {}).get("streaming") or self.base
        named = "http" + told.removeprefix("http").removeprefix("ws").rstrip("/")
        # Some servers name a streaming address that is not reachable from outside; most serve it at their own.
        for base in dict.fromkeys((named, self.base)):
            try:
                yield from self._events_at(base)
                return
            except http.NotSent as error:
                failure: http.HttpError = error
            except http.HttpError as error:
                raise Temporary(f"Aliran server {self.host} terputus.") from error
        raise Temporary(f"Aliran server {self.host} tidak terjangkau.") from failure

    def _events_at(self, base: str) -> Iterator[tuple[str, Any]]:
        # Servers send a thump every 15 seconds; three missed ones mean that the line is dead.
        with self._client.lines(f"{base}/api/v1/streaming/user", idle=50) as (status, lines):
            if status != 200:
                _refused(http.Answer(status, {}, b"", base), self.host, sent=False)
            event, data = "", list[str]()
            yield "", None
            for line in lines:
                if line.startswith(":"):
                    yield "", None
                elif line.startswith("event:"):
                    event = line[6:].strip().replace("status_update", "status.update")
                elif line.startswith("data:"):
                    data.append(line[5:].strip())
                elif not line and event:
                    yield event, _payload(event, "\n".join(data))
                    event, data = "", []


def _payload(event: str, data: str) -> Any:
    if event == "delete":
        return data.strip('"')
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return data


def _refused(answer: http.Answer, host: str, *, sent: bool) -> NoReturn:
    """Says what an error status means; `sent` for a POST, whose 5xx may come after the work was done."""
    status, said = answer.status, _said(answer)
    if status in {401, 403}:
        raise NeedsLogin(f"Server {host} menolak token ({status}{said}). Sambungkan akun lagi.")
    if status in {404, 410}:
        raise Gone(f"Server {host}: tidak ditemukan{said}.")
    if status == 429:
        raise Temporary(f"Server {host} meminta jeda (429).", _retry_after(answer))
    if status >= 500 or status == 408:
        if sent:
            raise OutcomeUnknown(f"Server {host} gagal ({status}) sesudah kiriman sampai kepadanya.")
        raise Temporary(f"Server {host} sedang gagal ({status}).", _retry_after(answer))
    raise Permanent(f"Server {host} menolak ({status}{said}).")


def _said(answer: http.Answer) -> str:
    try:
        error = answer.json().get("error")
    except (ValueError, AttributeError):
        return ""
    return f": {error[:200]}" if isinstance(error, str) else ""


def _retry_after(answer: http.Answer) -> float | None:
    """Seconds to wait, from Retry-After (seconds or a date) or X-RateLimit-Reset (a time); None where neither tells."""
    after, reset = answer.headers.get("retry-after", ""), answer.headers.get("x-ratelimit-reset", "")
    try:
        if after.strip().isdigit():
            return float(after)
        at = parsedate_to_datetime(after) if after else datetime.fromisoformat(reset)
        return max((at - datetime.now(UTC)).total_seconds(), 0)
    except (ValueError, TypeError, OverflowError):
        return None


def _flat(query: Json) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in query.items():
        pairs += [(key, str(one)) for one in (value if isinstance(value, list) else [value])]
    return pairs
