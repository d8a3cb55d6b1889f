"""A newcomer sees from the tree where a thing lives: small files with telling names."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    path.relative_to(ROOT) for path in (ROOT / "tanggap").rglob("*.py") if "migrations" not in path.parts
)
TELLS_NOTHING = {"utils", "helpers", "common", "misc", "services", "service", "manager", "managers"}


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_is_short_and_its_name_tells_what_it_is(path: Path) -> None:
    assert path.stem not in TELLS_NOTHING
    assert len((ROOT / path).read_text().splitlines()) <= 400


def test_modules_say_what_they_are_for() -> None:
    spoken = [path for path in MODULES if path.name not in {"__init__.py", "apps.py"}]
    silent = [path for path in spoken if not (ROOT / path).read_text().lstrip().startswith('"""')]
    assert not silent


def test_migrations_are_never_edited_by_name() -> None:
    """Every app's migrations begin at 0001 and have no gaps, so that interrupted upgrades resume."""
    for folder in (ROOT / "tanggap").glob("*/migrations"):
        numbers = sorted(int(path.stem[:4]) for path in folder.glob("[0-9]*.py"))
        assert numbers == list(range(1, len(numbers) + 1)), folder
