"""Signed deliveries of one comment each, and their rows as the hook leaves them. No Django before `receive`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tanggap.simulator.generate import generate
from tanggap.simulator.webhook import headers_of

APP = "tolok-ukur"
SECRET = "whsec_dGFuZ2dhcC1iZW5jaG1hcmstc2VjcmV0IQ=="


def bodies(many: int, seed: int = 1, mean_length: int = 100) -> Iterator[bytes]:
    """This will write `many` comments of the fictional city's citizens as contract lines."""
    start = datetime.now(UTC) - timedelta(days=1)
    for line, _truth in generate(many, seed, start, mean_length=mean_length):
        yield json.dumps(line | {"kind": "comment"}, ensure_ascii=False).encode()


def signed(many: int, seed: int = 1) -> Iterator[tuple[dict[str, str], bytes]]:
    """This will sign the comments: headers and body of each."""
    for number, body in enumerate(bodies(many, seed)):
        yield headers_of(SECRET, f"msg_{seed}_{number}", body, "object"), body


def receive(app_id: int, many: int, seed: int = 1) -> None:
    """This will put signed deliveries into the table of raw items by COPY, as if the hook had just answered."""
    from django.db import connection

    now = datetime.now(UTC)
    command = "copy posts_rawitem (received_at, source, app_id, headers, body, state) from stdin"
    with connection.cursor() as cursor, cursor.copy(command) as target:
        for headers, body in signed(many, seed):
            target.write_row((now, "hook", app_id, json.dumps(headers), body, "received"))
