"""Signed deliveries at a running web server that is killed, or that loses its database: what was taken stays, once."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import orjson
import pytest

from tanggap.channels.connectors.webhook import sign
from tanggap.config.ports import free
from tests.faults.installation import Installation, answers, end, wait_until

pytestmark = pytest.mark.timeout(300)
ENOUGH = 60.0


class Sender(threading.Thread):
    """Delivers items like a platform: again until a 2xx, and one in five twice for good measure."""

    def __init__(self, address: str, secret: str, name: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.address, self.secret, self.of, self._stopping = address, secret, name, stop
        self.acknowledged: set[str] = set()
        self.begun: set[str] = set()
        self.refusals: list[tuple[int, float, str]] = []
        self.failures = 0

    def run(self) -> None:
        number = 0
        with httpx.Client(timeout=10) as client:
            while not self._stopping.is_set():
                one = f"{self.of}-{number}"
                number += 1
                self.begun.add(one)
                while not self._deliver(client, one) and not self._stopping.is_set():
                    time.sleep(0.1)
                if number % 5 == 0:
                    self._deliver(client, one)

    def _deliver(self, client: httpx.Client, one: str) -> bool:
        began = time.monotonic()
        try:
            got = post(client, self.address, self.secret, line(one))
        except httpx.HTTPError:
            self.failures += 1
            return False
        if got.status_code == 200:
            self.acknowledged.add(one)
            return True
        self.refusals.append((got.status_code, time.monotonic() - began, got.json()["text"]))
        return False


def line(identity: str, text: str = "lampu jalan di depan pasar mati, tolong diperbaiki") -> bytes:
    now = datetime.now(UTC).isoformat()
    return orjson.dumps(
        {
            "platform": "web", "external_id": identity, "kind": "message", "text": text, "created_at": now,
            "author": {"id": f"warga-{identity}"},
        }
    )  # fmt: skip


def post(client: httpx.Client, address: str, secret: str, body: bytes) -> httpx.Response:
    return client.post(address, content=body, headers=sign(secret, uuid4().hex, datetime.now(UTC), body))


@pytest.fixture
def secret(installation: Installation) -> str:
    made = installation.run("app", "add", "warta", "--government", "34.71")
    assert made.returncode == 0, made.stderr
    return made.stdout.partition("Secret:")[2].split()[0]


@pytest.fixture
def port() -> int:
    return free()


@pytest.fixture
def senders(port: int, secret: str) -> Iterator[list[Sender]]:
    stop = threading.Event()
    many = [Sender(f"http://127.0.0.1:{port}/hooks/warta", secret, f"w{one}", stop) for one in range(4)]
    yield many
    stop.set()
    for one in many:
        if one.ident:
            one.join(30)


def acknowledged(senders: list[Sender]) -> set[str]:
    return set().union(*(one.acknowledged for one in senders))


def go(senders: list[Sender], more: int) -> None:
    """Lets the senders deliver until so many more were acknowledged."""
    wanted = len(acknowledged(senders)) + more
    wait_until(lambda: len(acknowledged(senders)) >= wanted, ENOUGH, 0.02)


def end_of(senders: list[Sender]) -> None:
    for one in senders:
        one._stopping.set()
    for one in senders:
        one.join(30)


def everything_taken_is_there_once(installation: Installation, senders: list[Sender]) -> None:
    taken = acknowledged(senders)
    raw = installation.number("select count(*) from posts_rawitem")
    assert raw >= len(taken) > 0
    drained = installation.run("work", "--drain")
    assert drained.returncode == 0, drained.stderr
    found = installation.facts()
    assert set(found["raw"]) == {"digested"}, found["reasons"]
    assert taken <= set(found["ids"]) <= set().union(*(one.begun for one in senders))
    assert len(found["ids"]) == len(set(found["ids"]))
    assert (found["linked_twice"], found["broken_seals"]) == (0, [])
    assert found["cases"] == found["numbers"]


@pytest.mark.fault(1)
@pytest.mark.fault(5)
@pytest.mark.fault(15)
@pytest.mark.chaos
def test_the_web_server_is_killed_while_deliveries_come_in(
    installation: Installation, port: int, senders: list[Sender]
) -> None:
    web = installation.web(port)
    for one in senders:
        one.start()
    for _ in range(3):
        go(senders, 40)
        end(web)
        web = installation.web(port)
    go(senders, 40)
    end_of(senders)
    assert sum(one.failures for one in senders) > 0, "nobody noticed the kills"
    everything_taken_is_there_once(installation, senders)


@pytest.mark.fault(15)
@pytest.mark.chaos
def test_a_main_process_killed_alone_takes_its_workers_along(installation: Installation, port: int) -> None:
    web = installation.web(port)
    os.kill(web.pid, signal.SIGKILL)
    web.wait()
    wait_until(lambda: not answers(port), 20)
    installation.web(port)


@pytest.mark.fault(6)
@pytest.mark.fault(16)
@pytest.mark.chaos
def test_the_database_is_killed_and_stays_away_while_deliveries_come_in(
    installation: Installation, port: int, senders: list[Sender]
) -> None:
    installation.web(port)
    for one in senders:
        one.start()
    go(senders, 40)
    installation.kill_postgres()
    time.sleep(1)
    before = acknowledged(senders)
    time.sleep(4)
    assert acknowledged(senders) == before, "an acknowledgement without a database"
    refused = [one for sender in senders for one in sender.refusals]
    assert refused
    assert {status for status, _seconds, _text in refused} == {503}
    # Two seconds are promised; the rest is for four senders and a server on a busy machine.
    assert max(seconds for _status, seconds, _text in refused) < 4
    assert {text for _status, _seconds, text in refused} == {
        "Kiriman tidak disimpan. Kirim lagi sebentar lagi."
    }
    back = installation.run("status")
    assert back.returncode == 0, back.stderr
    go(senders, 40)
    end_of(senders)
    everything_taken_is_there_once(installation, senders)
