"""This will tell whether a data folder's server runs, where, and stop it."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tanggap.core.postgres.errors import PostgresError

STOP_SECONDS = 60

children: list[subprocess.Popen[bytes]] = []  # servers that this process started and must wait for


@dataclass(frozen=True)
class Postmaster:
    pid: int
    port: int
    socket_folder: str
    ready: bool


def postmaster(cluster: Path) -> Postmaster | None:
    """This will read postmaster.pid and believe it only where that process is the folder's server.

    After kill -9 or a restart of the machine the number may be anybody's, whom we must neither trust nor stop.

    Lines: pid, folder, start (epoch seconds), port, socket folder, address, shared memory, status.
    """
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        pid, started = int(lines[0]), int(lines[2])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    except PermissionError:
        raise PostgresError(
            f"{cluster} belongs to another user.",
            do="Run as the user who made it, or name another folder with --data.",
        ) from None
    if not _serves(pid, started, cluster):
        return None
    ready = len(lines) > 7 and lines[7].strip() == "ready"
    return Postmaster(pid, int(lines[3]) if ready else 0, lines[4] if ready else "", ready)


def listens(facts: Postmaster) -> bool:
    """This will tell whether the server takes connections: one that was just killed still looks alive for a moment."""
    family = socket.AF_UNIX if facts.socket_folder else socket.AF_INET
    with socket.socket(family) as tried:
        tried.settimeout(5)
        try:
            tried.connect(
                f"{facts.socket_folder}/.s.PGSQL.{facts.port}"
                if facts.socket_folder
                else ("127.0.0.1", facts.port)
            )
        except OSError:
            return False
    return True


def stop(cluster: Path) -> None:
    """This will stop the folder's server: first in order, and after a minute at once (the next start replays the log).

    SIGINT ends the connections and writes a checkpoint; SIGQUIT ends now.
    """
    for number, patience in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10)):
        facts = postmaster(cluster)
        if facts is None:
            return
        with suppress(ProcessLookupError):
            os.kill(facts.pid, number)
        until = time.monotonic() + patience
        while _lives(facts.pid) and time.monotonic() < until:
            time.sleep(0.01)
            reap()


def reap() -> None:
    """This will wait for servers of ours that have ended, so that no zombie keeps their number."""
    children[:] = [child for child in children if child.poll() is None]


def _serves(pid: int, started: int, cluster: Path) -> bool:
    if not _lives(pid):
        return False
    if sys.platform != "linux":
        return _held(cluster)
    try:
        process = Path(f"/proc/{pid}")
        if os.fsencode(cluster) in (process / "cmdline").read_bytes().split(b"\0"):
            return True
        # One that a person started by hand may name the folder in another way.
        return (process / "comm").read_text().strip() == "postgres" and abs(_born(pid) - started) < 60
    except (FileNotFoundError, ProcessLookupError):
        return False


def _held(cluster: Path) -> bool:
    """This will tell whether a server that we started, or one of its children, still has the folder open.

    They inherit this lock, so it outlives kill -9 of the parent and is seen from another container.
    """
    try:
        with (cluster.parent / "server").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _lives(pid: int) -> bool:
    """This will be false for a zombie too: one stays where the killed server's parent does not wait for it."""
    try:
        os.kill(pid, 0)
        return sys.platform != "linux" or _stat(pid)[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
    except PermissionError:
        return True


def _born(pid: int) -> float:
    """This will give a process's start in epoch seconds (proc(5): ticks since boot)."""
    boot = re.search(r"^btime (\d+)", Path("/proc/stat").read_text(), re.MULTILINE)
    return int(boot.group(1)) + int(_stat(pid)[19]) / os.sysconf("SC_CLK_TCK") if boot else 0


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
