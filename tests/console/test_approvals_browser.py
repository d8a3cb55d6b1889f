"""Approval in a real browser, wide and on a phone: by keys, by thumb, without barriers; and outside, without script."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tanggap.agencies.models import Role
from tanggap.core import files, scope
from tanggap.publishing import writing
from tanggap.publishing.approval import approving, delegating, inviting
from tanggap.publishing.composing import remarks
from tanggap.publishing.models import Publication
from tests.city import a_publication
from tests.console.pictures import a_picture
from tests.console.test_browser import PHONE, WIDE, enter
from tests.publishing.offices import Office, a_route, an_office

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHORT = "Air PDAM mati di Kelurahan Baru. Siapkan tampungan."
LONG = "Air PDAM mati pukul 09.00–15.00 di Kelurahan Baru.\n\nSiapkan tampungan. Info: 112."


@pytest.fixture
def office(transactional_db: None) -> Iterator[Office]:
    made = an_office()
    with scope.government(made.unit.government_id):
        yield made


@pytest.fixture
def one(office: Office) -> Publication:
    """Returned once, changed, handed in again: with a picture, a thread and a comment."""
    a_route(office, Role.LEADER, Role.COORDINATOR, others=True)
    kept = files.keep_picture(office.unit.government_id, a_picture(), "peta.png")
    entry = {
        "file": kept.pk, "sha256": kept.sha256, "type": kept.media_type, "alt": "Peta kelurahan yang airnya mati",
        "width": 8, "height": 8, "size": kept.size, "name": "peta.png",
    }  # fmt: skip
    draft = a_publication(
        office.writer, office.channel, office.other, text=SHORT, title="Pemadaman air PDAM",
        source="PDAM Tirtamarta", checked_by="Sari", responsible="Kepala Bagian Humas", media=[entry],
        due_at=timezone.now() + timedelta(hours=20),
    )  # fmt: skip
    made = approving.hand_in(draft, office.writer)
    made = approving.decide(
        made, office.head, hash_=made.hash, approve=False, note="Sebut jam dan nomor darurat."
    )
    made = writing.save(
        made, office.writer, made.revision, {"text": LONG, "comment": "Peta ada di situs kota."}
    )
    made = approving.hand_in(made, office.writer)
    remarks.say(made, office.second, "Apakah jam selesainya sudah pasti?", "15.00")
    inviting.send(made, office.head, name="Ahli Hukum", email="ahli@contoh.test", hash_=made.hash)
    now = timezone.now()
    delegating.appoint(office.head, office.second, now, now + timedelta(days=5))
    return made


def look(page: Page, name: str, size: tuple[int, int]) -> None:
    """This will ask for barriers and sideways scrolling, and keep a picture where one is wanted."""
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    serious = [
        (found["id"], [node["html"][:120] for node in found["nodes"][:3]])
        for found in Axe().run(page).response["violations"]
        if found["impact"] in {"serious", "critical"}
    ]
    if folder := os.environ.get("TANGGAP_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}-{size[0]}.png", full_page=True)
    assert wider <= 0, f"{name} scrolls sideways"
    assert not serious, name


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_page_is_within_everybodys_reach(
    browser: Browser, live_server: LiveServer, office: Office, one: Publication, size: tuple[int, int]
) -> None:
    page = enter(browser, live_server, office.head, size)
    for name, address in (
        ("antrean", "/konten/persetujuan/"),
        ("satu", f"/konten/{one.pk}/persetujuan/"),
        ("kembali", f"/konten/{one.pk}/persetujuan/kembali/"),
    ):
        page.goto(live_server.url + address)
        if name == "satu":
            page.locator("[data-previews] summary").click()
        look(page, f"setuju-{name}", size)
    Publication.objects.update(due_at=timezone.now() - timedelta(hours=1), stage="t2")
    page.context.close()
    page = enter(browser, live_server, office.second, size)
    for name, address in (
        ("lewat", f"/konten/{one.pk}/persetujuan/"),
        ("jalur", "/konten/jalur/"),
        ("jalur-ubah", "/konten/jalur/ubah/?templat=lengkap"),
    ):
        page.goto(live_server.url + address)
        look(page, f"setuju-{name}", size)
    page.context.close()


def test_by_keys(browser: Browser, live_server: LiveServer, office: Office, one: Publication) -> None:
    page = enter(browser, live_server, office.head)
    page.goto(f"{live_server.url}/konten/persetujuan/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/konten/{one.pk}/persetujuan/")
    page.keyboard.press("b")
    page.wait_for_url("**/kembali/")
    page.go_back()
    page.keyboard.press("y")
    expect(page.locator("#confirm-do")).to_be_visible()
    page.locator("#confirm-do").click()
    expect(page.get_by_text("Tahap berikutnya sudah diberi tahu")).to_be_visible()
    one.refresh_from_db()
    assert one.stage == "t2"


def test_with_one_hand(browser: Browser, live_server: LiveServer, office: Office, one: Publication) -> None:
    page = enter(browser, live_server, office.head, PHONE, has_touch=True, is_mobile=True)
    page.goto(f"{live_server.url}/konten/{one.pk}/persetujuan/")
    button = page.locator(".approval-bar").get_by_role("button", name="Setujui")
    box = button.bounding_box()
    assert box
    assert box["y"] > PHONE[1] / 2, "within the thumb's reach"
    assert box["height"] >= 44
    button.tap()
    page.locator("#confirm-do").tap()
    expect(page.get_by_text("Tahap berikutnya sudah diberi tahu")).to_be_visible()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_outside_without_script(
    browser: Browser, live_server: LiveServer, one: Publication, size: tuple[int, int]
) -> None:
    found = re.search(r"/publik/putusan/[\w-]+/", str(mail.outbox[0].body))
    assert found
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, java_script_enabled=False, locale="id-ID"
    )
    page = context.new_page()
    page.goto(live_server.url + found[0])
    assert page.locator("figure img").first.evaluate("one => one.naturalWidth") == 8
    if folder := os.environ.get("TANGGAP_PICTURES"):
        page.screenshot(path=Path(folder) / f"setuju-luar-{size[0]}.png", full_page=True)
    page.get_by_role("button", name="Kembalikan").click()
    expect(page.get_by_text("Tulis alasan")).to_be_visible()
    page.fill("#catatan", "Jam selesai belum pasti.")
    page.get_by_role("button", name="Kembalikan").click()
    expect(page.get_by_role("heading", name="dikembalikan kepada penulisnya")).to_be_visible()
    one.refresh_from_db()
    assert one.state == "draft"
    context.close()


def test_outside_is_within_everybodys_reach(
    browser: Browser, live_server: LiveServer, one: Publication
) -> None:
    found = re.search(r"/publik/putusan/[\w-]+/", str(mail.outbox[0].body))
    assert found
    page = browser.new_page(locale="id-ID")
    page.goto(live_server.url + found[0])
    look(page, "setuju-luar-axe", WIDE)
    page.close()
