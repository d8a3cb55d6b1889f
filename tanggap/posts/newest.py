"""Finds the newest posts that fit, at a cost that does not grow with the table.

Whether an index in order of time or one by words and labels is the cheaper way depends on how many posts fit and how
old they are, which PostgreSQL cannot know for filters that hang together: at a million posts a wrong guess takes
seconds. So the newest few thousand are looked at in order, and some more where these nearly fill the page; only then
is the rest asked by words and labels, and by then it is known that few fit. Measured 2026-11-22: docs/performance.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Coalesce

from tanggap.posts.models import FACETS, Post, facet

LOOKED_AT = 5000
ORDER = ("-received_at", "-id")

_Rows = models.QuerySet[Post]


def ids(table: _Rows, rows: _Rows, labels: Mapping[str, str], size: int) -> list[int]:
    """This will return the ids of the newest `size` of `rows`.

    `table` are the posts among which they are, as far as an index in order of time can tell them apart; `labels`
    are filters of `rows` that the index of labels knows.
    """
    for many in (LOOKED_AT, 3 * LOOKED_AT):
        edge = list(table.order_by(*ORDER).values_list("received_at", "pk")[many : many + 1])
        newer = rows.filter(_compared(">", *edge[0])) if edge else rows
        found = _first(newer.order_by(*ORDER), size)
        if not edge or len(found) == size:
            return found
        if len(found) < size // 2:
            break
    older = rows.filter(_compared("<=", *edge[0]))
    if labels:
        wanted = [facet(name, value) for name, value in labels.items()]
        older = older.alias(facets=FACETS).filter(models.Q(("facets__contains", wanted)))
    # Ordered by an expression, so that the index in order of time is out of the question here.
    return found + _first(
        older.order_by(Coalesce("received_at", "received_at").desc(), "-id"), size - len(found)
    )


def before(rows: _Rows, at: datetime, pk: int) -> _Rows:
    """This will keep the rows that come after a place in the order, entering the index at that very place."""
    return rows.filter(_compared("<", at, pk))


def _first(rows: _Rows, many: int) -> list[int]:
    return list(rows.values_list("pk", flat=True)[:many])


def _compared(sign: str, at: datetime, pk: int) -> Func:
    """A comparison of rows, "(received_at, id) < (at, pk)": PostgreSQL takes it as one condition on the index."""
    return Func(
        Func(F("received_at"), F("id"), function="row", output_field=models.BooleanField()),
        Func(Value(at), Value(pk), function="row", output_field=models.BooleanField()),
        template="%(expressions)s",
        arg_joiner=f" {sign} ",
        output_field=models.BooleanField(),
    )
