"""Every module that registers a step or a job is imported by config/steps.py; a forgotten one would never run."""

from __future__ import annotations

import re
from pathlib import Path

import tanggap
from tanggap.config import steps

_ROOT = Path(tanggap.__file__).parent


_REGISTERS = re.compile(r"^@(?:work\.)?(?:step|job)\(", re.MULTILINE)
# Not by the parser: in a long process that of Python 3.11 now and then fails (tests/faults/test_listing.py).


def _registers(path: Path) -> bool:
    return _REGISTERS.search(path.read_text(encoding="utf-8")) is not None


def test_every_step_and_job_is_imported_in_one_place() -> None:
    found = {
        ".".join(("tanggap", *path.relative_to(_ROOT).with_suffix("").parts))
        for path in _ROOT.rglob("*.py")
        if _registers(path)
    }
    assert found, "the search finds nothing, so it proves nothing"
    assert found == set(steps.MODULES)
