"""The log of deliveries and the answer box's number in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tanggap.agencies.models import Member, Role
from tanggap.channels.connector import Window
from tanggap.channels.limits import Limits
from tanggap.channels.models import Channel
from tanggap.core import scope
from tanggap.posts.models import Post, RawItem, RawState
from tests.city import Scripted, a_channel, a_government, a_member, a_post, a_unit
from tests.console.test_browser import PHONE, WIDE, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def admin(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Member]:
    Scripted.answers, Scripted.sent = [], []
    monkeypatch.setattr(Scripted, "limits", Limits(280, "x_weighted"))
    monkeypatch.setattr(Scripted, "windows", (Window("reply", 24, "their_last_message", "Kirim templat."),))
    government = a_government()
    admin = a_member(a_unit(government, "KOMINFO"), Role.ADMINISTRATOR)
    with scope.government(government.pk):
        yield admin


def fill(admin: Member) -> None:
    channel = a_channel(admin.unit)
    Channel.objects.filter(pk=channel.pk).update(name="Akun resmi kota dengan nama yang panjang sekali")
    for number, state in enumerate(
        [RawState.DIGESTED, RawState.FAILED, RawState.QUARANTINED, RawState.RECEIVED] * 15
    ):
        bad = state in {RawState.FAILED, RawState.QUARANTINED}
        RawItem.objects.create(
            source="hook", channel=channel, body=b'{"text": "uji", "token": "x"}' * (1 + number), state=state,
            headers={"user-agent": "uji/1", "x-hub-signature-256": "••••••"}, attempts=int(bad),
            reason="Akun 123456789 belum tersambung pada aplikasi ini. Kiriman disimpan." if bad else "",
        )  # fmt: skip


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_the_log_has_no_serious_barrier_and_stays_within_the_screen(
    browser: Browser, live_server: LiveServer, admin: Member, size: tuple[int, int]
) -> None:
    page = enter(browser, live_server, admin, size)
    for path in ("/kanal/log/", "/kanal/log/?q=tidak-ada"):
        page.goto(f"{live_server.url}{path}")
        assert_good(page)
    fill(admin)
    page.goto(f"{live_server.url}/kanal/log/")
    assert_good(page)
    page.locator(".log-row .checkbox").first.check()
    page.get_by_role("button", name="Sisihkan", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Tulis alasan")
    expect(page.locator(".log-row .checkbox").first).to_be_checked()
    assert_good(page)
    page.goto(f"{live_server.url}/kanal/kiriman/{RawItem.objects.filter(state='failed').first().pk}/")  # type: ignore[union-attr]
    assert_good(page)


def assert_good(page: object) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")  # type: ignore[attr-defined]
    assert wide <= 0
    bad = [one for one in Axe().run(page).response["violations"] if one["impact"] in {"serious", "critical"}]
    assert not bad, [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in bad]


def test_the_number_moves_with_every_key_and_is_the_server_s(
    browser: Browser, live_server: LiveServer, admin: Member
) -> None:
    channel = a_channel(admin.unit)
    post = a_post(channel, kind="message", created_at=timezone.now() - timedelta(hours=1))
    page = enter(browser, live_server, a_member(admin.unit, Role.OFFICER))
    page.goto(f"{live_server.url}/masuk/{post.pk}/")
    expect(page.locator("[data-opening]")).to_contain_text("Bisa dijawab sampai")
    page.route("**/draf/**", lambda route: route.abort())
    field = page.locator("#reply-text")
    field.fill("Terima kasih 👨‍👩‍👧‍👦 lihat jogjakota.go.id")
    expect(page.locator("[data-counter]")).to_have_text("45 / 280")
    page.unroute("**/draf/**")
    field.press("End")
    field.type("!")
    expect(page.locator("[data-counter]")).to_have_text("46 / 280")
    expect(page.locator("#reply-checks .saved")).to_contain_text("Draf tersimpan")
    expect(page.locator("[data-counter]")).to_have_text("46 / 280")
    Post.objects.filter(pk=post.pk).update(created_at=timezone.now() - timedelta(hours=25))
    page.get_by_role("button", name="Kirim", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("Kirim templat.")
    expect(field).to_have_value("Terima kasih 👨‍👩‍👧‍👦 lihat jogjakota.go.id!")
    assert not Scripted.sent
