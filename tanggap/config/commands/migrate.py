"""tanggap migrate: the tables of the data folder, brought up to date."""

from __future__ import annotations

from pathlib import Path

import click

from tanggap.config.attach import data_option, database


@click.command("migrate", short_help="Bring the database's tables up to date.")
@data_option
def command(data: Path) -> None:
    """Bring the database's tables up to date.

    Every command does this by itself; call it alone where a new version is to be prepared before it is started.
    """
    from tanggap.config import migrating

    with database(data, migrated=False):
        changed = migrating.bring_up_to_date()
    click.echo("The tables were brought up to date." if changed else "The tables are up to date.")
