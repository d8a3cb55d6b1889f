"""Findings in the answer box in a real browser: shown in the text one after another, answered for with a reason."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tanggap.agencies.models import Member, Role
from tanggap.cases.models import Reply
from tanggap.core import scope
from tanggap.posts.models import Post
from tests.city import Scripted, a_channel, a_government, a_member, a_post, a_unit
from tests.console.test_browser import PHONE, WIDE, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXT = "🙏 Dasar goblok, kan sudah dibilang. Isi bit.ly/lapor-kota ya, minggu depan pasti kami perbaiki."
SELECTED = "(box) => box.value.slice(box.selectionStart, box.selectionEnd)"


@pytest.fixture
def post(transactional_db: None) -> Iterator[Post]:
    Scripted.answers, Scripted.sent = [], []
    government = a_government()
    government.file = {"calendar": "lima-hari", "salutation": "Bapak/Ibu"}
    government.save()
    unit = a_unit(government, "KOMINFO", "bina_marga")
    a_member(unit, Role.COORDINATOR), a_member(unit, Role.OFFICER)
    with scope.government(government.pk):
        yield a_post(a_channel(unit), "jalan depan pasar berlubang besar")


def opened(browser: Browser, server: LiveServer, post: Post, role: str, size: tuple[int, int] = WIDE) -> Page:
    page = enter(browser, server, Member.objects.get(role=role), size, reduced_motion="reduce")
    page.goto(f"{server.url}/masuk/{post.pk}/")
    page.locator("#reply-text").fill(TEXT)
    expect(page.locator("[data-quote]")).to_have_count(4)
    return page


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_findings_are_shown_in_the_text_and_answered_for(
    live_server: LiveServer, browser: Browser, post: Post, size: tuple[int, int]
) -> None:
    page = opened(browser, live_server, post, Role.COORDINATOR, size)
    if folder := os.environ.get("TANGGAP_PICTURES"):
        page.screenshot(path=Path(folder) / f"findings-{size[0]}.png")
    box = page.locator("#reply-text")
    box.focus()
    page.keyboard.press("F8")
    assert box.evaluate(SELECTED) == "goblok"
    page.keyboard.press("F8")
    assert box.evaluate(SELECTED) in TEXT
    page.locator("[data-quote] mark", has_text="bit.ly/lapor-kota").click()
    assert box.evaluate(SELECTED) == "bit.ly/lapor-kota"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.get_by_role("button", name="Kirim", exact=True)).to_be_in_viewport()
    page.get_by_text("Kirim juga, dengan alasan").click()
    page.get_by_label("Saya bertanggung jawab").check()
    page.locator("[name=reason-hate_and_coarse]").fill("Mengutip laporan warga")
    violations = Axe().run(page).response["violations"]
    assert not [one["id"] for one in violations if one["impact"] in {"serious", "critical"}]
    if folder:
        page.screenshot(path=Path(folder) / f"findings-reason-{size[0]}.png")
    box.press("End")
    box.type("ya")
    page.wait_for_timeout(1500)
    assert page.locator("[name=reason-hate_and_coarse]").input_value() == "Mengutip laporan warga"
    page.get_by_role("button", name="Kirim", exact=True).click()
    expect(page.get_by_text("Menunggu giliran kirim")).to_be_visible()
    with scope.government(post.government_id):
        assert Reply.objects.get().overrides == [
            {"rule": "hate_and_coarse", "reason": "Mengutip laporan warga"}
        ]


def test_an_officer_is_told_who_may_answer(live_server: LiveServer, browser: Browser, post: Post) -> None:
    page = opened(browser, live_server, post, Role.OFFICER)
    expect(page.get_by_text("Hanya koordinator")).to_be_visible()
    expect(page.get_by_text("Kirim juga, dengan alasan")).to_have_count(0)
