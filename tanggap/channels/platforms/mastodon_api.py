"""Speaks with a Mastodon server through core.http, and says what each failure means for trying again."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tanggap.channels.connector import Account, Attachment, Gone, OutcomeUnknown, Temporary
from tanggap.channels.multipart import Part, form
from tanggap.channels.speaking import Speaker, usual_meaning
from tanggap.core import http

Json = dict[str, Any]
_READY_AFTER = (1, 2, 4, 8)


class Api:
    """One account's connection to its server; `host` is what ids are made whole with."""

    def __init__(self, account: Account) -> None:
        token = {"Authorization": f"Bearer {account.token or ''}"}
        self.base = account.api_base.rstrip("/")
        host = urlsplit(self.base).netloc.rpartition("@")[2].lower()
        self._line = Speaker(f"Server {host}", self.base, trusted=account.trusted_base, headers=token)
        self.host = self._line.host
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
        return self._line.read(path, query)

    def post(self, path: str, form: Json, *, key: str) -> Json:
        """This will POST once with an idempotency key; OutcomeUnknown whenever the server may have taken it."""
        found = self._line.write(path, data=form, headers={"Idempotency-Key": key})
        try:
            return {**found, "id": str(found["id"])}
        except (KeyError, TypeError) as error:
            raise OutcomeUnknown(f"Jawaban server {self.host} sesudah kiriman tidak terbaca.") from error

    def delete(self, path: str, **query: Any) -> None:
        """This will take something away once; Gone where it is gone already."""
        self._line.write(path, method="DELETE", query=query)

    def upload(self, one: Attachment) -> str:
        """This will upload a picture or film and return its id; nothing stands publicly yet. Temporary where it fails.

        A film is answered before the server has worked on it (202): the post waits until it is ready.
        """
        body, kind = form(
            {"description": one.alt}, [Part("file", one.name or "media", one.type, one.content)]
        )
        try:
            found = self._line.write("/api/v2/media", content=body, headers={"Content-Type": kind})
            for wait in (0, *_READY_AFTER):
                if found.get("url"):
                    break
                time.sleep(wait)
                found = self.read(f"/api/v1/media/{found['id']}")
            return str(found["id"])
        except (OutcomeUnknown, KeyError, TypeError) as error:
            raise Temporary(
                f"Berkas belum diterima server {self.host}; tidak ada yang terbit.", everywhere=False
            ) from error

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
        with self._line.client.lines(f"{base}/api/v1/streaming/user", idle=50) as (status, lines):
            if status != 200:
                raise usual_meaning(http.Answer(status, {}, b"", base), f"Server {self.host}", sent=False)
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
