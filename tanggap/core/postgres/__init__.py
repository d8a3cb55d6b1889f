"""This will give every command a PostgreSQL: the one of `DATABASE_URL`, or one of our own inside the data folder.

The first command starts the folder's server, later ones share it, the last to leave stops it. After kill -9 of them all
it runs on, and the next command attaches to it. Of an installation or a wheel only the programs are used;
docs/decisions/embedded-postgresql.md tells why.

    DATA/postgres/           both roles' passwords, locks; a link to /var/lib/tanggap/… where the server may not enter
    DATA/postgres/cluster/   the cluster; owned by an unprivileged user when we are root
    DATA/postgres/run/       the socket, where its path is short enough; else the server listens on 127.0.0.1
    DATA/log/postgresql.log  what the server says, without the text of statements: that may hold personal data
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg

from tanggap.core.postgres.binaries import OLDEST_MAJOR, Binaries, find_binaries
from tanggap.core.postgres.cluster import APPLICATION, DATABASE, OWNER, start
from tanggap.core.postgres.errors import PostgresError
from tanggap.core.postgres.postmaster import Postmaster, listens, postmaster, stop
from tanggap.core.postgres.reach import home

__all__ = ["Binaries", "PostgresError", "Server", "check", "claimed", "find_binaries", "revive", "running"]

READY_SECONDS = 300  # crash recovery replays the log first


@dataclass(frozen=True)
class Server:
    """This will say where the database is; `owned` where this process started it, `pid` None where it is not ours.

    `url` is for everything that runs: a role that reads and writes rows. `owner_url` is for changing tables: its role
    owns them, and so could switch off what the database guards (docs/decisions/two-database-roles.md).
    """

    url: str
    owner_url: str
    pid: int | None = None
    owned: bool = False
    cluster: Path | None = None

    def alive(self) -> bool:
        """This will be true while the folder's server runs; always for `DATABASE_URL`, which is not ours to watch."""
        return self.cluster is None or postmaster(self.cluster) is not None


@contextmanager
def running(data: Path, *, durable: bool = True) -> Iterator[Server]:
    """This will give a ready server: the one of `DATABASE_URL`, the one that runs in the folder, or a new one.

    `durable=False` trades safety for speed and is for tests only. PostgresError where none can be had.
    """
    if url := os.environ.get("DATABASE_URL"):
        owner_url = os.environ.get("DATABASE_OWNER_URL") or url
        check(owner_url)
        yield Server(url, owner_url)
        return
    place = home(data)
    with ExitStack() as held:
        users = held.enter_context((place / "users").open("a"))
        with _locked(place):
            fcntl.flock(users, fcntl.LOCK_SH)
            server = _attach(place) or _start(place, data, durable)
        try:
            yield server
        finally:
            with _locked(place):
                if _last(users):
                    stop(place / "cluster")


def revive(data: Path, *, durable: bool = True) -> Server:
    """This will start the folder's server again after it died, at the same address, for a caller inside `running`."""
    place = home(data)
    with _locked(place):
        return _attach(place) or _start(place, data, durable)


@contextmanager
def claimed(data: Path, deed: str) -> Iterator[None]:
    """This will let one process at a time do `deed` with the data folder, and refuse a second with the first's pid."""
    with (home(data) / f"{deed}.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise PostgresError(
                f"The folder {data} is in use by another `tanggap {deed}` (process {file.read() or 'unknown'}).",
                do="Stop that one first, or give this one a folder of its own with --data.",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def check(url: str) -> None:
    """This will raise PostgresError where `DATABASE_URL` cannot be used: away, refusing us, or too old."""
    if not url.startswith(
        ("postgres://", "postgresql://")
    ):  # libpq's own words would repeat the password in it
        raise PostgresError(
            "The database named by DATABASE_URL cannot be used: the address does not begin with postgresql://.",
            do="Write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE; or unset it to use the data folder's own.",
        )
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[-1].strip().rstrip(".")
        raise PostgresError(
            f"The database named by DATABASE_URL cannot be used: {reason}.",
            do="Check address, password and that the server runs; or unset DATABASE_URL to use the data folder's own.",
        ) from None
    if version < OLDEST_MAJOR * 10_000:
        raise PostgresError(
            f"The database named by DATABASE_URL is PostgreSQL {version // 10_000}; {OLDEST_MAJOR} or newer is needed.",
            do="Use a newer server.",
        )


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """This will let one command at a time look for, start or stop the folder's server."""
    with (place / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _last(users: IO[str]) -> bool:
    """This will tell whether nobody else holds the lock that every user of the server shares."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _attach(place: Path) -> Server | None:
    """This will give the folder's running server once it takes connections, or None where none runs."""
    until = time.monotonic() + READY_SECONDS
    while facts := postmaster(place / "cluster"):
        if facts.ready and listens(facts):
            return _server(place, facts)
        if time.monotonic() > until:
            raise PostgresError(
                f"PostgreSQL (process {facts.pid}) in {place / 'cluster'} does not get ready.",
                kept="Its files are untouched.",
                do="See log/postgresql.log in the data folder.",
            )
        time.sleep(0.05)
    return None


def _start(place: Path, data: Path, durable: bool) -> Server:
    try:
        facts = start(place, data, durable=durable, patience=READY_SECONDS)
    except OSError as error:
        raise PostgresError(
            f"PostgreSQL could not be started in {place}: {error.strerror} ({error.filename}).",
            kept="What was stored before is untouched.",
            do="Make room or mend the permissions, then try again.",
        ) from error
    return _server(place, facts, owned=True)


def _server(place: Path, facts: Postmaster, *, owned: bool = False) -> Server:
    url, owner_url = _url(place, APPLICATION, facts), _url(place, OWNER, facts)
    return Server(url, owner_url, facts.pid, owned=owned, cluster=place / "cluster")


def _url(place: Path, who: tuple[str, str], facts: Postmaster) -> str:
    role, password = who[0], (place / who[1]).read_text()
    if facts.socket_folder:
        host = quote(facts.socket_folder, safe="")
        return f"postgresql://{role}:{password}@/{DATABASE}?host={host}&port={facts.port}"
    return f"postgresql://{role}:{password}@127.0.0.1:{facts.port}/{DATABASE}"
