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
@click.option("--only", type=click.Choice(["fast", "deep"]), help="Only the fast or only the deep reader.")
@click.option(
    "--work",
    type=click.Path(file_okay=False, path_type=Path, resolve_path=True),
    default=Path("data/training"),
    show_default=True,
    help="Where finished runs are kept, so that an interrupted training goes on.",
)
def command(data: Path, only: str | None, work: Path) -> None:
    """Train the models that read posts, and print their figures. Needs `pip install tanggap[train]`."""
    from tanggap.understanding.train import train_command

    train_command(data, only, work)
