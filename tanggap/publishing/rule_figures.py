"""What is known of the checks: how well they find, and how often they found something of late."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from django.db import connection

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


def recent(government_id: int, now: datetime) -> dict[str, Recent]:
    """This will count the findings of 90 days by rule; a publication handed in twice counts once."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [government_id, now - timedelta(days=DAYS)])
        return {rule: Recent(found, answered) for rule, found, answered in cursor.fetchall()}


@cache
def measured() -> Mapping[str, Mapping[str, Any]]:
    """This will return the figures of the shipped rules: {rule: {texts, precision, recall, unseen: bool}}."""
    table: dict[str, dict[str, Any]] = json.loads(
        files("tanggap.publishing").joinpath("data/rule_figures.json").read_text("utf-8")
    )
    return table
