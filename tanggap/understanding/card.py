"""A shipped model's card as data: how it was measured, by head, class and language."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def card(version: str) -> dict[str, Any] | None:
    """This will load the figures that were shipped with a model, in the format of `tanggap evaluate`; None without.

    Beside `heads` there may be `languages`: by code of language the same again.
    """
    folder = files("tanggap.understanding").joinpath("models")
    for place in (folder.joinpath(f"{version}.json"), folder.joinpath(version, "card.json")):
        if place.is_file():
            found = json.loads(place.read_text("utf-8"))
            return found if isinstance(found, dict) and isinstance(found.get("heads"), dict) else None
    return None
