"""Bounds of time and size: a slow, endless or swelling answer cannot hold a worker."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import httpcore
import httpx

from tanggap.core.http.errors import NoAnswer, TooLarge, named_errors


@dataclass(frozen=True, slots=True)
class Caps:
    """Seconds and bytes. `swell` is how many times its packed size an answer may have once past a megabyte."""

    connect: float = 5
    read: float = 15
    total: float = 30
    most_bytes: int = 5 * 1024 * 1024
    swell: int = 100
    redirects: int = 5


_until: ContextVar[float | None] = ContextVar("tanggap_http_until", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    token = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


def time_left(timeout: float | None) -> float | None:
    until = _until.get()
    if until is None:
        return timeout
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the request's total time is used up")
    return left if timeout is None else min(timeout, left)


def capped(answer: httpx.Response, caps: Caps) -> Iterator[bytes]:
    unpack = _unpacker(answer.headers.get("content-encoding", ""))
    packed = size = 0
    for chunk in answer.iter_raw(64 * 1024):
        packed += len(chunk)
        if (until := _until.get()) is not None and time.monotonic() > until:
            raise NoAnswer("The answer took longer than its total time.")
        rest = chunk
        while rest:
            plain, rest = unpack(rest)
            size += len(plain)
            if size > caps.most_bytes:
                raise TooLarge(f"The answer is larger than {caps.most_bytes} bytes.")
            if size > 1024 * 1024 and size > packed * caps.swell:
                raise TooLarge(f"The answer swells to more than {caps.swell} times its packed size.")
            yield plain


def _unpacker(encoding: str) -> Callable[[bytes], tuple[bytes, bytes]]:
    """A function that unpacks a chunk into at most 256 KiB and the packed rest."""
    if encoding.strip().lower() in {"", "identity"}:
        return lambda chunk: (chunk, b"")
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        raise NoAnswer(f"The answer is packed as {encoding[:20]!r}, which was not asked for.")
    machine = zlib.decompressobj(47)

    def unpack(chunk: bytes) -> tuple[bytes, bytes]:
        try:
            return machine.decompress(chunk, 256 * 1024), machine.unconsumed_tail
        except zlib.error as error:
            raise NoAnswer("The packed answer is broken.") from error

    return unpack


def lines_of(answer: httpx.Response, caps: Caps) -> Iterator[str]:
    unpack = _unpacker(answer.headers.get("content-encoding", ""))
    waiting = b""
    with named_errors():
        for chunk in answer.iter_raw():
            rest = chunk
            while rest:
                plain, rest = unpack(rest)
                *whole, waiting = (waiting + plain).split(b"\n")
                if len(waiting) > caps.most_bytes:
                    raise TooLarge(f"A line of the stream is longer than {caps.most_bytes} bytes.")
                for line in whole:
                    yield line.rstrip(b"\r").decode("utf-8", "replace")
