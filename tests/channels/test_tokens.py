"""Tokens that end: warned of in time, renewed once, held when over; and channels that are fetched too late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.db import connection

from tanggap.agencies.models import Member, Notice, Role
from tanggap.channels import connector as registry
from tanggap.channels import lateness, tokens
from tanggap.channels.connector import Ability, Connector, Grant, Identity, NeedsLogin, Temporary
from tanggap.channels.limits import Limits
from tanggap.channels.models import Channel, Health
from tanggap.core import scope
from tests.city import a_channel, a_government, a_member, a_unit

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Lasting(Connector):
    """A platform whose tokens cannot be renewed."""

    platform: ClassVar[str] = "lasting"
    name: ClassVar[str] = "Awet"
    abilities: ClassVar[frozenset[Ability]] = frozenset({Ability.FETCH})
    limits: ClassVar[Limits] = Limits(most=100)


class Renewing(Lasting):
    """A platform whose tokens can."""

    platform: ClassVar[str] = "renewing"
    answers: ClassVar[list[Any]] = []

    def refresh(self) -> Grant | None:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]


@pytest.fixture
def admin(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Member]:
    registry.all_connectors()
    for one in (Lasting, Renewing):
        monkeypatch.setitem(registry._found, one.platform, one)
    Renewing.answers = []
    member = a_member(a_unit(a_government(), "DISKOMINFO"), Role.ADMINISTRATOR)
    with scope.government(member.government_id):
        yield member


def channel(
    admin: Member, platform: str, ends: timedelta, life: timedelta = 60 * DAY, **more: Any
) -> Channel:
    since = (NOW + ends - life).isoformat()
    return a_channel(
        admin.unit, platform, token={"token": "lama", "refresh": "r1"}, token_expires_at=NOW + ends,
        settings={"token_watch": {"since": since}, "page": "1"}, **more,
    )  # fmt: skip


def test_a_warning_is_due_once_at_fourteen_seven_and_one_days() -> None:
    ends, warned, told = NOW + 20 * DAY, None, []
    for hour in range(20 * 24 + 1):
        days = tokens.warning(ends, NOW + hour * timedelta(hours=1), warned)
        if days is not None:
            told.append((days, hour // 24))
            warned = days
    assert told == [(14, 6), (7, 13), (1, 19)]


@pytest.mark.parametrize(
    ("life", "before"),
    [(60 * DAY, 20 * DAY), (15 * DAY, 7 * DAY), (timedelta(hours=2), timedelta(minutes=10)), (None, 7 * DAY)],
)
def test_a_token_is_renewed_in_good_time(life: timedelta | None, before: timedelta) -> None:
    ends = NOW + 3 * DAY
    assert tokens.renew_at(ends, ends - life if life else None) == ends - before


def test_administrators_are_told_once_for_each_warning(admin: Member) -> None:
    one = channel(admin, "lasting", 6 * DAY + timedelta(hours=3))
    officer = a_member(admin.unit, Role.OFFICER)
    for hours in (0, 1, 2):
        tokens.token_watch(NOW + timedelta(hours=hours))
    notice = Notice.objects.get()
    assert (notice.member_id, notice.kind, notice.params["days"]) == (admin.pk, "channel_token", 7)
    assert notice.mail_state == "due"
    tokens.token_watch(NOW + 5 * DAY + timedelta(hours=4))
    assert [one.params["days"] for one in Notice.objects.order_by("pk")] == [7, 1]
    assert not Notice.objects.filter(member=officer).exists()
    tokens.token_watch(NOW + 7 * DAY)
    one.refresh_from_db()
    assert one.health == Health.NEEDS_LOGIN
    assert tokens.token_watch(NOW + 8 * DAY) == 0


def test_nothing_is_due_while_a_token_is_young(admin: Member) -> None:
    channel(admin, "lasting", 50 * DAY)
    assert tokens.token_watch(NOW) == 1, "the first look only notes when to look again"
    assert tokens.token_watch(NOW + DAY) == 0
    assert not Notice.objects.exists()


def test_a_renewed_token_is_kept_with_what_came_beside_it(admin: Member) -> None:
    one = channel(
        admin, "renewing", timedelta(minutes=9), timedelta(hours=2), health=Health.PAUSED, warned_days=7
    )
    ends = NOW + timedelta(hours=2)
    identity = Identity(one.external_id, one.handle, one.name, expires_at=ends)
    Renewing.answers = [Grant(identity, {"token": "baru", "refresh": "r2"})]
    tokens.token_watch(NOW)
    one.refresh_from_db()
    assert one.token == {"token": "baru", "refresh": "r2"}
    assert (one.token_expires_at, one.warned_days, one.health) == (ends, None, Health.PAUSED)
    assert (one.settings["page"], one.settings["token_watch"]) == ("1", {"since": NOW.isoformat()})
    tokens.token_watch(NOW)
    assert tokens.token_watch(NOW + timedelta(minutes=100)) == 0, "not before its time"
    assert not Notice.objects.exists()


@pytest.mark.fault(32)
def test_a_refused_renewal_holds_the_channel(admin: Member) -> None:
    one = channel(admin, "renewing", DAY)
    Renewing.answers = [NeedsLogin("Dicabut.")]
    tokens.token_watch(NOW)
    one.refresh_from_db()
    assert (one.health, one.health_text) == (Health.NEEDS_LOGIN, "Dicabut.")
    assert Notice.objects.get().kind == "channel_login"


def test_a_renewal_that_fails_for_a_time_is_tried_again_and_said(admin: Member) -> None:
    one = channel(admin, "renewing", 10 * DAY)
    Renewing.answers = [Temporary("Mati."), ValueError("aneh"), None]
    tokens.token_watch(NOW)
    assert Notice.objects.get().params["days"] == 10
    assert tokens.token_watch(NOW + timedelta(seconds=5)) == 0
    tokens.token_watch(NOW + timedelta(seconds=15))
    tokens.token_watch(NOW + timedelta(minutes=5))
    one.refresh_from_db()
    assert Renewing.answers == []
    assert (one.health, one.settings["token_watch"]["failures"]) == (Health.OK, 3)
    assert Notice.objects.count() == 1


def test_a_token_of_another_account_is_not_kept(admin: Member) -> None:
    one = channel(admin, "renewing", DAY)
    Renewing.answers = [Grant(Identity("orang-lain", "", ""), {"token": "x"})]
    tokens.token_watch(NOW)
    one.refresh_from_db()
    assert (one.health, one.token["token"]) == (Health.NEEDS_LOGIN, "lama")


def test_a_channel_with_an_unreadable_secret_holds_up_no_other(admin: Member) -> None:
    broken, well = channel(admin, "renewing", DAY), channel(admin, "renewing", DAY)
    with connection.cursor() as cursor:
        cursor.execute("update channels_channel set token = 'bukan-rahasia' where id = %s", [broken.pk])
    ends = NOW + 60 * DAY
    Renewing.answers = [Grant(Identity(well.external_id, "", "", expires_at=ends), {"token": "baru"})]
    tokens.token_watch(NOW)
    well.refresh_from_db()
    assert Channel.objects.get(pk=broken.pk).health == Health.NEEDS_LOGIN
    assert (well.health, well.token["token"]) == (Health.OK, "baru")


def test_a_channel_that_is_not_fetched_becomes_late(admin: Member) -> None:
    period = timedelta(seconds=Lasting.poll_seconds)
    late = NOW - 3 * period - timedelta(minutes=5, seconds=1)
    fine = a_channel(admin.unit, "lasting", last_sync_at=NOW - 3 * period, fetch_due_at=NOW)
    silent = a_channel(admin.unit, "lasting", last_sync_at=late, fetch_due_at=NOW + DAY)
    never = a_channel(admin.unit, "lasting", fetch_due_at=late)
    paused = a_channel(admin.unit, "lasting", fetch_due_at=late, health=Health.PAUSED)
    swept = a_channel(admin.unit, "lasting", last_sync_at=late, fetch_due_at=NOW, hook_at=late)
    assert lateness.tell_lateness(NOW) == 2
    health = {}
    for one in (fine, silent, never, paused, swept):
        one.refresh_from_db()
        health[one.pk] = one.health
    assert list(health.values()) == [Health.OK, Health.LATE, Health.LATE, Health.PAUSED, Health.OK]
    assert "tiap 1 menit" in silent.health_text
    assert lateness.tell_lateness(NOW) == 0
