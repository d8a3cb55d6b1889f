"""/events: who may listen, what is told, and when it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from tanggap.agencies.models import Member, User
from tanggap.api import events
from tanggap.api.events import Events, Listener, message
from tanggap.api.plain_database import parameters
from tanggap.core import live, scope
from tests.api import asgi_client
from tests.api.asgi_client import Got, call, scope_of
from tests.city import a_government, a_member, a_unit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def member() -> Member:
    return a_member(a_unit(a_government(), "DPU"))


def cookie_of(member: Member) -> dict[str, str]:
    client = Client()
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return {
        "cookie": f"x=1; {settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    }


def run(work: Callable[[Events], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        handler = Events()
        try:
            return await asyncio.wait_for(work(handler), 20)
        finally:
            await handler.close()

    return asgi_client.run(main())


class Stream:
    """An open stream: what was told so far, and whether it ended."""

    def __init__(self) -> None:
        self.status = 0
        self.text = ""
        self.told: asyncio.Queue[Any] = asyncio.Queue()
        self.left = asyncio.Event()
        self.begun = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, one: Any) -> None:
        if one["type"] == "http.response.start":
            self.status = one["status"]
            return
        text = one["body"].decode()
        self.text += text
        self.begun.set()
        for line in text.splitlines():
            if line.startswith("data: "):
                self.told.put_nowait(json.loads(line[6:]))


@asynccontextmanager
async def opened(
    handler: Events, headers: dict[str, str]
) -> AsyncIterator[tuple[Stream, asyncio.Task[None]]]:
    stream = Stream()
    task = asyncio.create_task(handler(scope_of("GET", "/events", headers), stream.receive, stream.send))
    await asyncio.wait({task, asyncio.create_task(stream.begun.wait())}, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.to_thread(_until_listening)
    try:
        yield stream, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _until_listening() -> None:
    with psycopg.connect(**parameters(), autocommit=True) as own:
        for _ in range(300):
            found = own.execute(
                "select 1 from pg_stat_activity"
                " where datname = current_database() and query like 'listen %' and pid <> pg_backend_pid()"
            )
            if found.fetchone():
                return
            own.execute("select pg_sleep(0.01)")
    raise AssertionError("nobody listens")


def tell(government_id: int, kind: str, ids: list[int]) -> None:
    with transaction.atomic():
        live.tell(government_id, kind, ids)
    connection.close()


def test_a_member_hears_of_the_own_government_ids_and_counts_only(member: Member) -> None:
    other = a_government("99.72", "Kota Lain")

    async def work(handler: Events) -> tuple[int, list[Any]]:
        async with opened(handler, headers) as (stream, _):
            await asyncio.to_thread(tell, other.pk, "post", [1])
            await asyncio.to_thread(tell, member.government_id, "post", [7, 8])
            await asyncio.to_thread(tell, member.government_id, "case", list(range(300)))
            return stream.status, [await stream.told.get(), await stream.told.get()]

    headers = cookie_of(member)
    status, told = run(work)
    assert status == 200
    assert told == [{"k": "post", "i": [7, 8], "n": 2}, {"k": "case", "i": [], "n": 300}]


def test_a_browser_that_comes_back_is_told_to_ask_again(member: Member) -> None:
    headers = {**cookie_of(member), "last-event-id": "1"}

    async def work(handler: Events) -> list[Any]:
        async with opened(handler, headers) as (stream, _):
            return [await stream.told.get() for _ in events.KINDS]

    assert [one["k"] for one in run(work)] == list(events.KINDS)


def test_without_a_valid_session_there_is_nothing_to_hear(member: Member) -> None:
    stale = cookie_of(member)
    with scope.government(member.government_id):
        nobody = a_member(member.unit)
        without = cookie_of(nobody)
        nobody.delete()
    User.objects.filter(pk=member.user_id).update(is_active=False)
    for headers in ({}, {"cookie": f"{settings.SESSION_COOKIE_NAME}=wrong"}, stale, without):
        got: Got = run(partial(_get, headers))
        assert (got.status, got.json()["error"]) == (401, "login")


async def _get(headers: dict[str, str], handler: Events) -> Got:
    return await call(handler, "GET", "/events", headers=headers)


@pytest.mark.fault(61)
@pytest.mark.parametrize("end", ["disabled", "logged_out", "password"])
def test_a_stream_ends_when_its_member_may_no_longer_listen(
    member: Member, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert events.CHECK_SECONDS + events.HEARTBEAT_SECONDS / 15 < 60
    monkeypatch.setattr(events, "CHECK_SECONDS", 0.2)
    headers = cookie_of(member)

    async def work(handler: Events) -> bool:
        async with opened(handler, headers) as (_, task):
            await asyncio.sleep(0.5)
            assert not task.done()
            await asyncio.to_thread(_end, member, end, headers)
            await asyncio.wait_for(task, 5)
            return sum(handler._open.values()) == 0

    assert run(work)


def _end(member: Member, how: str, headers: dict[str, str]) -> None:
    user = User.objects.get(pk=member.user_id)
    if how == "disabled":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif how == "password":
        user.set_password("sandi-lain-yang-panjang")
        user.save()
    else:
        from django.contrib.sessions.models import Session

        Session.objects.all().delete()
    connection.close()


def test_streams_are_capped_for_a_user_and_in_all(member: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_PER_USER", 1)
    headers, other = cookie_of(member), cookie_of(a_member(member.unit))

    async def work(handler: Events) -> tuple[Got, Got]:
        async with opened(handler, headers):
            mine = await call(handler, "GET", "/events", headers=headers)
            monkeypatch.setattr(events, "MOST", 1)
            return mine, await call(handler, "GET", "/events", headers=other)

    mine, all_ = run(work)
    assert (mine.status, all_.status) == (429, 429)
    assert mine.headers["retry-after"] == "30"


def test_it_beats_while_nothing_happens_and_notices_who_left(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.05)
    headers = cookie_of(member)

    async def work(handler: Events) -> str:
        async with opened(handler, headers) as (stream, task):
            await asyncio.sleep(0.3)
            stream.left.set()
            await asyncio.wait_for(task, 5)
            return stream.text

    assert run(work).count(": .\n\n") >= 2


def test_after_a_cut_everybody_is_told_to_ask_again(member: Member) -> None:
    headers = cookie_of(member)

    async def work(handler: Events) -> list[str]:
        async with opened(handler, headers) as (stream, _):
            await asyncio.to_thread(_cut)
            return [(await stream.told.get())["k"] for _ in events.KINDS]

    assert run(work) == list(events.KINDS)


def _cut() -> None:
    with psycopg.connect(**parameters(), autocommit=True) as own:
        own.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and query like 'listen %' and pid <> pg_backend_pid()"
        )


def test_a_reader_that_is_too_slow_is_told_to_ask_again() -> None:
    async def main() -> list[bytes]:
        listener = Listener()
        for number in range(150):
            listener.put(message("post", [number], 1))
        return [await listener.next(0.1) for _ in range(len(events.AGAIN))]

    assert asgi_client.run(main()) == list(events.AGAIN)
