"""The log-in at a platform: only answers to one's own question count, once, and nothing of it lies open."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.urls import reverse
from django.utils import timezone

from tanggap.agencies.models import Member, NotAllowed, Role
from tanggap.channels import apps_here, connect, oauth, oauth_token
from tanggap.channels import connector as registry
from tanggap.channels.connector import (
    Connector,
    Developer,
    Grant,
    Identity,
    NeedsLogin,
    OAuth,
    Permanent,
    Scope,
)
from tanggap.channels.limits import Limits
from tanggap.channels.models import App, Channel
from tanggap.core import http, scope
from tanggap.core.refusal import Refusal
from tests.city import a_government, a_member, a_unit

NOTHING = lambda: None  # noqa: E731
ENDS = datetime(2027, 1, 21, tzinfo=UTC)


class Portal(Connector):
    """A platform with a log-in page; `exchanged` are the calls for a token."""

    platform: ClassVar[str] = "portal"
    name: ClassVar[str] = "Portal"
    limits: ClassVar[Limits] = Limits(most=100)
    oauth: ClassVar[OAuth | None] = OAuth(
        "https://www.portal.example/dialog?display=page", "https://api.portal.example/token",
        (Scope("read", "membaca"), Scope("write", "menulis")), separator=",", client_id_name="client_key",
        extra={"access_type": "offline"},
    )  # fmt: skip
    exchanged: ClassVar[list[tuple[str, ...]]] = []
    gives: ClassVar[list[Grant] | Exception] = []

    @classmethod
    def exchange(cls, developer: Developer, code: str, redirect: str, verifier: str) -> list[Grant]:
        cls.exchanged.append((developer.client_id, code, redirect, verifier))
        if isinstance(cls.gives, Exception):
            raise cls.gives
        return cls.gives


def grant(external_id: str = "kota", token: str = "rahasia-kota") -> Grant:
    return Grant(
        Identity(external_id, f"@{external_id}", "Pemkot", limits=Limits(most=777), expires_at=ENDS, settings={"a": 1}),
        {"token": token},
    )  # fmt: skip


@pytest.fixture
def admin(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Member]:
    registry.all_connectors()
    monkeypatch.setitem(registry._found, "portal", Portal)
    monkeypatch.setattr(Portal, "exchanged", [])
    monkeypatch.setattr(Portal, "gives", [grant()])
    member = a_member(a_unit(a_government(), "DISKOMINFO"), Role.ADMINISTRATOR)
    with scope.government(member.government_id):
        yield member


@pytest.fixture
def app(admin: Member) -> App:
    return apps_here.register(
        admin, platform="portal", name="Portal kota", client_id="c1", client_secret="s1"
    )


def begun(by: Member, app: App, kept: dict[str, Any], **more: str) -> dict[str, str]:
    """Leaves for the platform and returns what it was asked."""
    address = oauth.begin(by, "portal", app, kept, **more)
    return {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}


def test_the_platform_is_asked_exactly(admin: Member, app: App) -> None:
    kept: dict[str, Any] = {}
    address = oauth.begin(admin, "portal", app, kept)
    assert address.startswith("https://www.portal.example/dialog?display=page&")
    asked = begun(admin, app, kept)
    assert asked["redirect_uri"] == "http://127.0.0.1:8000" + reverse("channel_return", args=["portal"])
    assert (asked["client_key"], asked["scope"], asked["response_type"]) == ("c1", "read,write", "code")
    assert (asked["access_type"], asked["code_challenge_method"]) == ("offline", "S256")
    given = oauth.finish(admin, "portal", {"state": asked["state"], "code": "k1"}, kept, NOTHING)
    ((client, code, redirect, verifier),) = Portal.exchanged
    assert (client, code, redirect) == ("c1", "k1", asked["redirect_uri"])
    digest = hashlib.sha256(verifier.encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
    assert given.grants[0].identity.external_id == "kota"


def test_what_is_kept_shows_neither_state_nor_verifier_nor_tokens(admin: Member, app: App) -> None:
    kept: dict[str, Any] = {}
    asked = begun(admin, app, kept)
    assert asked["state"] not in json.dumps(kept)
    given = oauth.finish(admin, "portal", {"state": asked["state"], "code": "k1"}, kept, NOTHING)
    oauth.keep(given, kept)
    said = json.dumps(kept)
    assert "rahasia-kota" not in said
    assert Portal.exchanged[0][3] not in said
    again = oauth.waiting(admin, kept)
    assert again is not None
    assert again.grants == given.grants
    oauth.forget(kept)
    assert oauth.waiting(admin, kept) is None


@pytest.mark.fault(63)
def test_an_answer_without_our_state_is_refused(admin: Member, app: App) -> None:
    kept: dict[str, Any] = {}
    asked = begun(admin, app, kept)
    for query in ({"code": "k"}, {"code": "k", "state": ""}, {"code": "k", "state": asked["state"] + "x"}):
        with pytest.raises(Refusal, match="bukan dari sambungan yang Anda mulai"):
            oauth.finish(admin, "portal", query, kept, NOTHING)
    with pytest.raises(Refusal, match="bukan dari sambungan"):
        oauth.finish(admin, "portal", {"code": "k", "state": asked["state"]}, {}, NOTHING)
    assert Portal.exchanged == []


@pytest.mark.fault(63)
def test_an_answer_counts_once(admin: Member, app: App) -> None:
    kept: dict[str, Any] = {}
    query = {"code": "k", "state": begun(admin, app, kept)["state"]}
    stored: list[str] = []
    oauth.finish(admin, "portal", query, kept, lambda: stored.append(json.dumps(kept["oauth_states"])))
    assert stored == ["{}"], "the state is out of the session before the token is asked for"
    with pytest.raises(Refusal, match="sudah dipakai"):
        oauth.finish(admin, "portal", query, kept, NOTHING)
    assert len(Portal.exchanged) == 1


@pytest.mark.fault(63)
def test_an_answer_of_somebody_else_of_another_platform_or_too_late_is_refused(
    admin: Member, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, Any] = {}
    other = a_member(admin.unit, Role.ADMINISTRATOR)
    query = {"code": "k", "state": begun(admin, app, kept)["state"]}
    with pytest.raises(Refusal, match="bukan dari sambungan"):
        oauth.finish(other, "portal", query, dict(kept), NOTHING)
    with pytest.raises(Refusal, match="bukan dari sambungan"):
        oauth.finish(admin, "lain", query, dict(kept), NOTHING)
    later = timezone.now() + timedelta(minutes=10, seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    with pytest.raises(Refusal, match="sepuluh menit"):
        oauth.finish(admin, "portal", query, dict(kept), NOTHING)
    assert Portal.exchanged == []


@pytest.mark.fault(63)
@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("access_denied", "Anda membatalkan"),
        ("redirect_uri_mismatch", "menolak alamat kembali"),
        ("invalid_scope", "peninjauan"),
        ("server_error", "Coba lagi nanti"),
        ("<script>x", "scriptx"),
    ],
)
def test_a_refusal_at_the_platform_is_said_in_words(admin: Member, app: App, error: str, words: str) -> None:
    kept: dict[str, Any] = {}
    state = begun(admin, app, kept)["state"]
    with pytest.raises(Refusal, match=words) as refusal:
        oauth.finish(
            admin, "portal", {"state": state, "error": error, "error_description": "<b>"}, kept, NOTHING
        )
    assert "<" not in str(refusal.value)
    assert Portal.exchanged == []


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NeedsLogin("Kode sudah dipakai."), "Kode sudah dipakai. Tidak ada yang diubah. Mulai lagi"),
        (Permanent("Izin kurang."), "Izin kurang. Tidak ada yang diubah"),
        (KeyError("data"), "tidak seperti yang didokumentasikan"),
    ],
)
def test_a_failed_exchange_is_said_in_words(admin: Member, app: App, error: Exception, words: str) -> None:
    kept: dict[str, Any] = {}
    Portal.gives = error
    query = {"code": "k", "state": begun(admin, app, kept)["state"]}
    with pytest.raises(Refusal, match=words):
        oauth.finish(admin, "portal", query, kept, NOTHING)
    Portal.gives = []
    query = {"code": "k", "state": begun(admin, app, kept)["state"]}
    with pytest.raises(Refusal, match="Tidak ada akun yang diberikan"):
        oauth.finish(admin, "portal", query, kept, NOTHING)


def test_only_a_few_log_ins_stay_open(admin: Member, app: App) -> None:
    kept: dict[str, Any] = {}
    states = [begun(admin, app, kept)["state"] for _ in range(8)]
    assert len(kept["oauth_states"]) == 5
    oauth.finish(admin, "portal", {"code": "k", "state": states[-1]}, kept, NOTHING)


def test_only_administrators_and_only_the_right_app(admin: Member, app: App) -> None:
    with pytest.raises(NotAllowed):
        oauth.begin(a_member(admin.unit, Role.COORDINATOR), "portal", app, {})
    strange = App.objects.create(key="lain", platform="lain", name="Lain")
    with pytest.raises(Refusal, match="bukan untuk Portal"):
        oauth.begin(admin, "portal", strange, {})
    app.client = {"id": "", "secret": ""}
    with pytest.raises(Refusal, match="ID klien"):
        oauth.begin(admin, "portal", app, {})


def test_an_app_s_own_base_moves_the_log_in(admin: Member, app: App) -> None:
    App.objects.filter(pk=app.pk).update(api_base="http://127.0.0.1:9", trusted_base=True)
    app.refresh_from_db()
    assert oauth.begin(admin, "portal", app, {}).startswith("http://127.0.0.1:9/dialog?")


def test_a_granted_account_is_connected_and_renewed(admin: Member, app: App) -> None:
    channel = connect.connect_granted(admin, platform="portal", grant=grant(), app=app)
    assert (channel.app, channel.token, channel.token_expires_at) == (app, {"token": "rahasia-kota"}, ENDS)
    Channel.objects.filter(pk=channel.pk).update(cursor={"since": "41"})
    channel.refresh_from_db()
    connect.renew(channel, admin, grant(token="baru"))
    channel.refresh_from_db()
    assert (channel.token, channel.cursor) == ({"token": "baru"}, {"since": "41"})
    with pytest.raises(Refusal, match="bukan @kota"):
        connect.renew(channel, admin, grant("orang-lain"))


class Answering(httpx.BaseTransport):
    """A token address that gives one answer and keeps what it was asked."""

    def __init__(self, status: int, body: object) -> None:
        self.status, self.body, self.asked = status, body, {}  # type: ignore[var-annotated]
        self.headers: httpx.Headers = httpx.Headers()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked = {key: values[0] for key, values in parse_qs(request.read().decode()).items()}
        self.headers = request.headers
        return httpx.Response(self.status, json=self.body)


def exchanged(status: int, body: object, **more: Any) -> tuple[dict[str, Any], Answering]:
    wire = Answering(status, body)
    assert Portal.oauth is not None
    with http.swapped(wire):
        answer = oauth_token.token(
            "Portal", Developer("c1", "s1"), Portal.oauth, "k", "https://x/", "v", **more
        )
    return answer, wire


def test_the_standard_exchange() -> None:
    answer, wire = exchanged(200, {"access_token": "t", "expires_in": 3600, "scope": "read write extra"})
    assert wire.asked == {
        "grant_type": "authorization_code", "code": "k", "redirect_uri": "https://x/", "code_verifier": "v",
        "client_key": "c1", "client_secret": "s1",
    }  # fmt: skip
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert oauth_token.expires_at(answer, now) == now + timedelta(hours=1)
    assert oauth_token.expires_at({"expires_in": "nie"}, now) is None
    _answer, wire = exchanged(200, {"access_token": "t"}, basic=True)
    assert "client_secret" not in wire.asked
    assert wire.headers["authorization"] == "Basic " + base64.b64encode(b"c1:s1").decode()


@pytest.mark.fault(63)
@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (400, {"error": "invalid_grant"}, NeedsLogin, "sudah dipakai"),
        (
            400,
            {"error": "invalid_grant", "error_description": "redirect_uri differs"},
            Permanent,
            "alamat kembali",
        ),
        (401, {"error": "invalid_client"}, Permanent, "tidak mengenal aplikasi"),
        (400, {"error": {"type": "OAuthException", "message": "bad"}}, NeedsLogin, "OAuthException"),
        (200, {"access_token": "t", "scope": "read"}, Permanent, "write .menulis."),
    ],
)
def test_a_refused_exchange_says_what_to_do(
    status: int, body: object, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        exchanged(status, body)
