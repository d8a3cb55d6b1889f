"""tanggap check: what the composer would say about a text."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tanggap.config.attach import data_option, database

if TYPE_CHECKING:
    from tanggap.channels.limits import Count

KINDS = ("post", "reply", "private_reply")


@click.command("check", short_help="Say what the checks before publishing find in a text.")
@click.option("--channel", "key", required=True, metavar="KEY", help="For which channel the text is meant.")
@click.option("--government", "code", metavar="CODE", help="Whose channel, where several have the key.")
@data_option
def command(key: str, code: str | None, data: Path) -> None:
    """Read a text from standard input and print as JSON what the checks and the counter of the composer say.

    "count" is that of a post; "counts" holds those of answers and private messages too. The exit status is 1 where a
    finding or the platform forbids publishing.
    """
    text = sys.stdin.buffer.read().decode("utf-8", "replace").rstrip("\n")
    with database(data):
        from tanggap.channels import allowances, limits
        from tanggap.config.choosing import channel_by_key
        from tanggap.core import scope
        from tanggap.publishing import checks, windows

        text = allowances.as_kept(text)
        channel = channel_by_key(key, code)
        with scope.government(channel.government_id):
            every = {kind: windows.rules_of(channel, kind).limits for kind in KINDS}
            counts = {kind: limits.count(text, one) for kind, one in every.items()}
            objections = list(allowances.of_text(every["post"], text))
            findings = checks.run(text, checks.Context(platform=channel.platform))
    shown = [one.as_json() for one in findings]
    told = {
        "count": _as_json(counts["post"]),
        "counts": {kind: _as_json(one) for kind, one in counts.items()},
        "objections": [{"code": one.code, "text": str(one)} for one in objections],
        "findings": shown,
    }
    click.echo(json.dumps(told, ensure_ascii=False))
    sys.exit(1 if objections or any(one["severity"] == "blocks" for one in shown) else 0)


def _as_json(count: Count) -> dict[str, int | str]:
    return {"used": count.used, "most": count.most, "left": count.left, "unit": count.unit}
