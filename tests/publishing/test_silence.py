"""Silence: which moments it covers, whom it lets through, and that nothing leaves in it or right after it by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, NotAllowed, Role
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.core.refusal import Refusal
from tanggap.publishing import queue, releasing, silence
from tanggap.publishing.models import Delivery, DeliveryState, PublicationKind, SilentPeriod
from tanggap.publishing.silence import Wish
from tests.city import Scripted, a_channel, a_government, a_member, a_publication, a_unit, agreed

WIB = ZoneInfo("Asia/Jakarta")


def a_period(**fields: object) -> SilentPeriod:
    start = datetime(2026, 11, 20, tzinfo=WIB)
    values = {"name": "Duka", "kind": "mourning", "starts_at": start, "ends_at": start + timedelta(days=3)}
    return SilentPeriod(**(values | fields))


class TestPure:
    def test_its_end_lies_outside(self) -> None:
        one = a_period()
        assert silence.covers(one, one.starts_at, WIB)
        assert silence.covers(one, one.ends_at - timedelta(seconds=1), WIB)
        assert not silence.covers(one, one.ends_at, WIB)
        assert not silence.covers(one, one.starts_at - timedelta(seconds=1), WIB)

    def test_a_lifted_one_covers_nothing(self) -> None:
        one = a_period(lifted_at=datetime(2026, 11, 21, tzinfo=UTC))
        assert not silence.covers(one, datetime(2026, 11, 21, tzinfo=WIB), WIB)

    @pytest.mark.parametrize(
        ("clock", "covered"), [("16:59", False), ("17:00", True), ("18:59", True), ("19:00", False)]
    )
    def test_a_daily_one_covers_its_hours_on_the_local_clock(self, clock: str, covered: bool) -> None:
        one = a_period(daily_from=time(17), daily_until=time(19))
        at = datetime.fromisoformat(f"2026-11-21T{clock}:00+07:00").astimezone(UTC)
        assert silence.covers(one, at, WIB) is covered

    @pytest.mark.parametrize(("clock", "covered"), [("22:00", True), ("02:00", True), ("04:30", False)])
    def test_its_hours_may_run_over_midnight(self, clock: str, covered: bool) -> None:
        one = a_period(daily_from=time(21), daily_until=time(4, 30))
        assert silence.covers(one, datetime.fromisoformat(f"2026-11-21T{clock}:00+07:00"), WIB) is covered

    def test_a_kind_that_is_let_through_is_let_through(self) -> None:
        one = a_period(but=["warning"])
        at = datetime(2026, 11, 21, tzinfo=WIB)
        assert silence.silencing(PublicationKind.WARNING, at, [one], WIB) is None
        assert silence.silencing(PublicationKind.GREETING, at, [one], WIB) is one


@pytest.mark.django_db
class TestHeld:
    @pytest.fixture
    def boss(self) -> Iterator[Member]:
        Scripted.answers, Scripted.sent = [], []
        boss = a_member(a_unit(a_government(), "KOM"), Role.COORDINATOR)
        with scope.government(boss.government_id):
            yield boss

    @pytest.fixture
    def channel(self, boss: Member) -> Channel:
        return a_channel(boss.unit)

    def declare(self, by: Member, **fields: object) -> SilentPeriod:
        now = timezone.now()
        values = {"name": "Duka", "kind": "mourning", "starts_at": now - timedelta(hours=1),
                  "ends_at": now + timedelta(hours=5)}  # fmt: skip
        return silence.declare(by, Wish(**(values | fields)))  # type: ignore[arg-type]

    def approved(self, boss: Member, channel: Channel, **fields: Any) -> Delivery:
        writer, head = a_member(boss.unit), a_member(boss.unit, Role.LEADER)
        one = agreed(a_publication(writer, channel, **fields), head)
        return Delivery.objects.get(variant__publication=one)

    def test_what_is_due_in_it_is_held_and_leaves_by_no_itself_when_it_is_lifted(
        self, boss: Member, channel: Channel
    ) -> None:
        period = self.declare(boss)
        row = self.approved(boss, channel)
        work.run("send")
        row.refresh_from_db()
        assert (row.state, Scripted.sent) == (DeliveryState.HELD, [])
        assert "Duka" in row.error
        assert silence.lift(period, boss) == 1
        work.run("send")
        assert Scripted.sent == []
        releasing.confirm(row, boss)
        work.run("send")
        assert len(Scripted.sent) == 1

    def test_nobody_confirms_over_a_silence_that_stands(self, boss: Member, channel: Channel) -> None:
        self.declare(boss)
        row = self.approved(boss, channel)
        work.run("send")
        row.refresh_from_db()
        with pytest.raises(Refusal, match="Duka"):
            releasing.confirm(row, boss)
        row.refresh_from_db()
        assert row.state == DeliveryState.HELD

    def test_its_exceptions_leave(self, boss: Member, channel: Channel) -> None:
        self.declare(boss, but=["warning"])
        row = self.approved(boss, channel, kind="warning")
        work.run("send")
        row.refresh_from_db()
        assert row.state == DeliveryState.SENT

    def test_an_answer_to_a_citizen_is_never_silenced(self, boss: Member, channel: Channel) -> None:
        self.declare(boss)
        row = queue.enqueue(channel, "reply", "Terima kasih", boss, timezone.now(), target="p1")
        work.run("send")
        row.refresh_from_db()
        assert row.state == DeliveryState.SENT

    def test_the_silence_of_another_government_holds_nothing(self, boss: Member, channel: Channel) -> None:
        other = a_member(a_unit(a_government("99.72"), "LAIN"), Role.COORDINATOR)
        with scope.government(other.government_id):
            self.declare(other)
        row = self.approved(boss, channel)
        work.run("send")
        row.refresh_from_db()
        assert row.state == DeliveryState.SENT

    def test_only_coordinators_declare_and_nonsense_is_refused(self, boss: Member) -> None:
        with pytest.raises(NotAllowed):
            self.declare(a_member(boss.unit))
        now = timezone.now()
        for wrong, field in (
            ({"name": " "}, "name"), ({"kind": "x"}, "kind"), ({"ends_at": now - timedelta(days=1)}, "ends_at"),
            ({"daily_from": time(5)}, "daily_from"), ({"but": ["x"]}, "but"),
            ({"ends_at": now + timedelta(days=500)}, "ends_at"),
        ):  # fmt: skip
            with pytest.raises(Refusal) as told:
                self.declare(boss, **wrong)
            assert told.value.field == field
        assert not SilentPeriod.objects.exists()

    def test_a_lifted_one_is_not_changed_any_more(self, boss: Member) -> None:
        period = self.declare(boss)
        wish = Wish("Baru", "other", period.starts_at, period.ends_at)
        assert silence.change(period, boss, wish).name == "Baru"
        silence.lift(period, boss)
        with pytest.raises(Refusal):
            silence.change(period, boss, wish)
