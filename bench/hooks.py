"""Deliveries to /hooks at 1,000 a second for a minute: signature checked, row committed, then answered."""

from __future__ import annotations

import argparse
from typing import Any

from bench import harness
from bench.harness import Process, Report


def measure(report: Report, options: argparse.Namespace) -> None:
    """This will state the 99th percentile of the answers, and how many were answered but are not there."""
    with harness.database(options.data) as data:
        from bench.parts import server, staff
        from tanggap.posts.models import RawItem

        staff.hook(staff.government())
        there = RawItem.objects.count()
        with server.web(data) as port:
            send(port, 200, 3, seed=1)  # a server is warm before it is measured
            warm = RawItem.objects.count()
            used = harness.Processor()
            result = send(port, options.rate, options.seconds, seed=2)
            report.busy(used)
        found = RawItem.objects.count() - warm
    times = result["ms"] or {"p50": None, "p95": None, "p99": None, "max": None}
    harness.table(
        f"{result['offered']} deliveries offered at {options.rate}/s",
        ("answered", "refused", "per s", "p50 ms", "p95", "p99", "max", "rows"),
        [(result["answered"], result["refused"], result["per_s"], *times.values(), found)],
    )
    report.figure("offered", result["offered"])
    report.figure("refused_by_status", result["refused"])
    report.figure("answered", result["answered"])
    report.figure("answered_per_s", result["per_s"])
    report.figure("rows_before", there)
    report.figure("ms", {key: harness.rounded(value) for key, value in times.items()})
    whole = result["answered"] == result["offered"]
    report.goal(
        "p99_ms_at_1000_per_s",
        times["p99"] if whole else None,
        "" if whole else f"only {result['answered']} of {result['offered']} were taken",
    )
    report.goal("lost", result["answered"] - found)


def send(port: int, rate: int, seconds: int, *, seed: int) -> dict[str, Any]:
    """This will offer signed deliveries at a rate; returns what was answered, refused, and the times in ms."""
    from bench.parts import deliveries, server

    offered = f"--rate={rate} --seconds={seconds} --seed={seed}".split()
    load = Process("sending", server.HOST, str(port), deliveries.APP, *offered)
    load.go()
    return load.result()


if __name__ == "__main__":
    harness.run("hooks", measure, {"rate": 1000, "seconds": 60})
