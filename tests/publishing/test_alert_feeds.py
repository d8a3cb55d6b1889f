"""Feeds of warnings: asked with conditions, each message once, faults waited out, inner networks refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, NotAllowed, Role
from tanggap.core import http, scope
from tanggap.core.refusal import Refusal
from tanggap.publishing.models import Alert, AlertSource
from tanggap.publishing.warnings import alert_feeds
from tanggap.simulator.warnings import Agency
from tests.city import a_channel, a_government, a_member, a_unit

pytestmark = pytest.mark.django_db
URL = "https://cuaca.example/rss.xml"


@pytest.fixture
def agency() -> Iterator[Agency]:
    made = Agency()
    with http.swapped(httpx.WSGITransport(made)):
        yield made


@pytest.fixture
def admin() -> Iterator[Member]:
    government = a_government("99.71", "Kota Tirtakencana")
    unit = a_unit(government, "BPBD", "bpbd")
    a_channel(unit)
    with scope.government(government.pk):
        a_member(unit)
        yield a_member(unit, Role.ADMINISTRATOR)


@pytest.fixture
def source(admin: Member) -> AlertSource:
    return alert_feeds.define(admin, name="Cuaca", url=URL)


def due(source: AlertSource) -> AlertSource:
    AlertSource.objects.filter(pk=source.pk).update(due_at=timezone.now(), lease_until=None)
    alert_feeds.poll(timezone.now())
    source.refresh_from_db()
    return source


@pytest.mark.parametrize("url", [URL, "https://cuaca.example/atom.xml"])
def test_each_message_comes_once_and_later_looks_are_conditional(
    agency: Agency, admin: Member, url: str
) -> None:
    agency.warn("A-1")
    agency.warn("A-2", kind="Update", follows=["A-1"], now=datetime.now(UTC) + timedelta(seconds=5))
    source = due(alert_feeds.define(admin, name="Cuaca", url=url))
    assert set(Alert.objects.values_list("identifier", "source_id")) == {
        ("A-1", source.pk),
        ("A-2", source.pk),
    }
    assert Alert.objects.get(identifier="A-2").publication is not None
    before = agency.asked
    assert due(source).error == ""
    assert agency.asked == before
    agency.warn("A-3", event="Angin Kencang")
    due(source)
    assert (agency.asked - before, Alert.objects.count()) == (2, 3)


def test_one_file_is_a_source_too(agency: Agency, admin: Member) -> None:
    agency.warn("A-1")
    due(alert_feeds.define(admin, name="Berkas", url="https://cuaca.example/cap/A-1.xml"))
    assert Alert.objects.get().identifier == "A-1"


def test_a_broken_message_holds_up_no_other_and_is_told(agency: Agency, source: AlertSource) -> None:
    agency.warn("A-1")
    agency.put("rusak", b"<alert", "rusak", datetime.now(UTC))
    assert "tidak terbaca" in due(source).error
    assert Alert.objects.count() == 1
    before = agency.asked
    due(source)
    assert agency.asked == before


def test_a_failing_source_is_asked_again_later_and_brings_what_was_missed(
    agency: Agency, source: AlertSource
) -> None:
    agency.warn("A-1")
    agency.fail = 503
    assert due(source).failures == 1
    assert "503" in source.error
    assert source.due_at > timezone.now()
    agency.fail = 0
    assert (due(source).failures, source.error, Alert.objects.count()) == (0, "", 1)


def test_two_workers_do_not_ask_the_same_source(agency: Agency, source: AlertSource) -> None:
    AlertSource.objects.update(lease_until=timezone.now() + timedelta(minutes=1))
    assert alert_feeds.poll(timezone.now()) == 0
    AlertSource.objects.update(lease_until=timezone.now() - timedelta(seconds=1))  # its worker died
    assert alert_feeds.poll(timezone.now()) == 1


@pytest.mark.fault(50)
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/rss.xml", "http://169.254.169.254/latest", "http://[::1]/rss"]
)
def test_inner_networks_are_not_asked(admin: Member, url: str) -> None:
    source = due(alert_feeds.define(admin, name="Dalam", url=url))
    assert "jaringan dalam" in source.error
    with pytest.raises(Refusal, match="jaringan dalam"):
        alert_feeds.try_out(admin, url)


def test_only_the_environment_names_inner_feeds(settings: object) -> None:
    settings.TANGGAP_TRUSTED_FEEDS = ["http://127.0.0.1:8123/rss.xml", "10.0.0.8:80"]  # type: ignore[attr-defined]
    assert alert_feeds.trusted() == {"127.0.0.1:8123", "10.0.0.8:80"}


def test_a_test_of_an_address_shows_what_it_brings_and_keeps_nothing(agency: Agency, admin: Member) -> None:
    agency.warn("A-1")
    agency.warn("A-2", area="Kota Lain", code="98.01")
    found = alert_feeds.try_out(admin, URL)
    assert found.listed == 2
    assert {(one["area"], one["ours"]) for one in found.shown} == {
        ("Kota Tirtakencana", True),
        ("Kota Lain", False),
    }
    assert not Alert.objects.exists()
    assert not AlertSource.objects.exists()


@pytest.mark.parametrize(
    "url", ["", "cuaca", "ftp://cuaca.example/", "https://a:b@cuaca.example/", "file:///etc/passwd"]
)
def test_what_is_no_address_is_refused(admin: Member, url: str) -> None:
    with pytest.raises(Refusal):
        alert_feeds.define(admin, name="x", url=url)


def test_a_page_that_is_no_feed_is_told(agency: Agency, admin: Member) -> None:
    agency.put("halaman", b"<html><body>Selamat datang</body></html>", "x", datetime.now(UTC))
    with pytest.raises(Refusal, match="bukan umpan"):
        alert_feeds.try_out(admin, "https://cuaca.example/cap/halaman.xml")


def test_officers_do_not_choose_sources(admin: Member) -> None:
    with pytest.raises(NotAllowed):
        alert_feeds.define(a_member(admin.unit), name="x", url=URL)
