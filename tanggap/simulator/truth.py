"""The truth file: NDJSON, one line for every deed of a run, written as soon as the platform took it or gave it up.

`what` is post, reply, edit, delete, duplicate, answer or thanks; `number` that of the event and `about` that of the
event it answers, changes or repeats. `external_id` is what the product must store, `status` the bare id on the Mastodon
server. `delivered` says whether the platform took it, after `tries`, or what the `problem` was. `text` is as published,
`truth` its labels; offsets count code points of `text`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from tanggap.simulator.day import Event


class TruthFile:
    """Writes deeds to an open text file and flushes each, so that a killed run leaves what it did."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def add(self, event: Event, delivered: bool, **known: Any) -> None:
        """Writes one deed. `known` holds external_id, text, shift and what else is known of it."""
        shift = known.pop("shift", 0)
        line = {
            "what": event.kind,
            "number": event.number,
            "about": event.about,
            "platform": event.platform,
            "author": event.citizen.handle,
            "delivered": delivered,
            "planned_at": event.at.isoformat(timespec="seconds"),
            "sent_at": datetime.now().astimezone().isoformat(timespec="milliseconds"),
            "incident": event.incident,
            **{name: value for name, value in known.items() if value is not None},
            "truth": event.said.truth(shift) if event.said else None,
        }
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()


def read_truth(path: Path) -> Iterator[dict[str, Any]]:
    """Reads a truth file line by line; a last line cut off by a kill is left out."""
    with path.open(encoding="utf-8") as file:
        yield from _whole(file)


def _whole(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.endswith("\n"):
            yield json.loads(line)
