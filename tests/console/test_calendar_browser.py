"""The calendar in a real browser: by drag, by keys, wide and on a phone, without serious barriers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tanggap.agencies.models import Member, Role
from tanggap.core import scope
from tanggap.publishing import silence
from tanggap.publishing.models import Campaign, Publication
from tanggap.publishing.occurrences import Pattern
from tanggap.publishing.schedule import recurring, slots
from tests.city import Scripted, a_channel, a_government, a_member, a_publication, a_unit, agreed
from tests.console.test_browser import PHONE, WIDE, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIB = ZoneInfo("Asia/Jakarta")
TEXT = "Pilah sampah dari rumah: organik di ember hijau."


def coming(days: int, hour: int = 8) -> datetime:
    """A moment in the first half of the month after this one, so that one page shows it all."""
    today = timezone.now().astimezone(WIB).date()
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime.combine(first + timedelta(days=days), time(hour), tzinfo=WIB)


expect.set_options(timeout=15_000)


@pytest.fixture
def boss(transactional_db: None) -> Iterator[Member]:
    Scripted.answers, Scripted.sent = [], []
    government = a_government("34.71", "Kota Tirtakencana")
    government.file = {"calendar": "lima-hari"}
    government.save()
    unit = a_unit(government, "Kominfo")
    boss = a_member(unit, Role.COORDINATOR)
    head, other = a_member(unit, Role.LEADER), a_member(a_unit(government, "Dinkes"))
    with scope.government(government.pk):
        page, x = a_channel(unit), a_channel(unit)
        for channel, name in ((page, "Pemkot Tirtakencana"), (x, "@tirtakencana")):
            channel.name = name
            channel.save(update_fields=["name"])
        slots.define(boss, page, [(day, time(9)) for day in range(5)])
        a_publication(boss, page, x, text=TEXT, title="Jadwal pengangkutan sampah", due_at=coming(7))
        agreed(a_publication(boss, page, text=TEXT, title="Perekaman KTP di balai kota", kind="service",
                             due_at=coming(8, 10)), head)  # fmt: skip
        a_publication(
            other,
            page,
            text=TEXT,
            title="Imunisasi anak di puskesmas",
            due_at=coming(7, 8) + timedelta(minutes=5),
        )
        again = a_publication(boss, x, text=TEXT, title="Nomor darurat 112")
        recurring.repeat(again, boss, Pattern("week", weekdays=(3,)), first=coming(0).date(), at=time(7))
        agreed(again, head)
        a_publication(boss, page, text=TEXT, title="Donor darah di alun-alun", kind="agenda")
        a_publication(boss, x, text=TEXT, title="Cara mengurus akta kelahiran")
        late = a_publication(boss, page, text=TEXT, title="Pemadaman lampu Jalan Merdeka", kind="service")
        Publication.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=20))
        silence.declare(
            boss, silence.Wish("Duka kota", "mourning", coming(9, 0), coming(11, 0), but=["warning"])
        )
        a_publication(boss, page, text=TEXT, title="Lomba kebersihan kampung", due_at=coming(9, 15))
        Campaign.objects.create(name="Bulan bersih", unit=unit, owner=boss, starts_on=coming(1).date(),
                                ends_on=coming(4).date(), created_at=timezone.now())  # fmt: skip
        yield boss


def take(page: Page, name: str) -> None:
    if folder := os.environ.get("TANGGAP_PICTURES"):
        page.screenshot(path=Path(folder) / f"kalender-{name}.png", full_page=True)


def entry(page: Page, title: str) -> Locator:
    return page.locator("[data-entry]", has=page.locator(".cal-name", has_text=title))


def sound(page: Page, address: str) -> None:
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{address} scrolls sideways"
    serious = [
        (one["id"], [node["html"][:160] for node in one["nodes"]][:3])
        for one in Axe().run(page).response["violations"]
        if one["impact"] in {"serious", "critical"}
    ]
    assert not serious, f"{address}: {serious}"


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_page_is_within_everybodys_reach(
    browser: Browser, live_server: LiveServer, boss: Member, size: tuple[int, int]
) -> None:
    page = enter(browser, live_server, boss, size)
    day = f"{coming(6):%Y-%m-%d}"
    again = Publication.objects.get(title="Nomor darurat 112").pk
    one = Publication.objects.get(title="Perekaman KTP di balai kota").pk
    for name, address in (
        ("bulan", f"/konten/kalender/?view=month&date={day}"),
        ("pekan", f"/konten/kalender/?view=week&date={coming(8):%Y-%m-%d}"),
        ("agenda", f"/konten/kalender/?view=agenda&date={day}"),
        ("kosong", "/konten/kalender/?view=month&date=2031-01-01"),
        ("pindah", f"/konten/{one}/pindah/"),
        ("ulang", f"/konten/{again}/berulang/"),
        ("hening", "/konten/kalender/hening/"),
        ("slot", "/konten/kalender/slot/"),
        ("terbaik", "/konten/kalender/waktu-terbaik/"),
        ("langganan", "/konten/kalender/langganan/"),
    ):
        page.goto(live_server.url + address)
        take(page, f"{name}-{size[0]}")
        sound(page, address)


def test_a_phone_begins_with_the_agenda(browser: Browser, live_server: LiveServer, boss: Member) -> None:
    page = enter(browser, live_server, boss, PHONE)
    page.goto(live_server.url + "/konten/kalender/")
    expect(page.locator(".cal-agenda")).to_be_visible()
    assert "view=agenda" in page.url


def test_moved_by_drag_and_taken_back(browser: Browser, live_server: LiveServer, boss: Member) -> None:
    page = enter(browser, live_server, boss)
    page.goto(f"{live_server.url}/konten/kalender/?view=month&date={coming(6):%Y-%m-%d}")
    target = page.locator(f"[data-day='{coming(13):%Y-%m-%d}']")
    entry(page, "Jadwal pengangkutan").drag_to(target)
    expect(target).to_contain_text("Jadwal pengangkutan")
    page.wait_for_selector("[data-undo] .undo")
    assert Publication.objects.get(title="Jadwal pengangkutan sampah").due_at == coming(13)
    page.keyboard.press("z")
    back = page.locator(f"[data-day='{coming(7):%Y-%m-%d}']")
    expect(back).to_contain_text("Jadwal pengangkutan")
    assert Publication.objects.get(title="Jadwal pengangkutan sampah").due_at == coming(7)

    entry(page, "Donor darah").drag_to(target)
    expect(target).to_contain_text("Donor darah")
    expect(page.locator("#toasts")).to_contain_text("“Donor darah di alun-alun” dipindahkan")
    entry(page, "Donor darah").drag_to(page.locator("[data-drawer]"))
    expect(page.locator("#toasts")).to_contain_text("kini tanpa tanggal")
    expect(page.locator("[data-drawer]")).to_contain_text("Donor darah")
    expect(target).not_to_contain_text("Donor darah")
    assert Publication.objects.get(title="Donor darah di alun-alun").due_at is None


def test_a_drop_into_a_silence_asks_first(browser: Browser, live_server: LiveServer, boss: Member) -> None:
    page = enter(browser, live_server, boss)
    page.goto(f"{live_server.url}/konten/kalender/?view=month&date={coming(6):%Y-%m-%d}")
    target = page.locator(f"[data-day='{coming(9):%Y-%m-%d}']")
    entry(page, "Jadwal pengangkutan").drag_to(target)
    dialog = page.locator("#calendar-move")
    expect(dialog).to_contain_text("Duka kota")
    take(page, "ragu")
    sound(page, "the question")
    dialog.get_by_role("button", name="Pindahkan juga").click()
    expect(dialog).not_to_be_visible()
    expect(target).to_contain_text("Jadwal pengangkutan")


def test_moved_without_dragging_by_keys_alone(
    browser: Browser, live_server: LiveServer, boss: Member
) -> None:
    page = enter(browser, live_server, boss)
    page.goto(f"{live_server.url}/konten/kalender/?view=month&date={coming(6):%Y-%m-%d}")
    page.locator(f"[data-day='{coming(6):%Y-%m-%d}']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(page.locator(f"[data-day='{coming(7):%Y-%m-%d}']")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("m")
    dialog = page.locator("#calendar-move")
    expect(dialog).to_contain_text("Perekaman KTP")
    take(page, "dialog")
    page.fill("#move-date", f"{coming(14):%Y-%m-%d}")
    page.keyboard.press("Enter")
    expect(dialog).not_to_be_visible()
    expect(page.locator(f"[data-day='{coming(14):%Y-%m-%d}']")).to_contain_text("Perekaman KTP")
    assert Publication.objects.get(title="Perekaman KTP di balai kota").due_at == coming(14, 10)

    page.locator(f"[data-day='{coming(14):%Y-%m-%d}']").focus()
    page.keyboard.press("Enter")
    one = Publication.objects.get(title="Perekaman KTP di balai kota").pk
    page.wait_for_url(f"{live_server.url}/konten/{one}/")


def test_the_repetition_is_said_while_it_is_chosen(
    browser: Browser, live_server: LiveServer, boss: Member
) -> None:
    one = Publication.objects.get(title="Cara mengurus akta kelahiran").pk
    page = enter(browser, live_server, boss)
    page.goto(f"{live_server.url}/konten/{one}/berulang/")
    page.select_option("#every", "month")
    page.select_option("#monthday", "-1")
    expect(page.locator("#repeat-words")).to_contain_text("setiap bulan pada hari terakhir")
    expect(page.locator("[data-for=week]")).to_be_hidden()
