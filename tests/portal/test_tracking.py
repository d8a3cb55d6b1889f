from __future__ import annotations

import re

import pytest
from django.test import Client

from tanggap.agencies.models import Member, Role
from tanggap.cases import deeds, making
from tanggap.cases.models import Case, Secrecy
from tanggap.core import scope
from tests.city import a_channel, a_government, a_member, a_post, a_unit

pytestmark = pytest.mark.django_db
WORDS = "Lampu di depan rumah Bu Sri 081234567890 mati"


@pytest.fixture
def coordinator() -> Member:
    return a_member(a_unit(a_government(), "KOMINFO"), Role.COORDINATOR)


@pytest.fixture
def case(coordinator: Member) -> Case:
    with scope.government(coordinator.government_id):
        return making.from_post(a_post(a_channel(coordinator.unit), WORDS), coordinator)


def test_a_number_shows_the_public_summary_and_nothing_that_was_written(
    client: Client, case: Case, coordinator: Member
) -> None:
    with scope.government(case.government_id):
        deeds.publish_summary(case, coordinator, "Lampu jalan sedang diperbaiki")
    page = client.get("/publik/", {"kota": "99.71", "nomor": case.number.lower()}).content.decode()
    assert case.number in page
    assert "Lampu jalan sedang diperbaiki" in page
    assert case.follow not in page
    for secret in ("Bu Sri", "0812", "warga"):
        assert secret not in page.replace("Laporan warga", "")


@pytest.mark.fault(68)
def test_a_confidential_case_answers_like_one_that_is_not_there(
    client: Client, case: Case, coordinator: Member
) -> None:
    with scope.government(case.government_id):
        deeds.set_secrecy(case, coordinator, Secrecy.CONFIDENTIAL)
    hidden = client.get("/publik/", {"kota": "99.71", "nomor": case.number})
    missing = client.get("/publik/", {"kota": "99.71", "nomor": "K26-99999"})
    assert hidden.status_code == missing.status_code == 404
    assert hidden.content.replace(case.number.encode(), b"") == missing.content.replace(b"K26-99999", b"")


def test_the_follow_link_is_kept_nowhere(client: Client, case: Case) -> None:
    page = client.get(f"/publik/ikuti/{case.follow}/")
    assert page.status_code == 200
    assert "Laporan diterima." in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert client.get("/publik/ikuti/salah/").status_code == 404


def test_the_pages_are_small_and_need_no_script(client: Client, case: Case) -> None:
    page = client.get("/publik/", {"kota": "99.71", "nomor": case.number})
    assert b"<script" not in page.content
    assert len(page.content) < 10_000
    assert client.post("/publik/").status_code == 405


@pytest.mark.filterwarnings("error")
def test_the_style_comes_from_the_package_without_a_folder_of_collected_files(client: Client) -> None:
    page = client.get("/publik/").content.decode()
    (address,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    style = client.get(address)
    assert style.status_code == 200
    assert style.headers["Content-Type"].startswith("text/css")
