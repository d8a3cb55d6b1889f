"""Channels: health in words, connecting, webhooks with a secret shown once, and deliveries that were put aside."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tanggap.agencies.models import Member, Role, Unit
from tanggap.channels.connectors.webhook import Webhook
from tanggap.channels.models import App, Channel, Health
from tanggap.console import webhook_examples
from tanggap.core.audit import Entry
from tanggap.posts import reading_again
from tanggap.posts.models import RawItem, RawState
from tests.city import NOW, a_channel, a_government, a_member, a_unit

As = Callable[[Member], Client]


@pytest.fixture(autouse=True)
def in_town(inside: None) -> None: ...


@pytest.fixture
def admin(desk: Unit) -> Member:
    return a_member(desk, Role.ADMINISTRATOR)


@pytest.fixture
def chief(admin: Member, as_member: As) -> Client:
    return as_member(admin)


def aside(
    channel: Channel | None = None, reason: str = "Bidang created_at tidak ada.", **fields: Any
) -> RawItem:
    whole = {
        "body": b'{"token": "rahasia-123", "text": "NIK 3471010101900001"}',
        "state": RawState.QUARANTINED,
    }
    return RawItem.objects.create(
        source="hook", channel=channel, reason=reason, received_at=NOW, **whole | fields
    )


def test_trouble_stands_first_with_its_reason_and_expiry(chief: Client, channel: Channel, desk: Unit) -> None:
    soon = timezone.now() + timedelta(days=3)
    a_channel(desk, health=Health.NEEDS_LOGIN, health_text="Token ditolak.", token_expires_at=soon)
    shown = chief.get(reverse("channels")).content.decode()
    for text in ("Perlu masuk lagi", "Token ditolak.", "token berakhir", "membalas"):
        assert text in shown
    assert shown.index("Token ditolak.") < shown.index(channel.key)


def test_without_channels_the_page_teaches(chief: Client, client: Client) -> None:
    assert reverse("channel_new") in chief.get(reverse("channels")).content.decode()
    assert "Belum ada kanal tersambung" in client.get(reverse("channels")).content.decode()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_change_channels(channel: Channel, desk: Unit, as_member: As, role: Role) -> None:
    browser = as_member(a_member(desk, role))
    assert browser.get(reverse("channels")).status_code == 200
    for route in ("channel", "channel_pause", "channel_secret", "channel_test", "channel_reconnect"):
        assert browser.post(reverse(route, args=[channel.key])).status_code == 403, route
    assert browser.get(reverse("channels_raw")).status_code == 403
    assert browser.get(reverse("channel_new")).status_code == 403


def test_another_governments_channel_is_missing(chief: Client) -> None:
    foreign = a_channel(a_unit(a_government("34.71", "Kota Lain"), "ASING"))
    for route in ("channel_pause", "channel_test", "channel_secret"):
        assert chief.post(reverse(route, args=[foreign.key])).status_code == 404
    assert chief.get(reverse("channel", args=[foreign.key])).status_code == 404


def test_a_webhook_s_secret_is_shown_once_and_signs(chief: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = chief.post(
        reverse("channel_connect", args=["webhook"]), {"name": "Aplikasi warga"}
    ).content.decode()
    app = App.objects.get(platform="webhook")
    secret = app.secrets[0]
    assert secret in shown
    assert f"/hooks/{app.key}" in shown
    channel = Channel.objects.get(app=app)
    assert secret not in chief.get(reverse("channel", args=[channel.key])).content.decode()
    sent: list[urllib.request.Request] = []

    def catch(request: urllib.request.Request) -> Any:
        sent.append(request)
        return type("Answer", (), {"status": 200})()

    monkeypatch.setattr(urllib.request, "urlopen", catch)
    monkeypatch.setenv("TANGGAP_SECRET", secret)
    exec(webhook_examples.python("http://127.0.0.1/hooks/x"), {})
    headers = {name.lower(): value for name, value in sent[0].header_items()}
    body = sent[0].data
    assert isinstance(body, bytes)
    Webhook.verify([secret], headers, body, datetime.now(UTC))


def test_a_new_secret_keeps_the_old_one_for_a_week(chief: Client) -> None:
    chief.post(reverse("channel_connect", args=["webhook"]), {"name": "Aplikasi warga"})
    channel = Channel.objects.select_related("app").get(platform="webhook")
    assert channel.app is not None
    first = channel.app.secrets[0]
    chief.post(reverse("channel_secret", args=[channel.key]))
    app = App.objects.get()
    assert app.secrets[1] == first != app.secrets[0]
    assert app.older_until is not None
    assert timezone.now() + timedelta(days=6) < app.older_until
    assert Entry.objects.filter(action="channel.renew_secret").exists()


def test_a_webhook_without_a_name_is_refused(chief: Client) -> None:
    answer = chief.post(reverse("channel_connect", args=["webhook"]), {"name": " "})
    assert answer.status_code == 422
    assert not App.objects.exists()


def test_the_connect_form_asks_what_the_connector_declares(chief: Client) -> None:
    shown = chief.get(reverse("channel_connect", args=["mastodon"])).content.decode()
    assert 'name="api_base"' in shown
    assert 'type="password"' in shown
    assert chief.get(reverse("channel_connect", args=["tidak-ada"])).status_code == 404


def test_an_address_that_is_not_allowed_is_refused_and_kept(chief: Client) -> None:
    typed = {"name": "Akun kota", "api_base": "http://127.0.0.1:1", "token": "t0ken"}
    answer = chief.post(reverse("channel_connect", args=["mastodon"]), typed)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "Akun kota" in shown
    assert "t0ken" not in shown
    assert not Channel.objects.filter(platform="mastodon").exists()


def test_pausing_and_going_on(chief: Client, channel: Channel) -> None:
    chief.post(reverse("channel_pause", args=[channel.key]), {"reason": "akun dibajak"})
    channel.refresh_from_db()
    assert (channel.health, channel.health_text) == (Health.PAUSED, "akun dibajak")
    assert "Jalankan lagi" in chief.get(reverse("channel", args=[channel.key])).content.decode()
    chief.post(reverse("channel_resume", args=[channel.key]))
    channel.refresh_from_db()
    assert channel.health == Health.OK


def test_the_test_says_who_answers(chief: Client, desk: Unit) -> None:
    channel = a_channel(desk, token="t")
    shown = chief.post(reverse("channel_test", args=[channel.key]), follow=True).content.decode()
    assert "Sambungan berfungsi: akun menjawab." in shown


def test_what_was_put_aside_is_covered_looked_at_on_record_and_read_again(
    chief: Client, admin: Member, channel: Channel
) -> None:
    raw = aside(channel)
    assert raw.reason in chief.get(reverse("channels_raw")).content.decode()
    shown = chief.get(reverse("channels_raw_item", args=[raw.pk])).content.decode()
    assert "rahasia-123" not in shown
    assert "3471010101900001" not in shown
    assert Entry.objects.filter(action="raw.look", actor=admin.audit_name).exists()
    chief.post(reverse("channels_raw_again"), {"reason": raw.reason})
    raw.refresh_from_db()
    assert raw.state == RawState.RECEIVED
    assert "Tidak ada kiriman yang disisihkan" in chief.get(reverse("channels_raw")).content.decode()


def test_deliveries_of_others_and_of_shared_apps_are_missing(
    chief: Client, channel: Channel, desk: Unit
) -> None:
    other = a_unit(a_government("34.71", "Kota Lain"), "ASING")
    shared = App.objects.create(key="bersama", platform="scripted", name="Bersama")
    a_channel(desk, app=shared)
    a_channel(other, app=shared)
    mine = App.objects.create(key="sendiri", platform="scripted", name="Sendiri")
    a_channel(desk, app=mine)
    hidden = [aside(a_channel(other)), aside(app=shared)]
    seen = aside(app=mine)
    assert chief.get(reverse("channels_raw_item", args=[seen.pk])).status_code == 200
    chief.post(reverse("channels_raw_again"), {"ids": [str(one.pk) for one in [*hidden, seen]]})
    for raw in hidden:
        assert chief.get(reverse("channels_raw_item", args=[raw.pk])).status_code == 404
        raw.refresh_from_db()
        assert raw.state == RawState.QUARANTINED
    seen.refresh_from_db()
    assert seen.state == RawState.RECEIVED


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": {"Access_Token": "s3kr"}}',
        b'[{"password": "s3kr"}]',
        b"token=s3kr&x=1",
        b'{"broken": 1, "client_secret": "s3kr',
        b"Authorization: s3kr",
        b"\xff\xfe api_key: s3kr",
    ],
)
def test_secrets_are_covered_in_whole_and_in_broken_bodies(body: bytes) -> None:
    assert "s3kr" not in reading_again.covered(body)


def test_the_shell_example_holds_valid_json() -> None:
    text = webhook_examples.curl("http://x")
    body = text.split("BODY='")[1].split("'\n")[0]
    assert json.loads(body)["platform"] == "web"
