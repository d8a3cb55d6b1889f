"""tanggap status: what waits, what is done, how the channels fare."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tanggap.config.attach import data_option, database


@click.command("status", short_help="Counts by state, channels' health, what waits and since when.")
@data_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def command(data: Path, as_json: bool) -> None:
    """Say how the installation fares: deliveries, posts, cases, answers, channels, and what waits."""
    with database(data):
        from django.utils import timezone

        from tanggap.config import standing

        found = standing.collect(timezone.now())
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo(standing.as_text(found))
