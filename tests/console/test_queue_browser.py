"""The queue, the stop switch and the public notes in a real browser, wide and on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tanggap.agencies.models import Member, Role
from tanggap.channels.models import Channel, Health
from tanggap.core import scope
from tanggap.publishing import amending, stopping
from tanggap.publishing.models import Delivery, Publication
from tests.city import Scripted, a_channel, a_government, a_member, a_publication, a_unit, agreed
from tests.console.test_browser import PHONE, WIDE, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORDS = "Besok air mati di Kelurahan Baru karena perbaikan pipa; mobil tangki singgah di balai kelurahan."


@pytest.fixture
def chief(transactional_db: None) -> Iterator[Member]:
    Scripted.answers, Scripted.sent = [], []
    government = a_government()
    unit = a_unit(government, "KOMINFO")
    with scope.government(government.pk):
        yield a_member(unit, Role.COORDINATOR)


def fill(chief: Member) -> Publication:
    """One of every kind: late, out in part, held, unknown, by hand, scheduled."""
    writer, head, now = a_member(chief.unit), a_member(chief.unit, Role.LEADER), timezone.now()
    names = ["facebook", "instagram", "x", "mastodon"]
    channels = [a_channel(chief.unit) for _ in names]
    by_hand = a_channel(chief.unit, health=Health.MANUAL)
    for channel, name in zip(channels, names, strict=True):
        Channel.objects.filter(pk=channel.pk).update(
            name=f"{name.title()} Pemerintah Kota dengan nama yang panjang"
        )
    late = agreed(a_publication(writer, *channels, by_hand, text=WORDS, comment="Info: 112"), head)
    Delivery.objects.update(occurrence=now - timedelta(minutes=20), due_at=now - timedelta(minutes=20))
    told: list[tuple[str, dict[str, Any]]] = [
        ("sent", {"url": "https://panggung/1", "sent_at": now}),
        ("failed", {"error": "Jendela 24 jam sudah lewat. Teks Anda tersimpan.", "attempts": 2}),
        ("unknown", {"error": "Platform tidak menjawab.", "due_at": now + timedelta(seconds=20)}),
        ("held", {"error": "Waktunya sudah lewat. Pastikan isinya masih benar, lalu terbitkan."}),
    ]
    for channel, (state, more) in zip(channels, told, strict=True):
        Delivery.objects.filter(channel=channel, part=0).update(state=state, **more)
    agreed(a_publication(writer, *channels[:2], text=WORDS, due_at=now + timedelta(hours=3)), head)
    return late


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_the_pages_have_no_serious_barrier_and_stay_within_the_screen(
    browser: Browser, live_server: LiveServer, chief: Member, size: tuple[int, int]
) -> None:
    page = enter(browser, live_server, chief, size)
    for path in ("/konten/antrean/", "/konten/antrean/henti/", "/konten/koreksi/", "/publik/koreksi/"):
        page.goto(f"{live_server.url}{path}")
        assert_good(page, f"empty{path}", size)
    late = fill(chief)
    amending.amend(late, chief, "correction", "Air mati mulai pukul 09.00, bukan 08.00.")
    stopping.stop(chief, "Gempa di selatan kota")
    for path in (
        "/",
        "/konten/antrean/",
        "/konten/antrean/henti/",
        f"/konten/{late.pk}/koreksi/",
        "/publik/koreksi/",
    ):
        page.goto(f"{live_server.url}{path}")
        assert_good(page, f"full{path}", size)
    stopping.lift(chief)
    page.goto(f"{live_server.url}/konten/antrean/?state=person")
    for name in ("Saya sudah memeriksa", "Terbitkan sendiri"):
        page.locator("summary", has_text=name).first.click()
    assert_good(page, "open", size)


def test_a_link_marks_what_was_published_by_hand_and_typing_is_not_disturbed(
    browser: Browser, live_server: LiveServer, chief: Member
) -> None:
    fill(chief)
    page = enter(browser, live_server, chief, PHONE)
    page.goto(f"{live_server.url}/konten/antrean/")
    page.locator("summary", has_text="Terbitkan sendiri").first.click()
    field = page.get_by_label("Tautan kiriman di platform").first
    field.fill("https://panggung/77")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:delivery', {detail: {ids: [], n: 1}}))")
    expect(page.locator("#queue-changed")).to_be_visible()
    expect(field).to_have_value("https://panggung/77")
    page.get_by_role("button", name="Tandai terbit").first.click()
    expect(page.locator(".toasts")).to_contain_text("Dicatat")
    assert Delivery.objects.filter(manual=True, state="sent", url="https://panggung/77").count() == 1


def test_the_queue_follows_what_happens(browser: Browser, live_server: LiveServer, chief: Member) -> None:
    fill(chief)
    page = enter(browser, live_server, chief, WIDE)
    page.goto(f"{live_server.url}/konten/antrean/")
    expect(page.locator(".queue-job .why.bad")).to_have_count(1)
    Delivery.objects.filter(state="failed").update(state="sent", error="")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:delivery', {detail: {ids: [], n: 1}}))")
    expect(page.locator(".queue-job .why.bad")).to_have_count(0)


def assert_good(page: Page, name: str, size: tuple[int, int]) -> None:
    if folder := os.environ.get("TANGGAP_PICTURES"):
        page.screenshot(path=f"{folder}/{name.strip('/').replace('/', '-')}-{size[0]}.png", full_page=True)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, name
    found: list[Any] = Axe().run(page).response["violations"]
    bad = [one for one in found if one["impact"] in {"serious", "critical"}]
    assert not bad, (name, [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in bad])
