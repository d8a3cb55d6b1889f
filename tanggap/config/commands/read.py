"""tanggap read: readings of posts, without a database."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tanggap.config.attach import data_option


@click.command("read", short_help="Read posts from standard input and print what they mean. No database.")
@click.option(
    "--government",
    "code",
    default="34.71",
    show_default=True,
    metavar="CODE",
    help="Whose area counts for places.",
)
@click.option("--fast", is_flag=True, help="By the fast reader alone: fifty times quicker, less often right.")
@data_option
def command(code: str, data: Path, fast: bool) -> None:
    """Read posts (one JSON object a line, contract post.schema.json) and print one reading a line, in the same order.

    A line that cannot be read goes to standard error with its number; the exit status is then 1 at the end.
    """
    from tanggap.understanding.stream import read_stream

    sys.exit(read_stream(sys.stdin.buffer, sys.stdout.buffer, sys.stderr, code, deep=not fast))
