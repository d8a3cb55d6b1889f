"""tanggap member: people who work with this installation; the first administrator comes in this way."""

from __future__ import annotations

from pathlib import Path

import click

from tanggap.config.attach import data_option, database

ROLES = ("administrator", "coordinator", "officer", "liaison", "leader", "reporter", "viewer")


@click.group("member", short_help="Add people; the first administrator comes in this way.")
def command() -> None:
    """People who work with this installation. Administrators do the same in the browser."""


@command.command("add")
@click.argument("email")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the person is for.")
@click.option(
    "--unit", metavar="CODE", help="Code of the office; the coordinating office where none is named."
)
@click.option(
    "--government", "code", metavar="CODE", help="Which government; the only one where there is one."
)
@data_option
def add(email: str, name: str, role: str, unit: str | None, code: str | None, data: Path) -> None:
    """Add a person with E-MAIL and NAME and print a first password, which is shown this once."""
    with database(data):
        from tanggap.agencies.joining import add_member
        from tanggap.config import choosing
        from tanggap.core import audit, scope

        government = choosing.government(code)
        with scope.government(government.pk):
            member, password = add_member(audit.System("operator"), email, name, choosing.office(unit), role)
            click.echo(f"{member.user.email} is {role} of {government.name}, {member.unit}.")
    if password:
        click.echo(
            f"First password: {password}   (shown this once; it is to be changed after the first log-in)"
        )
    else:
        click.echo("The person had an account already and keeps its password.")
