"""What outside programs read of a benchmark: its last line, with every goal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import harness
from bench.harness import GOALS, Report, meets, percentile

ROOT = Path(harness.__file__).parent


@pytest.mark.parametrize("name", sorted(GOALS))
def test_the_last_line_states_every_goal_also_those_never_measured(name: str) -> None:
    report = Report(name, "a machine")
    first, *others = GOALS[name]
    report.goal(first, 1234.5678)
    said = json.loads(report.last_line())
    assert said.keys() == {"name", "machine", "figures", "goals"}
    assert said["goals"].keys() == GOALS[name].keys()
    assert said["goals"][first] == {
        "value": 1235.0,
        "goal": GOALS[name][first]["goal"],
        "ok": meets(1235.0, GOALS[name][first]["goal"]),
    }
    for key in others:
        assert said["goals"][key]["value"] is None
        assert said["goals"][key]["ok"] is False
        assert said["goals"][key]["reason"]


def test_a_goal_that_nobody_asked_for_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        Report("ingest").goal("posts_per_hour", 1)


@pytest.mark.parametrize("name", sorted(GOALS))
def test_every_benchmark_with_goals_exists(name: str) -> None:
    assert f'harness.run("{name}"' in (ROOT / f"{name}.py").read_text()


@pytest.mark.parametrize(
    ("value", "goal", "met"),
    [
        (2000, ">= 2000", True),
        (1999.9, ">= 2000", False),
        (10, "<= 10", True),
        (0, "== 0", True),
        (1, "== 0", False),
        (None, ">= 0", False),
    ],
)
def test_goals_are_compared_as_they_read(value: float | None, goal: str, met: bool) -> None:
    assert meets(value, goal) is met


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile(list(range(1, 101)), 0.95) == 95
    assert percentile([7.0], 0.99) == 7.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
