"""Citizens on a Mastodon server: each posts, edits and deletes with an own token over the plain REST API."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from tanggap.simulator.city import OFFICIAL_HANDLE, Citizen

_TAG: Final = re.compile(r"<[^>]+>")
_PAGE: Final = 40


class MastodonError(RuntimeError):
    """The server did not do what was asked; `retry` says whether asking again later may help."""

    def __init__(self, text: str, *, retry: bool) -> None:
        super().__init__(text)
        self.retry = retry


@dataclass(frozen=True, slots=True)
class Status:
    """A status as the simulator needs it: `id` on this server, `uri` in the whole network."""

    id: str
    uri: str
    url: str | None
    account: str
    text: str
    in_reply_to: str | None
    visibility: str
    created_at: str


def token_of(handle: str) -> str:
    """The access token of an account on the mock server: worked out from the handle, good for nothing elsewhere."""
    return "warga-" + hashlib.sha256(f"tirtakencana:{handle}".encode()).hexdigest()[:32]


class Mastodon:
    """A Mastodon server as the citizens of the city see it. `base` is its address without a path."""

    def __init__(self, base: str, *, official: str = OFFICIAL_HANDLE, timeout: float = 10.0) -> None:
        self.official = official
        self._base = base.rstrip("/")
        self.host = urlsplit(self._base).netloc.lower()
        self._client = httpx.Client(base_url=self._base, timeout=timeout)

    def post(self, citizen: Citizen, text: str, key: str, reply_to: str | None = None) -> Status:
        """Posts `text` with a mention of the government; `key` keeps a repeated call from posting twice."""
        form = {"status": f"@{self.official} {text}", "visibility": "public", "language": "id"}
        if reply_to is not None:
            form["in_reply_to_id"] = reply_to
        return _status(self._ask("POST", "/api/v1/statuses", citizen.handle, form, {"Idempotency-Key": key}))

    def edit(self, citizen: Citizen, status: str, text: str) -> Status:
        """Replaces the text of an own status."""
        form = {"status": f"@{self.official} {text}"}
        return _status(self._ask("PUT", f"/api/v1/statuses/{status}", citizen.handle, form))

    def delete(self, citizen: Citizen, status: str) -> None:
        """Deletes an own status."""
        self._ask("DELETE", f"/api/v1/statuses/{status}", citizen.handle)

    def answers(self, since: str | None = None, *, most: int = 5000) -> list[Status]:
        """What the official account replied to others after `since` (a status id), oldest first, at most `most`.

        Private replies are among them only where the server lets the official token be used.
        """
        found = [status for status in self._own(since, most) if status.in_reply_to is not None]
        return sorted(found, key=lambda status: int(status.id))

    def said(self, *, most: int = 5000) -> list[Status]:
        """All that the official account said, posts and replies, newest first, at most `most`."""
        return list(self._own(None, most))

    def exists(self, status: str) -> bool:
        """Whether the server still shows a status."""
        try:
            self._ask("GET", f"/api/v1/statuses/{status}", self.official)
        except MastodonError as error:
            if error.retry:
                raise
            return False
        return True

    def whole_id(self, status: str) -> str:
        """The id by which the product knows a status: host of the connected server and local id."""
        return f"{self.host}/{status}"

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def _own(self, since: str | None, most: int) -> Iterator[Status]:
        account = self._ask("GET", f"/api/v1/accounts/lookup?acct={self.official}", self.official)["id"]
        older: str | None = None
        for _ in range(0, most, _PAGE):
            query = (
                f"limit={_PAGE}"
                + (f"&since_id={since}" if since else "")
                + (f"&max_id={older}" if older else "")
            )
            page = self._ask("GET", f"/api/v1/accounts/{account}/statuses?{query}", self.official)
            yield from map(_status, page)
            if len(page) < _PAGE:
                return
            older = page[-1]["id"]

    def _ask(
        self,
        method: str,
        path: str,
        handle: str,
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """Makes one call as `handle`. Raises MastodonError; `retry` for 429, 5xx and a broken connection."""
        sent = {"Authorization": f"Bearer {token_of(handle)}", **(headers or {})}
        try:
            answer = self._client.request(method, path, data=form, headers=sent)
            answer.raise_for_status()
            return answer.json()
        except httpx.HTTPStatusError as error:
            code = error.response.status_code
            text = f"{method} {self._base}{path}: HTTP {code} {error.response.text[:200]}"
            raise MastodonError(text, retry=code == 429 or code >= 500) from error
        except (httpx.HTTPError, ValueError) as error:
            raise MastodonError(
                f"{method} {self._base}{path}: {type(error).__name__}: {error}", retry=True
            ) from error


def _status(data: dict[str, Any]) -> Status:
    return Status(
        id=data["id"],
        uri=data["uri"],
        url=data.get("url"),
        account=data["account"]["acct"],
        text=html.unescape(_TAG.sub("", data["content"])),
        in_reply_to=data.get("in_reply_to_id"),
        visibility=data["visibility"],
        created_at=data["created_at"],
    )
