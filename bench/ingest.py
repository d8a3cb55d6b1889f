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
    with harness.database(options.data):
        from bench.parts import deliveries, staff

        app = staff.hook(staff.government())
        deliveries.receive(app, options.posts)
        results, seconds = _digest()
        _check(options.posts)
        report.goal("posts_per_s", options.posts / seconds)
        report.goal("rss_mb_per_worker", max(one["rss_mb"] for one in results))
        report.figure("cpu_seconds_of_workers", sum(one["cpu_seconds"] for one in results))
        report.figure("rows_by_worker", [one["rows"] for one in results])
        report.figure("made", _made())


def _digest() -> tuple[list[dict[str, Any]], float]:
    workers = [Process("digesting") for _ in range(WORKERS)]
    began = time.perf_counter()
    for one in workers:
        one.go()
    results = [one.result() for one in workers]
    return results, time.perf_counter() - began


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
    harness.run("ingest", measure, {"posts": 50_000})
