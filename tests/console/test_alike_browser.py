"""Similar posts in a real browser, wide and on a phone: no serious barrier, no page wider than the screen."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tanggap.agencies.models import Member, Role
from tanggap.core import scope, work
from tanggap.posts import alike
from tanggap.posts.clusters import Cluster
from tests.city import a_case, a_channel, a_government, a_member, a_post, a_unit
from tests.console.test_browser import PHONE, WIDE, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CALL = "Tolak relokasi pasar Ngasem! Pedagang kecil jangan digusur demi investor, kami butuh makan"
SALE = "jual followers murah aman tanpa sandi garansi isi ulang cek bio kak"


@pytest.fixture
def coordinator(transactional_db: None) -> Iterator[Member]:
    alike._compared.clear()
    government = a_government()
    coordinator = a_member(a_unit(government, "KOMINFO", "bina_marga"), Role.COORDINATOR)
    now = timezone.now()
    with scope.government(government.pk):
        channel = a_channel(coordinator.unit)
        posts = []
        for number in range(40):
            at = now - timedelta(minutes=number * number)
            text = f"@pemkotuji {CALL} https://t.co/{number}"
            posts.append(a_post(channel, text, created_at=at, received_at=at, sentiment="negative"))
        at = now - timedelta(days=4)
        posts += [
            a_post(channel, f"{SALE} {n}", created_at=at + timedelta(days=n), received_at=now)
            for n in range(3)
        ]
        posts.append(a_post(channel, "lampu jalan di depan pasar mati sejak kemarin", received_at=now))
        a_case(posts[-1], coordinator, coordinator.unit)
        alike.enqueue([one.pk for one in posts])
        work.run("alike")
        yield coordinator


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_similar_posts_are_within_everybodys_reach(
    browser: Browser, live_server: LiveServer, coordinator: Member, size: tuple[int, int]
) -> None:
    page = enter(browser, live_server, coordinator, size)
    number = Cluster.objects.get(posts=40).pk
    for name, address in (
        ("daftar", "/serupa/"),
        ("satu", f"/serupa/{number}/"),
        ("serentak", "/serupa/?lihat=serentak"),
        ("masuk", "/masuk/?view=baru&fold=1"),
    ):
        page.goto(live_server.url + address)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{address} scrolls sideways"
        serious = [
            one["id"]
            for one in Axe().run(page).response["violations"]
            if one["impact"] in {"serious", "critical"}
        ]
        assert not serious, address
        if folder := os.environ.get("TANGGAP_PICTURES"):
            page.screenshot(path=Path(folder) / f"serupa-{name}-{size[0]}.png", full_page=name != "masuk")


def test_from_a_folded_row_to_its_likes_and_all_are_done(
    browser: Browser, live_server: LiveServer, coordinator: Member
) -> None:
    page = enter(browser, live_server, coordinator)
    page.goto(live_server.url + "/masuk/")
    page.get_by_role("link", name="Satukan").click()
    expect(page.locator("[data-row]")).to_have_count(3)
    page.get_by_role("link", name="40 kiriman serupa").click()
    expect(page.locator("[data-row]")).to_have_count(30)
    page.goto(live_server.url + "/serupa/")
    page.locator("[data-row]", has_text="Tolak relokasi").locator("[data-row-link]").click()
    page.get_by_role("button", name="Selesaikan semua").click()
    page.locator("#confirm-do").click()
    expect(page.get_by_text("40 pesan diselesaikan")).to_be_visible()
