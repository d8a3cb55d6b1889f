"""Gives the fault tests an installation each, copied from one that was made once: initdb and tables take seconds."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.installation import Installation, closing


@pytest.fixture
def _own_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture(scope="session")
def made() -> Iterator[Path]:
    """A folder with tables and one government, at rest."""
    folder = _folder()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        with closing(folder / "data") as installation:
            done = installation.run("government", "load", "34.71")
            assert done.returncode == 0, done.stderr
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that PostgreSQL's own user may pass through; pytest's is closed when root runs it."""
    made = _folder()
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def installation(_own_database: None, made: Path, folder: Path) -> Iterator[Installation]:
    subprocess.run(["cp", "-a", str(made), str(folder / "data")], check=True)
    with closing(folder / "data") as one:
        yield one


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tanggap-fault-"))
    folder.chmod(0o711)
    return folder
