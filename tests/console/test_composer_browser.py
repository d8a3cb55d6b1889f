"""The composer in a real browser: counted and saved while typing, given back after a loss, decided where two wrote."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tanggap.agencies.models import Role
from tanggap.channels.models import Channel
from tanggap.core import scope
from tanggap.core.files import keep_picture
from tanggap.publishing import writing
from tanggap.publishing.approval import approving
from tanggap.publishing.composing import snippets
from tanggap.publishing.models import MediaItem, Publication, PublicationState
from tests.city import Scripted, a_channel, a_government, a_member, a_publication, a_unit
from tests.console.pictures import a_picture
from tests.console.test_browser import PHONE, WIDE, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXT = "Besok air mati di Kelurahan Baru.\n\nSiapkan air secukupnya. Info di https://pdam.uji.go.id/jadwal"
SAVED = re.compile(r"^Tersimpan \d")


@pytest.fixture
def draft(transactional_db: None) -> Iterator[Publication]:
    Scripted.answers, Scripted.sent = [], []
    government = a_government()
    government.file = {"calendar": "lima-hari"}
    government.save()
    unit = a_unit(government, "KOMINFO")
    writer = a_member(unit, Role.COORDINATOR)
    a_member(unit, Role.LEADER)
    with scope.government(government.pk):
        channels = [
            named(a_channel(unit, "scripted", handle="kotauji"), "Panggung Kota"),
            named(a_channel(unit, "facebook", handle="kotauji"), "Pemerintah Kota Uji"),
            named(a_channel(unit, "bluesky", handle="kotauji.go.id"), "Kota Uji"),
        ]
        snippets.keep(writer, name="Nomor darurat", text="Darurat? Hubungi 112.")
        yield a_publication(writer, *channels, text="", title="Jadwal air")


def named(channel: Channel, name: str) -> Channel:
    channel.name = name
    channel.save(update_fields=["name"])
    return channel


def opened(browser: Browser, server: LiveServer, one: Publication, size: tuple[int, int] = WIDE) -> Page:
    page = enter(browser, server, one.author, size, reduced_motion="reduce")
    page.goto(f"{server.url}/konten/{one.pk}/")
    return page


def shoot(page: Page, name: str, size: tuple[int, int]) -> None:
    if folder := os.environ.get("TANGGAP_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}-{size[0]}.png", full_page=True)


def saved(page: Page) -> None:
    expect(page.locator("[data-status-text]")).to_have_text(SAVED, timeout=20_000)


def barriers(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in violations
            if one["impact"] in {"serious", "critical"}]  # fmt: skip


def stored(one: Publication) -> Publication:
    with scope.government(one.government_id):
        return Publication.objects.get(pk=one.pk)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_written_counted_previewed_saved_and_handed_in(
    live_server: LiveServer, browser: Browser, draft: Publication, size: tuple[int, int]
) -> None:
    page = opened(browser, live_server, draft, size)
    text = page.locator("#f-text")
    text.click()
    page.keyboard.type(TEXT)
    first = page.locator("[data-tabs] [data-tab]").nth(1)
    expect(first).to_contain_text("/100")
    saved(page)
    assert stored(draft).text == TEXT
    shoot(page, "composer-write", size)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not barriers(page)
    for view in ("check", "look", "talk"):
        if size == PHONE:
            page.locator(f"[data-show={view}]").click()
            shoot(page, f"composer-{view}", size)
            assert not barriers(page)
    if size == PHONE:
        page.locator("[data-show=write]").click()
    page.keyboard.press("Control+3")
    expect(page.locator("[data-pane]:not([hidden])")).to_have_count(1)
    page.get_by_role("button", name="Tulis sendiri untuk kanal ini").locator("visible=true").click()
    own = page.locator("[data-pane]:not([hidden]) .words-text")
    expect(own).to_have_value(TEXT)
    own.fill("Khusus kanal ini: air mati besok.")
    page.keyboard.press("Control+s")
    saved(page)
    shoot(page, "composer-own", size)
    with scope.government(draft.government_id):
        assert not draft.variants.order_by("channel_id")[1].linked
    page.get_by_role("button", name="Ajukan persetujuan").click()
    expect(page.get_by_text("Menunggu tahap")).to_be_visible()
    assert stored(draft).state == PublicationState.REVIEW
    shoot(page, "composer-after", size)
    assert not barriers(page)


def test_what_was_not_saved_comes_back_after_a_loss(
    live_server: LiveServer, browser: Browser, draft: Publication
) -> None:
    page = opened(browser, live_server, draft)
    page.locator("#f-text").fill("Sudah tersimpan.")
    saved(page)
    page.context.set_offline(True)
    page.locator("#f-text").fill("Ditulis tanpa sambungan.")
    expect(page.locator("[data-offline]")).to_be_visible()
    shoot(page, "composer-offline", WIDE)
    assert stored(draft).text == "Sudah tersimpan."
    page.context.set_offline(False)
    saved(page)
    assert stored(draft).text == "Ditulis tanpa sambungan."

    page.route("**/simpan/", lambda route: route.abort())
    page.locator("#f-text").fill("Tab ini mati sebelum tersimpan.")
    page.wait_for_timeout(300)
    context = page.context
    page.close()
    again = context.new_page()
    again.goto(f"{live_server.url}/konten/{draft.pk}/")
    expect(again.locator("#f-text")).to_have_value("Tab ini mati sebelum tersimpan.")
    saved(again)
    assert stored(draft).text == "Tab ini mati sebelum tersimpan."


def test_two_versions_stand_side_by_side(
    live_server: LiveServer, browser: Browser, draft: Publication
) -> None:
    page = opened(browser, live_server, draft)
    with scope.government(draft.government_id):
        writing.save(
            draft, draft.author, stored(draft).revision, {"text": "Dari perangkat lain.", "title": "Lain"}
        )
    page.locator("#f-text").fill("Dari perangkat ini.")
    expect(page.locator("[data-copy-conflict]")).to_be_visible()
    expect(page.locator(".sides")).to_have_count(1)
    expect(page.locator(".sides .said").first).to_have_text("Dari perangkat ini.")
    shoot(page, "composer-conflict", WIDE)
    assert not barriers(page)
    page.get_by_role("button", name="Simpan pilihan").click()
    expect(page.locator("[data-copy-conflict]")).to_have_count(0)
    expect(page.locator("#f-text")).to_have_value("Dari perangkat ini.")
    assert (stored(draft).text, stored(draft).title) == ("Dari perangkat ini.", "Lain")


def test_findings_are_walked_through_and_blocks_put_in(
    live_server: LiveServer, browser: Browser, draft: Publication
) -> None:
    page = opened(browser, live_server, draft)
    page.locator("#f-text").fill("Dasar goblok. Isi bit.ly/lapor-kota ya.")
    expect(page.locator("[data-findings] [data-quote]").first).to_be_visible()
    page.keyboard.press("F8")
    assert (
        page.locator("#f-text").evaluate("(box) => box.value.slice(box.selectionStart, box.selectionEnd)")
        == "goblok"
    )
    page.get_by_text("Ajukan juga, dengan alasan").click()
    page.get_by_label("Saya bertanggung jawab").check()
    page.locator("[name=reason-hate_and_coarse]").fill("Mengutip")
    page.locator("#f-text").press("End")
    page.locator("#f-text").type("!")
    saved(page)
    expect(page.locator("[name=reason-hate_and_coarse]")).to_have_value("Mengutip")
    page.locator("[data-pane=all] [data-open=blocks]").click()
    shoot(page, "composer-blocks", WIDE)
    page.locator("#blocks-list").get_by_role("button", name="Sisipkan").click()
    expect(page.locator("#f-text")).to_have_value(
        "Dasar goblok. Isi bit.ly/lapor-kota ya.!\n\nDarurat? Hubungi 112."
    )


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_page_fits_and_has_no_barriers(
    live_server: LiveServer, browser: Browser, draft: Publication, size: tuple[int, int]
) -> None:
    with scope.government(draft.government_id):
        one = writing.save(draft, draft.author, draft.revision, {"text": "Air mati besok."})
        one = approving.hand_in(one, one.author)
        writing.save(one, one.author, one.revision, {"text": "Air mati lusa."})
        waiting = approving.hand_in(
            a_publication(one.author, *[row.channel for row in one.variants.all()], title="Layanan KTP"),
            one.author,
        )
    page = opened(browser, live_server, draft, size)
    pages = {
        "list": "/konten/", "new": "/konten/baru/", "snippets": "/konten/cuplikan/", "read": f"/konten/{waiting.pk}/",
        "history": f"/konten/{draft.pk}/riwayat/", "empty": "/konten/?q=tidakada",
    }  # fmt: skip
    for name, address in pages.items():
        page.goto(live_server.url + address)
        page.wait_for_load_state()
        shoot(page, f"composer-{name}", size)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert not barriers(page), name


def test_a_picture_is_taken_from_the_library(
    live_server: LiveServer, browser: Browser, draft: Publication
) -> None:
    with scope.government(draft.government_id):
        file = keep_picture(draft.government_id, a_picture(), "pipa.png")
        MediaItem.objects.create(
            file=file, name="Pipa induk", width=8, height=8, unit=draft.unit, added_by=draft.author,
            added_at=timezone.now(), licence="own",
        )  # fmt: skip
    page = opened(browser, live_server, draft)
    page.locator("#f-text").fill("Perbaikan pipa.")
    page.locator("[data-pane=all] [data-pick]").click()
    page.get_by_role("dialog").get_by_text("Pipa induk").click()
    page.get_by_label("Teks alternatif").last.fill("Pipa besar di tepi jalan")
    page.get_by_role("button", name="Pakai", exact=True).click()
    expect(page.locator("#media-all .media-item")).to_have_count(1)
    expect(page.locator("#f-m-all-0-alt")).to_have_value("Pipa besar di tepi jalan")
    shoot(page, "composer-media", WIDE)
    assert (stored(draft).text, stored(draft).media[0]["alt"]) == (
        "Perbaikan pipa.",
        "Pipa besar di tepi jalan",
    )
    page.get_by_role("button", name="Keluarkan Pipa induk").click()
    expect(page.locator("#media-all .media-item")).to_have_count(0)
