"""The simulated platforms as a process of their own, their accounts connected, and workers that are killed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from tanggap.agencies.models import Government, Member, Role
from tanggap.channels.models import Channel
from tanggap.config.demo_accounts import connect_all
from tanggap.config.ports import free
from tanggap.core import scope
from tanggap.simulator.townspeople import TownError, Townspeople

_START_SECONDS = 30.0


@contextmanager
def standing(web_port: int, platforms: list[str], *, latency: float = 0.0) -> Iterator[Townspeople]:
    """This will start the platforms, whose hooks go to the product on `web_port`; each answers after `latency` s."""
    port = free()
    words = [
        "platforms",
        "--port",
        str(port),
        "--hooks",
        f"http://127.0.0.1:{web_port}/hooks",
        "--only",
        ",".join(platforms),
        "--latency",
        str(latency),
    ]
    process = subprocess.Popen([sys.executable, "-m", "tanggap.simulator", *words], stderr=subprocess.DEVNULL)
    people = Townspeople(f"http://127.0.0.1:{port}")
    try:
        _wait(people)
        yield people
    finally:
        people.close()
        process.terminate()
        process.wait(10)


def _wait(people: Townspeople) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            people.platforms()
            return
        except TownError:
            if time.monotonic() > until:
                raise SystemExit("The simulated platforms did not start.") from None
            time.sleep(0.2)


def connected(owner: Government, people: Townspeople) -> dict[str, Channel]:
    """This will connect the first account of every simulated platform, each with an app of its own."""
    with scope.government(owner.pk):
        return connect_all(administrator(owner), people.platforms())


def administrator(owner: Government) -> Member:
    """This will return somebody who may connect accounts."""
    from bench.parts.staff import member

    found = Member.objects.filter(role=Role.ADMINISTRATOR).first()
    return found or member(owner, Role.ADMINISTRATOR, f"admin@{owner.code}.example")


class Workers:
    """Two workers, one of which is killed with kill -9 every few seconds and started again, until `calm`."""

    def __init__(self, data: Path, every: float, *steps: str) -> None:
        self._words = [sys.executable, "-m", "tanggap.config.cli", "work", "--data", str(data)]
        self._words += [word for step in steps for word in ("--step", step)]
        self._every, self._calm, self._end = every, threading.Event(), threading.Event()
        self.killed = 0
        self._running: list[subprocess.Popen[bytes]] = []
        self._thread = threading.Thread(target=self._kill, daemon=True)

    def __enter__(self) -> Self:
        self._running = [self._start() for _ in range(2)]
        if self._every:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        if self._every:
            self._thread.join(30)
        for one in self._running:
            one.send_signal(signal.SIGTERM)
        for one in self._running:
            try:
                one.wait(40)
            except subprocess.TimeoutExpired:
                one.kill()

    def calm(self) -> None:
        """This will kill no more."""
        self._calm.set()

    def _start(self) -> subprocess.Popen[Any]:
        return subprocess.Popen(self._words, stderr=subprocess.DEVNULL)

    def _kill(self) -> None:
        while not self._end.wait(self._every) and not self._calm.is_set():
            victim = random.randrange(len(self._running))
            self._running[victim].kill()
            self._running[victim].wait()
            self.killed += 1
            self._running[victim] = self._start()
