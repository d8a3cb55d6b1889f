"""Tells open screens that something changed: PostgreSQL's NOTIFY, delivered at commit.

Only kind, id and version leave here; a screen fetches the rest through what its member may see.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.db import connection

CHANNEL = "tanggap_live"
WAKE = "tanggap_wake"
# A NOTIFY payload may have 8,000 bytes; ids beyond that are told as "many" and the screen reloads its list.
_MOST_IDS = 200


def tell(government_id: int, kind: str, ids: Iterable[int]) -> None:
    """This will notify listeners of a government about rows of one kind; call it inside the transaction."""
    listed = list(ids)
    if not listed:
        return
    payload = {
        "g": government_id,
        "k": kind,
        "i": listed if len(listed) <= _MOST_IDS else [],
        "n": len(listed),
    }
    _notify(CHANNEL, json.dumps(payload))


def wake(step: str) -> None:
    """This will make some worker run the step as soon as this transaction commits."""
    _notify(WAKE, step)


def _notify(channel: str, payload: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify(%s, %s)", [channel, payload])
