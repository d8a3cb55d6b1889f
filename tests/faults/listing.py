"""Writes docs/faults.md from the marks of the tests: `python -m tests.faults.listing`, or compares with `--check`."""

from __future__ import annotations

import ast
import json
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "faults.md"


def marked() -> dict[int, set[str]]:
    """This will return the tests that cover each case: {number: {"tests/x.py::test_y"}}."""
    found: dict[int, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for number in _numbers(node.decorator_list):
                    found[number].add(f"{path.relative_to(ROOT)}::{node.name}")
            elif isinstance(node, ast.Assign) and "pytestmark" in {
                getattr(one, "id", "") for one in node.targets
            }:
                values = node.value.elts if isinstance(node.value, ast.List) else [node.value]
                for number in _numbers(values):
                    found[number].add(str(path.relative_to(ROOT)))
    return found


def _numbers(marks: list[ast.expr]) -> list[int]:
    return [
        int(argument.value)
        for mark in marks
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "fault"
        for argument in mark.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, int)
    ]


def page() -> str:
    """This will return the page as it should stand."""
    cases = json.loads((Path(__file__).parent / "cases.json").read_text())
    found = marked()
    rows = [
        f"| {number} | {title} | {'<br>'.join(f'`{test}`' for test in sorted(found[int(number)])) or 'not yet'} |"
        for number, title in cases.items()
    ]
    covered = sum(1 for number in cases if found[int(number)])
    return "\n".join(
        [
            "# Faults and abuse",
            "",
            "Made by `python -m tests.faults.listing` from the marks `@pytest.mark.fault(N)`; do not edit.",
            "A case with a test may still have sides that no test shows yet.",
            "",
            f"{covered} of {len(cases)} cases have a test.",
            "",
            "| case | what happens | tests |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def wrong() -> str:
    """This will say what is not in step; empty where all is."""
    if unknown := set(marked()) - set(range(1, 75)):
        return f"no such case: {sorted(unknown)}"
    return "" if PAGE.read_text() == page() else "run: python -m tests.faults.listing"


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(wrong() or None)
    PAGE.write_text(page())
