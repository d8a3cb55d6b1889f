"""Warnings, plans and the archive in a real browser: no serious barrier, nothing beyond the screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tanggap.agencies.models import Member, Role
from tanggap.channels.limits import Limits
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.publishing import queue
from tanggap.publishing.models import Alert, AlertSource, Campaign, Delivery
from tanggap.publishing.plans import planning
from tanggap.publishing.warnings import alerts
from tests.city import Scripted, a_channel, a_government, a_member, a_publication, a_unit, agreed
from tests.console.test_browser import PHONE, WIDE, enter
from tests.publishing.warnings import a_cap

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def coordinator(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Member]:
    Scripted.answers, Scripted.sent = [], []
    monkeypatch.setattr(Scripted, "limits", Limits(1000))
    government = a_government("99.71", "Kota Tirtakencana")
    unit = a_unit(government, "BPBD", "bpbd")
    made = a_member(unit, Role.COORDINATOR)
    channel = a_channel(unit)
    Channel._base_manager.filter(pk=channel.pk).update(name="Akun resmi kota dengan nama yang panjang sekali")
    with scope.government(government.pk):
        yield made


def fill(coordinator: Member) -> None:
    government, officer = coordinator.government, a_member(coordinator.unit)
    now = datetime.now(UTC).replace(microsecond=0)
    AlertSource.objects.create(
        name="Badan Cuaca", url="https://cuaca.example/rss.xml", due_at=now, made_by="x", last_at=now,
        error="Sumber ini menjawab 503.",
    )  # fmt: skip
    for number, fields in enumerate([
        {}, {"severity": "Moderate", "event": "Angin Kencang", "area": "Kecamatan Kencanapura, Tirtamulya, Pasar Lama"},
        {"severity": "Extreme", "event": "Banjir Bandang", "description": "Tinggi muka air melewati batas. " * 30},
        {"severity": "Minor", "event": "Kabut", "expires": (now + timedelta(minutes=1)).isoformat()},
    ]):  # fmt: skip
        given: dict[str, Any] = {
            "sent": now.isoformat(), "expires": (now + timedelta(hours=3)).isoformat(), "area": "Kota Tirtakencana",
            "geocode": "99.71", **fields,
        }  # fmt: skip
        alerts.receive(government, a_cap(f"A-{number}", **given), timezone.now())
    today = timezone.localdate()
    campaign = planning.define(
        coordinator, unit=coordinator.unit, owner=coordinator,
        texts={
            "name": "Siaga musim hujan", "objective": "Warga tahu jalur evakuasi", "audience": "Warga bantaran",
            "message": "Kenali jalur evakuasi di kampung Anda",
        },
        starts_on=today - timedelta(days=9), ends_on=today + timedelta(days=20),
    )  # fmt: skip
    for number, title in enumerate(
        ["Jalur evakuasi", "Tas siaga", "Nomor darurat yang perlu disimpan di telepon"]
    ):
        item = planning.plan(
            campaign, coordinator, title=title, kind="information", planned_on=today + timedelta(days=number * 4 - 4),
            unit=coordinator.unit, platforms=["mastodon", "scripted"],
        )  # fmt: skip
    planning.drop(item, coordinator, "Narasumber berhalangan hadir")
    channel = coordinator.unit.channels.get()
    agreed(a_publication(officer, channel, text="Kenali jalur evakuasi di kampung Anda."), coordinator)
    work.run("send")
    work.run("publications")
    with transaction.atomic():
        one = queue.enqueue(
            channel, "private_reply", "Laporan Anda kami teruskan.", officer, timezone.now(), target="t"
        )
        queue.conclude(one, "sending", officer, timezone.now())
        queue.conclude(one, "sent", officer, timezone.now(), sent_at=timezone.now())


def good(page: Page, path: str) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, (path, wide)
    bad = [one for one in Axe().run(page).response["violations"] if one["impact"] in {"serious", "critical"}]
    assert not bad, (path, [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in bad])


@pytest.mark.parametrize("size", [WIDE, PHONE])
@pytest.mark.parametrize("part", ["peringatan", "rencana", "arsip"])
def test_nothing_is_a_barrier_and_nothing_leaves_the_screen(
    browser: Browser, live_server: LiveServer, coordinator: Member, size: tuple[int, int], part: str
) -> None:
    page = enter(browser, live_server, coordinator, size)
    page.goto(f"{live_server.url}/konten/{part}/")
    good(page, part)  # empty
    fill(coordinator)
    for path in ("", *paths(part)):
        page.goto(f"{live_server.url}/konten/{part}/{path}")
        good(page, f"{part}/{path}")


def paths(part: str) -> list[str]:
    """The further pages of a part, once it is filled."""
    if part == "peringatan":
        alert = Alert.objects.get(info__event="Banjir Bandang")
        return [f"{alert.pk}/", "sumber/", f"sumber/{AlertSource.objects.get().pk}/"]
    if part == "rencana":
        campaign = Campaign.objects.get()
        return [f"{campaign.pk}/", f"{campaign.pk}/laporan/", "baru/"]
    return [f"{Delivery.objects.get(kind='post', state='sent').pk}/"]


def test_a_warning_is_followed_from_the_list_to_its_draft(
    browser: Browser, live_server: LiveServer, coordinator: Member
) -> None:
    fill(coordinator)
    page = enter(browser, live_server, coordinator)
    page.goto(f"{live_server.url}/konten/peringatan/")
    page.get_by_role("link", name="Banjir Bandang").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Banjir Bandang")
    page.get_by_text("Pesan asli (CAP 1.2)").click()
    expect(page.locator(".alert-raw pre")).to_contain_text("<identifier>A-2</identifier>")
    page.get_by_role("link", name="Periksa dan ajukan").click()
    expect(page.locator("body")).to_contain_text("Banjir Bandang")
