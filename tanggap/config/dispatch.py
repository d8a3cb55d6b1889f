"""The one port: hooks, events and health go to bare handlers, everything else to Django in threads.

Why not Django's own ASGI application: docs/decisions/web-server.md.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import psycopg
from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

from tanggap.api.bare import Receive, Scope, Send, answer
from tanggap.api.events import Events
from tanggap.api.hooks import PREFIX, Hooks
from tanggap.api.plain_database import connect

THREADS = int(os.environ.get("TANGGAP_THREADS", "8"))


class Application:
    """Looks at the path and hands on; the bare handlers live as long as their event loop."""

    def __init__(self) -> None:
        wsgi: Any = get_wsgi_application()
        self._django: Any = WSGIMiddleware(wsgi, workers=THREADS)
        self._hooks, self._events = Hooks(), Events()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """This will answer one connection, or run the life of the process."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            path = scope["path"]
            if path.startswith(PREFIX):
                await self._hooks(scope, receive, send)
            elif path == "/events":
                await self._events(scope, receive, send)
            elif path == "/healthz":
                await _health(send)
            else:
                await self._django(scope, _coroutine(receive), send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            if (await receive())["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
                continue
            await self._hooks.close()
            await self._events.close()
            await send({"type": "lifespan.shutdown.complete"})
            return


def _coroutine(receive: Receive) -> Receive:
    """Granian's receive gives an awaitable, and a2wsgi hands it to a function that takes coroutines only."""

    async def received() -> Any:
        return await receive()

    return received


async def _health(send: Send) -> None:
    """Says within two seconds whether this process and its database answer."""
    try:
        async with asyncio.timeout(2), await connect() as connection:
            await connection.execute("select 1")
    except (psycopg.Error, OSError, TimeoutError):
        await answer(send, 503, {"status": "database_unreachable"})
        return
    await answer(send, 200, {"status": "ok"})
