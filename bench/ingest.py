"""From a signed delivery to a case: 50,000 raw items, two work processes; and how near storing comes to bare COPY."""

from __future__ import annotations

import argparse
import time
from typing import Any

from bench import harness
from bench.harness import Process, Report

WORKERS = 2


def measure(report: Report, options: argparse.Namespace) -> None:
    """This will state posts a second, storing's share of COPY, and the size of a work process."""
    with harness.database(options.data) as data:
        from bench.parts import deliveries, staff

        app = staff.hook(staff.government())
        deliveries.receive(app.pk, options.posts)
        used, database = harness.Processor(), harness.Database(data)
        results, seconds = _digest()
        _check(options.posts)
        report.goal("posts_per_s", options.posts / seconds)
        report.goal("rss_mb_per_worker", max(one["rss_mb"] for one in results))
        report.figure("seconds", seconds)
        of_workers, of_database = sum(one["cpu_seconds"] for one in results), database.seconds()
        report.figure("cpu_seconds_of_workers", of_workers)
        report.figure("cpu_seconds_of_database", of_database)
        # What two processors of one's own would do, if nothing waited: shows how far a neighbour was in the way.
        report.figure("at_best_per_s_on_two_cores", 2 * options.posts / (of_workers + of_database))
        report.busy(used)
        report.figure("rows_by_worker", [one["rows"] for one in results])
        report.figure("made", _made())
        deliveries.receive(app.pk, options.store, seed=2)
        _compare_with_copy(report, options.store)


def _digest() -> tuple[list[dict[str, Any]], float]:
    workers = [Process("digesting") for _ in range(WORKERS)]
    began = time.perf_counter()
    for one in workers:
        one.go()
    results = [one.result() for one in workers]
    return results, time.perf_counter() - began


def _compare_with_copy(report: Report, many: int) -> None:
    """Storing alone, then COPY of what it stored: with as many commits, and with one."""
    from bench.parts import floor

    before = floor.newest()
    storing, batches = _store()
    blocks = floor.rows_since(before)
    rows = sum(map(len, blocks.values()))
    copying, at_once = floor.copy_all(blocks, batches), floor.copy_all(blocks, 1)
    harness.table(
        f"storing {many} posts: {rows} rows, {batches} batches",
        ("", "rows/s", "share of it"),
        [
            ("storing", rows / storing, 1.0),
            ("COPY, a commit each batch", rows / copying, copying / storing),
            ("COPY, one commit", rows / at_once, at_once / storing),
        ],
    )
    report.figure("store_rows_per_s", rows / storing)
    report.figure("copy_rows_per_s", {"commit each batch": rows / copying, "one commit": rows / at_once})
    report.goal("store_share_of_floor", copying / storing)


def _store() -> tuple[float, int]:
    """The digest as it is, with the clock running only while it stores and commits."""
    from django.db import transaction
    from django.utils import timezone

    from tanggap.cases import digest
    from tanggap.core import bulk, scope
    from tanggap.posts import intake

    seconds, batches = 0.0, 0
    with scope.crossing("a benchmark"):
        while True:
            with transaction.atomic():
                rows = intake.take()
                if not rows:
                    return seconds, batches
                now = timezone.now()
                with bulk.without_collector():
                    batch = intake.prepare(rows)
                    decided = [digest.decide(group, now) for group in batch.groups]
                    began = time.perf_counter()
                    digest.store(batch, decided, now)
            seconds, batches = seconds + time.perf_counter() - began, batches + 1


def _made() -> dict[str, int]:
    from tanggap.cases.models import Assignment, Case
    from tanggap.core import scope
    from tanggap.core.audit import Entry
    from tanggap.people.models import Handle
    from tanggap.posts.models import Post

    with scope.crossing("counting what a benchmark made"):
        return {model.__name__: model.objects.count() for model in (Post, Handle, Case, Assignment, Entry)}


def _check(many: int) -> None:
    from tanggap.core import scope
    from tanggap.posts.models import Post, RawItem, RawState

    with scope.crossing("checking a benchmark"):
        left = RawItem.objects.exclude(state=RawState.DIGESTED).count()
        posts = Post.objects.exclude(model="").count()
    if left or posts != many:
        raise SystemExit(f"{posts} of {many} posts were stored and read, {left} raw items are left.")


if __name__ == "__main__":
    harness.run("ingest", measure, {"posts": 50_000, "store": 20_000})
