"""The hook address: what it takes, what it refuses, and that 2xx means committed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import psycopg
import pytest
from django.db import connection, connections

from tanggap.api import known_apps, writer
from tanggap.api.hooks import MOST_BYTES, Hooks
from tanggap.api.plain_database import Unavailable, parameters
from tanggap.channels import connector as registry
from tanggap.channels.connectors.webhook import Webhook, sign
from tanggap.channels.models import App
from tanggap.core import live
from tanggap.posts.models import RawItem, RawState
from tests.api import asgi_client
from tests.api.asgi_client import Got, call

pytestmark = pytest.mark.django_db(transaction=True)
SECRET, OLDER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
ONE: Any = [SECRET]
BOTH: Any = [SECRET, OLDER]
LINE = b'{"platform": "x", "external_id": "1", "text": "halo", "created_at": "2026-11-22T08:00:00+07:00"}'


@pytest.fixture
def app() -> App:
    return App.objects.create(key="warta", platform="webhook", name="Warta", secrets=BOTH)


def with_hooks(work: Callable[[Hooks], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        hooks = Hooks()
        try:
            return await work(hooks)
        finally:
            await hooks.close()

    return asgi_client.run(main())


def post(
    body: bytes = LINE,
    *,
    secret: str = SECRET,
    key: str = "warta",
    headers: dict[str, str] | None = None,
    chunk: int = 0,
) -> Got:
    signed = sign(secret, "msg_1", datetime.now(UTC), body) if headers is None else headers
    found: Got = with_hooks(lambda hooks: call(hooks, "POST", f"/hooks/{key}", body, signed, chunk))
    return found


def bodies() -> list[bytes]:
    return [bytes(one) for one in RawItem.objects.order_by("id").values_list("body", flat=True)]


def test_a_signed_delivery_is_stored_as_it_came_and_waits_for_the_digest(app: App) -> None:
    body = b" " + LINE + b"\n"
    before = datetime.now(UTC)
    got = post(body)
    assert (got.status, got.json()) == (200, {"received": 1})
    (raw,) = RawItem.objects.all()
    assert (bytes(raw.body), raw.source, raw.app_id, raw.channel_id) == (body, "hook", app.pk, None)
    assert (raw.state, raw.history, raw.attempts, raw.reason) == (RawState.RECEIVED, False, 0, "")
    assert raw.headers["webhook-id"] == "msg_1"
    assert raw.headers["webhook-signature"] == "••••••"
    assert before <= raw.received_at <= datetime.now(UTC)


def test_the_digest_is_woken_by_the_commit(app: App) -> None:
    with psycopg.connect(**parameters(), autocommit=True) as listening:
        listening.execute(f"listen {live.WAKE}")
        post()
        assert [note.payload for note in listening.notifies(timeout=3, stop_after=1)] == ["digest"]


def test_one_object_a_line_becomes_one_raw_item_each_so_that_a_broken_one_stands_alone(app: App) -> None:
    got = post(LINE + b"\n{broken\n" + LINE)
    assert got.json() == {"received": 3}
    assert bodies() == [LINE, b"{broken", LINE]


def test_a_body_in_pieces_is_put_together(app: App) -> None:
    assert post(chunk=7).status == 200
    assert bodies() == [LINE]


@pytest.mark.fault(3)
def test_wrong_signatures_are_refused_counted_and_leave_nothing(app: App) -> None:
    good = sign(SECRET, "msg_1", datetime.now(UTC), LINE)
    for body, headers in (
        (LINE + b" ", good), (LINE, {}), (LINE, sign(OLDER, "msg_1", datetime.now(UTC), LINE)),
        (LINE, sign(SECRET, "msg_1", datetime.now(UTC) - timedelta(minutes=6), LINE)),
    ):  # fmt: skip
        got = post(body, headers=headers)
        assert (got.status, got.json()["error"]) == (401, "signature")
    assert bodies() == []
    app.refresh_from_db()
    assert app.rejected == 4


def test_an_older_secret_counts_until_its_day(app: App) -> None:
    App.objects.update(older_until=datetime.now(UTC) + timedelta(hours=1))
    assert post(secret=OLDER).status == 200
    App.objects.update(older_until=datetime.now(UTC) - timedelta(seconds=1))
    assert post(secret=OLDER).status == 401
    assert post().status == 200


def test_an_app_with_undecryptable_secrets_refuses_and_the_others_go_on(app: App) -> None:
    other = App.objects.create(key="rusak", platform="webhook", name="Rusak", secrets=ONE)
    with connection.cursor() as cursor:
        cursor.execute("update channels_app set secrets = 'nonsense' where id = %s", [other.pk])
    assert post(key="rusak").status == 401
    assert post().status == 200


def test_unknown_apps_are_404_and_new_ones_are_found_soon(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_apps, "_AGAIN", 0.0)

    async def work(hooks: Hooks) -> tuple[Got, Got]:
        first = await call(hooks, "POST", "/hooks/baru", LINE, sign(SECRET, "m", datetime.now(UTC), LINE))
        await asyncio.to_thread(_make, "baru")
        return first, await call(
            hooks, "POST", "/hooks/baru", LINE, sign(SECRET, "m", datetime.now(UTC), LINE)
        )

    first, second = with_hooks(work)
    assert (first.status, second.status) == (404, 200)


def _make(key: str) -> None:
    App.objects.create(key=key, platform="webhook", name=key, secrets=ONE)
    connection.close()


@pytest.mark.fault(44)
@pytest.mark.parametrize("chunk", [0, 200_000])
def test_too_large_bodies_are_413_and_not_kept(app: App, chunk: int) -> None:
    got = post(b"x" * (MOST_BYTES + 1), chunk=chunk)
    assert (got.status, got.json()["error"]) == (413, "too_large")
    assert bodies() == []


def test_a_length_that_is_too_large_is_refused_before_the_body_comes(app: App) -> None:
    async def never() -> Any:
        raise AssertionError("the body was read")

    got = Got()

    async def send(message: Any) -> None:
        got.status = message.get("status", got.status)

    scope = {
        "method": "POST",
        "path": "/hooks/warta",
        "query_string": b"",
        "headers": [(b"content-length", b"5000000")],
    }
    with_hooks(lambda hooks: hooks(scope, never, send))
    assert got.status == 413


def test_the_platforms_challenge_is_answered_where_the_connector_knows_it(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Challenged(Webhook):
        platform: ClassVar[str] = "challenged"

        @classmethod
        def challenge(cls, secrets: Any, verify_token: str, query: Any) -> bytes | None:
            return query["hub.challenge"].encode() if query.get("hub.verify_token") == verify_token else None

    registry.all_connectors()
    monkeypatch.setitem(registry._found, "challenged", Challenged)
    App.objects.create(key="uji", platform="challenged", name="Uji", secrets=ONE, verify_token="rahasia")
    ask = "/hooks/uji?hub.verify_token={}&hub.challenge=1158"
    right = with_hooks(lambda hooks: call(hooks, "GET", ask.format("rahasia")))
    wrong = with_hooks(lambda hooks: call(hooks, "GET", ask.format("lain")))
    none = with_hooks(lambda hooks: call(hooks, "GET", "/hooks/warta"))
    assert (right.status, right.body) == (200, b"1158")
    assert (wrong.status, none.status) == (405, 405)


def test_other_methods_are_refused(app: App) -> None:
    assert with_hooks(lambda hooks: call(hooks, "DELETE", "/hooks/warta")).status == 405


@pytest.mark.fault(1)
def test_many_at_once_share_commits_and_each_is_answered(app: App) -> None:
    def line(number: int) -> bytes:
        return json.dumps({"external_id": str(number)}).encode()

    async def work(hooks: Hooks) -> list[Got]:
        return await asyncio.gather(
            *(
                call(
                    hooks, "POST", "/hooks/warta", line(n), sign(SECRET, f"m{n}", datetime.now(UTC), line(n))
                )
                for n in range(300)
            )
        )

    answers = with_hooks(work)
    assert {one.status for one in answers} == {200}
    assert sorted(bodies()) == sorted(line(n) for n in range(300))
    assert len(set(RawItem.objects.values_list("received_at", flat=True))) > 1


@contextmanager
def _database_away() -> Iterator[None]:
    """Points the handlers at a port where nothing listens."""
    found = connections["default"].settings_dict
    host, port = found["HOST"], found["PORT"]
    found["HOST"], found["PORT"] = "127.0.0.1", "9"
    try:
        yield
    finally:
        found["HOST"], found["PORT"] = host, port


@pytest.mark.fault(6)
def test_without_a_database_it_is_503_at_once_and_nothing_is_acknowledged(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_REST", 0.1)

    async def work(hooks: Hooks) -> tuple[Got, list[Got], Got]:
        signed = sign(SECRET, "m", datetime.now(UTC), LINE)
        await hooks._apps.find("warta")
        with _database_away():
            began = time.monotonic()
            first = await call(hooks, "POST", "/hooks/warta", LINE, signed)
            many = await asyncio.gather(
                *(call(hooks, "POST", "/hooks/warta", LINE, signed) for _ in range(20))
            )
            assert time.monotonic() - began < 2
        await asyncio.sleep(0.2)
        return first, many, await call(hooks, "POST", "/hooks/warta", LINE, signed)

    first, many, after = with_hooks(work)
    assert (first.status, first.headers["retry-after"], first.json()["error"]) == (503, "5", "unavailable")
    assert {one.status for one in many} == {503}
    assert after.status == 200
    assert bodies() == [LINE]


@pytest.mark.fault(6)
def test_a_database_that_hangs_is_503_within_two_seconds(app: App) -> None:
    async def work(hooks: Hooks) -> tuple[Got, float]:
        signed = sign(SECRET, "m", datetime.now(UTC), LINE)
        began = time.monotonic()
        return await call(hooks, "POST", "/hooks/warta", LINE, signed), time.monotonic() - began

    with psycopg.connect(**parameters()) as holding:
        holding.execute("lock table posts_rawitem in access exclusive mode")
        got, took = with_hooks(work)
    assert got.status == 503
    assert took < 2
    assert bodies() == []


@pytest.mark.fault(16)
def test_a_cut_connection_heals_by_itself(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_REST", 0.05)

    async def work(hooks: Hooks) -> list[int]:
        seen = []
        for number in range(6):
            body = LINE.replace(b'"1"', f'"{number}"'.encode())
            signed = sign(SECRET, "m", datetime.now(UTC), body)
            seen.append((await call(hooks, "POST", "/hooks/warta", body, signed)).status)
            if number == 0:
                await asyncio.to_thread(_cut)
            await asyncio.sleep(0.1)
        return seen

    assert with_hooks(work) == [200] * 6
    assert len(set(bodies())) == 6


def _cut() -> None:
    """Ends the writers' connections, as a restart of the database would."""
    with psycopg.connect(**parameters(), autocommit=True) as own:
        cut = own.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and query ilike '%with stored as%' and pid <> pg_backend_pid()"
        )
        assert cut.fetchall()


def test_one_row_that_cannot_be_kept_takes_no_other_down(app: App) -> None:
    async def work(hooks: Hooks) -> list[Any]:
        now, gone = datetime.now(UTC), 10**9
        return await asyncio.gather(
            *(hooks._writer.write(pk, "{}", [LINE], now) for pk in (app.pk, gone, app.pk)),
            return_exceptions=True,
        )

    first, second, third = with_hooks(work)
    assert (first, third) == (None, None)
    assert isinstance(second, Unavailable)
    assert bodies() == [LINE, LINE]
