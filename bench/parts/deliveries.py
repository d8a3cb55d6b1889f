"""Signed deliveries of one comment each, and their rows as the hook leaves them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import connection

from bench.parts.staff import SECRET
from tanggap.channels.connectors.webhook import sign
from tanggap.channels.models import App
from tanggap.simulator.generate import generate


def bodies(many: int, seed: int = 1, mean_length: int = 100) -> Iterator[bytes]:
    """This will write `many` comments of the fictional city's citizens as contract lines."""
    now = datetime.now(UTC)
    for line, _truth in generate(many, seed, now - timedelta(days=1), mean_length=mean_length):
        yield json.dumps(line | {"kind": "comment"}, ensure_ascii=False).encode()


def receive(app: App, many: int, seed: int = 1) -> None:
    """This will put signed deliveries into the table of raw items by COPY, as if the hook had just answered."""
    now = datetime.now(UTC)
    columns = "received_at, source, app_id, headers, body, state"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy posts_rawitem ({columns}) from stdin") as target,
    ):
        for number, body in enumerate(bodies(many, seed)):
            headers = sign(SECRET, f"msg_{seed}_{number}", now, body)
            target.write_row((now, "hook", app.pk, json.dumps(headers), body, "received"))
