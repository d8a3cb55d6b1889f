"""The backup file: a tar.gz with all rows, the stored files and a manifest that lets a restore prove itself.

    manifest.json            version, migrations, counts and columns per table, seal heads, SHA-256 of stored files
    keys/<name>              only with --with-keys
    table/<name>/000001      rows as PostgreSQL's COPY text, in parts
    media/<sha256>           stored files
    end.json                 SHA-256 of every table and what was missing; its absence shows a cut-off file

Rows are copied inside one read-only snapshot, so a backup of a working installation is one moment. Why COPY and not
pg_dump: docs/decisions/backup-by-copy.md.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from psycopg import Connection, sql

FORMAT = 1
KEYS = ("secret.key", "tokens.key")
PART = 8 * 1024 * 1024
_TRANSIENT = ("procrastinate_", "django_migrations")
"""Not in a backup: wake-ups of workers (the rows are the queue); migrations stand in the manifest."""


@dataclass
class Copied:
    """What a backup wrote or a restore read back."""

    rows: dict[str, int] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    media: int = 0
    missing: list[str] = field(default_factory=list)


def tables(connection: Connection[Any]) -> list[str]:
    """This will return the tables whose rows belong in a backup."""
    found = connection.execute(
        "select tablename from pg_tables where schemaname = current_schema() order by tablename"
    ).fetchall()
    return [name for (name,) in found if not name.startswith(_TRANSIENT)]


def count(connection: Connection[Any], table: str) -> int:
    row = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
    return int(row[0]) if row else 0


def columns(connection: Connection[Any], table: str) -> list[str]:
    """This will return a table's columns that hold data of their own, in order."""
    found = connection.execute(
        "select column_name from information_schema.columns where table_schema = current_schema() "
        "and table_name = %s and is_generated = 'NEVER' order by ordinal_position",
        [table],
    ).fetchall()
    return [name for (name,) in found]


# -- writing -------------------------------------------------------------------------------------------------
@contextmanager
def writing(place: Path) -> Iterator[tarfile.TarFile]:
    """This will give an archive to write that appears at `place` only once it is whole and on the disk."""
    half = place.with_name(f".{place.name}.{os.getpid()}.half")
    try:
        with half.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=5, format=tarfile.PAX_FORMAT) as tar:
                yield tar
            file.flush()
            os.fsync(file.fileno())
        half.replace(place)
        _sync_folder(place.parent)
    finally:
        half.unlink(missing_ok=True)


def put(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = len(content), int(time.time()), 0o600
    tar.addfile(info, io.BytesIO(content))


def put_json(tar: tarfile.TarFile, name: str, value: Any) -> None:
    put(tar, name, json.dumps(value, ensure_ascii=False, indent=1).encode())


def put_table(tar: tarfile.TarFile, connection: Connection[Any], table: str, names: list[str]) -> str:
    """This will copy a table's rows into the archive, part by part; returns the SHA-256 of the whole."""
    listed = sql.SQL(", ").join(map(sql.Identifier, names))
    command = sql.SQL("copy {} ({}) to stdout").format(sql.Identifier(table), listed)
    digest, waiting, part = hashlib.sha256(), bytearray(), 0
    with connection.cursor() as cursor, cursor.copy(command) as rows:
        for block in rows:
            digest.update(block)
            waiting += block
            if len(waiting) >= PART:
                part += 1
                put(tar, f"table/{table}/{part:06}", bytes(waiting))
                waiting.clear()
    put(tar, f"table/{table}/{part + 1:06}", bytes(waiting))
    return digest.hexdigest()


def put_media(tar: tarfile.TarFile, sha: str, path: Path) -> bool:
    """This will add a stored file; False where it is gone or is no longer what its name says."""
    try:
        content = path.read_bytes()
    except OSError:
        return False
    if hashlib.sha256(content).hexdigest() != sha:
        return False
    put(tar, f"media/{sha}", content)
    return True


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# -- reading -------------------------------------------------------------------------------------------------
@contextmanager
def reading(place: Path) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """This will give the archive's members one after another, as (name, content)."""
    with tarfile.open(place, mode="r|gz") as tar:
        yield _members(tar)


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for info in tar:
        content = tar.extractfile(info)
        if content is not None:
            yield info.name, content
