"""/events: tells open screens that something changed, as server-sent events over LISTEN/NOTIFY.

A message is {"k": kind, "i": ids, "n": count} and nothing else: the page fetches what its member may see. The
session is checked when the stream opens and every minute, so that a member who left hears nothing a minute later.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
import psycopg
from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.base import SessionBase
from django.db import close_old_connections, connections
from django.http import HttpRequest, parse_cookie
from django.utils import timezone
from django.utils.module_loading import import_string

from tanggap.agencies.membership import SESSION_KEY, member_behind
from tanggap.api.bare import Receive, Scope, Send, header, refuse
from tanggap.api.plain_database import connect
from tanggap.core import live

log = logging.getLogger(__name__)
CHECK_SECONDS = 55.0
HEARTBEAT_SECONDS = 15.0
MOST_PER_USER = 8
MOST = 1000
_MOST_WAITING = 100
KINDS = ("post", "post_changed", "case", "assignment", "reply", "delivery", "notice", "job", "channel")
"""What a screen asks for again after a gap, because nobody knows what it missed."""

_STREAM = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Who:
    """A listener: its user, and the government whose changes it hears."""

    user_id: int
    government_id: int


class Listener:
    """One open stream's mailbox; a reader that is too slow loses messages and is told to ask again."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)

    def put(self, message: bytes) -> None:
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            while not self._queue.empty():
                self._queue.get_nowait()
            for one in AGAIN:
                self._queue.put_nowait(one)

    async def next(self, seconds: float) -> bytes:
        """This will wait for a message; a comment keeps the line alive when none comes."""
        try:
            async with asyncio.timeout(seconds):
                return await self._queue.get()
        except TimeoutError:
            return b": .\n\n"


def message(kind: str, ids: list[int], number: int) -> bytes:
    """This will return one event; its id lets a returning browser say that it was here before."""
    return b"id: 1\ndata: " + orjson.dumps({"k": kind, "i": ids, "n": number}) + b"\n\n"


AGAIN = tuple(message(kind, [], 0) for kind in KINDS)


class Events:
    """The handler; one per event loop, with one listening connection for all streams."""

    def __init__(self) -> None:
        self._listeners: dict[int, set[Listener]] = {}
        self._open: Counter[int] = Counter()
        self._listening: asyncio.Task[None] | None = None
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="events")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """This will stream a member's changes until the browser leaves or the session ends."""
        if scope["method"] != "GET":
            await refuse(send, 405, "method", "Hanya GET.", headers=[(b"allow", b"GET")])
            return
        key = parse_cookie(header(scope, b"cookie")).get(settings.SESSION_COOKIE_NAME, "")
        who = await self._in_thread(lambda: who_is(key))
        if who is None:
            await refuse(send, 401, "login", "Masuk dahulu.")
        elif self._open[who.user_id] >= MOST_PER_USER or self._open.total() >= MOST:
            wait = [(b"retry-after", b"30")]
            await refuse(send, 429, "too_many", "Terlalu banyak tab terbuka. Tutup beberapa.", headers=wait)
        else:
            with self._listener(who) as listener:
                for one in AGAIN if header(scope, b"last-event-id") else ():
                    listener.put(one)
                await self._stream(key, who, listener, receive, send)

    async def close(self) -> None:
        """This will stop listening; open streams end with their server."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        self._threads.shutdown(wait=False)

    @contextlib.contextmanager
    def _listener(self, who: Who) -> Any:
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())
        mine, listener = self._listeners.setdefault(who.government_id, set()), Listener()
        mine.add(listener)
        self._open[who.user_id] += 1
        try:
            yield listener
        finally:
            mine.discard(listener)
            self._open[who.user_id] -= 1
            self._open += Counter()  # drops users with no stream

    async def _stream(self, key: str, who: Who, listener: Listener, receive: Receive, send: Send) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": list(_STREAM),
            }
        )
        await send({"type": "http.response.body", "body": b"retry: 3000\nid: 1\n\n", "more_body": True})
        gone = asyncio.create_task(_gone(receive))
        try:
            async for one in self._messages(key, who, listener):
                if gone.done():
                    return
                await send({"type": "http.response.body", "body": one, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except OSError:
            log.debug("a browser left its stream")
        finally:
            gone.cancel()

    async def _messages(self, key: str, who: Who, listener: Listener) -> AsyncIterator[bytes]:
        clock = asyncio.get_running_loop().time
        check_at = clock() + CHECK_SECONDS
        while True:
            yield await listener.next(min(HEARTBEAT_SECONDS, max(check_at - clock(), 0.01)))
            if clock() >= check_at:
                if await self._in_thread(lambda: who_is(key)) != who:
                    return
                check_at = clock() + CHECK_SECONDS

    async def _listen(self) -> None:
        wait, before = 0.5, False
        while True:
            try:
                async with await connect(statement_ms=0) as connection:
                    await connection.execute(f"listen {live.CHANNEL}")
                    if before:
                        self._tell_all(AGAIN)
                    wait, before = 0.5, True
                    async for note in connection.notifies():
                        self._tell(note.payload)
            except (psycopg.Error, OSError) as error:
                log.warning(
                    "the live messages broke off and are listened to again in %.1f s: %s", wait, error
                )
            await asyncio.sleep(wait)
            wait = min(wait * 2, 10)

    def _tell(self, payload: str) -> None:
        try:
            told = orjson.loads(payload)
            one = message(told["k"], told["i"], told["n"])
            mine = self._listeners.get(told["g"], set())
        except (ValueError, KeyError, TypeError):
            log.warning("a live message was not understood")
            return
        for listener in mine:
            listener.put(one)

    def _tell_all(self, messages: tuple[bytes, ...]) -> None:
        for mine in self._listeners.values():
            for listener in mine:
                for one in messages:
                    listener.put(one)

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _with_fresh_connection, work)


def who_is(session_key: str) -> Who | None:
    """This will return the member behind a session as it stands now: None without one, or for a disabled user."""
    if not session_key:
        return None
    store: type[SessionBase] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    request = HttpRequest()
    request.session = store(session_key)
    user = auth.get_user(request)
    if not user.is_authenticated or user.pk is None:
        return None
    member = member_behind(user.pk, request.session.get(SESSION_KEY), timezone.now().date())
    return Who(user.pk, member.government_id) if member else None


def _with_fresh_connection(work: Callable[[], _T]) -> _T:
    close_old_connections()
    try:
        return work()
    finally:
        if connections["default"].errors_occurred:
            connections["default"].close()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
