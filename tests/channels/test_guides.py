"""Every platform has a page for a government's IT staff, and what it says is safe to show."""

from __future__ import annotations

import re

import pytest

from tanggap.channels import apps_here, guides
from tanggap.channels.connector import Ability

PLATFORMS = sorted(apps_here.accounts())
VALUES = {"hook": "https://kota.example/hooks/x", "redirect": "https://kota.example/kanal/kembali/x/"}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_platform_has_its_guide(platform: str) -> None:
    assert guides.has_guide(platform), f"write tanggap/channels/guides/{platform}.md"
    text = (guides.FOLDER / f"{platform}.md").read_text(encoding="utf-8")
    assert set(re.findall(r"{{\s*(\w+)\s*}}", text)) <= set(guides.PLACES)
    assert "https://" in text, "a guide names its sources"
    assert "2026" in text, "and when they were looked at"
    shown = guides.guide(platform, VALUES)
    assert "{{" not in shown
    assert "<h1" not in shown


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_guide_tells_the_addresses_that_its_platform_asks_for(platform: str) -> None:
    one = apps_here.accounts()[platform]
    shown = guides.guide(platform, VALUES)
    if one.oauth is not None:
        assert VALUES["redirect"] in shown
    if Ability.HOOK in one.abilities and Ability.FETCH not in one.abilities:
        assert VALUES["hook"] in shown


def test_a_guide_cannot_carry_script(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guides, "FOLDER", tmp_path)
    (guides.FOLDER / "x.md").write_text(
        "# Judul\n\n## Bagian\n\n<script>alert(1)</script> [a](javascript:alert(1)) [b](https://b.example) "
        "`{{hook}}`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    shown = guides.guide("x", {})
    assert "<script" not in shown
    assert "javascript:" not in re.sub(r"\[a\]\(javascript:alert\(1\)\)", "", shown)
    assert 'href="https://b.example"' in shown
    assert '<div class="scroll-x" tabindex="0"><table>' in shown
    assert "daftarkan aplikasi pengembang dahulu" in shown
    assert "Judul" not in shown
    assert "<h3>Bagian</h3>" in shown
    assert guides.guide("tidak-ada", {}) == ""
