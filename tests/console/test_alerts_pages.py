"""Warnings on the screen: listed with severity, area and expiry; uploaded; their sources tried and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tanggap.agencies.models import Government, Member, Unit
from tanggap.channels.models import Channel
from tanggap.core import http
from tanggap.publishing.models import Alert, AlertSource, Publication
from tanggap.publishing.warnings import alerts
from tanggap.simulator.warnings import Agency
from tests.city import a_channel, a_member, a_unit
from tests.publishing.warnings import a_cap


def fresh(**fields: str) -> bytes:
    """A warning that holds for three more hours, whatever the day of the test."""
    now = datetime.now(UTC).replace(microsecond=0)
    return a_cap(sent=now.isoformat(), expires=(now + timedelta(hours=3)).isoformat(), **fields)  # type: ignore[arg-type]


@pytest.fixture
def disasters(town: Government) -> Unit:
    unit = a_unit(town, "BPBD", "bpbd")
    a_member(unit)
    a_channel(unit)
    return unit


@pytest.fixture
def agency() -> Iterator[Agency]:
    made = Agency()
    with http.swapped(httpx.WSGITransport(made)):
        yield made


def page(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_an_empty_screen_says_what_comes_next(client: Client, inside: None) -> None:
    assert "Belum ada sumber peringatan" in page(client, "alerts")


def test_an_uploaded_message_is_listed_and_leads_to_its_draft(
    as_member: Callable[[Member], Client],
    coordinator: Member,
    disasters: Unit,
    channel: Channel,
    inside: None,
) -> None:
    client = as_member(coordinator)
    answer = client.post(reverse("alerts_upload"), {"file": SimpleUploadedFile("a.xml", fresh())})
    alert = Alert.objects.get()
    assert answer.headers["Location"] == reverse("alerts_one", args=[alert.pk])
    listed = page(client, "alerts")
    for words in ("Hujan Lebat", "Berat", "Kota Uji", "Draf siap diperiksa", "Berlaku sampai"):
        assert words in listed
    one = page(client, "alerts_one", alert.pk)
    assert reverse("publication", args=[alert.publication_id]) in one
    assert "kode wilayahnya adalah wilayah kita" in one
    assert "&lt;identifier&gt;A-1&lt;/identifier&gt;" in one


def test_a_file_that_is_no_warning_is_refused_in_words(client: Client, inside: None) -> None:
    answer = client.post(reverse("alerts_upload"), {"file": SimpleUploadedFile("a.xml", b"<rss/>")})
    assert answer.status_code == 422
    assert "Tidak ada yang disimpan" in answer.content.decode()
    big = SimpleUploadedFile("a.xml", b"x" * (2**20 + 1))
    assert client.post(reverse("alerts_upload"), {"file": big}).status_code == 422
    assert client.post(reverse("alerts_upload")).status_code == 422


@pytest.mark.fault(41)
def test_hostile_words_of_a_message_are_inert(
    client: Client, town: Government, disasters: Unit, inside: None
) -> None:
    evil = "&lt;script&gt;alert(1)&lt;/script&gt;"
    alert, _new = alerts.receive(town, fresh(event=evil, description=evil), timezone.now())
    for shown in (page(client, "alerts"), page(client, "alerts_one", alert.pk)):
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert" in shown


def test_exercises_and_other_places_stand_apart(
    client: Client, town: Government, disasters: Unit, inside: None
) -> None:
    alerts.receive(town, fresh(identifier="L-1", status="Exercise", event="Latihan tsunami"), timezone.now())
    alerts.receive(
        town, fresh(identifier="L-2", area="Kota Jauh", geocode="98.01", event="Angin"), timezone.now()
    )
    assert "Latihan tsunami" not in page(client, "alerts")
    assert "Latihan tsunami" in page(client, "alerts", view="test")
    assert "Angin" in page(client, "alerts", view="elsewhere")
    one = page(client, "alerts_one", Alert.objects.get(identifier="L-1").pk)
    assert "tidak pernah menjadi konten publik" in one
    assert "Buat draf" not in one


def test_a_person_begins_a_draft_of_what_the_machine_left_alone(
    client: Client, town: Government, disasters: Unit, inside: None
) -> None:
    alert, _new = alerts.receive(town, fresh(area="Kota Jauh", geocode="98.01"), timezone.now())
    assert "Buat draf" in page(client, "alerts_one", alert.pk)
    answer = client.post(reverse("alerts_draft", args=[alert.pk]))
    made = Publication.objects.get()
    assert answer.headers["Location"] == reverse("publication", args=[made.pk])


def test_sources_are_tried_added_paused_and_forgotten(
    as_member: Callable[[Member], Client], coordinator: Member, agency: Agency, inside: None
) -> None:
    client = as_member(coordinator)
    assert "BMKG" in page(client, "alerts_sources")
    assert "belum diverifikasi" in page(client, "alerts_sources")
    agency.warn("A-1", area="Kota Uji", code="99.71")
    given = {"name": "Cuaca", "url": "https://cuaca.example/rss.xml", "areas": "Zona 7\n"}
    tried = client.post(reverse("alerts_sources"), {**given, "do": "try"}).content.decode()
    assert "menyangkut kita" in tried
    assert 'value="https://cuaca.example/rss.xml"' in tried
    assert not AlertSource.objects.exists()
    client.post(reverse("alerts_sources"), {**given, "do": "save"})
    one = AlertSource.objects.get()
    assert one.areas == ["Zona 7"]
    wrong = client.post(reverse("alerts_source", args=[one.pk]), {**given, "url": "cuaca", "do": "save"})
    assert wrong.status_code == 422
    for do, active in (("pause", False), ("resume", True)):
        client.post(reverse("alerts_source", args=[one.pk]), {"do": do})
        one.refresh_from_db()
        assert one.active is active
    AlertSource.objects.update(error="Sumber ini menjawab 503.")
    assert "menjawab 503" in page(client, "alerts")
    client.post(reverse("alerts_source", args=[one.pk]), {"do": "remove"})
    assert not AlertSource.objects.exists()


def test_officers_do_not_reach_the_sources(client: Client, inside: None) -> None:
    assert client.get(reverse("alerts_sources")).status_code == 403
    assert "Sumber</a>" not in page(client, "alerts")
