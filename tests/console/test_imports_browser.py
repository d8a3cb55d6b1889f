"""The import screen in a real browser: columns are matched on a wide screen and on a phone, without barriers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from openpyxl import Workbook
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tanggap.agencies.models import Role
from tests.city import a_government, a_member, a_unit
from tests.console.test_browser import PHONE, WIDE, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    book = Workbook()
    made = book.active
    assert made is not None
    made.append(["Rekap pengaduan loket Kelurahan Melati, bulan Oktober sampai November"])
    made.append(
        ["No", "Tgl", "Keluhan warga menurut petugas loket", "Nama Pelapor", "Catatan petugas", "Lintang"]
    )
    for number in range(6):
        text = f"Lampu jalan nomor {number} padam sejak lama dan belum juga diperbaiki oleh dinas"
        made.append([number, f"0{number + 1}/04/2026", text, "Sri", None, "-7,80"])
    made.append([9, "31/02/2026", "tanggal salah", "Budi", None, None])
    book.create_sheet("Lampiran").append(["x"])
    book.save(tmp_path / "rekap-loket.xlsx")
    return tmp_path / "rekap-loket.xlsx"


@pytest.mark.parametrize("size", [WIDE, PHONE])
def test_columns_are_matched_and_the_import_starts(
    browser: Browser, live_server: LiveServer, sheet: Path, size: tuple[int, int]
) -> None:
    boss = a_member(a_unit(a_government(), "KOMINFO"), Role.COORDINATOR)
    page = enter(browser, live_server, boss, size)
    page.goto(f"{live_server.url}/impor/")
    page.set_input_files("#file", sheet)
    page.get_by_role("button", name="Unggah dan lihat dulu").click()
    expect(page.get_by_text("Belum ditunjuk:")).to_be_visible()
    page.get_by_label("Keluhan warga menurut petugas loket").select_option("text")
    page.get_by_role("button", name="Lihat lagi").click()
    expect(page.get_by_text("1 dari 7 baris pertama akan ditolak")).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in {"serious", "critical"}] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_role("button", name="Mulai impor").click()
    expect(page.get_by_text("Impor dimulai")).to_be_visible()
    page.close()
