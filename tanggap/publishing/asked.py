"""What each kind of publication is asked to name, and how gravely it is told where it does not: a table as data."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from tanggap.publishing.check import Context, Severity


def asked(what: str, context: Context) -> Severity | None:
    """This will say how gravely this is missed in the kind of the context; None where it is not asked for.

    Only of the post itself: what a publication names once need not stand in each further part.
    """
    if context.kind != "post" or context.role != "post":
        return None
    grave = _table()[what].get(context.publication_kind)
    return Severity(grave) if grave else None


@cache
def _table() -> dict[str, dict[str, str]]:
    table: dict[str, dict[str, str]] = json.loads(
        files("tanggap.publishing").joinpath("data/asked_of_kinds.json").read_text("utf-8")
    )
    return table
