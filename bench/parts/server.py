"""The product's own processes, started as an operator starts them."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tanggap.config.ports import free

HOST = "127.0.0.1"


@contextmanager
def web(data: Path) -> Iterator[int]:
    """This will serve the data folder on a free port, which it yields once /healthz answers."""
    port = free()
    with _running("web", "--data", str(data), "--port", str(port)) as process:
        until = time.monotonic() + 60
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit("The web server did not start.")
            time.sleep(0.1)
        yield port


@contextmanager
def worker(data: Path) -> Iterator[None]:
    """This will run one worker process with every step."""
    with _running("work", "--data", str(data)):
        yield


@contextmanager
def _running(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tanggap.config.cli", *arguments], env=os.environ.copy()
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
