"""The rules of the checks in a real browser, wide and on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tanggap.agencies.models import Member, Role
from tanggap.core import scope
from tanggap.publishing.models import Delivery, DeliveryKind, DeliveryState, RulePack
from tests.city import a_channel, a_government, a_member, a_unit
from tests.console.test_browser import PHONE, WIDE, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def coordinator(transactional_db: None) -> Iterator[Member]:
    government = a_government()
    government.file = {"calendar": "lima-hari"}
    government.save()
    coordinator = a_member(a_unit(government, "KOMINFO", "kominfo"), Role.COORDINATOR)
    with scope.government(government.pk):
        channel = a_channel(coordinator.unit, "instagram")
        for text in ("Minum kelor ajaib setiap pagi agar sehat.", "Loket buka pukul 08.00."):
            Delivery.objects.create(
                channel=channel, kind=DeliveryKind.REPLY, text=text, state=DeliveryState.SENT, due_at=timezone.now(),
                created_at=timezone.now(), created_by="test", sent_at=timezone.now(),
            )  # fmt: skip
        yield coordinator


def well(page: Page, name: str, size: tuple[int, int]) -> None:
    if folder := os.environ.get("TANGGAP_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}-{size[0]}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    violations = Axe().run(page).response["violations"]
    assert not [one for one in violations if one["impact"] in {"serious", "critical"}]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_own_words_are_tried_and_made_to_stand(
    live_server: LiveServer, browser: Browser, coordinator: Member, size: tuple[int, int]
) -> None:
    page = enter(browser, live_server, coordinator, size, reduced_motion="reduce")
    page.goto(f"{live_server.url}{reverse('rules')}")
    well(page, "rules", size)
    page.get_by_role("link", name="Ubah aturan").click()
    page.locator("#word-0-phrase").fill("kelor ajaib")
    page.locator("#word-0-rule").select_option("claims")
    page.locator("#word-0-reason").fill("bukan obat")
    page.get_by_text("Klaim tanpa sumber", exact=True).first.click()
    page.locator("#rule-claims-severity").select_option("informs")
    page.get_by_role("textbox", name="Dasar").fill("Berita acara 12 November 2026")
    page.get_by_role("button", name="Coba pada teks terakhir").click()
    expect(page.locator("#trial mark")).to_have_text("kelor ajaib")
    well(page, "rules-trial", size)
    page.get_by_role("button", name="Berlakukan", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Berlakukan").click()
    expect(page.get_by_text("Versi 1", exact=True)).to_be_visible()
    well(page, "rules-standing", size)
    assert RulePack.objects.get().tried["newly"] == 1
