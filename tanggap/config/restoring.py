"""Reads a backup back in one transaction and proves it: rows, seals, stored files."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import psycopg
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from psycopg import Connection, sql

from tanggap.config import archive, migrating
from tanggap.core import audit, files
from tanggap.core.refusal import Refusal

_CHUNK = 1 << 20


@dataclass
class Restored:
    """What came back, and everything that is not as the manifest says."""

    rows: int = 0
    tables: int = 0
    media: int = 0
    keys: bool = False
    wrong: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return not self.wrong and not self.missing

    def lines(self) -> Iterator[str]:
        yield f"{self.rows} rows of {self.tables} tables and {self.media} stored files are back."
        yield from self.wrong
        yield from (f"stored file missing: {sha}" for sha in self.missing)
        if self.whole:
            yield "Rows, seals and stored files were checked: everything is as it was."


def restore(file: Path, url: str) -> Restored:
    """This will fill an empty database from the archive and check it. Refusal where it cannot be taken.

    The tables are made as they were at the backup, filled in one transaction, then brought up to date; a failure
    leaves them empty.
    """
    found = Restored()
    with archive.reading(file) as members:
        manifest = _manifest(members)
        _refuse_used_database(manifest)
        _migrate_to(manifest)
        media = _fill(members, url, manifest, found)
    migrating.bring_up_to_date()
    found.missing += sorted(set(manifest["media"]) - media)
    _check_seals(manifest, found)
    return found


def _manifest(members: Iterator[tuple[str, IO[bytes]]]) -> dict[str, Any]:
    name, content = next(members, ("", None))
    if name != "manifest.json" or content is None:
        raise Refusal("This file is not a backup of Tanggap. Nothing was changed.")
    manifest: dict[str, Any] = json.load(content)
    if manifest["format"] > archive.FORMAT:
        raise Refusal(
            f"This backup was made by Tanggap {manifest['version']}, which writes a newer format. Nothing was changed. "
            "Install that version and restore with it."
        )
    return manifest


def _refuse_used_database(manifest: dict[str, Any]) -> None:
    there = migrating.applied()
    if not there:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select 1 from agencies_government) or exists (select 1 from agencies_user)"
        )
        if cursor.fetchone()[0] or there != _wanted(manifest):
            raise Refusal(
                "The database is not empty. Nothing was changed. Restore into an empty data folder (--data) or an "
                "empty database."
            )


def _wanted(manifest: dict[str, Any]) -> migrating.Names:
    return {(app, name) for app, name in manifest["migrations"]} & migrating.on_disk()


def _migrate_to(manifest: dict[str, Any]) -> None:
    """The tables as they were. The executor is used directly: rows that post_migrate makes come with the backup."""
    known = {(app, name) for app, name in manifest["migrations"]}
    if unknown := {one for one in known - migrating.on_disk() if one[0] in migrating.our_labels()}:
        raise Refusal(
            f"This backup knows {len(unknown)} changes of the tables that this version does not "
            f"(Tanggap {manifest['version']}). Nothing was changed. Install that version and restore with it."
        )
    newest = dict(sorted(_wanted(manifest)))
    MigrationExecutor(connection).migrate(list(newest.items()))


def _fill(
    members: Iterator[tuple[str, IO[bytes]]], url: str, manifest: dict[str, Any], found: Restored
) -> set[str]:
    """Everything in one transaction: foreign keys are checked at its end, so the order of tables does not matter."""
    media: set[str] = set()
    end: dict[str, Any] | None = None
    with psycopg.connect(url) as connected:
        there = archive.tables(connected)
        connected.execute("set constraints all deferred")
        _empty(connected, there)
        _guards(connected, there, "disable")
        with _Tables(connected, manifest["columns"]) as tables:
            for name, content in members:
                folder, _, rest = name.partition("/")
                if folder == "table":
                    tables.take(rest.split("/")[0], content)
                elif folder == "media" and _keep(rest, content, found):
                    media.add(rest)
                elif name == "end.json":
                    end = json.load(content)
                found.keys = found.keys or folder == "keys"
        if end is None:
            raise tarfile.ReadError("its end is missing")
        _compare(connected, manifest, end["tables"], tables.digests, found)
        _set_sequences(connected, there)
        connected.execute("set constraints all immediate")
        _guards(connected, there, "enable")
    return media


def _guards(connected: Connection[Any], tables: list[str], turn: str) -> None:
    """What the tables refuse was refused when the rows were first written; here they come in no order of deeds."""
    for table in tables:
        connected.execute(
            sql.SQL("alter table {} {} trigger user").format(sql.Identifier(table), sql.SQL(turn))
        )


def _empty(connected: Connection[Any], tables: list[str]) -> None:
    """Rows that migrations put in (or an earlier try) go: those of the backup are the whole."""
    filled = [table for table in tables if archive.count(connected, table)]
    if filled:
        connected.execute(sql.SQL("truncate {}").format(sql.SQL(", ").join(map(sql.Identifier, filled))))


class _Tables:
    """Copies parts of tables as they come; the parts of a table follow each other."""

    def __init__(self, connected: Connection[Any], columns: dict[str, list[str]]) -> None:
        self.connected, self.columns = connected, columns
        self.digests: dict[str, str] = {}
        self.name = ""
        self.digest = hashlib.sha256()
        self.open = ExitStack()
        self.copy: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A COPY that is left open would make the rollback wait for ever: it has to learn of the error.
        if kind is None:
            self._end()
        else:
            self.open.__exit__(kind, error, trace)

    def take(self, table: str, content: IO[bytes]) -> None:
        if table != self.name:
            self._end()
            self._begin(table)
        while block := content.read(_CHUNK):
            self.digest.update(block)
            self.copy.write(block)

    def _end(self) -> None:
        if self.name:
            self.open.close()
            self.digests[self.name] = self.digest.hexdigest()
        self.name = ""

    def _begin(self, table: str) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, self.columns[table]))
        self.name, self.digest, self.open = table, hashlib.sha256(), ExitStack()
        cursor = self.open.enter_context(self.connected.cursor())
        command = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), names)
        self.copy = self.open.enter_context(cursor.copy(command))


def _keep(sha: str, content: IO[bytes], found: Restored) -> bool:
    whole = content.read()
    if hashlib.sha256(whole).hexdigest() != sha:
        return False
    files.put_back(sha, whole)
    found.media += 1
    return True


def _compare(
    connected: Connection[Any],
    manifest: dict[str, Any],
    wanted: dict[str, str],
    read: dict[str, str],
    found: Restored,
) -> None:
    for table, rows in manifest["rows"].items():
        there = archive.count(connected, table)
        found.rows, found.tables = found.rows + there, found.tables + 1
        if there != rows:
            found.wrong.append(f"{table}: {there} rows instead of {rows}")
        if read.get(table) != wanted.get(table):
            found.wrong.append(f"{table}: the rows in the file are not those that were written")


def _set_sequences(connected: Connection[Any], tables: list[str]) -> None:
    for table in tables:
        for column in archive.columns(connected, table):
            row = connected.execute(
                "select pg_get_serial_sequence(%s, %s)", [f'"{table}"', column]
            ).fetchone()
            if row and row[0]:
                connected.execute(
                    sql.SQL("select setval(%s, coalesce((select max({c}) from {t}), 0) + 1, false)").format(
                        c=sql.Identifier(column), t=sql.Identifier(table)
                    ),
                    [row[0]],
                )


def _check_seals(manifest: dict[str, Any], found: Restored) -> None:
    for one in manifest["seals"]:
        number, seal = audit.head(one["government"])
        if (number, seal.hex()) != (one["number"], one["seal"]):
            found.wrong.append(
                f"audit record of government {one['government']}: its newest seal is another one"
            )
        if broken := audit.verify(one["government"]):
            found.wrong.append(f"audit record of government {one['government']}: {broken}")
