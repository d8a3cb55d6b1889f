"""Under which terms a picture may be used: data, with names and links for people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from django.utils.translation import get_language


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence. `publish`: an official account may publish it; `derive`: it may be cut or changed; `credit`: its
    maker must be named."""

    id: str
    name: str
    name_en: str
    publish: bool
    derive: bool
    credit: bool
    url: str = ""

    def __str__(self) -> str:
        return self.name if (get_language() or "id").startswith("id") else self.name_en


UNKNOWN = Licence("", "Belum dicatat", "Not recorded", publish=True, derive=True, credit=False)
"""What is not said: it may be used, and the check image_rights says that nobody knows."""


@cache
def all_licences() -> dict[str, Licence]:
    """This will load every licence by its id, in the order in which they are offered."""
    rows = json.loads(files("tanggap.publishing").joinpath("data/licences.json").read_text("utf-8"))
    return {row["id"]: Licence(**row) for row in rows}


def of(id_: str) -> Licence:
    """This will return a licence by its id; UNKNOWN for none and for one that nobody knows any more."""
    return all_licences().get(id_, UNKNOWN)
