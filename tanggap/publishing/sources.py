"""Legal bases of the checks, as data: what nobody has verified is kept, and never shown as law."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Source:
    """One legal basis: its name, what it is said to ask, where that was read and whether it may be shown."""

    id: str
    name: str
    says: str
    seen_at: str
    verified: bool


@cache
def sources() -> dict[str, Source]:
    """This will load every legal basis by its id."""
    rows = json.loads(files("tanggap.publishing").joinpath("data/sources.json").read_text("utf-8"))
    return {row["id"]: Source(**row) for row in rows}


def shown(basis: str) -> str:
    """This will give the name of a basis for the screen; nothing where it is not verified."""
    source = sources()[basis]
    return source.name if source.verified else ""
