"""Live streams in the worker: from a mention on a Mastodon server to a raw item, held by one process."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from mastodon_mock.testing.server import MockServer

from tanggap.api.plain_database import parameters
from tanggap.channels.models import App, Channel, Health
from tanggap.posts import streaming
from tanggap.posts.models import RawItem
from tests.city import a_channel, a_government, a_unit
from tests.connectors.conftest import _server, server  # noqa: F401  fixtures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mastodon(server: MockServer) -> MockServer:  # noqa: F811
    return server


@pytest.fixture
def channel(mastodon: MockServer, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setattr(streaming, "LOOK_SECONDS", 0.1)
    app = App.objects.create(
        key="mastodon", platform="mastodon", name="M", api_base=mastodon.base_url, trusted_base=True
    )
    later = timezone.now() + timedelta(days=1)
    return a_channel(
        a_unit(a_government(), "DISKOMINFO"), "mastodon", app=app, token="bob_token", fetch_due_at=later
    )


@contextmanager
def running() -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=streaming.run_streams, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


def soon(what: Callable[[], Any], seconds: float = 10) -> Any:
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)
    return found


def stands(channel: Channel) -> bool:
    """Whether the line stands: the catch-up fetch was asked for."""
    due = Channel._base_manager.get(pk=channel.pk).fetch_due_at
    return due is not None and due <= timezone.now()


def texts(channel: Channel) -> list[str]:
    rows = RawItem.objects.filter(channel=channel, source="stream").order_by("id")
    return [json.loads(bytes(one.body))["payload"]["status"]["content"] for one in rows]


def test_a_mention_is_a_raw_item_within_moments_and_a_pause_ends_the_line(
    mastodon: MockServer, channel: Channel
) -> None:
    with running():
        soon(lambda: stands(channel))
        alice = mastodon.client("alice")
        began = time.monotonic()
        alice.status_post("@bob lampu mati")
        assert soon(lambda: texts(channel)) == ["<p>@bob lampu mati</p>"]
        assert time.monotonic() - began < 5
        Channel._base_manager.filter(pk=channel.pk).update(health=Health.PAUSED)
        soon(lambda: not _locked(channel))


def test_one_process_holds_a_stream_and_another_takes_over_when_it_ends(channel: Channel) -> None:
    with psycopg.connect(**parameters(), autocommit=True) as other:
        other.execute("select pg_advisory_lock(hashtext('tanggap.stream'), %s::int)", [channel.pk])
        with running():
            time.sleep(0.5)
            assert not stands(channel)
            other.execute("select pg_advisory_unlock_all()")
            soon(lambda: stands(channel))


@pytest.mark.fault(32)
def test_a_refused_token_holds_the_channel(channel: Channel) -> None:
    channel.token = "no_such_token"
    Channel._base_manager.filter(pk=channel.pk).update(token="no_such_token")
    with running():
        soon(lambda: Channel._base_manager.get(pk=channel.pk).health == Health.NEEDS_LOGIN)


def _locked(channel: Channel) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select 1 from pg_locks where locktype = 'advisory' and objid = %s", [channel.pk])
        return cursor.fetchone() is not None
