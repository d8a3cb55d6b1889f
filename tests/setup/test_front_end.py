"""What the front-end build leaves in static/dist."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "tanggap/console/static/dist"
pytestmark = pytest.mark.skipif(not DIST.exists(), reason="bin/setup has not built the front end")


def test_every_listed_icon_is_in_the_sprite() -> None:
    lines = (ROOT / "tanggap/console/assets/icons.txt").read_text().splitlines()
    listed = {line.split("#")[0].strip() for line in lines} - {""}
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (DIST / "icons.svg").read_text()))
    assert listed <= drawn


def test_the_style_sheet_loads_only_files_that_are_there() -> None:
    css = (DIST / "app.css").read_text()
    named = re.findall(r"""url\(["']?(?!data:)([^"')]+)["']?\)""", css)
    local = [name for name in named if not name.startswith(("#", "%23"))]
    assert local
    assert [name for name in local if not (DIST / name).exists()] == []


def test_no_script_or_style_names_another_origin() -> None:
    """The content security policy would block it; here it is found before a person meets a missing font."""
    for path in DIST.rglob("*.css"):
        assert not re.search(r"""(@import|url\()\s*["']?(https?:)?//""", path.read_text()), path


def test_each_text_stands_compressed_beside_itself_and_says_the_same() -> None:
    texts = [path for path in DIST.rglob("*") if path.suffix in {".css", ".js", ".svg"}]
    assert texts
    for path in texts:
        packed = path.with_name(f"{path.name}.gz")
        assert gzip.decompress(packed.read_bytes()) == path.read_bytes(), path
