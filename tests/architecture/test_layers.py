"""The import contracts bite: each is broken on purpose in a copy of the tree, and must say so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BREACHES = {
    "layers": ("core/stray.py", "import tanggap.cases.models"),
    "layers ": ("stray/__init__.py", ""),
    "no-circles": ("posts/stray_a.py", "import tanggap.posts.stray_b"),
    "simulator-imports-nothing": ("simulator/stray.py", "import tanggap.understanding.reader"),
    "nobody-imports-simulator": ("config/stray.py", "import tanggap.simulator"),
    "connectors": ("channels/connectors/stray.py", "import tanggap.channels.connectors.mastodon"),
    "heads": ("understanding/heads/stray.py", "import tanggap.understanding.heads.intent"),
    "checks": ("publishing/checks/stray.py", "import tanggap.publishing.checks.personal_data"),
    "connectors-behind-channels": ("posts/stray.py", "import tanggap.channels.connectors.mastodon"),
    "one-door-to-the-network": ("cases/stray.py", "import httpx"),
    "portal-sees-cleared-data": ("portal/stray.py", "import tanggap.cases.models"),
    "understanding-is-plain": ("understanding/stray.py", "import django"),
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / ".importlinter", folder)
    shutil.copytree(
        ROOT / "tanggap",
        folder / "tanggap",
        ignore=lambda _, names: [name for name in names if "." in name and not name.endswith(".py")],
    )
    return folder


def lint(tree: Path, contract: str) -> str:
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-logo", "--no-cache", "--contract", contract],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("contract", BREACHES)
def test_a_breach_is_found(tree: Path, contract: str) -> None:
    name, code = BREACHES[contract]
    stray = tree / "tanggap" / name
    made = [stray, stray.with_name("stray_b.py")] if contract == "no-circles" else [stray]
    stray.parent.mkdir(exist_ok=True)
    stray.write_text(code)
    if contract == "no-circles":
        made[1].write_text("import tanggap.posts.stray_a")
    try:
        said = lint(tree, contract.strip())
        assert "0 kept, 1 broken" in said, said
        assert "stray" in said
    finally:
        for path in made:
            path.unlink()
        if stray.parent.name == "stray":
            shutil.rmtree(stray.parent)
