"""tanggap raw: deliveries as they were received."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from tanggap.config.attach import data_option, database

_BATCH = 1000


@click.group("raw", short_help="Read stored deliveries again, for instance after an upgrade.")
def command() -> None:
    """Deliveries as they were received; each is kept for a while and can be read again."""


@command.command("again")
@click.option("--state", type=click.Choice(["failed", "quarantined", "digested"]), multiple=True,
              help="Only these; failed and quarantined where none is named.")  # fmt: skip
@click.option("--since", type=click.DateTime(), help="Only those received since.")
@click.option("--channel", "key", metavar="KEY", help="Only those of one channel.")
@click.option("--government", "code", metavar="CODE", help="Whose channel, where several have the key.")
@data_option
def again(
    state: tuple[str, ...], since: datetime | None, key: str | None, code: str | None, data: Path
) -> None:
    """Put stored deliveries back into the queue, to be read as if they had just come in.

    What is already known does not become a second post.
    """
    with database(data):
        from tanggap.config import choosing
        from tanggap.core import audit
        from tanggap.posts import intake
        from tanggap.posts.models import RawItem

        rows = RawItem.objects.filter(state__in=state or ("failed", "quarantined"))
        if since:
            rows = rows.filter(received_at__gte=since.astimezone())
        if key:
            rows = rows.filter(channel=choosing.channel_by_key(key, code))
        number = 0
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(ids), _BATCH):
            number += intake.read_again(ids[start : start + _BATCH], audit.System("operator"))
    click.echo(f"{number} deliveries wait to be read again.")
