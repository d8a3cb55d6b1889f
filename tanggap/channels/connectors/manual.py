"""By hand: what an employee adds from a link, a screenshot, a call, paper or a visit."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tanggap.channels.connector import Connector, Item, Raw
from tanggap.channels.contract_lines import read_body
from tanggap.channels.limits import Limits


class Manual(Connector):
    """Items typed by staff; the answer is given where the item came from and marked here."""

    platform = "manual"
    name = "Dicatat petugas"
    limits = Limits(most=100_000)

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read a line of the public format, with the stored pictures that the employee added."""
        (item,) = read_body(raw)
        given = json.loads(raw.body).get("media", [])
        return [
            replace(item, media=[{**one, **_file(own)} for one, own in zip(item.media, given, strict=False)])
        ]


def _file(media: dict[str, Any]) -> dict[str, Any]:
    """The id of a stored picture; only here, because a line from outside must not name a file of ours."""
    return {"file": media["file"]} if isinstance(media.get("file"), int) else {}
