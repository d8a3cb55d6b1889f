"""tanggap doctor: looks for what is wrong and says what to do."""

from __future__ import annotations

from pathlib import Path

import click

from tanggap.config.attach import data_option, database

_MARK = {"ok": "ok     ", "hint": "hint   ", "bad": "WRONG  "}


@click.command("doctor", short_help="Look for what is wrong and say what to do.")
@data_option
def command(data: Path) -> None:
    """Check database, tables, disk, keys, audit record, channels, waiting work, front end and calendars.

    The exit status is 1 where something is wrong; hints alone leave it 0.
    """
    with database(data):
        from django.utils import timezone

        from tanggap.config import examining

        found = list(examining.examine(data, timezone.now()))
    for one in found:
        click.echo(f"{_MARK[one.state]} {one.subject}: {one.text}")
    bad = sum(one.state == "bad" for one in found)
    click.echo(f"{bad} thing(s) are wrong." if bad else "Nothing is wrong.")
    if bad:
        raise click.exceptions.Exit(1)
