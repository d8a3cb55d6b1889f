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
@click.option("--channel", "key", metavar="KEY", help="For which channel the text is meant.")
@click.option("--government", "code", metavar="CODE", help="Whose channel, where several have the key.")
@click.option(
    "--evaluate",
    "sets",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Measure the checks on labelled texts instead (RULE.jsonl, RULE_held.jsonl; also several). No database.",
)
@click.option("--json", "as_json", is_flag=True, help="With --evaluate: JSON instead of a table.")
@data_option
def command(key: str | None, code: str | None, sets: tuple[Path, ...], as_json: bool, data: Path) -> None:
    """Read a text from standard input and print as JSON what the checks and the counter of the composer say.

    "count" is that of a post; "counts" holds those of answers and private messages too. The exit status is 1 where a
    finding or the platform forbids publishing.
    """
    if sets:
        _evaluate(sets, as_json=as_json)
        return
    if not key:
        raise click.UsageError("Name the channel with --channel, or labelled texts with --evaluate.")
    text = sys.stdin.buffer.read().decode("utf-8", "replace").rstrip("\n")
    with database(data):
        from django.utils import timezone

        from tanggap.channels import allowances, limits
        from tanggap.config.choosing import channel_by_key
        from tanggap.core import scope
        from tanggap.publishing import checks, windows
        from tanggap.publishing.contexts import context_of

        text = allowances.as_kept(text)
        channel = channel_by_key(key, code)
        with scope.government(channel.government_id):
            every = {kind: windows.rules_of(channel, kind).limits for kind in KINDS}
            counts = {kind: limits.count(text, one) for kind, one in every.items()}
            objections = list(allowances.of_text(every["post"], text))
            where = context_of(channel.government, timezone.now(), kind="post", platform=channel.platform)
            findings = checks.run(text, where)
    shown = [one.as_json() for one in findings]
    told = {
        "count": _as_json(counts["post"]),
        "counts": {kind: _as_json(one) for kind, one in counts.items()},
        "objections": [{"code": one.code, "text": str(one)} for one in objections],
        "findings": shown,
    }
    click.echo(json.dumps(told, ensure_ascii=False))
    sys.exit(1 if objections or any(one["severity"] == "blocks" for one in shown) else 0)


def _evaluate(sets: tuple[Path, ...], *, as_json: bool) -> None:
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=False)  # the figures need neither tables nor translations
    from tanggap.publishing import evaluating

    try:
        found = [evaluating.measured(path) for path in sets]
    except ValueError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    if as_json:
        click.echo(json.dumps([one.as_json() for one in found], ensure_ascii=False))
        return
    click.echo(f"{'file':<32}{'texts':>7}{'precision':>11}{'recall':>8}")
    for path, one in zip(sets, found, strict=True):
        click.echo(f"{path.stem:<32}{one.texts:>7}{one.precision:>11.3f}{one.recall:>8.3f}")
        click.echo(
            "".join(f"  missed {row}\n" for row in one.missed)
            + "".join(f"  wrong {row}\n" for row in one.wrong),
            nl=False,
        )


def _as_json(count: Count) -> dict[str, int | str]:
    return {"used": count.used, "most": count.most, "left": count.left, "unit": count.unit}
