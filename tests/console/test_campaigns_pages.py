"""Plans on the screen: written, worked off, compared with what was done, taken out as tables."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from tanggap.agencies.models import Government, Member
from tanggap.channels.models import Channel
from tanggap.publishing.models import Campaign, PlanItem, Publication
from tests.city import a_member, a_publication, a_unit


@pytest.fixture
def campaign(client: Client, officer: Member, channel: Channel, inside: None) -> Campaign:
    today = timezone.localdate()
    client.post(reverse("campaigns_new"), {
        "name": "Pilah sampah", "objective": "Warga memilah dari rumah", "audience": "Rumah tangga",
        "message": "Pilah dari rumah", "starts_on": (today - timedelta(days=5)).isoformat(),
        "ends_on": (today + timedelta(days=20)).isoformat(), "unit": officer.unit_id, "owner": officer.pk,
    })  # fmt: skip
    return Campaign.objects.get()


def add(client: Client, campaign: Campaign, title: str = "Cara memilah", days: int = 3) -> PlanItem:
    given = {"title": title, "kind": "information", "platforms": ["scripted"], "unit": campaign.unit_id,
             "planned_on": (timezone.localdate() + timedelta(days=days)).isoformat()}  # fmt: skip
    assert client.post(reverse("campaigns_item", args=[campaign.pk]), given).status_code == 302
    return PlanItem.objects.get(title=title)


def page(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def act(client: Client, item: PlanItem, do: str, **given: object) -> int:
    address = reverse("campaigns_item_act", args=[item.campaign_id, item.pk])
    return client.post(address, {"do": do, **given}).status_code  # type: ignore[dict-item]


def test_an_empty_screen_teaches_and_a_plan_is_listed(client: Client, campaign: Campaign) -> None:
    assert "Pilah sampah" in page(client, "campaigns")
    Campaign.objects.all().delete()
    assert "Belum ada rencana" in page(client, "campaigns")


def test_a_refused_form_keeps_what_was_typed(client: Client, inside: None, officer: Member) -> None:
    answer = client.post(reverse("campaigns_new"), {"name": "Musim hujan", "objective": "Siaga"})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Isi tanggal mulai" in shown
    assert 'value="Musim hujan"' in shown


def test_a_draft_begins_from_an_item(client: Client, campaign: Campaign) -> None:
    item = add(client, campaign)
    assert "Mulai draf" in page(client, "campaigns_one", campaign.pk)
    act(client, item, "begin")
    made = Publication.objects.get()
    assert (made.campaign, made.title) == (campaign, "Cara memilah")
    assert reverse("publication", args=[made.pk]) in page(client, "campaigns_one", campaign.pk)


def test_items_are_linked_parted_dropped_and_taken_up(
    client: Client, campaign: Campaign, officer: Member, channel: Channel
) -> None:
    item, one = add(client, campaign), a_publication(officer, channel, title="Sudah ada")
    assert "Sudah ada" in page(client, "campaigns_one", campaign.pk)
    assert act(client, item, "link", publication="") == 422
    act(client, item, "link", publication=one.pk)
    item.refresh_from_db()
    assert item.publication == one
    act(client, item, "unlink")
    assert act(client, item, "drop", why="") == 422
    act(client, item, "drop", why="Ditunda tahun depan")
    assert "Ditunda tahun depan" in page(client, "campaigns_one", campaign.pk)
    act(client, item, "take_up")
    item.refresh_from_db()
    assert (item.publication, item.dropped_at) == (None, None)


def test_an_item_outside_the_period_is_refused_and_kept_in_the_form(
    client: Client, campaign: Campaign
) -> None:
    given = {
        "title": "Terlalu jauh",
        "kind": "information",
        "planned_on": "2030-01-01",
        "unit": campaign.unit_id,
    }
    answer = client.post(reverse("campaigns_item", args=[campaign.pk]), given)
    assert answer.status_code == 422
    assert 'value="Terlalu jauh"' in answer.content.decode()


def test_the_report_is_read_and_taken_out(client: Client, campaign: Campaign) -> None:
    add(client, campaign, "Lewat", -2)
    add(client, campaign, "=JUMLAH(1)", 2)
    shown = page(client, "campaigns_report", campaign.pk)
    assert "Lewat tanggal, belum terbit" in shown
    assert "tidak diketahui" in shown
    assert "kurang dari 30" in shown
    text = client.get(reverse("campaigns_report", args=[campaign.pk]), {"bentuk": "csv"}).content.decode(
        "utf-8-sig"
    )
    assert "'=JUMLAH(1)" in text
    made = client.get(reverse("campaigns_report", args=[campaign.pk]), {"bentuk": "xlsx"})
    book = load_workbook(io.BytesIO(made.content))
    assert [sheet.title for sheet in book.worksheets] == ["Rencana", "Ringkasan"]
    assert book.worksheets[1]["A2"].value == "Seluruhnya"


def test_another_office_does_not_find_it(
    as_member: Callable[[Member], Client], client: Client, campaign: Campaign, town: Government
) -> None:
    stranger = as_member(a_member(a_unit(town, "DISHUB")))
    assert stranger.get(reverse("campaigns_one", args=[campaign.pk])).status_code == 404
    assert "Pilah sampah" not in page(stranger, "campaigns")


def test_a_plan_is_closed_and_opened(client: Client, campaign: Campaign) -> None:
    client.post(reverse("campaigns_act", args=[campaign.pk]), {"do": "close"})
    shown = page(client, "campaigns_one", campaign.pk)
    assert "Buka rencana lagi" in shown
    assert "Tambah butir" not in shown
    client.post(reverse("campaigns_act", args=[campaign.pk]), {"do": "open"})
    assert "Tambah butir" in page(client, "campaigns_one", campaign.pk)
