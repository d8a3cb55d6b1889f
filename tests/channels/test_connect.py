"""What administrators do with a channel: connect, test, pause, resume, connect again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, NotAllowed, Role
from tanggap.channels import connect, tending
from tanggap.channels import connector as registry
from tanggap.channels.connector import (
    Ability,
    Connector,
    Fetched,
    Identity,
    NeedsLogin,
    Permanent,
    Setting,
    Temporary,
)
from tanggap.channels.limits import Limits
from tanggap.channels.models import App, Channel, Health
from tanggap.core import audit, scope
from tanggap.core.refusal import Refusal
from tanggap.core.state import ForbiddenMove
from tests.city import a_government, a_member, a_unit

pytestmark = pytest.mark.django_db


class Known(Connector):
    """A platform where a token is the account's name, and some names stand for trouble."""

    platform: ClassVar[str] = "known"
    name: ClassVar[str] = "Uji"
    abilities: ClassVar[frozenset[Ability]] = frozenset({Ability.FETCH})
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("api_base", "Alamat"),
        Setting("token", "Token", secret=True),
    )
    limits: ClassVar[Limits] = Limits(most=500)
    trouble: ClassVar[dict[str, Exception]] = {}
    trusted: ClassVar[list[bool]] = []

    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        if self.account.token == "diam":
            raise Temporary("Server mati.")
        return Fetched([], {"after": "7"})

    def identify(self) -> Identity:
        self.trusted.append(self.account.trusted_base)
        if self.account.token in self.trouble:
            raise self.trouble[self.account.token]
        limits = Limits(most=777, count="mastodon", url_length=23)
        return Identity(
            f"{self.account.token}@uji.example", f"@{self.account.token}", "Pemerintah Kota", limits=limits
        )


@pytest.fixture(autouse=True)
def _platform(monkeypatch: pytest.MonkeyPatch) -> None:
    registry.all_connectors()
    monkeypatch.setitem(registry._found, "known", Known)
    monkeypatch.setattr(Known, "trusted", [])
    errors = {
        "ditolak": NeedsLogin("x"),
        "mati": Temporary("Server mati."),
        "salah": Permanent("Alamat salah."),
        "aneh": KeyError("acct"),
    }
    monkeypatch.setattr(Known, "trouble", errors)


@pytest.fixture
def admin() -> Any:
    member = a_member(a_unit(a_government(), "DISKOMINFO"), Role.ADMINISTRATOR)
    with scope.government(member.government_id):
        yield member


def connected(by: Member, token: str = "pemkot", **more: Any) -> Channel:
    return connect.connect(
        by, platform="known", values={"api_base": "https://uji.example/", "token": token}, **more
    )


def test_connecting_keeps_who_it_is_and_what_fits_and_begins_to_fetch(admin: Member) -> None:
    channel = connected(admin, unit=admin.unit)
    channel.refresh_from_db()
    assert (channel.external_id, channel.handle, channel.name) == (
        "pemkot@uji.example",
        "@pemkot",
        "Pemerintah Kota",
    )
    assert (channel.token, channel.settings["api_base"], channel.health) == (
        {"token": "pemkot"},
        "https://uji.example",
        Health.OK,
    )
    assert connect.limits_of(channel).most == 777
    assert channel.fetch_due_at is not None
    assert channel.fetch_due_at <= timezone.now()
    assert audit.Entry.objects.get(action="channel.connect").actor == admin.audit_name
    assert Known.trusted == [False]
    assert "pemkot" not in str(audit.Entry.objects.get(action="channel.connect").fields)


@pytest.mark.fault(50)
def test_only_an_app_of_the_installation_makes_an_address_trusted(admin: Member) -> None:
    App.objects.create(
        key="a", platform="known", name="A", api_base="https://uji.example", trusted_base=False
    )
    connected(admin)
    App.objects.create(key="b", platform="known", name="B", api_base="https://uji.example", trusted_base=True)
    channel = connected(admin, "dishub")
    assert Known.trusted == [False, True]
    assert connect.account_of(channel).trusted_base


@pytest.mark.parametrize(
    ("token", "words", "field"),
    [
        ("ditolak", "menolak token", "token"),
        ("mati", "Server mati.", "api_base"),
        ("salah", "Alamat salah.", "api_base"),
        ("aneh", "tidak menjawab", "api_base"),
    ],
)
def test_what_cannot_be_connected_says_why_and_leaves_nothing(
    admin: Member, token: str, words: str, field: str
) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        connected(admin, token)
    assert refused.value.field == field
    assert Channel.objects.count() == 0


def test_an_account_is_connected_once(admin: Member) -> None:
    connected(admin)
    with pytest.raises(Refusal, match="sudah tersambung"):
        connected(admin)
    assert Channel.objects.count() == 1


def test_what_is_said_from_the_moment_of_connecting_on_is_not_missed(admin: Member) -> None:
    """Before a worker comes to fetch for the first time; where the platform is silent it begins then."""
    for token, cursor in (("pemkot", {"after": "7"}), ("diam", {})):
        channel = connected(admin, token)
        channel.refresh_from_db()
        assert (channel.cursor, channel.fetch_due_at is not None) == (cursor, True)


@pytest.mark.fault(32)
def test_connecting_again_goes_on_where_it_stopped(admin: Member) -> None:
    channel = connected(admin)
    Channel.objects.filter(pk=channel.pk).update(cursor={"mentions": "41"}, failures=4)
    channel.refresh_from_db()
    connect.needs_login(channel, "Token ditolak.")
    channel.refresh_from_db()
    with pytest.raises(Refusal, match="bukan @pemkot"):
        connect.reconnect(channel, admin, {"token": "dishub"})
    with pytest.raises(Refusal, match="menolak token"):
        connect.reconnect(channel, admin, {"token": "ditolak"})
    connect.reconnect(channel, admin, {"token": " pemkot "})
    channel.refresh_from_db()
    assert (channel.health, channel.token, channel.cursor, channel.failures) == (
        Health.OK,
        {"token": "pemkot"},
        {"mentions": "41"},
        0,
    )


def test_pause_and_resume(admin: Member) -> None:
    channel = connected(admin)
    tending.pause(channel, admin, "Serah terima")
    channel.refresh_from_db()
    assert (channel.health, channel.health_text) == (Health.PAUSED, "Serah terima")
    with pytest.raises(ForbiddenMove):
        tending.pause(channel, admin, "lagi")
    tending.resume(channel, admin)
    channel.refresh_from_db()
    assert (channel.health, channel.health_text) == (Health.OK, "")
    assert list(audit.Entry.objects.order_by("id").values_list("action", flat=True)) == [
        "channel.connect", "channel.pause", "channel.resume",
    ]  # fmt: skip


def test_a_disconnected_account_rests_forgets_its_secrets_and_is_the_same_channel_again(
    admin: Member,
) -> None:
    channel = connected(admin)
    tending.close(channel, admin)
    channel.refresh_from_db()
    assert (channel.token, channel.fetch_due_at, channel.closed_at is not None) == (None, None, True)
    again = connected(admin)
    assert (again.pk, again.closed_at, again.token) == (channel.pk, None, {"token": "pemkot"})
    assert again.cursor == {"after": "7"}
    assert Channel.objects.count() == 1


def test_testing_a_channel_heals_it_or_holds_it(admin: Member) -> None:
    channel = connected(admin)
    Channel.flow.move(channel, Health.FAILING, health_text="x")
    assert tending.test(channel, admin).handle == "@pemkot"
    assert channel.health == Health.OK
    Channel.objects.filter(pk=channel.pk).update(token="mati")
    channel.refresh_from_db()
    with pytest.raises(Refusal, match="Server mati"):
        tending.test(channel, admin)
    channel.token = "ditolak"
    with pytest.raises(Refusal, match="Antrean"):
        tending.test(channel, admin)
    channel.refresh_from_db()
    assert channel.health == Health.NEEDS_LOGIN


@pytest.mark.parametrize("role", [one for one in Role if one != Role.ADMINISTRATOR])
def test_nobody_else_may(admin: Member, role: Role) -> None:
    channel = connected(admin)
    other = a_member(admin.unit, role)
    for deed in (
        lambda: connected(other, "lain"),
        lambda: tending.pause(channel, other, ""),
        lambda: tending.resume(channel, other),
        lambda: connect.reconnect(channel, other, {"token": "pemkot"}),
        lambda: tending.test(channel, other),
        lambda: tending.close(channel, other),
    ):
        with pytest.raises(NotAllowed):
            deed()
    channel.refresh_from_db()
    assert channel.health == Health.OK
