"""The command line: what an operator sees before anything runs, and where it fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tanggap.config import cli
from tanggap.config.failures import tell


def _run(*words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    }
    return subprocess.run(
        [sys.executable, "-m", "tanggap.config.cli", *words],
        input=stdin, capture_output=True, text=True, timeout=60, env=kept | environment, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([name, "--help"]) == 0
    said = capsys.readouterr().out
    assert "Usage: tanggap" in said
    assert "--data" in said or "Commands:" in said


def test_the_overview_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(f"\n  {name} " in said for name in cli.COMMANDS)


@pytest.mark.parametrize(
    "words", [["nonsense"], ["import"], ["status", "--nonsense"], ["deadline", "2026-11-20", "--amount", "x"]]
)
def test_wrong_use_is_status_two(words: list[str]) -> None:
    assert cli.run(words) == 2


@pytest.mark.parametrize(
    "words",
    [
        ["deadline", "2026-11-20T10:00:00+07:00", "--amount", "2", "--unit", "workdays", "--json"],
        ["read"],
        ["evaluate", "--help"],
        ["train", "--help"],
    ],
)
def test_pure_commands_leave_django_alone(words: list[str]) -> None:
    program = (
        "import sys; from tanggap.config import cli; status = cli.run(sys.argv[1:]); "
        "sys.exit(9 if 'django' in sys.modules else status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        input="",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_deadline_answers_as_the_contract_says() -> None:
    done = _run("deadline", "2026-11-20T10:00:00+07:00", "--amount", "2", "--unit", "workdays", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert answer["due"].startswith("2026-11-24T")
    assert answer["why"]


def test_deadline_refuses_a_date_that_is_none() -> None:
    done = _run("deadline", "tomorrow", "--amount", "2", "--unit", "workdays")
    assert (done.returncode, done.stdout) == (1, "")
    assert "tomorrow" in done.stderr


@pytest.mark.fault(11)
def test_read_tells_the_number_of_a_broken_line_and_goes_on() -> None:
    good = json.dumps(
        {"platform": "x", "external_id": "1", "text": "lampu mati", "created_at": "2026-11-20T10:00:00+07:00"}
    )
    done = _run("read", stdin=f"{good}\n{{broken\n{good}\n")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 2
    assert "2" in done.stderr


def test_a_database_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    done = _run("status", "--data", str(tmp_path), DATABASE_URL="postgresql://nobody:x@127.0.0.1:1/none")
    assert done.returncode == 1
    assert "DATABASE_URL cannot be used" in done.stderr
    assert "Nothing was changed" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_spreadsheet_says_so(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"PK\x03\x04rusak")
    done = _run("import", str(file), "--channel", "a", "--format", "xlsx", "--data", str(tmp_path))
    assert done.returncode == 1
    assert "XLSX" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = _run("up", "--port", str(port), "--data", str(tmp_path))
    assert done.returncode == 1
    assert f"Port {port}" in done.stderr
    assert not (tmp_path / "postgres" / "cluster").exists()


@pytest.mark.fault(18)
def test_a_full_disk_says_what_was_kept() -> None:
    said = tell(OSError(28, "No space left on device", "/data/media/x"))
    assert "disk is full" in said
    assert "kept" in said
    assert "Free some space" in said


@pytest.mark.fault(20)
def test_a_folder_that_may_not_be_written_is_named() -> None:
    said = tell(PermissionError(13, "Permission denied", "/data/secret.key"))
    assert "/data/secret.key" in said
    assert "--data" in said


def test_an_unforeseen_error_leaves_its_trace_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tanggap.config.attach._folders", [tmp_path])
    said = tell(ZeroDivisionError("division by zero"))
    assert str(tmp_path / "log" / "tanggap.log") in said
    assert "ZeroDivisionError" in (tmp_path / "log" / "tanggap.log").read_text()
