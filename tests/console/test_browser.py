"""The officer's path in a real browser: by keys alone, and without serious barriers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tanggap.agencies.models import Member, Role
from tanggap.cases.models import Reply
from tanggap.core import scope
from tanggap.posts.models import Post
from tests.city import Scripted, a_case, a_channel, a_government, a_member, a_post, a_unit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "sandi-panjang-sekali"
WIDE, PHONE = (1440, 900), (390, 844)


@pytest.fixture
def officer(transactional_db: None) -> Iterator[Member]:
    Scripted.answers, Scripted.sent = [], []
    government = a_government()
    government.file = {"calendar": "lima-hari"}
    government.save()
    officer = a_member(a_unit(government, "KOMINFO", "bina_marga"), Role.OFFICER)
    with scope.government(government.pk):
        channel = a_channel(officer.unit)
        for number in range(4):
            a_post(
                channel, f"jalan berlubang nomor {number}", url="https://contoh.test/1", sentiment="negative"
            )
        a_case(a_post(channel, "lampu jalan mati", urgency="high"), officer, officer.unit)
        yield officer


def enter(
    browser: Browser, server: LiveServer, member: Member, size: tuple[int, int] = WIDE, **more: Any
) -> Page:
    page = browser.new_context(viewport={"width": size[0], "height": size[1]}, **more).new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{server.url}/akun/masuk/")
    page.fill("#id_login", member.user.email)
    page.fill("#id_password", PASSWORD)
    page.click("button.btn-primary")
    page.wait_for_url(f"{server.url}/")
    return page


def test_an_officer_works_the_inbox_by_keys(
    browser: Browser, live_server: LiveServer, officer: Member
) -> None:
    page = enter(browser, live_server, officer)
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_selector("#rows [data-row]")
    rows = page.locator("#rows [data-row]")
    assert rows.count() == 5
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    assert page.locator("[data-many]").inner_text() == "2"
    page.keyboard.press("e")
    expect(rows).to_have_count(3)
    page.wait_for_selector("[data-undo] .undo")
    page.keyboard.press("z")
    expect(rows).to_have_count(5)
    assert Post.objects.filter(desk="open").count() == 5

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector(".thread")
    page.keyboard.press("r")
    page.keyboard.type("Terima kasih, kami teruskan.")
    page.wait_for_selector("text=Draf tersimpan")
    page.reload()
    assert page.locator("#reply-text").input_value() == "Terima kasih, kami teruskan."
    page.focus("#reply-text")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=Menunggu giliran kirim")
    assert Reply.objects.get().state == "approved"


def test_typed_text_survives_a_crash_on_this_device(
    browser: Browser, live_server: LiveServer, officer: Member
) -> None:
    post = Post.objects.order_by("id")[0]
    page = enter(browser, live_server, officer)
    page.goto(f"{live_server.url}/masuk/{post.pk}/")
    page.route("**/draf/", lambda route: route.abort())
    page.fill("#reply-text", "belum sempat tersimpan di server")
    page.reload()
    expect(page.locator("#reply-text")).to_have_value("belum sempat tersimpan di server")


def test_back_on_the_phone_keeps_the_place(
    browser: Browser, live_server: LiveServer, officer: Member
) -> None:
    page = enter(browser, live_server, officer, PHONE, has_touch=True, is_mobile=True)
    page.goto(f"{live_server.url}/masuk/")
    page.locator("#rows [data-row-link]").nth(2).tap()
    page.wait_for_selector(".thread")
    assert not page.locator(".desk-list").is_visible()
    page.locator("[data-close-thread]").tap()
    page.wait_for_selector(".desk-list")
    assert page.locator(".tabbar").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_no_serious_barrier(
    browser: Browser, live_server: LiveServer, officer: Member, theme: str, size: tuple[int, int]
) -> None:
    post = Post.objects.order_by("id")[0]
    page = enter(browser, live_server, officer, size, color_scheme=theme, reduced_motion="reduce")
    found = []
    for path in ("/", "/masuk/", f"/masuk/{post.pk}/", "/profil/", "/pemberitahuan/", "/akun/dua-langkah/"):
        page.goto(f"{live_server.url}{path}")
        page.wait_for_load_state()
        for one in Axe().run(page).response["violations"]:
            if one["impact"] in {"serious", "critical"}:
                where = [node["html"][:160] for node in one["nodes"][:3]]
                found.append((path, one["id"], where))
    assert not found
