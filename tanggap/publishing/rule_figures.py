"""What is known of the checks: how well they find, and how often they found something of late."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files

from django.db import connection

from tanggap.understanding.intervals import wilson

DAYS = 90
_COUNT = """
select finding->>'rule', count(distinct version.publication_id),
       count(distinct version.publication_id) filter (where exists (
           select 1 from jsonb_array_elements(version.overrides) given where given->>'rule' = finding->>'rule'))
from publishing_version version, jsonb_array_elements(version.findings) finding
where version.government_id = %s and version.created_at >= %s
group by 1
"""


@dataclass(frozen=True, slots=True)
class Recent:
    """Publications in which a rule found something when they were handed in, and those whose writer answered for it."""

    found: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """Precision and recall on texts that a rule was not tuned on, each with its 95 % interval; `unseen`: on texts that
    were written after it."""

    texts: int
    precision: float
    precision_within: tuple[float, float]
    recall: float
    recall_within: tuple[float, float]
    unseen: bool


def recent(government_id: int, now: datetime) -> dict[str, Recent]:
    """This will count the findings of 90 days by rule; a publication handed in twice counts once."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [government_id, now - timedelta(days=DAYS)])
        return {rule: Recent(found, answered) for rule, found, answered in cursor.fetchall()}


@cache
def measured() -> Mapping[str, Measured]:
    """This will return the figures of the shipped rules by their id."""
    table = json.loads(files("tanggap.publishing").joinpath("data/rule_figures.json").read_text("utf-8"))
    return {rule: _measured(**row) for rule, row in table.items()}


def _measured(*, texts: int, right: int, wrong: int, missed: int, unseen: bool) -> Measured:
    said, true = right + wrong, right + missed
    return Measured(
        texts,
        right / said if said else 1.0,
        wilson(right, said),
        right / true if true else 1.0,
        wilson(right, true),
        unseen,
    )
