"""Looks at a file before it is imported: its first lines, and the plan of a table, guessed or remembered."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction
from django.utils.translation import gettext as _

from tanggap.channels.models import Channel
from tanggap.core.refusal import Refusal
from tanggap.posts import cells, columns, lapor, spreadsheets, tables
from tanggap.posts.columns import Plan
from tanggap.posts.lines import Line, lines, made_of
from tanggap.posts.rejected import Refused

_MOST_PLANS = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """The first lines of a file as they would be taken in, before anything is stored.

    Of a table also the `plan`, up to three values of each column (`samples`), the names of its sheets, whether its
    dates say themselves in which order they are written, and the key of the channel whose remembered plan this is.
    """

    format: str
    good: list[dict[str, Any]]
    bad: list[tuple[int, str]]
    plan: Plan | None = None
    samples: tuple[tuple[str, ...], ...] = ()
    sheets: tuple[str, ...] = ()
    dates_sure: bool = True
    remembered: str = ""


def preview(file: Path, form: str, zone: str, most: int = 20, plan: Plan | None = None) -> Preview:
    """This will read the first lines of a file and say which would be refused, and why.

    A table without a plan gets a guessed one; Refusal for a file that cannot be read at all.
    """
    if form == "ndjson":
        return Preview(form, *_first(lines(file, form, None, zone), most))
    known = plan
    if plan is None:
        form, plan = guessed(file, form)
    sample = _sample(file, plan)
    if known is None and form != "lapor" and (old := remembered(plan)):
        key, kept = old
        plan = columns.at_row(kept, plan)
    else:
        key = ""
    day = plan.columns.get("created_at", -1)
    sure = form == "lapor" or cells.order_of(row[day] for row in sample if 0 <= day < len(row))[1]
    good, bad = list[dict[str, Any]](), list[tuple[int, str]]()
    if form == "lapor" or not plan.missing:
        good, bad = _first(made_of(tables.first(file, plan.sheet), form, plan, zone), most)
    return Preview(
        form, good, bad, plan, _values(plan, sample), _sheets(file), sure or _plain_dates(sample, day), key
    )  # fmt: skip


def _first(found: Iterator[Line], most: int) -> tuple[list[dict[str, Any]], list[tuple[int, str]]]:
    good, bad = list[dict[str, Any]](), list[tuple[int, str]]()
    for number, line in itertools.islice(found, most):
        if isinstance(line, Refused):
            bad.append((number, line.why))
        else:
            good.append(orjson.loads(line))
    return good, bad


def guessed(file: Path, form: str, sheet: str = "", row: int = 0) -> tuple[str, Plan]:
    """This will guess the format and the plan of a table by its headings, of another sheet or row where they are named.

    An export of the complaint service is known by its own headings.
    """
    rows = tables.first(file, sheet)
    found = tables.heading(rows, columns.known, row)
    if form != "lapor" and lapor.recognised(found):
        form = "lapor"
    elif form == "lapor" and not lapor.recognised(found):
        raise Refusal(
            _("Ini bukan ekspor SP4N-LAPOR!: tidak ada baris judul yang diawali Tracking ID."),
            "file",
        )  # fmt: skip
    return form, columns.guess(found, [cells_ for number, cells_ in rows if number > found.row], sheet)


def _sample(file: Path, plan: Plan) -> list[list[cells.Cell]]:
    return [row for number, row in tables.first(file, plan.sheet) if number > plan.row]


def _values(plan: Plan, sample: list[list[cells.Cell]]) -> tuple[tuple[str, ...], ...]:
    found = []
    for at in range(len(plan.names)):
        seen = dict.fromkeys(cells.text(row[at])[:60] for row in sample[:50] if at < len(row))
        found.append(tuple([one for one in seen if one][:3]))
    return tuple(found)


def _plain_dates(sample: list[list[cells.Cell]], day: int) -> bool:
    """Whether no date of a sample needs an order to be read."""
    written = [row[day] for row in sample if 0 <= day < len(row)]
    return not any(isinstance(one, str) and cells.by_number(one) for one in written)


def _sheets(file: Path) -> tuple[str, ...]:
    return tuple(spreadsheets.sheets(file)) if tables.kind_of(file) == "xlsx" else ()


# -- plans that are kept -------------------------------------------------------------------------------------
def remembered(plan: Plan) -> tuple[str, Plan] | None:
    """This will return the channel and the plan by which a file of the same headings was imported before."""
    mark = _mark(plan)
    for channel in Channel.objects.filter(platform="import", settings__has_key="plans").order_by("-id"):
        if kept := channel.settings["plans"].get(mark):
            return channel.key, Plan.from_json(kept)
    return None


def remember(channel: Channel, plan: Plan) -> None:
    """This will keep a plan for the next file with the same headings that comes into the channel."""
    with transaction.atomic():
        fresh = Channel.objects.select_for_update().get(pk=channel.pk)
        plans = {key: value for key, value in fresh.settings.get("plans", {}).items() if key != _mark(plan)}
        plans = dict([*plans.items(), (_mark(plan), plan.as_json())][-_MOST_PLANS:])
        Channel.objects.filter(pk=channel.pk).update(settings={**fresh.settings, "plans": plans})


def _mark(plan: Plan) -> str:
    return hashlib.sha256(tables.Heading(plan.row, plan.names).signature.encode()).hexdigest()[:24]
