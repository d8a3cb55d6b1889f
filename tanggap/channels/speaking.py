"""Speaks with a platform through core.http, and says what each failure means for trying again.

What a status means is the same nearly everywhere; what a platform means by its own error bodies its connector says
by `refusal`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from tanggap.channels.errors import (
    ConnectorError,
    Gone,
    NeedsLogin,
    OutcomeUnknown,
    Permanent,
    Temporary,
)
from tanggap.core import http

Refusal = Callable[[http.Answer, bool], ConnectorError | None]
"""Given an answer that is no success, and whether it answers a send: what it means; None for the usual meaning."""


class Speaker:
    """A line to one address of a platform. `name` is how error texts call it.

    Permanent where the address is not https and nobody trusts it.
    """

    def __init__(
        self, name: str, base: str, *, trusted: bool = False, headers: Mapping[str, str] | None = None,
        refusal: Refusal | None = None, caps: http.Caps | None = None,
    ) -> None:  # fmt: skip
        self.name, self.base, self._refusal = name, base.rstrip("/"), refusal
        parts = urlsplit(self.base)
        if parts.scheme != "https" and not trusted:
            raise Permanent(f"Alamat {name} harus diawali https://.")
        self.host = parts.netloc.rpartition("@")[2].lower()
        origins = {http.origin_of(self.base)} if trusted else set()
        self.client = http.Client(trusted=origins, headers=headers, caps=caps)

    def read(
        self, path: str, query: Mapping[str, Any] | None = None, *, headers: Mapping[str, str] | None = None
    ) -> Any:
        """This will GET JSON at a path or whole address; Temporary, NeedsLogin, Gone or Permanent where it fails."""
        return self._json(self.get(path, query, headers=headers))

    def get(
        self, path: str, query: Mapping[str, Any] | None = None, *, headers: Mapping[str, str] | None = None
    ) -> http.Answer:
        """This will GET any successful answer; errors as in `read`."""
        return self._asked(
            lambda: self.client.request("GET", self._whole(path), params=flat(query or {}), headers=headers)
        )

    def ask(self, path: str, *, data: Mapping[str, Any] | None = None, json: Any = None,
            headers: Mapping[str, str] | None = None) -> Any:  # fmt: skip
        """This will POST a question that changes nothing (a log-in, a look-up); errors as in `read`."""
        return self._json(self._asked(lambda: self._post("POST", path, data, json, None, headers, None)))

    def _asked(self, call: Callable[[], http.Answer]) -> http.Answer:
        """The answer to something that may be asked again without harm."""
        try:
            answer = call()
        except http.Blocked as error:
            raise Permanent(f"Alamat {self.name} tidak boleh dihubungi.") from error
        except http.HttpError as error:
            raise Temporary(f"{self.name} tidak terjangkau.") from error
        if not answer.ok:
            raise self._meaning(answer, sent=False)
        return answer

    def write(
        self, path: str, *, method: str = "POST", query: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None, json: Any = None, content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:  # fmt: skip
        """This will send once and return the JSON of the answer, {} for an empty one.

        OutcomeUnknown whenever the platform may have taken it; Temporary only where it surely did not.
        """
        try:
            answer = self._post(method, path, data, json, content, headers, query)
        except http.Blocked as error:
            raise Permanent(f"Alamat {self.name} tidak boleh dihubungi; tidak ada yang dikirim.") from error
        except http.NotSent as error:
            raise Temporary(f"{self.name} tidak terjangkau; tidak ada yang dikirim.") from error
        except http.HttpError as error:
            raise OutcomeUnknown(f"{self.name} tidak menjawab sesudah kiriman berangkat.") from error
        if not answer.ok:
            raise self._meaning(answer, sent=True)
        if not answer.body:
            return {}
        try:
            return answer.json()
        except ValueError as error:
            raise OutcomeUnknown(f"Jawaban {self.name} sesudah kiriman tidak terbaca.") from error

    def _post(
        self, method: str, path: str, data: Mapping[str, Any] | None, json: Any, content: bytes | None,
        headers: Mapping[str, str] | None, query: Mapping[str, Any] | None,
    ) -> http.Answer:  # fmt: skip
        sent = dict(headers or {})
        if json is not None:
            content, sent["Content-Type"] = orjson.dumps(json), "application/json"
        return self.client.request(
            method, self._whole(path), headers=sent, data=data, content=content, follow=False,
            params=flat(query) if query else None,
        )  # fmt: skip

    def _whole(self, path: str) -> str:
        return path if path.startswith(("https://", "http://")) else self.base + path

    def _json(self, answer: http.Answer) -> Any:
        try:
            return answer.json()
        except ValueError as error:
            raise Temporary(f"Jawaban {self.name} tidak utuh.") from error

    def _meaning(self, answer: http.Answer, *, sent: bool) -> ConnectorError:
        own = self._refusal(answer, sent) if self._refusal else None
        return own or usual_meaning(answer, self.name, sent=sent)


def usual_meaning(answer: http.Answer, name: str, *, sent: bool) -> ConnectorError:
    """This will say what an error status means; `sent` for a send, whose 5xx may come after the work was done."""
    status, said = answer.status, _said(answer)
    if status in {401, 403}:
        return NeedsLogin(f"{name} menolak token ({status}{said}). Sambungkan akun lagi.")
    if status in {404, 410}:
        return Gone(f"{name}: tidak ditemukan{said}.")
    if status == 429:
        return Temporary(f"{name} meminta jeda (429).", retry_after(answer))
    if status >= 500 or status == 408:
        if sent:
            return OutcomeUnknown(f"{name} gagal ({status}) sesudah kiriman sampai kepadanya.")
        return Temporary(f"{name} sedang gagal ({status}).", retry_after(answer))
    return Permanent(f"{name} menolak ({status}{said}).")


def _said(answer: http.Answer) -> str:
    try:
        error = answer.json().get("error")
    except (ValueError, AttributeError):
        return ""
    if isinstance(error, dict):
        error = error.get("message")
    return f": {error[:200]}" if isinstance(error, str) else ""


def retry_after(answer: http.Answer) -> float | None:
    """Seconds to wait, from Retry-After (seconds or a date) or X-RateLimit-Reset (a time, or Unix seconds)."""
    after = answer.headers.get("retry-after", "").strip()
    reset = (
        answer.headers.get("x-ratelimit-reset") or answer.headers.get("x-rate-limit-reset") or ""
    ).strip()
    now = datetime.now(UTC)
    try:
        if after.isdigit():
            return float(after)
        if reset.isdigit() and not after:
            return max(int(reset) - now.timestamp(), 0)
        at = parsedate_to_datetime(after) if after else datetime.fromisoformat(reset)
        return max((at - now).total_seconds(), 0)
    except (ValueError, TypeError, OverflowError):
        return None


def flat(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    """This will return a query's pairs: one for each member of a list, none for None."""
    pairs: list[tuple[str, str]] = []
    for key, value in query.items():
        pairs += [
            (key, str(one)) for one in (value if isinstance(value, list) else [value]) if one is not None
        ]
    return pairs
