"""tanggap backup: everything that cannot be made again, as one file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tanggap.config import archive
from tanggap.config.attach import data_option, database

if TYPE_CHECKING:
    from psycopg import Connection


@click.command("backup", short_help="Write database and stored files into one file, while everything runs.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, resolve_path=True))
@click.option(
    "--with-keys", is_flag=True, help="Put the keys in too; then whoever has the file has everything."
)
@data_option
def command(file: Path, with_keys: bool, data: Path) -> None:
    """Write a backup to FILE (.tar.gz). It is one moment of the installation, also while it works.

    The keys (secret.key, tokens.key) are left out unless --with-keys: keep them apart from the backups. Without
    tokens.key a restored installation has to connect its channels again.
    """
    if file.exists():
        raise click.ClickException(f"{file} exists already and was left as it is. Choose another name.")
    with database(data) as server:
        copied = write(file, data, server.url, with_keys=with_keys)
    click.echo(
        f"{file}: {sum(copied.rows.values())} rows of {len(copied.rows)} tables, {copied.media} stored files."
    )
    if copied.missing:
        click.echo(
            f"{len(copied.missing)} stored files were missing or damaged already and are not in it:", err=True
        )
        for sha in copied.missing:
            click.echo(f"  {sha}", err=True)
    if not with_keys:
        click.echo(
            "The keys are not in it: keep secret.key and tokens.key from the data folder in another safe place."
        )


def write(file: Path, data: Path, url: str, *, with_keys: bool) -> archive.Copied:
    """This will write the archive from one snapshot of the database and return what went in."""
    import psycopg

    copied = archive.Copied()
    with psycopg.connect(url) as connection, archive.writing(file) as tar:
        connection.execute("set transaction isolation level repeatable read, read only")
        copied.rows = {table: archive.count(connection, table) for table in archive.tables(connection)}
        media = _media(connection)
        columns = {table: archive.columns(connection, table) for table in copied.rows}
        archive.put_json(tar, "manifest.json", _manifest(connection, copied.rows, columns, sorted(media)))
        for name in archive.KEYS if with_keys else ():
            if (data / name).exists():
                archive.put(tar, f"keys/{name}", (data / name).read_bytes())
        for table, names in columns.items():
            copied.digests[table] = archive.put_table(tar, connection, table, names)
        for sha in sorted(media):
            if archive.put_media(tar, sha, media[sha]):
                copied.media += 1
            else:
                copied.missing.append(sha)
        archive.put_json(tar, "end.json", {"tables": copied.digests, "missing": copied.missing})
    return copied


def _manifest(
    connection: Connection[Any], counts: dict[str, int], columns: dict[str, list[str]], media: list[str]
) -> dict[str, Any]:
    from tanggap import __version__

    migrations = connection.execute("select app, name from django_migrations order by id").fetchall()
    heads = connection.execute(
        "select distinct on (government_id) government_id, number, encode(seal, 'hex') from core_entry "
        "where number is not null order by government_id, number desc"
    ).fetchall()
    return {
        "format": archive.FORMAT,
        "version": __version__,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "migrations": [list(one) for one in migrations],
        "rows": counts,
        "columns": columns,
        "seals": [{"government": one[0], "number": one[1], "seal": one[2]} for one in heads],
        "media": media,
    }


def _media(connection: Connection[Any]) -> dict[str, Path]:
    from tanggap.core.files import StoredFile

    rows = connection.execute("select distinct sha256 from core_storedfile").fetchall()
    return {sha: StoredFile(sha256=sha).path for (sha,) in rows}
