"""What holds for every page: the strict CSP's rules, the weight, both languages, the four states."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.test import Client
from django.urls import reverse

from tanggap.agencies.models import Member
from tanggap.channels.models import Channel
from tests.city import a_case, a_post

CONSOLE = Path(__file__).resolve().parents[2] / "tanggap" / "console"
TEMPLATES = sorted((CONSOLE / "templates").rglob("*.html"))
DIST = CONSOLE / "static" / "dist"
FIRST_LOAD = 150 * 1024


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(CONSOLE)))
def test_templates_keep_to_the_content_security_policy(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle\s*=", text), "no style attributes"
    assert not re.search(r"<style|\son[a-z]+\s*=\s*[\"']|javascript:", text), "no inline style or handler"
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "no inline script"
    assert not re.search(r"hx-on|hx-vals\s*=\s*[\"']js:", text), "htmx may not evaluate"


def test_pages_say_who_may_load_what(client: Client) -> None:
    policy = client.get(reverse("today"))["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_first_load_is_light(client: Client, channel: Channel, inside: None) -> None:
    if not (DIST / "app.css").exists():
        pytest.skip("the front end is not built here")
    for _ in range(50):
        a_post(channel)
    page = client.get(reverse("inbox")).content
    files = [*DIST.glob("*.css"), *DIST.glob("*.js"), *DIST.glob("js/*.js"), DIST / "icons.svg"]
    weight = len(gzip.compress(page)) + sum(len(gzip.compress(file.read_bytes())) for file in files)
    assert weight <= FIRST_LOAD, f"{weight // 1024} KB"


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    named = set()
    for path in TEMPLATES:
        named |= set(re.findall(r"{% icon \"([a-z0-9-]+)\"", path.read_text()))
    listed = {
        line.split("#")[0].strip() for line in (CONSOLE / "assets" / "icons.txt").read_text().splitlines()
    }
    own = {path.stem for path in (CONSOLE / "assets" / "icons").glob("*.svg")}
    assert not named - listed - own


def test_every_sentence_of_a_template_has_its_english() -> None:
    """After `makemessages -l en` in tanggap/, write the English of what is new."""
    with (CONSOLE.parent / "locale" / "en" / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    said = set()
    for path in [*TEMPLATES, *(CONSOLE.parent / "portal" / "templates").rglob("*.html")]:
        found = re.findall(r"""{% translate (?:"([^"]+)"|'([^']+)')""", path.read_text())
        said |= {double or single for double, single in found}
    missing = {one for one in said if one not in catalogue or not catalogue[one].string}
    assert not missing


def test_words_for_codes_cover_the_contract_s_topics() -> None:
    from tanggap.console.labels import SETS, TOPICS

    assert len(TOPICS) == 43
    listed = {
        line.split("#")[0].strip() for line in (CONSOLE / "assets" / "icons.txt").read_text().splitlines()
    }
    own = {path.stem for path in (CONSOLE / "assets" / "icons").glob("*.svg")}
    assert not {one.icon for words in SETS.values() for one in words.values() if one.icon} - listed - own


def test_today_says_what_is_late_and_what_is_new(
    client: Client, channel: Channel, coordinator: Member, inside: None
) -> None:
    post = a_post(channel, "belum terbaca siapa pun")
    case = a_case(a_post(channel), coordinator, coordinator.unit)
    page = client.get(reverse("today")).content.decode()
    assert case.number in page
    assert "belum terbaca siapa pun" in page
    assert reverse("thread", args=[post.pk]) in page


def test_an_empty_today_is_calm(client: Client) -> None:
    page = client.get(reverse("today")).content.decode()
    assert "Tidak ada yang terlambat" in page
    assert "Tidak ada kasus terbuka" in page


def test_the_palette_finds_places_and_cases(
    client: Client, channel: Channel, coordinator: Member, inside: None
) -> None:
    case = a_case(a_post(channel), coordinator, coordinator.unit)
    found = client.get(reverse("palette"), {"q": case.number}).content.decode()
    assert case.number in found
    assert "Kotak Masuk" in client.get(reverse("palette"), {"q": "kotak"}).content.decode()


def test_notices_are_listed_and_marked_as_read(client: Client, officer: Member, inside: None) -> None:
    from tanggap.agencies import notices

    notices.tell([officer], "reply_failed", "/masuk/1/")
    page = client.get(reverse("notices")).content.decode()
    assert "Balasan tidak terkirim" in page
    client.post(reverse("notices_read"))
    assert not notices.unread(officer).exists()


def test_the_style_page_is_for_demo_and_debug_only(client: Client, settings: pytest.FixtureRequest) -> None:
    assert client.get(reverse("style")).status_code == 404
    settings.TANGGAP_DEMO = True  # type: ignore[attr-defined]
    assert "Plus Jakarta Sans" in client.get(reverse("style")).content.decode()
