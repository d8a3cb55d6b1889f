"""tanggap check: what the composer would say about a text."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from tanggap.config.attach import data_option, database


@click.command("check", short_help="Say what the checks before publishing find in a text.")
@click.option("--channel", "key", required=True, metavar="KEY", help="For which channel the text is meant.")
@click.option("--government", "code", metavar="CODE", help="Whose channel, where several have the key.")
@data_option
def command(key: str, code: str | None, data: Path) -> None:
    """Read a text from standard input and print as JSON what the checks and the counter of the composer say.

    The exit status is 1 where a finding forbids publishing.
    """
    text = sys.stdin.buffer.read().decode("utf-8", "replace").rstrip("\n")
    with database(data):
        from tanggap.channels import limits
        from tanggap.channels.connector import connector
        from tanggap.config.choosing import channel_by_key
        from tanggap.core import scope
        from tanggap.publishing import checks

        channel = channel_by_key(key, code)
        with scope.government(channel.government_id):
            allowed = limits.with_overrides(
                connector(channel.platform).limits, channel.settings.get("limits")
            )
            counted = limits.count(text, allowed)
            findings = checks.run(text, checks.Context(platform=channel.platform))
    shown = [one.as_json() for one in findings]
    click.echo(
        json.dumps(
            {"count": {"used": counted.used, "most": counted.most, "left": counted.left}, "findings": shown},
            ensure_ascii=False,
        )
    )
    sys.exit(1 if not counted.fits or any(one["severity"] == "blocks" for one in shown) else 0)
