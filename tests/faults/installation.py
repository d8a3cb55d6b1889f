"""An installation in a folder of its own, used as a stranger would: commands as processes, killed at will."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tanggap.core import postgres
from tanggap.core.postgres.postmaster import postmaster, stop
from tanggap.core.postgres.reach import home

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0
"""Seconds for what takes one or two on a machine that is not busy."""


class Installation:
    """A data folder and the processes that work on it; `close` ends what still runs."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.processes: list[subprocess.Popen[bytes]] = []

    # -- commands --------------------------------------------------------------------------------------------
    def run(self, *words: str, seconds: float = 300, **more: str) -> subprocess.CompletedProcess[str]:
        """This will run one command of Tanggap to its end."""
        return subprocess.run(
            _command(*words), env=self._environment(more), cwd=ROOT, capture_output=True, text=True,
            check=False, timeout=seconds,
        )  # fmt: skip

    def start(self, *words: str, **more: str) -> subprocess.Popen[bytes]:
        """This will start a command in a session of its own; what it says goes to test.log beside the data."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                _command(*words), env=self._environment(more), cwd=ROOT, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def web(self, port: int) -> subprocess.Popen[bytes]:
        """This will start the web server and wait until it answers."""
        process = self.start("web", "--port", str(port))
        wait_until(lambda: answers(port) or process.poll() is not None)
        assert process.poll() is None, self.log.read_text()[-2000:]
        return process

    @property
    def log(self) -> Path:
        return self.data.parent / "test.log"

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        strange = ("DATABASE_URL", "DJANGO_", "TANGGAP_", "PYTEST_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
        return {**kept, "TANGGAP_DATA": str(self.data), "TANGGAP_LOG": "INFO", **more}

    # -- the database ----------------------------------------------------------------------------------------
    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """This will ask the folder's database, attached to as every command does."""
        with postgres.running(self.data) as server, psycopg.connect(server.url) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[arg-type]

    def number(self, query: str, *values: Any) -> int:
        """This will return the one number that a query gives; -1 while the database does not answer."""
        try:
            return int(self.rows(query, *values)[0][0])
        except psycopg.Error:
            return -1

    def kill_postgres(self) -> None:
        """This will kill -9 the folder's postmaster: no goodbye, no checkpoint, its children find themselves alone."""
        facts = postmaster(self.cluster)
        assert facts, "no PostgreSQL runs in the folder"
        os.kill(facts.pid, signal.SIGKILL)

    @property
    def cluster(self) -> Path:
        return home(self.data) / "cluster"

    def facts(self) -> dict[str, Any]:
        """This will say how rows, numbers and seals stand, found out by a process of the product's own settings."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.facts", str(self.data)], env=self._environment({}), cwd=ROOT,
            capture_output=True, text=True, check=True, timeout=PATIENCE,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def close(self) -> None:
        """This will end the processes and the database."""
        for process in self.processes:
            end(process)
        with suppress(postgres.PostgresError):
            stop(self.cluster)


def end(process: subprocess.Popen[bytes]) -> None:
    """This will kill -9 a process with all its children, as when a machine dies."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def answers(port: int, path: str = "/healthz") -> bool:
    """This will tell whether a web server of ours is well."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=5).is_success
    except httpx.HTTPError:
        return False


def wait_until(there: Callable[[], Any], seconds: float = PATIENCE, pause: float = 0.1) -> float:
    """This will return after how many seconds something is there; AssertionError when time is up."""
    began = time.monotonic()
    while not there():
        waited = time.monotonic() - began
        assert waited < seconds, f"not there after {waited:.0f} s"
        time.sleep(pause)
    return time.monotonic() - began


@contextmanager
def closing(data: Path) -> Iterator[Installation]:
    """This will give an installation and end it afterwards."""
    installation = Installation(data)
    try:
        yield installation
    finally:
        installation.close()


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "tanggap.config.cli", *words]
