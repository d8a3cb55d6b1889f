"""Connecting an account of any platform: cards, guides, developer apps, the log-in and back, and history."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tanggap.agencies.models import Member, Role, Unit
from tanggap.channels import apps_here, guides, manual_accounts
from tanggap.channels import connector as registry
from tanggap.channels.connector import (
    Ability,
    Connector,
    Developer,
    Fetched,
    Grant,
    Identity,
    NeedsLogin,
    OAuth,
    Scope,
    Setting,
)
from tanggap.channels.limits import Limits
from tanggap.channels.models import App, Channel, Health, Recovery
from tanggap.console import labels, platform_words, setting_fields
from tanggap.core.work import Job
from tests.city import a_channel, a_member

As = Callable[[Member], Client]


class Portal(Connector):
    """A platform with a log-in page that gives several accounts."""

    platform: ClassVar[str] = "portal"
    name: ClassVar[str] = "Portal"
    abilities: ClassVar[frozenset[Ability]] = frozenset(
        {Ability.HOOK, Ability.FETCH, Ability.REPLY, Ability.BACKFILL}
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("token", "Token Portal", secret=True),
        Setting("port", "Gerbang", kind="number", required=False),
    )
    oauth: ClassVar[OAuth | None] = OAuth(
        "https://www.portal.example/dialog",
        "https://api.portal.example/token",
        (Scope("read", "membaca komentar"),),
    )
    limits: ClassVar[Limits] = Limits(
        most=120, source_url="https://portal.example/limits", checked_on="2026-11-22"
    )
    lacks: ClassVar[tuple[str, ...]] = ("Portal tidak memberi pencarian.",)
    gives: ClassVar[list[str]] = ["kota", "dinas"]

    @classmethod
    def exchange(cls, developer: Developer, code: str, redirect: str, verifier: str) -> list[Grant]:
        if code == "basi":
            raise NeedsLogin("Kode sudah dipakai.")
        ends = datetime(2027, 1, 21, tzinfo=UTC)
        return [
            Grant(
                Identity(one, f"@{one}", f"Akun {one}", expires_at=ends), {"token": f"rahasia-{one}-{code}"}
            )
            for one in cls.gives
        ]

    def identify(self) -> Identity:
        if self.account.token == "salah":
            raise NeedsLogin("Token salah.")
        return Identity("kota", "@kota", "Akun kota")

    def fetch(self, cursor: Any) -> Fetched:
        return Fetched([], {})


@pytest.fixture(autouse=True)
def in_town(inside: None, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.all_connectors()
    monkeypatch.setitem(registry._found, "portal", Portal)
    monkeypatch.setattr(Portal, "gives", ["kota", "dinas"])


@pytest.fixture
def admin(desk: Unit) -> Member:
    return a_member(desk, Role.ADMINISTRATOR)


@pytest.fixture
def chief(admin: Member, as_member: As) -> Client:
    return as_member(admin)


@pytest.fixture
def app(admin: Member) -> App:
    return apps_here.register(
        admin, platform="portal", name="Portal kota", client_id="c1", client_secret="rahasia-s1"
    )


def shown(browser: Client, route: str, *args: str, **query: str) -> str:
    answer = browser.get(reverse(route, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def leave(browser: Client, app: App, **more: str) -> str:
    """Presses the button and returns the state that the platform gets."""
    page = browser.post(reverse("channel_login", args=["portal"]), {"app": app.key, **more}).content.decode()
    (address,) = re.findall(r'href="(https://www\.portal\.example/[^"]+)"', page)
    return parse_qs(urlsplit(unescape(address)).query)["state"][0]


def come_back(browser: Client, **query: str) -> Any:
    return browser.get(reverse("channel_return", args=["portal"]), query)


# -- choosing -------------------------------------------------------------------------------------------------
def test_every_platform_has_a_card_with_what_it_lacks(chief: Client) -> None:
    page = shown(chief, "channel_new")
    for one in apps_here.accounts().values():
        assert reverse("channel_connect", args=[one.platform]) in page
    assert "Portal tidak memberi pencarian." in page
    assert "Memerlukan aplikasi pengembang" in page


@pytest.mark.parametrize("platform", sorted(apps_here.accounts()))
def test_every_platform_s_page_asks_what_its_connector_declares(chief: Client, platform: str) -> None:
    page, one = shown(chief, "channel_connect", platform), apps_here.accounts()[platform]
    for setting in one.settings:
        assert f'name="{setting.key}"' in page
        assert not setting.secret or re.search(rf'name="{setting.key}" type="password"', page)
    for lack in one.lacks:
        assert lack in unescape(page)
    for scope in one.oauth.scopes if one.oauth else ():
        assert scope.name in page
        assert scope.why in unescape(page)
    assert f"/kanal/kembali/{platform}/" in page or one.oauth is None
    assert reverse("channel_by_hand", args=[platform]) in page


def test_a_number_is_asked_as_a_number_and_what_was_typed_stays(chief: Client) -> None:
    answer = chief.post(
        reverse("channel_connect", args=["portal"]), {"token": "salah", "port": "993", "name": "Kota"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(r'name="port" type="number"[^>]* value="993"', page)
    assert "salah" not in page.replace("Token salah", "")
    assert 'value="Kota"' in page


def test_a_token_connects_with_its_app_and_its_office(chief: Client, app: App, desk: Unit) -> None:
    typed = {"token": "benar", "app": app.key, "unit": str(desk.pk)}
    chief.post(reverse("channel_connect", args=["portal"]), typed)
    channel = Channel.objects.get(platform="portal")
    assert (channel.app, channel.unit, channel.token) == (app, desk, {"token": "benar"})
    page = shown(chief, "channel", channel.key)
    assert "benar" not in page.replace("sebenarnya", "")
    assert reverse("channel_app", args=[app.key]) in page


def test_reconnecting_changes_and_empties_what_is_not_secret(chief: Client, desk: Unit) -> None:
    channel = a_channel(desk, "portal", token={"token": "lama"}, settings={"port": "993", "page": "7"})
    Channel.objects.filter(pk=channel.pk).update(external_id="kota")
    again = reverse("channel_reconnect", args=[channel.key])
    chief.post(again, {"token": "", "port": "995"})
    channel.refresh_from_db()
    assert (channel.token, channel.settings["port"], channel.settings["page"]) == (
        {"token": "lama"},
        "995",
        "7",
    )
    chief.post(again, {"token": "baru", "port": ""})
    channel.refresh_from_db()
    assert channel.token == {"token": "baru"}
    assert "port" not in channel.settings
    assert "page" in channel.settings


def test_every_declared_word_has_its_name_on_the_screens() -> None:
    assert set(platform_words.ABILITIES) == set(Ability)
    for one in apps_here.accounts().values():
        if one is Portal:
            continue
        assert one.platform in labels.PLATFORMS
        assert {one.limits.count, *(limits.count for limits in one.limits_by_kind.values())} <= set(
            platform_words.COUNTED
        )
        kinds = {window.kind for window in one.windows} | {kind for rate in one.rates for kind in rate.kinds}
        assert kinds <= set(platform_words.KINDS), one.platform
        assert {setting.kind for setting in one.settings if not setting.secret} <= setting_fields.INPUTS
    for kind in apps_here.kinds():
        assert guides.has_guide(kind) or kind == "portal"


# -- the log-in -----------------------------------------------------------------------------------------------
def test_a_log_in_gives_accounts_of_which_the_administrator_chooses(
    chief: Client, app: App, desk: Unit
) -> None:
    state = leave(chief, app)
    answer = come_back(chief, state=state, code="k1")
    assert (answer.status_code, answer["Location"]) == (302, reverse("channel_choose"))
    assert not Channel.objects.filter(platform="portal").exists(), "a GET connects nothing"
    page = shown(chief, "channel_choose")
    assert "@kota" in page
    assert "@dinas" in page
    assert "rahasia-" not in page
    chief.post(reverse("channel_choose"), {"account": ["dinas"], "unit": str(desk.pk)})
    (made,) = Channel.objects.filter(platform="portal")
    assert (made.external_id, made.token, made.app, made.unit) == (
        "dinas",
        {"token": "rahasia-dinas-k1"},
        app,
        desk,
    )
    assert chief.get(reverse("channel_choose")).status_code == 422, "the choice counts once"


@pytest.mark.fault(63)
def test_an_answer_counts_once_and_only_for_its_own_session(
    chief: Client, app: App, desk: Unit, as_member: As
) -> None:
    state = leave(chief, app)
    other = as_member(a_member(desk, Role.ADMINISTRATOR))
    for browser, query in (
        (other, {"state": state, "code": "k1"}),
        (chief, {"code": "k1"}),
        (chief, {"state": "lain", "code": "k1"}),
    ):
        answer = come_back(browser, **query)
        assert answer.status_code == 422
        assert "bukan dari sambungan" in answer.content.decode()
    assert come_back(chief, state=state, code="k1").status_code == 302
    assert come_back(chief, state=state, code="k1").status_code == 422
    assert come_back(as_member(a_member(desk, Role.OFFICER)), state=state, code="k1").status_code == 403


@pytest.mark.fault(63)
def test_refusals_of_the_log_in_are_pages_in_words(chief: Client, app: App) -> None:
    for query, words in (
        ({"error": "access_denied"}, "Anda membatalkan di halaman Portal"),
        ({"code": "basi"}, "Kode sudah dipakai."),
        ({}, "kembali tanpa izin masuk"),
    ):
        answer = come_back(chief, state=leave(chief, app), **query)
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert not Channel.objects.filter(platform="portal").exists()


def test_logging_in_again_keeps_the_channel_and_refuses_another_account(chief: Client, app: App) -> None:
    come_back(chief, state=leave(chief, app), code="k1")
    chief.post(reverse("channel_choose"), {"account": ["kota"]})
    channel = Channel.objects.get(platform="portal")
    Channel.objects.filter(pk=channel.pk).update(cursor={"since": "41"}, health=Health.NEEDS_LOGIN)
    again = reverse("channel_login_again", args=[channel.key])
    page = chief.post(again).content.decode()
    assert "@kota" in page
    state = parse_qs(urlsplit(unescape(re.findall(r'href="(https://www\.portal[^"]+)"', page)[0])).query)[
        "state"
    ][0]
    come_back(chief, state=state, code="k2")
    chief.post(reverse("channel_choose"))
    channel.refresh_from_db()
    assert (channel.token, channel.cursor, channel.health) == (
        {"token": "rahasia-kota-k2"}, {"since": "41"}, Health.OK,
    )  # fmt: skip
    Portal.gives = ["dinas"]
    page = chief.post(again).content.decode()
    state = parse_qs(urlsplit(unescape(re.findall(r'href="(https://www\.portal[^"]+)"', page)[0])).query)[
        "state"
    ][0]
    come_back(chief, state=state, code="k3")
    answer = chief.post(reverse("channel_choose"))
    assert "tidak ada di antara yang diberikan" in answer.content.decode()
    assert Channel.objects.count() == 1


def test_an_account_that_is_there_gets_the_new_token_instead_of_a_second_channel(
    chief: Client, app: App
) -> None:
    for code in ("k1", "k2"):
        come_back(chief, state=leave(chief, app), code=code)
        chief.post(reverse("channel_choose"), {"account": ["kota", "dinas"]})
    tokens = sorted(one.token["token"] for one in Channel.objects.filter(platform="portal"))
    assert tokens == ["rahasia-dinas-k2", "rahasia-kota-k2"]


def test_a_manual_channel_that_is_connected_stays_the_same(chief: Client, app: App, admin: Member) -> None:
    by_hand = manual_accounts.open_by_hand(admin, platform="portal", handle="@kota", unit=admin.unit)
    assert "kini dikerjakan manual" in shown(chief, "channel_connect", "portal", into=by_hand.key)
    come_back(chief, state=leave(chief, app, into=by_hand.key), code="k1")
    assert 'type="radio"' in shown(chief, "channel_choose")
    answer = chief.post(reverse("channel_choose"), {"account": ["kota", "dinas"]})
    assert answer.status_code == 422
    chief.post(reverse("channel_choose"), {"account": ["kota"]})
    (channel,) = Channel.objects.filter(platform="portal")
    assert (channel.pk, channel.health, channel.external_id) == (by_hand.pk, Health.OK, "kota")
    assert channel.fetch_due_at is not None


# -- developer apps -------------------------------------------------------------------------------------------
def test_registering_shows_what_to_copy_and_no_secret(chief: Client) -> None:
    typed = {"platform": "portal", "name": "Portal kota", "client_id": "c1", "client_secret": "rahasia-s1",
             "api_base": "http://127.0.0.1:1"}  # fmt: skip
    page = chief.post(reverse("channel_apps"), typed, follow=True).content.decode()
    app = App.objects.get(platform="portal")
    assert app.api_base == ""
    for text in (f"/hooks/{app.key}", app.verify_token, "/kanal/kembali/portal/", "c1"):
        assert text in page
    assert "rahasia-s1" not in page
    answer = chief.post(reverse("channel_apps"), typed | {"client_id": ""})
    assert answer.status_code == 422
    assert "ID klien belum diisi." in answer.content.decode()
    assert "rahasia-s1" not in answer.content.decode()


def test_secrets_are_rotated_and_never_shown(chief: Client, app: App) -> None:
    chief.post(reverse("channel_app_secret", args=[app.key]), {"secret": "rahasia-s2"})
    page = shown(chief, "channel_app", app.key)
    assert "Rahasia sebelumnya masih diterima sampai" in page
    assert "rahasia-s" not in page
    answer = chief.post(reverse("channel_app_secret", args=[app.key]), {"secret": "rahasia-s2"})
    assert answer.status_code == 422


def test_the_operator_s_app_shows_no_secret_and_no_deed(chief: Client, desk: Unit) -> None:
    shared = App.objects.create(key="server", platform="portal", name="Server", verify_token="verif-123")
    assert chief.get(reverse("channel_app", args=["server"])).status_code == 404
    a_channel(desk, "portal", app=shared)
    page = shown(chief, "channel_app", "server")
    assert "Disediakan pengelola server" in page
    assert "verif-123" not in page
    assert chief.post(reverse("channel_app_secret", args=["server"]), {"secret": "x"}).status_code == 403


# -- how a channel fares --------------------------------------------------------------------------------------
def test_a_channel_s_page_says_recovered_rest_token_and_limits(chief: Client, desk: Unit, app: App) -> None:
    now = timezone.now()
    channel = a_channel(
        desk, "portal", app=app, token={"token": "t"}, token_expires_at=now + timedelta(days=6, hours=3), trips=4,
        rest_until=now + timedelta(minutes=5),
    )  # fmt: skip
    for found, missed in ((17, ""), (4, ""), (0, "Portal lupa sehari.")):
        Recovery.objects.create(
            government_id=desk.government_id, channel=channel, since=now - timedelta(hours=3), until=now, found=found,
            missed=missed,
        )  # fmt: skip
    page = shown(chief, "channel", channel.key)
    for text in (
        "21 dipulihkan.",
        "Portal lupa sehari.",
        "Pengiriman beristirahat.",
        "4 kali",
        "6 hari lagi",
        "120",
    ):
        assert text in page
    listed = shown(chief, "channels")
    assert "21 dipulihkan" in listed
    assert "token berakhir" in listed


def test_history_is_fetched_stopped_and_resumed(chief: Client, desk: Unit) -> None:
    channel = a_channel(desk, "portal", token={"token": "t"})
    day = (timezone.now() - timedelta(days=30)).date().isoformat()
    chief.post(reverse("channel_history", args=[channel.key]), {"until": day})
    job = Job.objects.get(kind="history")
    assert job.params["until"].startswith(day)
    assert "Menunggu giliran." in shown(chief, "channel", channel.key)
    chief.post(reverse("channel_history_stop", args=[channel.key]))
    assert "Dihentikan sesudah 0" in shown(chief, "channel", channel.key)
    chief.post(reverse("channel_history_resume", args=[channel.key]))
    job.refresh_from_db()
    assert job.state == "waiting"
    assert chief.post(reverse("channel_history", args=[channel.key]), {"until": ""}).status_code == 422


def test_a_channel_whose_secret_cannot_be_read_has_a_page_and_is_reconnected(
    chief: Client, desk: Unit
) -> None:
    channel = a_channel(desk, "portal")
    Channel.objects.filter(pk=channel.pk).update(external_id="kota")
    with connection.cursor() as cursor:
        cursor.execute("update channels_channel set token = 'bukan-rahasia' where id = %s", [channel.pk])
    assert "tidak terbaca dengan kunci server" in shown(chief, "channel", channel.key)
    assert chief.get(reverse("channels")).status_code == 200
    chief.post(reverse("channel_pause", args=[channel.key]), {"reason": "x"})
    chief.post(reverse("channel_resume", args=[channel.key]))
    assert Channel.objects.get(pk=channel.pk).health == Health.OK
    assert chief.post(reverse("channel_test", args=[channel.key])).status_code == 422
    chief.post(reverse("channel_reconnect", args=[channel.key]), {"token": "baru"})
    assert Channel.objects.get(pk=channel.pk).token == {"token": "baru"}
    assert Channel.objects.get(pk=channel.pk).health == Health.OK
