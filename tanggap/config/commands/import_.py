"""tanggap import: posts from a file."""

from __future__ import annotations

from pathlib import Path

import click

from tanggap.config.attach import data_option, database

FORMATS = ("ndjson", "csv", "xlsx", "lapor")


@click.command("import", short_help="Take in posts from a file (NDJSON, CSV or XLSX).")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path, resolve_path=True))
@click.option(
    "--channel", "key", required=True, metavar="KEY", help="The import channel; made where the KEY is new."
)
@click.option("--government", "code", metavar="CODE", help="Whose posts; the only government, else 34.71.")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="By the file's ending where it is not said."
)
@data_option
def command(file: Path, key: str, code: str | None, form: str | None, data: Path) -> None:
    """Take in the posts of FILE: one JSON object a line (contract post.schema.json), or a table (CSV, XLSX).

    A table's columns are those of the last import into this shape of file, else guessed by their headings; the import
    screen corrects them. "lapor" is the Excel export of the national complaint service.

    Lines that cannot be read go to a file of their own, with the reason. Interrupted, the same command goes on where
    it stopped; run twice, it adds nothing.
    """
    with database(data):
        from tanggap.config import choosing, intake_run
        from tanggap.posts.importing import format_of, import_channel, keep_copy

        channel = import_channel(choosing.government(code), key)
        outcome = intake_run.import_file(keep_copy(file), file.name, channel, form or format_of(file.name))
    for line in outcome.lines():
        click.echo(line, err=not outcome.whole)
    if not outcome.whole:
        raise click.exceptions.Exit(1)
