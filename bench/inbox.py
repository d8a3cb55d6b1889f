"""The inbox over HTTP as staff see it, at 10,000 and at a million posts; and how soon a delivery shows on it."""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path
from typing import Any

from bench import harness
from bench.harness import Process, Report

GOVERNMENTS = ("34.71", "32.76", "33.23")
"""The first has all the posts that the goals name, the others a tenth each."""


def measure(report: Report, options: argparse.Namespace) -> None:
    """This will state the 95th percentile at both sizes, its growth, and the time from delivery to open inbox."""
    with harness.database(options.data) as data:
        _fill(0, options.small)
        small = _lists(report, options, data, "10k")
        _fill(options.small, options.large)
        large = _lists(report, options, data, "1m")
        report.goal("p95_ms_10k", small)
        report.goal("p95_ms_1m", large)
        report.goal("p95_growth", large / small)
        _live(report, options, data)


def _fill(before: int, after: int) -> None:
    """Brings the first government from so many posts to so many, the others to a tenth of it."""
    from bench.parts import many_posts, staff

    for number, code in enumerate(GOVERNMENTS):
        owner, share = staff.government(code), 1 if number == 0 else 10
        app = staff.hook(owner, f"app-{number}")
        many = max(after // share - before // share, many_posts.LIKENESSES)
        many_posts.fill(owner, app, many, seed=10 * (before + 1) + number)
    many_posts.settle()


def _lists(report: Report, options: argparse.Namespace, data: Path, size: str) -> float:
    """Asks for every kind of list and returns the 95th percentile over all that the goals name."""
    from bench.parts import server, staff
    from bench.parts.reading_lists import KINDS, TRIALS, Reader

    used = harness.Processor()
    with server.web(data) as port:
        readers = [Reader(port, member) for member in staff.officers(staff.government(GOVERNMENTS[0]))]
        times = {
            kind: [ms for reader in readers for ms in reader.times(ask, options.rounds)]
            for kind, ask in (KINDS | TRIALS).items()
        }
    rows = [(kind, *(harness.spread(ms)[one] for one in ("p50", "p95", "max"))) for kind, ms in times.items()]
    harness.table(
        f"the inbox at {size} posts, ms ({len(readers)} members)", ("list", "p50", "p95", "max"), rows
    )
    report.figure(f"p95_ms_by_list_{size}", {row[0]: harness.rounded(row[2]) for row in rows})
    report.busy(used, f"_{size}")
    every = [ms for kind in KINDS for ms in times[kind]]
    report.figure(f"p50_ms_{size}", statistics.median(every))
    return harness.percentile(every, 0.95)


def _live(report: Report, options: argparse.Namespace, data: Path) -> None:
    """Delivers at a fixed rate with web server and worker running, and listens as an open inbox does."""
    from bench.parts import deliveries, server, staff
    from bench.parts.open_inbox import OpenInbox

    owner = staff.government(GOVERNMENTS[0])
    staff.hook(owner)
    with server.web(data) as port, server.worker(data):
        for rate, seconds, seed in ((20, 2, 2), (options.rate, options.seconds, 1)):  # first until all runs
            inbox = OpenInbox(port, staff.officers(owner)[0])
            inbox.open()
            offered = f"--rate={rate} --seconds={seconds} --seed={seed} --times".split()
            load = Process("sending", server.HOST, str(port), deliveries.APP, *offered)
            load.go()
            result = load.result()
            shown = inbox.wait_for(result["answered"], seconds=60)
    waited = [shown[key] - at for key, at in result["at"].items() if key in shown]
    if not waited:
        report.goal("visible_s_p95", None, "nothing showed on the open inbox")
        return
    spread = harness.spread(waited)
    missing = result["answered"] - len(waited)
    harness.table(
        f"from answered to shown at {options.rate} deliveries/s, s",
        ("delivered", "never shown", *spread),
        [(result["answered"], missing, *spread.values())],
    )
    report.figure("visible_s", {key: harness.rounded(one) for key, one in spread.items()})
    report.figure("never_shown", missing)
    reason = f"{missing} deliveries never showed" if missing else ""
    report.goal("visible_s_p95", None if missing else spread["p95"], reason)


OPTIONS: dict[str, Any] = {"small": 10_000, "large": 1_000_000, "rounds": 12, "rate": 200, "seconds": 30}

if __name__ == "__main__":
    harness.run("inbox", measure, OPTIONS)
