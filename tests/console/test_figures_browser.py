"""The block of numbers in a real browser: wide and on a phone, without serious barriers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from pytest_django.live_server_helper import LiveServer

from tanggap.agencies.models import Member, Role
from tanggap.channels.connector import Sent
from tanggap.channels.models import Channel
from tanggap.core import scope
from tanggap.publishing.models import Publication
from tests.city import Scripted, a_channel, a_government, a_member, a_unit
from tests.console.figures_scene import out_on, told
from tests.console.test_browser import PHONE, WIDE, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scene(transactional_db: None) -> Iterator[tuple[Member, Publication]]:
    government = a_government()
    government.file = {"calendar": "lima-hari"}
    government.save()
    writer = a_member(a_unit(government, "KOMINFO", "kominfo"), Role.OFFICER)
    with scope.government(government.pk):
        channels = [a_channel(writer.unit) for _ in range(3)]
        Scripted.answers = [Sent(str(number), f"https://panggung.example/{number}") for number in range(3)]
        one = out_on(writer, a_member(writer.unit, Role.COORDINATOR), *channels)
        for channel, platform in zip(channels, ("facebook", "mastodon", "telegram"), strict=True):
            Channel.objects.filter(pk=channel.pk).update(
                platform=platform, name=f"Kota di {platform.title()}"
            )
        views = [
            {"views": 1240 * day, "reach": 900 * day, "likes": 31 * day, "comments": 0} for day in (1, 2, 3)
        ]
        told(one, channels[0], *views)
        told(one, channels[1], {"likes": 12, "comments": 3, "shares": 5}, gone=True)
        yield writer, one


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_numbers_are_read_without_barriers(
    browser: Browser, live_server: LiveServer, scene: tuple[Member, Publication], size: tuple[int, int]
) -> None:
    writer, one = scene
    page = enter(browser, live_server, writer, size)
    page.goto(f"{live_server.url}/konten/{one.pk}/angka/")
    page.wait_for_selector("#figures")
    if where := os.environ.get("PICTURES"):
        page.screenshot(path=f"{where}/figures-{size[0]}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = Axe().run(page)
    serious = [one for one in found.response["violations"] if one["impact"] in {"serious", "critical"}]
    assert not serious, serious
