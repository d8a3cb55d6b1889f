"""tanggap government: load or list governments."""

from __future__ import annotations

from pathlib import Path

import click

from tanggap.config.attach import data_option, database


@click.group("government", short_help="Load a government with its areas and offices, or list those loaded.")
def command() -> None:
    """Governments of this installation."""


@command.command("load")
@click.argument("code")
@data_option
def load(code: str, data: Path) -> None:
    """Load, or renew, the government of CODE (for instance 34.71) from its file.

    Offices that were added by hand stay.
    """
    with database(data):
        from tanggap.agencies.joining import load_government
        from tanggap.agencies.models import Area, Unit
        from tanggap.core import scope

        made = load_government(code)
        with scope.government(made.pk):
            click.echo(
                f"{made.code} {made.name}: {Unit.objects.count()} offices, {Area.objects.count()} areas."
            )


@command.command("list")
@data_option
def list_(data: Path) -> None:
    """List the governments that are loaded and those that could be."""
    with database(data):
        from tanggap.agencies.government_file import available, load_head
        from tanggap.agencies.models import Government

        there = {one.code: one.name for one in Government.objects.order_by("code")}
    for code, name in there.items():
        click.echo(f"{code}  {name}")
    for code in available():
        if code not in there:
            click.echo(f"{code}  {load_head(code).name} (not loaded)")
