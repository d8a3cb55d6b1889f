"""tanggap train: models from labelled texts, without a database."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("train", short_help="Train the models from labelled texts. No database.")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path, resolve_path=True),
    required=True,
    help="The folder with the labelled data sets (here not the data folder of the installation).",
)
def command(data: Path) -> None:
    """Train the models that read posts, and print their figures. Needs `pip install tanggap[train]`."""
    from tanggap.understanding.train import train_command

    train_command(data)
