"""The main job with a real worker and a real Mastodon server: said, heard, made a case, answered, once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from mastodon_mock.testing.server import MockServer

from tanggap.agencies.models import Member, Role
from tanggap.cases import replies
from tanggap.cases.models import Case, Reply
from tanggap.channels import connect
from tanggap.channels.models import App, Channel
from tanggap.core import scope
from tanggap.posts import inbox
from tanggap.posts.models import Post
from tanggap.publishing.models import Delivery, DeliveryState
from tests.city import a_government, a_member, a_unit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
ROOT = Path(__file__).resolve().parents[2]
LAMP = "@bob lampu jalan di depan pasar mati sudah seminggu, gelap dan rawan begal, tolong diperbaiki"
ANSWER = "Terima kasih, laporan lampu mati sudah kami teruskan ke petugas penerangan jalan."


class Wire(threading.Thread):
    """A wire to the server that, once told so, loses what the server answers to a POST of a status."""

    HELD: ClassVar[bytes] = b"POST /api/v1/statuses "

    def __init__(self, target: int) -> None:
        super().__init__(daemon=True)
        self._target = target
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self.losing = False
        self.lost = threading.Event()

    def run(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._door.accept()
                there = socket.create_connection(("127.0.0.1", self._target))
                mute = threading.Event()
                threading.Thread(target=self._pass, args=(here, there, mute, True), daemon=True).start()
                threading.Thread(target=self._pass, args=(there, here, mute, False), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, mute: threading.Event, out: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if out and self.losing and data.startswith(self.HELD):
                    mute.set()
                if not out and mute.is_set():
                    self.lost.set()
                    continue
                sink.sendall(data)
        # Without this an end of the one side would never reach the other.
        for side in (source, sink):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._door.close()


@pytest.fixture
def server() -> Iterator[MockServer]:
    with MockServer(shutdown_timeout=0.5) as running:
        yield running


@pytest.fixture
def wire(server: MockServer) -> Iterator[Wire]:
    one = Wire(int(server.base_url.rpartition(":")[2]))
    one.start()
    yield one
    one.close()


@pytest.fixture
def officer() -> Member:
    desk = a_unit(a_government(), "KOMINFO", "kominfo", "koordinator")
    a_unit(desk.government, "DISHUB", "penerangan")
    a_member(desk, Role.COORDINATOR)
    return a_member(desk, Role.OFFICER)


@pytest.fixture
def channel(officer: Member, wire: Wire) -> Channel:
    App.objects.create(
        key="mastodon", platform="mastodon", name="Mastodon", api_base=wire.address, trusted_base=True
    )
    with scope.government(officer.government_id):
        administrator = a_member(officer.unit, Role.ADMINISTRATOR)
        return connect.connect(
            administrator, platform="mastodon", name="Akun resmi", unit=officer.unit,
            values={"api_base": wire.address, "token": "bob_token"},
        )  # fmt: skip


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts `tanggap work` on the test's own database, as often as asked."""
    running: list[subprocess.Popen[bytes]] = []
    at = connection.settings_dict
    url = f"postgresql://{at['USER']}:{at['PASSWORD']}@/{at['NAME']}?host={at['HOST']}&port={at['PORT']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TANGGAP_", "DJANGO_"))}
    environment = {**kept, "DATABASE_URL": url, "TANGGAP_DATA": str(settings.TANGGAP_DATA)}

    def start() -> subprocess.Popen[bytes]:
        with (tmp_path / "worker.log").open("ab") as log:
            command = [sys.executable, "-m", "tanggap.config.cli", "work"]
            running.append(subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def wait_until(there: Callable[[], Any], seconds: float = 60, pause: float = 0.05) -> float:
    began = time.monotonic()
    while not there():
        assert time.monotonic() - began < seconds, f"not there after {seconds} s"
        time.sleep(pause)
    return time.monotonic() - began


def streaming(channel: Channel) -> bool:
    """Whether a worker holds the channel's stream and has fetched what was there when it opened."""
    channel.refresh_from_db()
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_locks where locktype = 'advisory' and objid = %s", [channel.pk]
        )
        held: int = cursor.fetchone()[0]
    return bool(held) and channel.last_sync_at is not None and bool(channel.cursor)


def in_the_inbox(officer: Member) -> list[Post]:
    with scope.government(officer.government_id):
        return inbox.page(officer, inbox.Filters(), timezone.now()).rows


def answer(officer: Member, text: str = ANSWER) -> Reply:
    with scope.government(officer.government_id):
        post = Post.objects.filter(ours=False).get(answered_at__isnull=True)
        return replies.submit(replies.draft(post, officer, text), officer)


def states() -> list[str]:
    return [one.state for one in Delivery._base_manager.order_by("pk")]


def answers_on(server: MockServer, asked: Any) -> list[str]:
    """What the official account says in the thread, as anybody sees it."""
    found = server.client("alice").status_context(asked.id).descendants
    return [one.content for one in found if one.account.acct == "bob"]


def heard(channel: Channel, officer: Member, server: MockServer, start: Callable[[], Any]) -> Any:
    """Lets alice complain to a worker that listens; returns her status once it is a case."""
    start()
    wait_until(lambda: streaming(channel))
    asked = server.client("alice").status_post(LAMP)
    wait_until(Case._base_manager.exists)
    return asked


def test_a_mention_is_in_the_inbox_within_five_seconds_becomes_a_case_and_is_answered_once(
    server: MockServer, channel: Channel, officer: Member, workers: Callable[[], Any]
) -> None:
    workers()
    wait_until(lambda: streaming(channel))
    asked = server.client("alice").status_post(LAMP)
    seconds = wait_until(lambda: in_the_inbox(officer))
    assert seconds < 5
    (post,) = in_the_inbox(officer)
    assert post.text == LAMP
    assert post.intent == "complaint"
    wait_until(Case._base_manager.exists)
    (case,) = Case._base_manager.all()
    with scope.government(officer.government_id):
        assert [task.unit.code for task in case.assignments.all()] == ["DISHUB"]
        assert case.due_at is not None
    reply = answer(officer)
    wait_until(lambda: states() == [DeliveryState.SENT])
    assert len(answers_on(server, asked)) == 1
    assert ANSWER in answers_on(server, asked)[0]

    def counted() -> bool:
        case.refresh_from_db()
        reply.refresh_from_db()
        return case.responded_at is not None and reply.settled_at is not None

    wait_until(counted)
    # Our own answer comes back by stream and fetch; it is no second post that somebody would have to look at.
    time.sleep(1.5)
    assert [one.pk for one in in_the_inbox(officer) if not one.ours] in ([], [post.pk])
    assert Case._base_manager.count() == 1
    assert len(answers_on(server, asked)) == 1


@pytest.mark.fault(29)
@pytest.mark.fault(14)
@pytest.mark.chaos
def test_a_worker_killed_after_the_server_took_the_answer_does_not_send_it_again(
    server: MockServer, wire: Wire, channel: Channel, officer: Member, workers: Callable[[], Any]
) -> None:
    asked = heard(channel, officer, server, first := workers_of(workers))
    wire.losing = True
    answer(officer)
    assert wire.lost.wait(60)
    first.killed()
    wire.losing = False
    assert states() == [DeliveryState.SENDING]
    assert len(answers_on(server, asked)) == 1
    workers()
    wait_until(lambda: states() == [DeliveryState.SENT])
    time.sleep(3)
    assert len(answers_on(server, asked)) == 1
    assert Delivery._base_manager.get().attempts == 1


@pytest.mark.fault(14)
@pytest.mark.chaos
def test_a_worker_killed_before_the_server_took_the_answer_sends_it_once_in_the_end(
    server: MockServer, channel: Channel, officer: Member, workers: Callable[[], Any]
) -> None:
    asked = heard(channel, officer, server, first := workers_of(workers))
    slow(server, 20_000)
    answer(officer)
    wait_until(lambda: states() == [DeliveryState.SENDING])
    time.sleep(1)
    first.killed()
    httpx.delete(f"{server.base_url}/api/v1/_mock/faults").raise_for_status()
    workers()
    time.sleep(5)
    assert states() == [DeliveryState.SENDING], "nobody may guess before the call has surely ended"
    # Three minutes go by.
    past = timezone.now() - timedelta(minutes=3)
    Delivery._base_manager.update(sending_since=past, due_at=past)
    wait_until(lambda: states() == [DeliveryState.SENT])
    assert len(answers_on(server, asked)) == 1
    assert Delivery._base_manager.get().attempts == 2


@pytest.mark.fault(26)
@pytest.mark.chaos
def test_a_worker_asked_to_end_while_sending_ends_within_thirty_seconds(
    server: MockServer, channel: Channel, officer: Member, workers: Callable[[], Any]
) -> None:
    asked = heard(channel, officer, server, first := workers_of(workers))
    slow(server, 4_000)
    answer(officer)
    wait_until(lambda: states() == [DeliveryState.SENDING])
    began = time.monotonic()
    first.process.send_signal(signal.SIGTERM)
    first.process.wait(60)
    assert time.monotonic() - began < 30
    assert states() == [DeliveryState.SENT], "what had begun was brought to its end"
    assert len(answers_on(server, asked)) == 1


@pytest.mark.fault(25)
@pytest.mark.fault(29)
@pytest.mark.chaos
def test_three_workers_and_an_unhappy_server_answer_each_mention_once(
    server: MockServer, channel: Channel, officer: Member, workers: Callable[[], Any]
) -> None:
    for _ in range(3):
        workers()
    wait_until(lambda: streaming(channel))
    alice = server.client("alice")
    asked = [alice.status_post(f"{LAMP} nomor {number}") for number in range(8)]
    wait_until(lambda: len(in_the_inbox(officer)) == 8)
    fault(server, {"type": "status", "status": 503}, count=2)
    with scope.government(officer.government_id):
        for post in Post.objects.filter(ours=False):
            replies.submit(replies.draft(post, officer, ANSWER), officer)

    def settled() -> bool:
        now = timezone.now()
        Delivery._base_manager.filter(state="waiting").update(due_at=now)  # no need to wait for the pause
        unknown = Delivery._base_manager.filter(state="unknown")
        unknown.update(sending_since=now - timedelta(minutes=1), due_at=now)
        return states() == [DeliveryState.SENT] * 8

    wait_until(settled, 90, pause=1)
    time.sleep(2)
    assert [len(answers_on(server, one)) for one in asked] == [1] * 8


class workers_of:  # noqa: N801  reads as a function where it is used
    """Starts one worker when called and remembers it, to kill it later."""

    def __init__(self, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self._start = start
        self.process: subprocess.Popen[bytes]

    def __call__(self) -> None:
        self.process = self._start()

    def killed(self) -> None:
        self.process.kill()
        self.process.wait()


def slow(server: MockServer, milliseconds: int) -> None:
    """Makes the server think before it takes the next status."""
    fault(server, {"type": "latency", "delay_ms": milliseconds})


def fault(server: MockServer, effect: dict[str, Any], count: int = 1) -> None:
    rule = {"match": {"path": "/api/v1/statuses", "methods": ["POST"]}, "effect": effect, "count": count}
    httpx.post(f"{server.base_url}/api/v1/_mock/faults", json=rule).raise_for_status()
