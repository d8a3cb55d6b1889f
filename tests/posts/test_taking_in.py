"""Fetching channels that are due: what is stored, when they come again, and what failures do."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from tanggap.agencies.models import Notice, Role
from tanggap.channels import connector as registry
from tanggap.channels.connector import Ability, Connector, Fetched, NeedsLogin, Permanent, Temporary
from tanggap.channels.limits import Limits
from tanggap.channels.models import Channel, Health, Recovery
from tanggap.core import audit, scope, work
from tanggap.posts import taking_in
from tanggap.posts.models import RawItem
from tests.city import a_channel, a_government, a_member, a_unit

pytestmark = pytest.mark.django_db
Script = Callable[[Mapping[str, Any]], Fetched]


class Fetching(Connector):
    """A platform that answers as the test says."""

    platform: ClassVar[str] = "fetching"
    name: ClassVar[str] = "Uji"
    abilities: ClassVar[frozenset[Ability]] = frozenset({Ability.FETCH})
    limits: ClassVar[Limits] = Limits(most=500)
    answers: ClassVar[dict[str, Script]] = {}

    def fetch(self, cursor: Mapping[str, Any]) -> Fetched:
        return self.answers[self.account.external_id](cursor)


@pytest.fixture(autouse=True)
def _platform(monkeypatch: pytest.MonkeyPatch) -> None:
    registry.all_connectors()
    monkeypatch.setitem(registry._found, "fetching", Fetching)
    monkeypatch.setattr(Fetching, "answers", {})


def due_channel(answer: Script | Exception, **fields: Any) -> Channel:
    government = a_government(f"99.{80 + Channel._base_manager.count()}")
    unit = a_unit(government, "DISKOMINFO")
    a_member(unit, Role.ADMINISTRATOR)
    channel = a_channel(unit, "fetching", fetch_due_at=timezone.now() - timedelta(seconds=1), **fields)

    def raising(cursor: Mapping[str, Any]) -> Fetched:
        assert isinstance(answer, Exception)
        raise answer

    Fetching.answers[channel.external_id] = raising if isinstance(answer, Exception) else answer
    return channel


def fetch_once() -> int:
    now = timezone.now()
    return taking_in.fetch(now) + taking_in.fetch_again(now)


def bodies(channel: Channel) -> list[bytes]:
    return [bytes(one.body) for one in RawItem.objects.filter(channel=channel).order_by("id")]


def fresh(channel: Channel) -> Channel:
    return Channel._base_manager.get(pk=channel.pk)


def test_bodies_and_cursor_are_kept_together_and_the_next_fetch_has_its_time() -> None:
    channel = due_channel(
        lambda cursor: Fetched([b"a", b"b"], {"after": cursor.get("after", 0) + 2}), cursor={"after": 5}
    )
    assert fetch_once() == 1
    assert bodies(channel) == [b"a", b"b"]
    now = fresh(channel)
    assert (now.cursor, now.fetch_lease_until, now.failures) == ({"after": 7}, None, 0)
    assert now.fetch_due_at is not None
    assert 55 < (now.fetch_due_at - timezone.now()).total_seconds() <= 60
    assert RawItem.objects.values_list("source", flat=True)[0] == "fetch"
    assert fetch_once() == 0


def test_a_pile_is_fetched_page_after_page() -> None:
    def page(cursor: Mapping[str, Any]) -> Fetched:
        number = cursor.get("n", 0) + 1
        return Fetched([str(number).encode()], {"n": number}, more=number < 4)

    channel = due_channel(page)
    assert work.run("fetch") == 4
    assert bodies(channel) == [b"1", b"2", b"3", b"4"]


@pytest.mark.fault(8)
def test_a_platform_that_always_has_the_same_more_is_asked_once_a_round() -> None:
    channel = due_channel(lambda cursor: Fetched([b"same"], {"n": 1}, more=True))
    assert work.run("fetch", limit=10) == 2
    assert bodies(channel) == [b"same", b"same"]


def test_a_temporary_failure_waits_longer_each_time_and_shows_after_the_third() -> None:
    channel = due_channel(Temporary("Server tidak terjangkau."))
    waits = []
    for _ in range(3):
        Channel._base_manager.filter(pk=channel.pk).update(fetch_due_at=timezone.now())
        assert fetch_once() == 1
        now = fresh(channel)
        assert now.fetch_due_at is not None
        waits.append(round((now.fetch_due_at - timezone.now()).total_seconds(), -1))
    assert waits == [10, 60, 300]
    assert (now.health, now.health_text, now.fetch_lease_until) == (
        Health.FAILING,
        "Server tidak terjangkau.",
        None,
    )
    Fetching.answers[channel.external_id] = lambda cursor: Fetched([], {"ok": 1})
    Channel._base_manager.filter(pk=channel.pk).update(fetch_due_at=timezone.now())
    fetch_once()
    assert (fresh(channel).health, fresh(channel).health_text, fresh(channel).failures) == (Health.OK, "", 0)


@pytest.mark.fault(30)
@pytest.mark.parametrize(
    ("asked", "least", "most"), [(7, 5, 8), (10 * 365 * 86400, 6 * 3600 - 5, 6 * 3600), (0, 0, 2)]
)
def test_the_platforms_wish_for_a_pause_is_honoured_within_reason(
    asked: float, least: float, most: float
) -> None:
    channel = due_channel(Temporary("Meminta jeda.", asked))
    fetch_once()
    now = fresh(channel)
    assert now.fetch_due_at is not None
    assert least <= (now.fetch_due_at - timezone.now()).total_seconds() <= most


@pytest.mark.fault(32)
def test_a_token_that_no_longer_works_holds_the_channel_and_is_told_once() -> None:
    channel = due_channel(NeedsLogin("Token ditolak."), cursor={"after": 5})
    assert work.run("fetch") == 1
    now = fresh(channel)
    assert (now.health, now.health_text, now.cursor) == (Health.NEEDS_LOGIN, "Token ditolak.", {"after": 5})
    assert work.run("fetch") == 0
    with scope.government(channel.government_id):
        assert [one.kind for one in Notice.objects.all()] == ["channel_login"]
    assert audit.Entry.objects.filter(action="channel.needs_login").count() == 1


def test_one_channels_trouble_is_its_own() -> None:
    broken = due_channel(RuntimeError("bug"))
    gone = due_channel(Permanent("Akun dihapus."))
    well = due_channel(lambda cursor: Fetched([b"x"], {}))
    assert fetch_once() == 3
    assert bodies(well) == [b"x"]
    assert fresh(broken).health == fresh(gone).health == Health.FAILING
    assert "RuntimeError" in fresh(broken).health_text
    assert "bug" not in fresh(broken).health_text


@pytest.mark.parametrize("health", [Health.PAUSED, Health.NEEDS_LOGIN, Health.MANUAL])
def test_resting_channels_are_left_alone(health: Health) -> None:
    due_channel(lambda cursor: Fetched([b"x"], {}), health=health)
    assert fetch_once() == 0


def test_a_leased_channel_is_left_alone_until_the_lease_is_over() -> None:
    channel = due_channel(
        lambda cursor: Fetched([], {}), fetch_lease_until=timezone.now() + timedelta(seconds=60)
    )
    assert fetch_once() == 0
    assert taking_in.fetch(timezone.now() + timedelta(seconds=61)) == 1
    assert fresh(channel).fetch_lease_until is None


@pytest.mark.fault(14)
def test_a_worker_that_lost_its_lease_keeps_nothing() -> None:
    channel = due_channel(lambda cursor: Fetched([], {}), cursor={"n": 1})
    late = timezone.now()
    assert not taking_in.store(channel, Fetched([b"late"], {"n": 2}), late)
    assert (bodies(channel), fresh(channel).cursor) == ([], {"n": 1})


def test_a_stream_that_comes_up_during_a_fetch_gets_its_own() -> None:
    wished = timezone.now() + timedelta(milliseconds=1)

    def meanwhile(cursor: Mapping[str, Any]) -> Fetched:
        return Fetched([], {})

    channel = due_channel(meanwhile)
    lease = timezone.now() + timedelta(seconds=60)
    Channel._base_manager.filter(pk=channel.pk).update(fetch_lease_until=lease, fetch_due_at=wished)
    assert taking_in.store(channel, Fetched([], {}), lease)
    assert fresh(channel).fetch_due_at == wished


def test_pausing_during_a_fetch_has_the_last_word() -> None:
    channel = due_channel(lambda cursor: Fetched([b"x"], {}), health=Health.FAILING)

    def paused(cursor: Mapping[str, Any]) -> Fetched:
        return Fetched([b"x"], {})

    lease = timezone.now() + timedelta(seconds=60)
    Fetching.answers[channel.external_id] = paused
    Channel._base_manager.filter(pk=channel.pk).update(fetch_lease_until=lease, health=Health.PAUSED)
    assert taking_in.store(channel, Fetched([b"x"], {}), lease)
    assert fresh(channel).health == Health.PAUSED


@pytest.mark.fault(10)
def test_a_channel_that_failed_is_tried_apart_from_those_that_work() -> None:
    dead, alive = (
        due_channel(Temporary("mati"), failures=1),
        due_channel(lambda cursor: Fetched([b"a"], {"n": 1})),
    )
    assert taking_in.fetch(timezone.now()) == 1
    assert bodies(alive) == [b"a"]
    assert taking_in.fetch_again(timezone.now()) == 1
    assert fresh(dead).failures == 2


@pytest.mark.fault(67)
def test_a_secret_that_cannot_be_read_holds_its_own_channel_only(settings: Any) -> None:
    locked = due_channel(lambda cursor: Fetched([b"x"], {}), token={"token": "t"})
    settings.TANGGAP_KEYS = [Fernet.generate_key().decode()]
    open_ = due_channel(lambda cursor: Fetched([b"a"], {"n": 1}))
    assert fetch_once() == 2
    assert (bodies(open_), bodies(locked)) == ([b"a"], [])
    assert (fresh(locked).health, fresh(open_).health) == (Health.NEEDS_LOGIN, Health.OK)


@pytest.mark.fault(9)
def test_a_period_that_the_platform_no_longer_gives_is_named_and_told() -> None:
    channel = due_channel(lambda cursor: Fetched([b"a"], {"n": 1}, missed="Telegram hanya menyimpan 24 jam."))
    fetch_once()
    gap = Recovery._base_manager.get(channel=channel)
    assert (gap.found, gap.missed) == (0, "Telegram hanya menyimpan 24 jam.")
    assert Notice._base_manager.filter(kind="channel_gap", government=channel.government).count() == 1


def test_a_slow_platform_keeps_its_channel_and_a_killed_worker_s_is_free_within_a_minute(
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr(taking_in, "RENEW", timedelta(milliseconds=50))
    leases: list[Any] = []

    def slow(cursor: Mapping[str, Any]) -> Fetched:
        time.sleep(0.4)
        return Fetched([b"a"], {"n": 1})

    renew = taking_in._renewed

    def watched(channels: Any, until: Any) -> Any:
        leases.append(renew(channels, until))
        return leases[-1]

    monkeypatch.setattr(taking_in, "_renewed", watched)
    channel = due_channel(slow)
    assert fetch_once() == 1
    assert bodies(channel) == [b"a"]
    assert leases == sorted(leases)
    assert leases[-1] > leases[0]
    assert timedelta(seconds=60) >= taking_in.LEASE
