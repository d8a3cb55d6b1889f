"""Every module that registers a step or a job is imported by config/steps.py; a forgotten one would never run."""

from __future__ import annotations

import ast
from pathlib import Path

import tanggap
from tanggap.config import steps

_ROOT = Path(tanggap.__file__).parent


def _registers(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            for one in node.decorator_list:
                name = ast.unparse(one.func) if isinstance(one, ast.Call) else ""
                if name in {"step", "job", "work.step", "work.job"}:
                    return True
    return False


def test_every_step_and_job_is_imported_in_one_place() -> None:
    found = {
        ".".join(("tanggap", *path.relative_to(_ROOT).with_suffix("").parts))
        for path in _ROOT.rglob("*.py")
        if _registers(path)
    }
    assert found, "the search finds nothing, so it proves nothing"
    assert found == set(steps.MODULES)
