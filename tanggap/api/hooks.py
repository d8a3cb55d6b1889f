"""/hooks/<app key>: takes deliveries, signed, and answers once they are on disk. Nothing is understood here.

A bare ASGI handler: Django's request path costs more than the whole of this (docs/decisions/web-server.md).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import parse_qsl

import orjson

from tanggap.api.bare import Away, Receive, Scope, Send, TooLarge, answer, body_of, headers_of, refuse
from tanggap.api.known_apps import KnownApp, KnownApps
from tanggap.api.plain_database import Unavailable
from tanggap.api.writer import Writer
from tanggap.channels.connector import BadSignature, Connector, all_connectors

log = logging.getLogger(__name__)
PREFIX = "/hooks/"
MOST_BYTES = 1024 * 1024
_FIRST_HEADERS = ("content-type", "webhook-id", "webhook-timestamp")
_MOST_HEADERS = 2048
_MOST_HEADER = 300
_SECRET_HEADER = re.compile("auth|cookie|secret|signature|token|password|api-?key")
_COVER = "••••••"


class Hooks:
    """The handler; one per event loop."""

    def __init__(self) -> None:
        self._connectors = all_connectors()
        self._apps = KnownApps()
        self._writer = Writer()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """This will answer a delivery: 200 after its commit, 4xx where it is refused, 503 where it cannot be kept."""
        key = scope["path"].removeprefix(PREFIX).rstrip("/")
        try:
            app = await self._apps.find(key)
            if app is None or app.platform not in self._connectors:
                await refuse(
                    send, 404, "unknown_app", "Tidak ada aplikasi dengan kunci ini. Periksa alamatnya."
                )
            elif scope["method"] == "POST":
                await self._take(app, scope, receive, send)
            elif scope["method"] in {"GET", "HEAD"}:
                await self._challenge(app, scope, send)
            else:
                await refuse(send, 405, "method", "Kirim dengan POST.", headers=[(b"allow", b"GET, POST")])
        except Unavailable:
            await refuse(
                send,
                503,
                "unavailable",
                "Kiriman tidak disimpan. Kirim lagi sebentar lagi.",
                headers=[(b"retry-after", b"5")],
            )

    async def close(self) -> None:
        """This will end what the handler keeps open."""
        await self._writer.close()
        await self._apps.close()

    async def _take(self, app: KnownApp, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await body_of(scope, receive, MOST_BYTES)
        except TooLarge:
            await refuse(
                send,
                413,
                "too_large",
                f"Kiriman lebih besar dari {MOST_BYTES} bita dan tidak disimpan. Bagi menjadi beberapa.",
            )
            return
        except Away:
            await refuse(send, 408, "too_slow", "Isi kiriman tidak datang pada waktunya dan tidak disimpan.")
            return
        now, headers = datetime.now(UTC), headers_of(scope)
        connector = self._connectors[app.platform]
        try:
            connector.verify(app.secrets(now), headers, body, now)
        except BadSignature as error:
            self._apps.reject(app)
            await refuse(send, 401, "signature", f"{error} Kiriman tidak disimpan.")
            return
        pieces = _pieces(connector, body)
        await self._writer.write(app.id, kept_headers(headers), pieces, now)
        await answer(send, 200, {"received": len(pieces)})

    async def _challenge(self, app: KnownApp, scope: Scope, send: Send) -> None:
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        connector = self._connectors[app.platform]
        said = connector.challenge(app.secrets(datetime.now(UTC)), app.verify_token, query)
        if said is None:
            await refuse(
                send, 405, "method", "Alamat ini menerima kiriman POST.", headers=[(b"allow", b"POST")]
            )
            return
        kind = b"application/json" if said.startswith(b"{") else b"text/plain"
        start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]}
        await send(start)
        await send({"type": "http.response.body", "body": said})


def kept_headers(headers: Mapping[str, str]) -> str:
    """This will write the headers for the log as JSON: secret ones covered, at most 2 kB, those for reading first."""
    kept: dict[str, str] = {}
    room = _MOST_HEADERS
    for name in (*_FIRST_HEADERS, *headers):
        value = headers.get(name)
        if value is None or name in kept:
            continue
        shown = _COVER if _secret(name) else value[:_MOST_HEADER].replace("\0", "")
        room -= len(name) + len(shown) + 6
        if room < 0:
            break
        kept[name] = shown
    return orjson.dumps(kept).decode()


@lru_cache(maxsize=256)
def _secret(name: str) -> bool:
    return _SECRET_HEADER.search(name) is not None


def _pieces(connector: type[Connector], body: bytes) -> Sequence[bytes]:
    try:
        return connector.pieces(body) or [body]
    except Exception:  # what was signed is kept whole whatever a connector makes of it
        log.exception("a delivery could not be parted and is kept whole")
        return [body]
