"""tanggap deadline: when something is due, without a database."""

from __future__ import annotations

from pathlib import Path

import click

from tanggap.config.attach import data_option


@click.command("deadline", short_help="Work out a due date in working days or hours. No database.")
@click.argument("start")
@click.option("--amount", type=int, required=True, metavar="N", help="How many.")
@click.option(
    "--unit", type=click.Choice(["workdays", "workhours", "hours", "days"]), required=True, help="Of what."
)
@click.option(
    "--government",
    "code",
    default="34.71",
    show_default=True,
    metavar="CODE",
    help="Whose calendar and time zone.",
)
@click.option("--json", "as_json", is_flag=True, help='One JSON object: {"due": ..., "why": ...}.')
@data_option
def command(start: str, amount: int, unit: str, code: str, as_json: bool, data: Path) -> None:
    """Say when N working days, working hours, clock hours or calendar days after START (ISO 8601) are over.

    The first working day after START is day one, due at the end of its last block of working hours.
    """
    from tanggap.cases.deadlines import DeadlineError, deadline_command

    try:
        click.echo(deadline_command(start, amount, unit, code, as_json=as_json))
    except DeadlineError as error:
        raise click.ClickException(str(error)) from error
