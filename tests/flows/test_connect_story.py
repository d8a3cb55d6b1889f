"""An account is connected as an administrator does it: developer app, log-in at a simulated platform, choice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from django.test import Client
from django.urls import reverse

from tanggap.agencies.models import Member, Role
from tanggap.channels import tokens
from tanggap.channels.models import App, Channel, Health
from tanggap.core import http, scope
from tests.city import a_government, a_member, a_unit
from tests.connectors.conformance import stage_facebook, stage_instagram, stage_threads
from tests.connectors.conformance.stages import Stage, Wire

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
STAGES = [stage_facebook.STAGE, stage_instagram.STAGE, stage_threads.STAGE]


@pytest.fixture
def admin(db: None) -> Iterator[Member]:
    member = a_member(a_unit(a_government(), "DISKOMINFO"), Role.ADMINISTRATOR)
    with scope.government(member.government_id):
        yield member


@pytest.fixture
def chief(admin: Member) -> Client:
    client = Client()
    client.force_login(admin.user, backend=BACKEND)
    return client


def registered(chief: Client, stage: Stage, platform: Any) -> App:
    """Registers the app by the form; where its platform answers is the operator's word, never a form's."""
    kind = stage.connector.app_platform or stage.name
    typed = {
        "platform": kind,
        "name": "Kota",
        "client_id": platform.client_id,
        "client_secret": platform.client_secret,
    }
    chief.post(reverse("channel_apps"), typed)
    app = App.objects.get(platform=kind)
    App.objects.filter(pk=app.pk).update(api_base=stage.base)
    return app


def at_the_platform(chief: Client, stage: Stage, platform: Any, pressed: str, **typed: str) -> dict[str, str]:
    """Follows the link to the platform's dialog, and returns with what it sends back."""
    page = chief.post(pressed, typed).content.decode()
    (address,) = re.findall(rf'href="({re.escape(stage.base)}[^"]+)"', page)
    with httpx.Client(transport=httpx.WSGITransport(app=platform)) as browser:
        answer = browser.get(unescape(address))
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    assert back.path == reverse("channel_return", args=[stage.name])
    return dict(parse_qsl(back.query))


@pytest.mark.fault(63)
@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_from_the_developer_app_to_a_renewed_log_in(chief: Client, admin: Member, stage: Stage) -> None:
    platform: Any = stage.simulated()
    with http.swapped(Wire({urlsplit(stage.base).hostname or "": platform})):
        app = registered(chief, stage, platform)
        come_back = reverse("channel_return", args=[stage.name])
        query = at_the_platform(
            chief, stage, platform, reverse("channel_login", args=[stage.name]), app=app.key
        )
        assert chief.get(come_back, query).status_code == 302
        assert chief.get(come_back, query).status_code == 422, "state and code count once"
        assert platform.official.handle in chief.get(reverse("channel_choose")).content.decode()
        chief.post(reverse("channel_choose"), {"account": [platform.official.id]})
        channel = Channel.objects.get()
        assert (channel.platform, channel.external_id, channel.app_id) == (
            stage.name,
            platform.official.id,
            app.pk,
        )
        assert channel.health == Health.OK, channel.health_text
        shown = chief.post(reverse("channel_test", args=[channel.key]), follow=True).content.decode()
        assert "Sambungan berfungsi" in shown
        assert channel.token["token"] not in shown

        platform.official.revoked = True
        assert chief.post(reverse("channel_test", args=[channel.key])).status_code == 422
        Channel.objects.filter(pk=channel.pk).update(cursor={"since": 1})
        assert Channel.objects.get().health == Health.NEEDS_LOGIN
        platform.official.revoked = False
        query = at_the_platform(chief, stage, platform, reverse("channel_login_again", args=[channel.key]))
        chief.get(come_back, query)
        chief.post(reverse("channel_choose"))
        again = Channel.objects.get()
        assert (again.pk, again.health, again.cursor) == (channel.pk, Health.OK, {"since": 1})


def test_a_code_that_the_platform_does_not_know_connects_nothing(chief: Client, admin: Member) -> None:
    stage = stage_facebook.STAGE
    platform: Any = stage.simulated()
    with http.swapped(Wire({urlsplit(stage.base).hostname or "": platform})):
        app = registered(chief, stage, platform)
        query = at_the_platform(
            chief, stage, platform, reverse("channel_login", args=[stage.name]), app=app.key
        )
        platform.codes.clear()
        answer = chief.get(reverse("channel_return", args=[stage.name]), query)
    assert answer.status_code == 422
    assert "Tidak ada yang diubah" in answer.content.decode()
    assert not Channel.objects.exists()


def test_a_long_token_is_renewed_before_its_end(chief: Client, admin: Member) -> None:
    stage = stage_threads.STAGE
    platform: Any = stage.simulated()
    with http.swapped(Wire({urlsplit(stage.base).hostname or "": platform})):
        app = registered(chief, stage, platform)
        query = at_the_platform(
            chief, stage, platform, reverse("channel_login", args=[stage.name]), app=app.key
        )
        chief.get(reverse("channel_return", args=[stage.name]), query)
        chief.post(reverse("channel_choose"), {"account": [platform.official.id]})
        channel = Channel.objects.get()
        before, ends = channel.token["token"], channel.token_expires_at
        assert ends is not None
        tokens.token_watch(ends - timedelta(days=25))
        assert Channel.objects.get().token["token"] == before, "more than a third of its life is left"
        tokens.token_watch(ends - timedelta(days=19))
    channel.refresh_from_db()
    assert channel.token["token"] == platform.official.token != before
    assert channel.warned_days is None
