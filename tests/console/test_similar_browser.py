"""Answers to similar matters in a real browser: brought when opened, put in without losing what stands there."""

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
from tanggap.cases import deeds, replies
from tanggap.cases.models import Case, Reply
from tanggap.core import scope, work
from tanggap.posts.models import Post
from tests.city import (
    Scripted,
    a_case,
    a_channel,
    a_government,
    a_member,
    a_post,
    a_unit,
    compare_words,
)
from tests.console.test_browser import PHONE, WIDE, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAID = "jalan depan pasar berlubang besar, motor sering jatuh"
ANSWERS = (
    "Terima kasih laporannya. Lubang di depan pasar kami tambal pekan ini.",
    "Halo Kak, sudah kami teruskan ke Dinas PU.\nTim survei turun besok pagi. Mohon hati-hati melintas.",
)


@pytest.fixture
def officer(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Member]:
    Scripted.answers, Scripted.sent = [], []
    compare_words(monkeypatch)
    government = a_government()
    government.file = {"calendar": "lima-hari", "salutation": "Bapak/Ibu"}
    government.save()
    officer = a_member(a_unit(government, "KOMINFO", "bina_marga"), Role.COORDINATOR)
    with scope.government(government.pk):
        channel = a_channel(officer.unit)
        for text in ANSWERS:
            case = a_case(a_post(channel, SAID), officer, title="Jalan berlubang di depan Pasar Ngasem lama")
            replies.submit(replies.draft(case.links.get().post, officer, text), officer)
        deeds.close(case, officer, "beres")
        work.run("send"), work.run("replies"), work.run("vectors")
        a_post(channel, "jalan dekat pasar berlubang besar, motor sering jatuh", url="https://contoh.test/1")
        yield officer


def opened(browser: Browser, server: LiveServer, officer: Member, size: tuple[int, int] = WIDE) -> Page:
    page = enter(browser, server, officer, size, reduced_motion="reduce", has_touch=size == PHONE)
    page.goto(f"{server.url}/masuk/{Post.objects.get(case_link=None).pk}/")
    return page


def look(page: Page, name: str) -> None:
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{name} scrolls sideways"
    found = Axe().run(page).response["violations"]
    assert not [one["id"] for one in found if one["impact"] in {"serious", "critical"}], name
    if folder := os.environ.get("TANGGAP_PICTURES"):
        assert page.viewport_size
        page.screenshot(path=Path(folder) / f"{name}-{page.viewport_size['width']}.png")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_similar_answers_and_cases_are_within_everybodys_reach(
    browser: Browser, live_server: LiveServer, officer: Member, size: tuple[int, int]
) -> None:
    page = opened(browser, live_server, officer, size)
    look(page, "box")
    page.get_by_text("Jawaban untuk hal serupa").click()
    expect(page.get_by_role("button", name="Pakai")).to_have_count(2)
    look(page, "answers")
    page.get_by_role("button", name="Pakai").first.click()
    expect(page.get_by_text("Draf tersimpan")).to_be_visible()
    look(page, "put")
    if size == PHONE:
        page.locator(".panel-switch").click()
    page.get_by_role("link", name="Gabungkan ke kasus").click()
    expect(page.get_by_text("Mungkin hal yang sama")).to_be_visible()
    look(page, "join")
    page.goto(f"{live_server.url}/kasus/{Case.objects.order_by('pk')[0].number}/")
    page.get_by_role("heading", name="Kasus serupa").scroll_into_view_if_needed()
    look(page, "case")


def test_an_answer_is_put_after_what_was_typed_and_kept_as_if_typed(
    browser: Browser, live_server: LiveServer, officer: Member
) -> None:
    page = opened(browser, live_server, officer)
    box = page.locator("#reply-text")
    box.fill("Selamat pagi.")
    page.locator(".answered summary").focus()
    page.keyboard.press("Enter")
    use = page.get_by_role("button", name="Pakai")
    expect(use).to_have_count(2)
    use.nth(1).focus()
    page.keyboard.press("Enter")
    expect(box).to_be_focused()
    expect(box).to_have_value("Selamat pagi.\n\n" + ANSWERS[0])
    expect(page.get_by_text("Draf tersimpan")).to_be_visible()
    expect(page.locator("#reply-checks .counter")).to_contain_text("8")
    page.locator(".answered summary").click()
    use.nth(1).click()
    expect(box).to_have_value("Selamat pagi.\n\n" + ANSWERS[0])
    assert Reply.objects.get(settled_at=None).text == "Selamat pagi.\n\n" + ANSWERS[0]
    box.fill("")
    page.locator(".answered summary").click()
    use.nth(0).click()
    expect(box).to_have_value(ANSWERS[1])


def test_what_could_not_be_brought_is_said_and_tried_again(
    browser: Browser, live_server: LiveServer, officer: Member
) -> None:
    page = opened(browser, live_server, officer)
    page.locator("#reply-text").fill("Selamat pagi.")
    page.route("**/jawaban-serupa/", lambda route: route.fulfill(status=500))
    page.locator(".answered summary").click()
    expect(page.get_by_text("Jawaban serupa belum dapat dimuat.")).to_be_visible()
    expect(page.locator(".answered [data-loading]")).to_be_hidden()
    page.unroute("**/jawaban-serupa/")
    page.locator(".answered").get_by_role("button", name="Coba lagi").click()
    expect(page.get_by_role("button", name="Pakai")).to_have_count(2)
    expect(page.locator("#reply-text")).to_have_value("Selamat pagi.")
