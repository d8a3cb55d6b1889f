"""The little of ASGI that the bare handlers need: read a bounded body, answer in JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import orjson

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

_JSON = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


class TooLarge(Exception):
    """The body passed its cap."""


class Away(Exception):
    """The other side left, or sent too slowly."""


async def body_of(scope: Scope, receive: Receive, most: int, seconds: float = 10) -> bytes:
    """This will read a request's body; TooLarge beyond `most` bytes, Away when it does not come in time."""
    length = header(scope, b"content-length")
    if length.isdigit() and int(length) > most:
        raise TooLarge
    first = await receive()
    if first["type"] == "http.disconnect":
        raise Away
    if not first.get("more_body"):
        body: bytes = first.get("body", b"")
        if len(body) > most:
            raise TooLarge
        return body
    try:
        async with asyncio.timeout(seconds):
            return await _rest(first.get("body", b""), receive, most)
    except TimeoutError as error:
        raise Away from error


async def _rest(begun: bytes, receive: Receive, most: int) -> bytes:
    parts, size = [begun], len(begun)
    while True:
        if size > most:
            raise TooLarge
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Away
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if not message.get("more_body") and size <= most:
            return b"".join(parts)


def header(scope: Scope, name: bytes) -> str:
    """This will return a request header, empty where there is none."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def headers_of(scope: Scope) -> dict[str, str]:
    """This will return all request headers by lower-case name."""
    return {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}


async def answer(send: Send, status: int, value: Any, *, headers: Headers = ()) -> None:
    """This will answer with JSON."""
    body = orjson.dumps(value)
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*_JSON, length, *headers]})
    await send({"type": "http.response.body", "body": body})


async def refuse(send: Send, status: int, code: str, text: str, *, headers: Headers = ()) -> None:
    """This will answer with an error: a code for programs and a sentence for people."""
    await answer(send, status, {"error": code, "text": text}, headers=headers)
