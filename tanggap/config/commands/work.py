"""tanggap work: one worker process."""

from __future__ import annotations

from pathlib import Path

import click

from tanggap.config.attach import data_option, database
from tanggap.config.leash import follow_parent


@click.command(
    "work", short_help="Work off what waits: reading, triage, sending, everything in the background."
)
@data_option
@click.option(
    "--step", "names", multiple=True, metavar="NAME", help="Only this step; may be given more than once."
)
@click.option("--drain", is_flag=True, help="End as soon as nothing is due, and say what was done.")
def command(data: Path, names: tuple[str, ...], drain: bool) -> None:
    """Run a worker until Ctrl-C or SIGTERM. Start as many as you like, on any machine with the same database.

    Killing a worker loses nothing: what it had not committed is taken up by the next one.
    """
    follow_parent()
    with database(data, quiet=drain):
        from tanggap.config import guard
        from tanggap.core import work

        guard.refuse_unsafe()
        if unknown := sorted(set(names) - work.STEPS.keys()):
            raise click.UsageError(
                f"No step is called {unknown[0]}. The steps are: {', '.join(sorted(work.STEPS))}."
            )
        if drain:
            _drain(names)
        else:
            _run(names)


def _drain(names: tuple[str, ...]) -> None:
    from tanggap.core import work

    done = {name: work.run(name) for name in names} if names else work.drain()
    for name, rows in done.items():
        if rows:
            click.echo(f"{name}: {rows}")
    click.echo("Nothing is due.")


def _run(names: tuple[str, ...]) -> None:
    from tanggap.config import worker

    worker.run(names, streams=None if names else worker.streams())
