"""This will tell whether a data folder's server runs, where, and stop it."""

from __future__ import annotations

import fcntl
import os
import re
import signal
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
    """This will read postmaster.pid and believe it only where that process lives and is the folder's server.

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
    born = _born(pid)
    if born is None or not (_held(cluster) or abs(born - started) < 60):
        return None
    ready = len(lines) > 7 and lines[7].strip() == "ready"
    return Postmaster(pid, int(lines[3]) if ready else 0, lines[4] if ready else "", ready)


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
        while _born(facts.pid) is not None and time.monotonic() < until:
            time.sleep(0.01)
            reap()


def reap() -> None:
    """This will wait for servers of ours that have ended, so that no zombie keeps their number."""
    children[:] = [child for child in children if child.poll() is None]


def _held(cluster: Path) -> bool:
    """This will tell whether a server that we started, or one of its children, still has the folder open.

    They inherit this lock, so it outlives kill -9 of the parent, is not mistaken for a reused process id, and is
    seen from another container.
    """
    try:
        with (cluster.parent / "server").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _born(pid: int) -> float | None:
    """This will give a process's start in epoch seconds: 0 where the system does not tell, None for one that is gone.

    A zombie is gone too: one stays where the killed server's parent does not wait for it.
    """
    try:
        if sys.platform != "linux":
            os.kill(pid, 0)
            return 0
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = re.search(r"^btime (\d+)", Path("/proc/stat").read_text(), re.MULTILINE)
    except PermissionError:
        return 0
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[0] in "ZX":
        return None
    return int(boot.group(1)) + int(fields[19]) / os.sysconf("SC_CLK_TCK") if boot else 0
