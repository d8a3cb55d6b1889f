"""tanggap evaluate: how well the models read, without a database."""

from __future__ import annotations

from pathlib import Path

import click

from tanggap.config.attach import data_option


@click.command("evaluate", short_help="Measure the models on labelled posts. No database.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def command(file: Path, data: Path) -> None:
    """Read FILE (NDJSON with text and labels) and print how often the readings are right."""
    from tanggap.understanding.evaluate import evaluate_command

    evaluate_command(file)
