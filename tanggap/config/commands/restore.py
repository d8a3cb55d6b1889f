"""tanggap restore: a backup, brought back into an empty folder and proven."""

from __future__ import annotations

import os
import tarfile
import zlib
from pathlib import Path

import click

from tanggap.config.attach import data_option, database


@click.command("restore", short_help="Bring a backup back into an empty data folder, and check it.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path, resolve_path=True))
@data_option
def command(file: Path, data: Path) -> None:
    """Bring the backup FILE back into the empty folder --data (or the empty database of DATABASE_URL).

    Then it is checked: number of rows, the audit record's seals, every stored file. What is missing is listed, and
    the exit status is 1.
    """
    try:
        _keys_first(file, data)
        with database(data, migrated=False) as server:
            from tanggap.config import migrating, restoring

            with migrating.as_owner(server.owner_url):
                found = restoring.restore(file, server.owner_url)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise click.ClickException(
            f"{file} is not a whole backup ({error}). The database was left empty. Take another backup file."
        ) from error
    for line in found.lines():
        click.echo(line)
    if not found.keys:
        click.echo(
            "The backup holds no keys. Put secret.key and tokens.key of the old installation into "
            f"{data} before you start it; without them the channels have to be connected again."
        )
    if not found.whole:
        raise click.ClickException(
            "the backup is not whole: see the lines above. What could be restored is kept."
        )


def _keys_first(file: Path, data: Path) -> None:
    """Settings make new keys where there are none, so those of the backup must stand before Django is set up."""
    from tanggap.config import archive

    with archive.reading(file) as members:
        for name, content in members:
            folder, _, key = name.partition("/")
            if folder not in {"keys", "manifest.json"}:
                return
            if folder == "keys" and key in archive.KEYS and not (data / key).exists():
                data.mkdir(parents=True, exist_ok=True)
                handle = os.open(data / key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(handle, "wb") as out:
                    out.write(content.read())
