"""Writes deliveries as raw items, many with one commit: what waits while one commit runs goes into the next.

A commit costs a disk sync of some milliseconds whatever it carries, so grouping keeps a thousand deliveries a
second on one disk. Whoever waits learns of the commit, or within two seconds that there was none.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from tanggap.api.plain_database import Unavailable, connect

log = logging.getLogger(__name__)
ANSWER_WITHIN = 1.8
_CONNECTIONS = 2
_MOST_AT_ONCE = 500
_MOST_WAITING_BYTES = 64 * 1024 * 1024
_REST = 0.5
_GATHER = (
    0.001  # waiting this long before each commit takes a fifth off the processors' time at 1,000 a second
)

_INSERT = b"""
with stored as (
  insert into posts_rawitem (received_at, source, app_id, headers, body)
  select at, 'hook', app, headers::jsonb, body
  from unnest(%b::timestamptz[], %b::bigint[], %b::text[], %b::bytea[]) as row (at, app, headers, body)
  returning 1)
select pg_notify('tanggap_wake', 'digest'), (select count(*) from stored)
"""


@dataclass(slots=True, eq=False)
class _Delivery:
    app_id: int
    headers: str
    bodies: Sequence[bytes]
    received_at: datetime
    done: asyncio.Future[None]


class Writer:
    """One per event loop; starts with its first delivery and ends with `close`."""

    def __init__(self) -> None:
        self._waiting: deque[_Delivery] = deque()
        self._bytes = 0
        self._some = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._down_until = 0.0

    async def write(self, app_id: int, headers: str, bodies: Sequence[bytes], received_at: datetime) -> None:
        """This will return once the rows are committed; Unavailable within two seconds else."""
        size = sum(map(len, bodies))
        if time.monotonic() < self._down_until or self._bytes + size > _MOST_WAITING_BYTES:
            raise Unavailable
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._run()) for _ in range(_CONNECTIONS)]
        one = _Delivery(app_id, headers, bodies, received_at, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        self._bytes += size
        self._some.set()
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await one.done
        except TimeoutError as error:
            raise Unavailable from error
        finally:
            self._bytes -= size

    async def close(self) -> None:
        """This will end the connections; deliveries still waiting are told that nothing was kept."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        _fail(self._waiting)

    async def _run(self) -> None:
        connection: psycopg.AsyncConnection[Any] | None = None
        try:
            while True:
                await self._some.wait()
                await asyncio.sleep(_GATHER)
                group = self._take()
                if not group:
                    continue
                try:
                    connection = await self._keep(connection, group)
                except (psycopg.Error, OSError, TimeoutError) as error:
                    _fail(group)
                    self._down_until = time.monotonic() + _REST
                    log.warning("deliveries were not kept, their senders were told so: %s", error)
                    await _closed(connection)
                    connection = None
                except asyncio.CancelledError:
                    _fail(group)
                    raise
        finally:
            await _closed(connection)

    async def _keep(
        self, connection: psycopg.AsyncConnection[Any] | None, group: list[_Delivery]
    ) -> psycopg.AsyncConnection[Any]:
        """Stores a group; a connection that the database closed since (a restart) is replaced and it is tried again.

        A row that was committed just before the cut is then there twice, and known again by its content's ids.
        """
        connection = connection or await connect()
        try:
            await self._store(connection, group)
        except psycopg.OperationalError:
            if not connection.broken:
                raise
            connection = await connect()
            await self._store(connection, group)
        return connection

    def _take(self) -> list[_Delivery]:
        group: list[_Delivery] = []
        rows = 0
        while self._waiting and rows < _MOST_AT_ONCE:
            one = self._waiting.popleft()
            if not one.done.done():  # else its sender was told long ago that nothing was kept
                group.append(one)
                rows += len(one.bodies)
        if not self._waiting:
            self._some.clear()
        return group

    async def _store(self, connection: psycopg.AsyncConnection[Any], group: list[_Delivery]) -> None:
        try:
            await _insert(connection, group)
        except (psycopg.IntegrityError, psycopg.DataError) as error:
            if len(group) == 1:
                log.warning("a delivery for app %s cannot be kept: %s", group[0].app_id, error)
                _fail(group)
                return
            for one in group:  # one bad row must not take the others down
                await self._store(connection, [one])
            return
        for one in group:
            if not one.done.done():
                one.done.set_result(None)


async def _insert(connection: psycopg.AsyncConnection[Any], group: list[_Delivery]) -> None:
    rows = [(one.received_at, one.app_id, one.headers, body) for one in group for body in one.bodies]
    async with asyncio.timeout(3):
        await connection.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])


async def _closed(connection: psycopg.AsyncConnection[Any] | None) -> None:
    if connection is not None:
        with suppress(psycopg.Error, OSError):
            await connection.close()


def _fail(group: deque[_Delivery] | list[_Delivery]) -> None:
    for one in group:
        if not one.done.done():
            one.done.set_exception(Unavailable())
