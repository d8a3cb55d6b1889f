"""How fast bare COPY writes the rows of a digest into tables with the same columns and indexes."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.db import connection, transaction

TABLES = (
    "people_handle", "posts_post", "cases_case", "cases_casepost", "cases_assignment", "core_entry", "agencies_notice",
)  # fmt: skip
_Blocks = dict[str, list[bytes]]


def newest() -> dict[str, int]:
    """This will return the newest id of every table."""
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"select coalesce(max(id), 0) from {table}")
            found[table] = int(cursor.fetchone()[0])
    return found


def rows_since(ids: dict[str, int]) -> _Blocks:
    """This will read the rows that came since, as COPY writes them: one piece of bytes a row."""
    blocks: _Blocks = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            select = f"copy (select * from {table} where id > {ids[table]} order by id) to stdout"
            with cursor.copy(select) as source:
                blocks[table] = b"".join(map(bytes, source)).splitlines(keepends=True)
    return blocks


def copy_all(blocks: _Blocks, batches: int) -> float:
    """This will COPY the rows in so many transactions into empty tables of the same make; returns the seconds."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"drop table if exists floor_{table}")
            cursor.execute(f"create table floor_{table} (like {table} including all)")
    began = time.perf_counter()
    for number in range(batches):
        with transaction.atomic(), connection.cursor() as cursor:
            for table in TABLES:
                with cursor.copy(f"copy floor_{table} from stdin") as target:
                    target.write(b"".join(_share(blocks[table], number, batches)))
    return time.perf_counter() - began


def _share(rows: Sequence[bytes], number: int, of: int) -> Sequence[bytes]:
    return rows[len(rows) * number // of : len(rows) * (number + 1) // of]
