"""What is due and not out: red wherever it stands, told once; and how soon a worker looks for what is due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, Notice, Role
from tanggap.channels.models import Channel, Health
from tanggap.config.worker import cron
from tanggap.core import scope, work
from tanggap.publishing import alarms, stopping
from tanggap.publishing.models import Delivery, Publication
from tests.city import Scripted, a_channel, a_government, a_member, a_publication, a_unit, agreed

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer() -> Iterator[Member]:
    Scripted.answers, Scripted.sent = [], []
    unit = a_unit(a_government(), "KOM")
    with scope.government(unit.government_id):
        yield a_member(unit, Role.OFFICER)


@pytest.fixture
def chief(writer: Member) -> Member:
    return a_member(writer.unit, Role.COORDINATOR)


@pytest.fixture
def channel(writer: Member) -> Channel:
    return a_channel(writer.unit)


def due(writer: Member, chief: Member, channel: Channel, **ago: float) -> Publication:
    """One whose minute was so long ago."""
    one = agreed(a_publication(writer, channel), chief)
    at = timezone.now() - timedelta(**ago)
    Delivery.objects.filter(variant__publication=one).update(occurrence=at, due_at=at)
    return one


def told() -> list[int]:
    return sorted(Notice.objects.filter(kind="publication_late").values_list("member_id", flat=True))


def test_two_minutes_after_its_minute_those_concerned_are_told_once(
    writer: Member, chief: Member, channel: Channel
) -> None:
    a_member(writer.unit, Role.OFFICER)
    Channel.objects.update(health=Health.NEEDS_LOGIN)
    due(writer, chief, channel, seconds=90)
    assert work.run("publication_alarm") == 0
    assert alarms.late(writer, timezone.now()) == 0
    one = due(writer, chief, channel, seconds=130)
    assert work.run("publication_alarm") == 1
    assert told() == sorted([writer.pk, chief.pk])
    assert work.run("publication_alarm") == 0
    assert alarms.late(writer, timezone.now()) == 1
    Channel.objects.update(health=Health.OK)
    work.run("send")
    work.run("publications")
    assert alarms.late(writer, timezone.now()) == 0
    one.refresh_from_db()
    assert (one.state, one.told) == ("out", "")


def test_a_next_try_later_on_hides_nothing(writer: Member, chief: Member, channel: Channel) -> None:
    due(writer, chief, channel, minutes=10)
    Delivery.objects.update(due_at=timezone.now() + timedelta(hours=1), error="penuh")
    assert alarms.late(writer, timezone.now()) == 1


def test_while_everything_is_stopped_and_just_after_nobody_is_alarmed(
    writer: Member, chief: Member, channel: Channel
) -> None:
    stopping.stop(chief, "Gempa")
    due(writer, chief, channel, minutes=10)
    assert work.run("publication_alarm") == 0
    stopping.lift(chief)
    assert work.run("publication_alarm") == 0
    work.run("send")
    assert work.run("publication_alarm") == 0
    assert told() == []


def test_another_office_counts_only_its_own(writer: Member, chief: Member, channel: Channel) -> None:
    due(writer, chief, channel, minutes=10)
    other = a_member(a_unit(writer.government, "DLH"), Role.LIAISON)
    assert (alarms.late(other, timezone.now()), alarms.late(chief, timezone.now())) == (0, 1)


def test_what_is_due_is_looked_for_often_enough_to_leave_within_half_a_minute() -> None:
    """The schedule wakes sending by itself, whatever woke it or did not."""
    for name in ("send", "send_again"):
        assert work.STEPS[name].every <= 10
        assert cron(work.STEPS[name].every) == f"* * * * * */{work.STEPS[name].every}"
    assert work.STEPS["publication_alarm"].every <= 60


@pytest.mark.fault(21)
def test_a_clock_that_jumps_two_hours_sends_once_and_asks_where_it_is_too_late(
    writer: Member, chief: Member, channel: Channel
) -> None:
    at = timezone.now() + timedelta(minutes=1)
    late = agreed(a_publication(writer, channel, kind="greeting", due_at=at), chief)
    fine = agreed(a_publication(writer, a_channel(writer.unit), kind="information", due_at=at), chief)
    step = work.STEPS["send"].run
    assert step(at - timedelta(seconds=1)) == 0
    for now in (at + timedelta(hours=2, minutes=1), at, at + timedelta(hours=2, minutes=1), at):
        step(now)
    states = {
        row.variant.publication_id: row.state
        for row in Delivery.objects.select_related("variant")
        if row.variant
    }
    assert states == {late.pk: "held", fine.pk: "sent"}
    assert len(Scripted.sent) == 1


@pytest.mark.fault(14)
def test_a_restart_at_the_due_minute_neither_loses_nor_doubles(
    writer: Member, chief: Member, channel: Channel
) -> None:
    """A worker claims, says `sending`, and is gone before the call; another one begins."""
    due(writer, chief, channel, seconds=1)
    row = Delivery.objects.get()
    Delivery.flow.move(row, "sending", sending_since=timezone.now(), attempts=1)
    assert work.run("send") == work.run("settle") == 0
    Delivery.objects.update(sending_since=timezone.now() - timedelta(minutes=3))
    Scripted.answers = [None]
    work.run("settle", limit=1)
    Scripted.answers = []
    work.run("send")
    row.refresh_from_db()
    assert (row.state, len(Scripted.sent)) == ("sent", 1)
