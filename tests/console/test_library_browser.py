"""The media library in a real browser: files sent with their progress, a picture cut by pointer, touch and keys."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.urls import reverse
from PIL import Image, ImageDraw
from playwright.sync_api import expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from tanggap.agencies.models import Member, Role
from tanggap.core import scope
from tanggap.publishing.media_library import library
from tanggap.publishing.media_library.uploads import Upload
from tanggap.publishing.models import MediaItem, Publication
from tests.city import a_channel, a_government, a_member, a_publication, a_unit
from tests.console.test_browser import PHONE, WIDE, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FilePayload, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])


def picture(size: tuple[int, int] = (900, 600), colour: str = "#0f766e") -> bytes:
    made, out = Image.new("RGB", size, colour), io.BytesIO()
    draw = ImageDraw.Draw(made)
    draw.rectangle((0, size[1] * 2 // 3, size[0], size[1]), fill="#57534e")
    draw.ellipse((size[0] // 3, size[1] // 4, size[0] // 2, size[1] // 2), fill="#f5b445")
    made.save(out, "JPEG")
    return out.getvalue()


def add(by: Member, name: str, content: bytes, **fields: Any) -> MediaItem:
    item = library.add(by, Upload(name, len(content), [content])).item
    return library.describe(item, by, fields) if fields else item


@pytest.fixture
def officer(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[Member]:
    settings.TANGGAP_DATA = tmp_path
    government = a_government()
    government.file = {"calendar": "lima-hari"}
    government.save()
    officer = a_member(a_unit(government, "KOMINFO", "kominfo"), Role.OFFICER)
    with scope.government(government.pk):
        add(
            officer,
            "jalan-melati.jpg",
            picture(),
            alt="Jalan Melati setelah ditambal",
            licence="own",
            consent="nobody",
        )
        add(officer, "posyandu.jpg", picture((600, 900), "#7c2d12"), children=True, consent="given")
        done = {"faces": 3, "boxes": [[0.3, 0.3, 0.2, 0.2]], "text": "NIK ••••", "personal_data": ["nik"]}
        MediaItem.objects.filter(name="posyandu.jpg").update(found=done, looked_at="2026-11-20T01:00Z")
        a_publication(officer, a_channel(officer.unit, "instagram"), title="Jalan mulus")
        yield officer


def opened(
    browser: Browser, server: LiveServer, officer: Member, address: str, size: tuple[int, int]
) -> Page:
    page = enter(browser, server, officer, size, reduced_motion="reduce")
    page.goto(f"{server.url}{address}")
    return page


def well(page: Page, name: str, size: tuple[int, int]) -> None:
    if folder := os.environ.get("TANGGAP_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}-{size[0]}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    violations = Axe().run(page).response["violations"]
    assert not [one for one in violations if one["impact"] in {"serious", "critical"}]


@SIZES
def test_files_are_sent_one_by_one(
    live_server: LiveServer, browser: Browser, officer: Member, size: tuple[int, int]
) -> None:
    page = opened(browser, live_server, officer, reverse("library"), size)
    sent: list[FilePayload] = [
        {"name": "baru.jpg", "mimeType": "image/jpeg", "buffer": picture((300, 300), "#1d4ed8")},
        {"name": "lagi.jpg", "mimeType": "image/jpeg", "buffer": picture()},
        {"name": "rusak.jpg", "mimeType": "image/jpeg", "buffer": b"bukan gambar" * 200},
    ]
    page.locator("input[multiple][data-files]").set_input_files(sent)
    expect(page.locator("#shelf .piece")).to_have_count(3, timeout=20_000)
    expect(page.locator("#shelf .piece").first).to_contain_text("jalan-melati.jpg")
    expect(page.locator("[data-sending]")).to_contain_text("Sudah ada di pustaka sebagai “jalan-melati.jpg”")
    expect(page.locator("[data-sending] [data-bad]")).to_contain_text("rusak.jpg")
    expect(page.locator("#announce")).to_have_text("2 berkas terkirim.", timeout=20_000)
    well(page, "library", size)


def test_what_is_dropped_or_pasted_is_sent(
    live_server: LiveServer, browser: Browser, officer: Member
) -> None:
    page = opened(browser, live_server, officer, reverse("library"), WIDE)
    make = """(colour) => new Promise((done) => {
      const drawn = document.createElement("canvas");
      drawn.width = drawn.height = 64;
      const pen = drawn.getContext("2d");
      pen.fillStyle = colour; pen.fillRect(0, 0, 64, 64);
      drawn.toBlob((blob) => {
        const carried = new DataTransfer();
        carried.items.add(new File([blob], colour + ".png", { type: "image/png" }));
        done(carried);
      });
    })"""
    for kind, colour in (("drop", "red"), ("paste", "blue")):
        page.evaluate(
            f"""async ([kind, colour]) => {{
              const carried = await ({make})(colour);
              const event = kind === "drop"
                ? new DragEvent("drop", {{ dataTransfer: carried, bubbles: true, cancelable: true }})
                : new ClipboardEvent("paste", {{ clipboardData: carried, bubbles: true, cancelable: true }});
              document.body.dispatchEvent(event);
            }}""",
            [kind, colour],
        )
        expect(page.locator("#shelf")).to_contain_text(f"{colour}.png", timeout=20_000)


@SIZES
def test_one_item_with_all_that_must_be_known(
    live_server: LiveServer, browser: Browser, officer: Member, size: tuple[int, int]
) -> None:
    item = MediaItem.objects.get(name="posyandu.jpg")
    page = opened(browser, live_server, officer, reverse("library_one", args=[item.pk]), size)
    expect(page.get_by_text("3 wajah, perlu diperiksa")).to_be_visible()
    expect(page.get_by_text("Anak: izin wali belum dicatat")).to_be_visible()
    well(page, "library-one", size)
    page.get_by_role("button", name="Samarkan wajah").click()
    page.locator("#confirm-do").click()
    expect(page.get_by_text("disamarkan dalam versi baru")).to_be_visible()
    expect(page.get_by_text("terbaru")).to_be_visible()


@SIZES
def test_a_picture_is_chosen_and_cut(
    live_server: LiveServer, browser: Browser, officer: Member, size: tuple[int, int]
) -> None:
    publication = Publication.objects.get()
    channel = publication.variants.get().channel_id
    page = opened(browser, live_server, officer, reverse("library"), size)
    asked = f"{reverse('library_pick')}?for={publication.pk}&channel={channel}"
    page.evaluate("(address) => htmx.ajax('GET', address, {target: '#announce', swap: 'afterend'})", asked)
    dialog = page.get_by_role("dialog", name="Pilih dari pustaka")
    expect(dialog).to_be_visible()
    if folder := os.environ.get("TANGGAP_PICTURES"):
        page.screenshot(path=Path(folder) / f"library-pick-{size[0]}.png")
    dialog.get_by_role("link", name="jalan-melati.jpg").click()
    dialog = page.get_by_role("dialog", name="jalan-melati.jpg")
    expect(dialog.get_by_label("Teks alternatif")).to_have_value("Jalan Melati setelah ditambal")
    dialog.get_by_text("1:1", exact=True).click()
    chosen = dialog.locator("[name=crop]:checked")
    frame = dialog.locator("[data-crop-frame]")
    expect(frame).to_be_visible()
    assert chosen.input_value() == "0.16667,0,0.66667,1"

    frame.press("ArrowLeft")
    frame.press("Shift+ArrowLeft")
    assert chosen.input_value() == "0.10667,0,0.66667,1"
    for _ in range(5):
        frame.press("-")
    x, y, w, h = map(float, chosen.input_value().split(","))
    assert w < 0.64
    assert w * 900 == pytest.approx(h * 600, rel=0.001), "it stays a square"
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 3 + 2000, box["y"] + box["height"] / 3)
    page.mouse.up()
    moved = [float(one) for one in chosen.input_value().split(",")]
    assert moved[0] + moved[2] == pytest.approx(1, abs=0.001), "it ends at the picture's edge"
    assert moved[1] == pytest.approx(y, abs=0.01)
    assert x < moved[0]
    well(page, "library-crop", size)


def test_a_frame_grows_by_touch(live_server: LiveServer, browser: Browser, officer: Member) -> None:
    publication = Publication.objects.get()
    item = MediaItem.objects.get(name="jalan-melati.jpg")
    asked = f"{reverse('library_pick')}?for={publication.pk}&item={item.pk}"
    page = enter(browser, live_server, officer, PHONE, reduced_motion="reduce", has_touch=True)
    page.goto(f"{live_server.url}{asked}")
    page.get_by_text("16:9", exact=True).click()
    frame = page.locator("[data-crop-frame]")
    for _ in range(20):
        frame.press("-")
    before = [float(one) for one in page.locator("[name=crop]:checked").input_value().split(",")]
    frame.scroll_into_view_if_needed()
    grip = page.locator("[data-crop-grip]").bounding_box()
    assert grip
    assert min(grip["width"], grip["height"]) >= 44
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in (10, 20, 30):
        points = [{"x": x + step, "y": y + step}]
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    after = [float(one) for one in page.locator("[name=crop]:checked").input_value().split(",")]
    assert after[:2] == before[:2]
    assert after[2] > before[2] + 0.05
