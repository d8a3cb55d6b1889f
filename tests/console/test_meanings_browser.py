"""The meaning of slang and regional words in a real browser: by mouse, by finger, without serious barriers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tanggap.agencies.models import Member, Role
from tanggap.core import scope
from tests.city import a_channel, a_government, a_member, a_post, a_unit
from tests.console.test_browser import PHONE, WIDE, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SAID = (
    "Nuwun sewu min, dalane ning ngarep omahku bolong jero banget, wis sesasi ora didandani. "
    "Mlm gelap bgt krn lampu jg mati, tlg dicek dong. Matur nuwun."
)


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_meanings_are_there_for_mouse_and_finger(
    browser: Browser, live_server: LiveServer, transactional_db: None, size: tuple[int, int]
) -> None:
    government = a_government()
    government.file = {"calendar": "lima-hari"}
    government.save()
    officer: Member = a_member(a_unit(government, "KOMINFO", "bina_marga"), Role.OFFICER)
    with scope.government(government.pk):
        post = a_post(a_channel(officer.unit), SAID, language="jv")
    page = enter(browser, live_server, officer, size, has_touch=size is PHONE)
    page.goto(f"{live_server.url}/masuk/{post.pk}/")
    expect(page.locator("abbr.means").first).to_have_attribute("title", "permisi")
    words = page.locator("details.meanings")
    expect(words.locator("dl")).to_be_hidden()
    words.locator("summary").tap() if size is PHONE else words.locator("summary").click()
    expect(words.locator("dd").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    serious = [
        one["id"]
        for one in Axe().run(page).response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []
