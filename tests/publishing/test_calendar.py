"""What the calendar says of each time of a publication, what stands around it, and moving without losing approvals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, Role
from tanggap.channels.connector import Permanent
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.core.refusal import Refusal
from tanggap.publishing import commemorations, greetings, queue, review, silence
from tanggap.publishing.models import Approval, Delivery, DeliveryState, Publication, PublicationState
from tanggap.publishing.occurrences import Pattern
from tanggap.publishing.schedule import calendar, moving, recurring
from tanggap.publishing.schedule.calendar import Wanted
from tests.city import Scripted, a_channel, a_government, a_member, a_publication, a_unit, agreed

WIB = ZoneInfo("Asia/Jakarta")
TEXT = "Pilah sampah dari rumah: organik di ember hijau."
DAY = timedelta(days=1)


class TestCommemorations:
    def test_each_falls_on_one_day_a_year_and_says_where_it_comes_from(self) -> None:
        keys = [one.key for one in commemorations.known()]
        assert len(keys) == len(set(keys)) > 40
        for one in commemorations.known():
            assert one.on(2028).year == 2028
            assert one.name
            assert one.name_en
            assert not one.verified or (one.source and one.checked_on), one.key
            assert not one.basis or one.verified, f"{one.key}: no decree is shown that was not verified"

    def test_a_rule_by_weekday(self) -> None:
        habitat = commemorations.by_key("habitat")
        assert habitat is not None
        assert (habitat.on(2026), habitat.on(2027)) == (date(2026, 10, 5), date(2027, 10, 4))

    def test_they_agree_with_the_rule_on_greetings(self) -> None:
        named = {one.key.replace("_", " "): one for one in commemorations.known()}
        both = greetings.FIXED.keys() & named.keys()
        assert len(both) >= 10
        for key in both:
            day = named[key].on(2027)
            assert (day.month, day.day) == greetings.FIXED[key], key

    def test_a_stretch_over_new_year(self) -> None:
        found = dict(commemorations.between(date(2026, 12, 20), date(2027, 1, 31)))
        assert min(found) == date(2026, 12, 20)
        assert max(found) == date(2027, 1, 25)


@dataclass
class Office:
    writer: Member
    head: Member
    channel: Channel
    at: datetime


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    Scripted.answers, Scripted.sent = [], []
    unit = a_unit(a_government(), "KOM")
    at = datetime.combine(timezone.now().astimezone(WIB).date() + 3 * DAY, time(8), tzinfo=WIB)
    with scope.government(unit.government_id):
        yield Office(a_member(unit), a_member(unit, Role.LEADER), a_channel(unit), at)


def states(office: Office, now: datetime, days: int = 10) -> list[tuple[datetime, str, bool]]:
    found = calendar.entries(office.writer, office.at - 5 * DAY, office.at + days * DAY, Wanted(), now)
    return [(one.at, one.state, one.late) for one in found]


class TestTimes:
    def test_from_draft_to_out(self, office: Office) -> None:
        now = timezone.now()
        one = a_publication(office.writer, office.channel, text=TEXT, due_at=office.at)
        assert states(office, now) == [(office.at, "draft", False)]
        assert states(office, office.at + timedelta(hours=1)) == [(office.at, "draft", True)]
        agreed(one, office.head)
        assert states(office, now) == [(office.at, "waiting", False)]
        assert states(office, office.at + timedelta(hours=1)) == [(office.at, "waiting", True)]
        work.STEPS["send"].run(office.at)
        assert states(office, office.at + timedelta(hours=1)) == [(office.at, "sent", False)]

    def test_one_of_two_channels_failed(self, office: Office) -> None:
        other = a_channel(office.writer.unit)
        agreed(a_publication(office.writer, office.channel, other, text=TEXT, due_at=office.at), office.head)
        Scripted.answers = [Permanent("ditolak")]
        work.STEPS["send"].run(office.at)
        Scripted.answers = []
        found = calendar.entries(office.writer, office.at - DAY, office.at + DAY, Wanted(), office.at)[0]
        sent = Delivery.objects.filter(state=DeliveryState.SENT).count()
        assert (found.state, found.part_out, found.movable, sent) == ("failed", True, False, 1)

    def test_a_repetition_shows_what_left_what_waits_and_what_comes(self, office: Office) -> None:
        one = a_publication(office.writer, office.channel, text=TEXT)
        recurring.repeat(
            one, office.writer, Pattern("day"), first=office.at.date(), at=time(8), until=office.at + 3 * DAY
        )
        now = timezone.now()
        assert [state for _at, state, _late in states(office, now)] == ["paused"] * 4
        agreed(one, office.head)
        for step in ("recurring", "send", "recurring"):
            work.STEPS[step].run(office.at)
        found = states(office, office.at)
        assert found == [
            (office.at, "sent", False), (office.at + DAY, "waiting", False), (office.at + 2 * DAY, "planned", False),
            (office.at + 3 * DAY, "planned", False),
        ]  # fmt: skip

    def test_what_leaves_at_once_stands_where_it_left(self, office: Office) -> None:
        agreed(a_publication(office.writer, office.channel, text=TEXT), office.head)
        work.run("send")
        now = timezone.now()
        found = calendar.entries(office.writer, now - DAY, now + DAY, Wanted(), now)
        assert [one.state for one in found] == ["sent"]

    def test_cancelled_ones_are_gone_and_undated_ones_beside(self, office: Office) -> None:
        from tanggap.publishing import writing

        one = a_publication(office.writer, office.channel, text=TEXT, due_at=office.at)
        aside = a_publication(office.writer, office.channel, text=TEXT)
        writing.discard(one, office.writer)
        assert states(office, timezone.now()) == []
        assert calendar.undated(office.writer, Wanted()) == [aside]

    def test_its_minute_past_is_counted_until_it_is_out(self, office: Office) -> None:
        one = agreed(a_publication(office.writer, office.channel, text=TEXT, due_at=office.at), office.head)
        assert calendar.overdue(office.writer, office.at - timedelta(minutes=1)) == []
        assert calendar.overdue(office.writer, office.at + timedelta(minutes=2)) == [office.at]
        work.STEPS["send"].run(office.at)
        assert calendar.overdue(office.writer, office.at + timedelta(minutes=2)) == []
        assert one.pk


class TestSurroundings:
    def test_days_carry_holidays_silences_and_their_ends(self, office: Office) -> None:
        boss = a_member(office.writer.unit, Role.COORDINATOR)
        start = datetime(2027, 8, 16, 12, tzinfo=WIB)
        silence.declare(boss, silence.Wish("Duka", "mourning", start, datetime(2027, 8, 18, 0, tzinfo=WIB)))
        found = calendar.days(boss, date(2027, 8, 16), date(2027, 8, 19), Wanted(), timezone.now())
        assert [len(day.silences) for day in found] == [1, 1, 0, 0], "an end at midnight is of the day before"
        assert [bool(day.holiday) for day in found] == [False, True, False, False]

    def test_the_governments_own_gap_counts(self, office: Office) -> None:
        a_publication(office.writer, office.channel, text=TEXT, title="Satu", due_at=office.at)
        a_publication(
            office.writer, office.channel, text=TEXT, title="Dua", due_at=office.at + timedelta(minutes=20)
        )

        def conflicts() -> list[int]:
            days = calendar.days(office.writer, office.at.date(), office.at.date(), Wanted(), timezone.now())
            return [len(one.conflicts) for one in days[0].entries]

        assert conflicts() == [0, 0]
        office.writer.government.file = {"calendar_gap": 30}
        assert conflicts() == [1, 1]


class TestMoving:
    def test_what_is_approved_stays_approved_and_is_taken_back(self, office: Office) -> None:
        one = agreed(a_publication(office.writer, office.channel, text=TEXT, due_at=office.at), office.head)
        moved = moving.shift(one, office.writer, office.at + DAY)
        assert Delivery.objects.get().due_at == office.at + DAY
        assert moving.take_back(moved.token, office.writer).due_at == office.at
        assert Delivery.objects.get().occurrence == office.at
        assert Approval.objects.get().voided_at is None

    def test_only_the_mover_takes_back_and_not_over_another_move(self, office: Office) -> None:
        one = a_publication(office.writer, office.channel, text=TEXT, due_at=office.at)
        moved = moving.shift(one, office.writer, office.at + DAY)
        with pytest.raises(Refusal):
            moving.take_back(moved.token, a_member(office.writer.unit))
        with pytest.raises(Refusal):
            moving.take_back(moved.token + "x", office.writer)
        moving.shift(one, office.writer, office.at + 2 * DAY)
        with pytest.raises(Refusal, match="rekan"):
            moving.take_back(moved.token, office.writer)

    def test_an_approved_one_needs_a_minute_and_a_draft_does_not(self, office: Office) -> None:
        one = a_publication(office.writer, office.channel, text=TEXT, due_at=office.at)
        assert moving.shift(one, office.writer, None).publication.due_at is None
        two = agreed(a_publication(office.writer, office.channel, text=TEXT, due_at=office.at), office.head)
        with pytest.raises(Refusal, match="perlu waktu"):
            moving.shift(two, office.writer, None)

    def test_a_move_into_a_silence_asks_and_composing_says_so(self, office: Office) -> None:
        boss = a_member(office.writer.unit, Role.COORDINATOR)
        silence.declare(boss, silence.Wish("Duka", "mourning", office.at, office.at + DAY))
        one = a_publication(office.writer, office.channel, text=TEXT, due_at=office.at - DAY)
        with pytest.raises(moving.Doubt, match="Duka") as told:
            moving.shift(one, office.writer, office.at)
        assert not told.value.final
        one = moving.shift(one, office.writer, office.at, sure=True).publication
        found = review.look(one, timezone.now())[0]
        assert [each.code for each in found.objections] == ["silence"]
        assert not found.stopping

    def test_one_time_taken_out_of_the_queue_does_not_end_a_repetition(self, office: Office) -> None:
        one = a_publication(office.writer, office.channel, text=TEXT)
        recurring.repeat(one, office.writer, Pattern("day"), first=office.at.date(), at=time(8))
        agreed(one, office.head)
        work.run("recurring")
        queue.cancel(Delivery.objects.get(), office.writer)
        work.run("recurring")
        assert Publication.objects.get().state == PublicationState.APPROVED
        assert Delivery.objects.filter(state=DeliveryState.WAITING).get().occurrence == office.at + DAY
