"""The apps behind the hook addresses, with their secrets decrypted, as the bare handler needs them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from tanggap.api.plain_database import Unavailable, connect
from tanggap.core import secrets

log = logging.getLogger(__name__)
_FRESH = 5.0
_AGAIN = 1.0
"""Seconds after which an unknown key is worth a look: the app may just have been made."""


@dataclass(frozen=True, slots=True)
class KnownApp:
    """An app's row; `older` are the secrets accepted until `older_until`."""

    id: int
    key: str
    platform: str
    newest: tuple[str, ...]
    older: tuple[str, ...]
    older_until: datetime | None
    verify_token: str

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """This will return the secrets that count now, newest first."""
        return self.newest + self.older if self.older_until and now < self.older_until else self.newest


class KnownApps:
    """All apps, read at most every few seconds; and the counts of refused deliveries, written as seldom."""

    def __init__(self) -> None:
        self._apps: dict[str, KnownApp] = {}
        self._read_at = self._down_until = -60.0
        self._reading = asyncio.Lock()
        self._rejected: Counter[int] = Counter()
        self._flushing: asyncio.Task[None] | None = None

    async def find(self, key: str) -> KnownApp | None:
        """This will return the app of a key, None for an unknown one; Unavailable without a database."""
        known = self._apps.get(key)
        age = time.monotonic() - self._read_at
        if age > (_FRESH if known else _AGAIN):
            async with self._reading:
                if time.monotonic() < self._down_until:
                    raise Unavailable  # those who waited for a failed attempt need not repeat it one by one
                if time.monotonic() - self._read_at > (_FRESH if known else _AGAIN):
                    await self._read()
            known = self._apps.get(key)
        return known

    def reject(self, app: KnownApp) -> None:
        """This will count a delivery that was refused for its signature."""
        self._rejected[app.id] += 1
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())

    async def close(self) -> None:
        """This will write what is counted and not written yet."""
        if self._flushing is not None:
            self._flushing.cancel()
        await self._write_rejected()

    async def _flush(self) -> None:
        while self._rejected:
            await asyncio.sleep(2)
            await self._write_rejected()

    async def _write_rejected(self) -> None:
        counted, self._rejected = self._rejected, Counter()
        if not counted:
            return
        try:
            async with await connect() as connection, connection.cursor() as cursor:
                await cursor.executemany(
                    "update channels_app set rejected = rejected + %s where id = %s",
                    [(number, pk) for pk, number in counted.items()],
                )
        except (psycopg.Error, OSError) as error:
            self._rejected.update(counted)
            log.warning("refused deliveries are counted later: %s", error)

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(1.8), await connect() as connection:
                found = await connection.execute(
                    "select id, key, platform, secrets, older_until, verify_token from channels_app"
                )
                rows = await found.fetchall()
        except (psycopg.Error, OSError, TimeoutError) as error:
            self._down_until = time.monotonic() + 0.5
            raise Unavailable from error
        self._apps = {row[1]: _known(*row) for row in rows}
        self._read_at = time.monotonic()


def _known(
    pk: int, key: str, platform: str, kept: str | None, until: datetime | None, token: str | None
) -> KnownApp:
    found = _decrypted(kept, key) or []
    newest, *older = found if isinstance(found, list) and found else [""]
    return KnownApp(
        pk, key, platform, (newest,) if newest else (), tuple(older), until, str(_decrypted(token, key) or "")
    )


def _decrypted(value: str | None, key: str) -> Any:
    try:
        return secrets.decrypt(value) if value else None
    except secrets.Unreadable:
        log.exception("the secrets of app %s cannot be decrypted; its deliveries are refused", key)
        return None
