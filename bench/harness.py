"""What the benchmarks share: a data folder of their own with a durable PostgreSQL, tables, and the last line.

A benchmark states every goal that goals.json lists for it. The last line of its output is one JSON object:
{"name", "machine", "figures", "goals": {key: {"value", "goal", "ok"[, "reason"]}}}.
"""

from __future__ import annotations

import argparse
import json
import operator
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GOALS: dict[str, dict[str, dict[str, str]]] = json.loads((Path(__file__).parent / "goals.json").read_text())
_COMPARE = {">=": operator.ge, "<=": operator.le, "==": operator.eq}


@dataclass
class Report:
    """The figures of one benchmark, and what it says about each of its goals."""

    name: str
    machine: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
    stated: dict[str, tuple[float | None, str]] = field(default_factory=dict)

    def figure(self, key: str, value: Any) -> None:
        """This will keep a figure that no goal asks for."""
        self.figures[key] = rounded(value)

    def busy(self, used: Processor, of: str = "") -> None:
        """This will keep how busy the machine was and how much of it the host kept for others."""
        busy, stolen = used.shares()
        self.figure(f"busy_share_of_machine{of}", busy)
        self.figure(f"stolen_share_of_machine{of}", stolen)

    def goal(self, key: str, value: float | None, reason: str = "") -> None:
        """This will state a goal's figure; None, with the reason, where it could not be measured."""
        if key not in GOALS[self.name]:
            raise KeyError(f"{self.name} has no goal {key}.")
        self.stated[key] = (rounded(value), reason)

    def goals(self) -> dict[str, dict[str, Any]]:
        """This will judge every goal of the benchmark; one that was never stated is missed."""
        judged = {}
        for key, wanted in GOALS[self.name].items():
            value, reason = self.stated.get(key, (None, "not measured"))
            judged[key] = {"value": value, "goal": wanted["goal"], "ok": meets(value, wanted["goal"])}
            if reason:
                judged[key]["reason"] = reason
        return judged

    def last_line(self) -> str:
        """This will write everything as one JSON object on one line."""
        whole = {"name": self.name, "machine": self.machine, "figures": self.figures, "goals": self.goals()}
        return json.dumps(whole, ensure_ascii=False)


def meets(value: float | None, goal: str) -> bool:
    """This will compare a figure with a goal such as ">= 2000"; no figure meets none."""
    sign, _space, bound = goal.partition(" ")
    return value is not None and bool(_COMPARE[sign](value, float(bound)))


def run(
    name: str, measure: Callable[[Report, argparse.Namespace], None], options: dict[str, Any] | None = None
) -> None:
    """This will run a benchmark and print its goals as a table and as the last line.

    `options` are numbers that may be changed on the command line, to try things out quickly; a run with other
    numbers than the goals ask for says so.
    """
    parser = argparse.ArgumentParser(prog=f"bin/bench {name}")
    for key, value in (options or {}).items():
        parser.add_argument(f"--{key.replace('_', '-')}", type=type(value), default=value)
    parser.add_argument("--data", type=Path, help="keep the data folder here and use it again")
    chosen = parser.parse_args()
    report = Report(name, machine())
    print(f"{name} on {report.machine}")
    changed = {
        key: getattr(chosen, key) for key, value in (options or {}).items() if getattr(chosen, key) != value
    }
    if changed:
        report.figures["not_as_the_goals_ask"] = changed
    measure(report, chosen)
    rows = [
        (key, one["value"], one["goal"], "yes" if one["ok"] else "NO", one.get("reason", ""))
        for key, one in report.goals().items()
    ]
    table("goals", ("goal", "measured", "wanted", "met", ""), rows)
    print(report.last_line(), flush=True)


@contextmanager
def database(data: Path | None) -> Iterator[Path]:
    """This will start a PostgreSQL with fsync in a folder of its own, set Django up on it and migrate.

    Yields the folder, which is removed at the end unless it was named.
    """
    folder = data or Path(tempfile.mkdtemp(prefix="tanggap-bench-"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)  # as root, PostgreSQL runs as another user and must pass through
    os.environ.pop("DATABASE_URL", None)
    os.environ.setdefault("TANGGAP_LOG", "WARNING")
    from tanggap.config import attach, migrating

    try:
        with attach.database(folder) as server, migrating.as_owner(server.owner_url):
            from tanggap.config import steps

            steps.load()
            yield folder
    finally:
        if data is None:
            from tanggap.core.postgres.reach import home

            shutil.rmtree(home(folder), ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)


class Process:
    """A Python module of bench.parts that says "ready", begins at `go`, and prints one JSON object at its end."""

    def __init__(self, module: str, *arguments: str) -> None:
        command = [sys.executable, "-m", f"bench.parts.{module}", *arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        if self._process.stdout.readline().strip() != "ready":
            raise SystemExit(f"bench.parts.{module} did not start.")

    def go(self) -> None:
        """This will let the process begin."""
        assert self._process.stdin
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def result(self, within: float = 900) -> dict[str, Any]:
        """This will wait for the end, at most `within` seconds, and return what the process says."""
        try:
            output, _errors = self._process.communicate(timeout=within)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise SystemExit(f"A process of the benchmark did not end within {within:.0f} s.") from None
        if self._process.returncode:
            raise SystemExit(f"A process of the benchmark ended with status {self._process.returncode}.")
        return dict(json.loads(output.splitlines()[-1]))


def ready() -> None:
    """This will say "ready" to the benchmark and wait for its word, inside a process of bench.parts."""
    print("ready", flush=True)
    sys.stdin.readline()


class Processor:
    """How busy the whole machine is from now on, whoever works on it: a noisy neighbour shows."""

    def __init__(self) -> None:
        self._began = self._read()

    def shares(self) -> tuple[float, float]:
        """This will return the shares of all processors' time that were spent and that the host kept, 0 to 1."""
        busy, stolen, whole = (now - then for now, then in zip(self._read(), self._began, strict=True))
        return (busy / whole, stolen / whole) if whole else (0.0, 0.0)

    @staticmethod
    def _read() -> tuple[int, int, int]:
        numbers = [int(one) for one in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return sum(numbers) - numbers[3] - numbers[4] - numbers[7], numbers[7], sum(numbers)


class Database:
    """The processor's time that a data folder's PostgreSQL uses from now on."""

    def __init__(self, folder: Path) -> None:
        pid = (folder / "postgres").resolve() / "cluster" / "postmaster.pid"
        self._pid = int(pid.read_text().splitlines()[0])
        self._began = self._read()

    def seconds(self) -> float:
        """This will return the seconds, those of connections that are closed by now included."""
        return self._read() - self._began

    def _read(self) -> float:
        ticks = 0
        for process in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                pid, rest = process.read_text().split(" (", 1)
                numbers = rest.rpartition(") ")[2].split()
                if int(pid) == self._pid:
                    ticks += sum(map(int, numbers[11:15]))  # with what its ended children used
                elif int(numbers[1]) == self._pid:
                    ticks += sum(map(int, numbers[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")


def largest_rss_mb(pid: int | str = "self") -> float:
    """This will return the largest resident size that a process ever had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise OSError(f"no VmHWM for process {pid}")


def percentile(values: Sequence[float], share: float) -> float:
    """This will return the smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


def spread(values: Sequence[float]) -> dict[str, float]:
    """This will describe times by median, p95, p99 and maximum."""
    return {
        "p50": statistics.median(values),
        "p95": percentile(values, 0.95),
        "p99": percentile(values, 0.99),
        "max": max(values),
    }


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """This will print a table in plain text."""
    cells = [[_shown(one) for one in row] for row in [header, *rows]]
    widths = [max(len(row[at]) for row in cells) for at in range(len(header))]
    print(f"\n{title}")
    for row in cells:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(flush=True)


def machine() -> str:
    """This will describe processors, memory, system and Python, without the machine's name."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = " ".join(line.partition(":")[2].split())
            break
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{os.cpu_count()} cores {model}, {memory:.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}, load {os.getloadavg()[0]:.1f}"
    )


def rounded(value: Any) -> Any:
    """This will round to four digits that mean something."""
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "–" if value is None else str(value)
