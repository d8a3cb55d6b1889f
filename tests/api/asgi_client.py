"""Calls an ASGI handler in this process, as a server would."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass
class Got:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        return orjson.loads(self.body)


def run(main: Coroutine[Any, Any, Any]) -> Any:
    """This will run a coroutine to its end, in a thread: a browser test before leaves its loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, main).result()


async def call(
    app: Any,
    method: str,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    chunk: int = 0,
) -> Got:
    """This will send a request (in pieces of `chunk` bytes where set) and return its whole answer."""
    step = chunk or max(len(body), 1)
    parts = [body[i : i + step] for i in range(0, len(body), step)] or [b""]
    waiting = [{"type": "http.request", "body": one, "more_body": True} for one in parts]
    waiting[-1]["more_body"] = False
    got = Got()

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else await asyncio.sleep(3600, {"type": "http.disconnect"})

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            got.status = message["status"]
            got.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            got.body += message.get("body", b"")

    await app(scope_of(method, path, headers), receive, send)
    return got


def scope_of(method: str, path: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    where, _, query = path.partition("?")
    listed = [(key.lower().encode(), value.encode("latin-1")) for key, value in (headers or {}).items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": where,
        "raw_path": where.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": listed,
        "client": ("127.0.0.1", 40000),
        "server": ("127.0.0.1", 8000),
    }
