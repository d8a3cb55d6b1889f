"""Pages of channels in a real browser: no serious barrier, nothing sticks out, the way to a platform is free."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from tanggap.agencies.models import Member, Role
from tanggap.channels import apps_here, manual_accounts
from tanggap.channels.models import App, Recovery
from tanggap.core import scope
from tests.city import a_channel, a_government, a_member, a_unit
from tests.console.test_browser import PHONE, WIDE, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def admin(transactional_db: None) -> Iterator[Member]:
    member = a_member(a_unit(a_government(), "KOMINFO"), Role.ADMINISTRATOR)
    with scope.government(member.government_id):
        yield member


@pytest.fixture
def app(admin: Member) -> App:
    return apps_here.register(
        admin, platform="meta", name="Aplikasi dengan nama yang panjang sekali di halaman pengembang",
        client_id="1" * 40, client_secret="s" * 32,
    )  # fmt: skip


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_no_serious_barrier_and_nothing_sticks_out(
    browser: Browser, live_server: LiveServer, admin: Member, app: App, size: tuple[int, int]
) -> None:
    now = timezone.now()
    by_hand = manual_accounts.open_by_hand(admin, platform="tiktok", handle="@pemkot", unit=admin.unit)
    channel = a_channel(
        admin.unit, "facebook", app=app, token={"token": "t"}, token_expires_at=now + timedelta(days=6), trips=4,
        rest_until=now + timedelta(hours=1), health="failing", health_text="Facebook sedang gagal (503). " * 8,
    )  # fmt: skip
    Recovery.objects.create(
        government_id=admin.government_id,
        channel=channel,
        since=now,
        until=now,
        found=17,
        missed="Sehari. " * 20,
    )
    page = enter(browser, live_server, admin, size, reduced_motion="reduce")
    found: list[tuple[str, str, list[str]]] = []
    for path in (
        "/kanal/", "/kanal/baru/", "/kanal/baru/facebook/", "/kanal/baru/email/", "/kanal/aplikasi/?platform=meta",
        f"/kanal/aplikasi/{app.key}/", f"/kanal/{channel.key}/", f"/kanal/{by_hand.key}/",
        f"/kanal/baru/tiktok/?into={by_hand.key}",
    ):  # fmt: skip
        page.goto(f"{live_server.url}{path}")
        page.wait_for_load_state()
        page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append((path, "sticks out", []))
        found += [
            (path, one["id"], [node["html"][:160] for node in one["nodes"][:3]])
            for one in Axe().run(page).response["violations"]
            if one["impact"] in {"serious", "critical"}
        ]
    assert not found


def test_every_guide_fits_a_phone(browser: Browser, live_server: LiveServer, admin: Member) -> None:
    page = enter(browser, live_server, admin, PHONE)
    wide = {}
    for platform in apps_here.accounts():
        page.goto(f"{live_server.url}/kanal/baru/{platform}/")
        over = page.evaluate(
            """[...document.querySelectorAll('main *')].filter(one => one.getBoundingClientRect().right > innerWidth + 1
               && !one.closest('.scroll-x, pre, [hidden]')).map(one => one.outerHTML.slice(0, 120))"""
        )
        if over or page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide[platform] = over[-3:]
    assert not wide


def test_the_strict_policy_lets_the_way_to_a_platform_and_back(
    browser: Browser, live_server: LiveServer, admin: Member, app: App
) -> None:
    asked: list[str] = []

    def platform(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body="<h1>Facebook</h1>", content_type="text/html")

    page = enter(browser, live_server, admin)
    page.route("https://www.facebook.com/**", platform)
    page.goto(f"{live_server.url}/kanal/baru/facebook/")
    page.click("button:has-text('Lanjut ke Facebook')")
    page.click("a:has-text('Lanjut ke Facebook')")
    page.wait_for_selector("h1:has-text('Facebook')")
    assert len(asked) == 1
    assert "state=" in asked[0]
    page.goto(f"{live_server.url}/kanal/kembali/facebook/?error=access_denied&state=lain")
    page.wait_for_selector("text=bukan dari sambungan yang Anda mulai")
