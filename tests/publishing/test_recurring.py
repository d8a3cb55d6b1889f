"""Repetition: the next time always waits, none leaves twice, and after an outage at most one is caught up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tanggap.agencies.models import Member, Notice, Role
from tanggap.channels.connector import Permanent
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.core.refusal import Refusal
from tanggap.publishing import writing
from tanggap.publishing.approval import approving
from tanggap.publishing.models import (
    Approval,
    Delivery,
    DeliveryState,
    Publication,
    PublicationState,
    Recurrence,
)
from tanggap.publishing.occurrences import LAST_DAY, Pattern, Times, first_day, words
from tanggap.publishing.schedule import moving, recurring
from tests.city import Scripted, a_channel, a_government, a_member, a_publication, a_unit, agreed

WIB = ZoneInfo("Asia/Jakarta")
DAY = timedelta(days=1)
TEXT = "Pilah sampah dari rumah: organik di ember hijau."
MONDAY = datetime(2026, 11, 23, 8, tzinfo=WIB)


class TestRules:
    @pytest.mark.parametrize(
        ("pattern", "said"),
        [
            (Pattern("day"), "setiap hari pukul 08.00"),
            (Pattern("day", 3), "setiap 3 hari pukul 08.00"),
            (Pattern("week", weekdays=(0,)), "setiap Senin pukul 08.00"),
            (Pattern("week", weekdays=(3, 0, 5)), "setiap Senin, Kamis dan Sabtu pukul 08.00"),
            (Pattern("week", weekdays=(0, 1, 2, 3, 4)), "setiap hari Senin sampai Jumat pukul 08.00"),
            (Pattern("week", 2, (1,)), "setiap 2 minggu pada Selasa pukul 08.00"),
            (Pattern("month", monthday=1), "setiap bulan pada tanggal 1 pukul 08.00"),
            (Pattern("month", 3, monthday=LAST_DAY), "setiap 3 bulan pada hari terakhir pukul 08.00"),
            (Pattern("year"), "setiap tahun pada 23 November pukul 08.00"),
        ],
    )
    def test_a_rule_is_said_in_words_and_read_back(self, pattern: Pattern, said: str) -> None:
        rule = pattern.rule()
        assert words(rule, MONDAY, WIB, "08.00") == said
        assert Pattern.read(rule).rule() == rule

    @pytest.mark.parametrize(
        "pattern",
        [Pattern("week"), Pattern("month"), Pattern("month", monthday=32), Pattern("day", 0), Pattern("day", 61),
         Pattern("week", weekdays=(7,))],
    )  # fmt: skip
    def test_what_cannot_be_is_refused(self, pattern: Pattern) -> None:
        with pytest.raises(Refusal):
            pattern.rule()

    @pytest.mark.parametrize("rule", ["FREQ=HOURLY", "FREQ=DAILY;BYHOUR=1,2,3", "FREQ=MINUTELY;INTERVAL=5"])
    def test_nothing_more_often_than_daily_is_read(self, rule: str) -> None:
        with pytest.raises(ValueError):
            Pattern.read(rule)

    def test_the_hour_is_that_of_the_wall_clock(self) -> None:
        times = Times("FREQ=DAILY", MONDAY, None, WIB)
        found = times.after(MONDAY)
        assert found == MONDAY + DAY
        assert times.after(MONDAY, included=True) == MONDAY

    def test_the_end_is_included_and_final(self) -> None:
        times = Times("FREQ=DAILY", MONDAY, MONDAY + DAY, WIB)
        assert times.between(MONDAY, MONDAY + 9 * DAY) == [MONDAY, MONDAY + DAY]
        assert times.after(MONDAY + DAY) is None

    def test_a_day_that_a_month_lacks_is_passed_over_and_the_last_one_is_not(self) -> None:
        january = datetime(2027, 1, 1, 8, tzinfo=WIB)
        late = first_day(Pattern("month", monthday=31), january.date(), time(8), WIB)
        assert [at.astimezone(WIB).month for at in Times("FREQ=MONTHLY;BYMONTHDAY=31", late, None, WIB).between(
            late, late + 100 * DAY)] == [1, 3]  # fmt: skip
        times = Times(Pattern("month", monthday=LAST_DAY).rule(), january, None, WIB)
        assert [at.astimezone(WIB).day for at in times.between(january, january + 60 * DAY)] == [31, 28]

    @given(
        days=st.sets(st.integers(0, 6), min_size=1), apart=st.integers(1, 8), ahead=st.integers(0, 4000),
        hour=st.integers(0, 23),
    )  # fmt: skip
    def test_each_time_is_on_a_chosen_day_at_the_chosen_hour_and_after_the_one_before(
        self, days: set[int], apart: int, ahead: int, hour: int
    ) -> None:
        pattern = Pattern("week", apart, tuple(days))
        start = first_day(pattern, MONDAY.date(), time(hour), WIB)
        times = Times(pattern.rule(), start, None, WIB)
        found = times.after(MONDAY + timedelta(hours=ahead))
        assert found is not None
        local = found.astimezone(WIB)
        assert (local.weekday() in days, local.hour) == (True, hour)
        following = times.after(found)
        assert following is not None
        assert following - found >= DAY


@dataclass
class Office:
    writer: Member
    head: Member
    channel: Channel
    first: datetime


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    Scripted.answers, Scripted.sent = [], []
    unit = a_unit(a_government(), "KOM")
    first = datetime.combine(timezone.now().astimezone(WIB).date() + DAY, time(8), tzinfo=WIB)
    with scope.government(unit.government_id):
        yield Office(a_member(unit), a_member(unit, Role.LEADER), a_channel(unit), first)


def daily(office: Office, **fields: object) -> Publication:
    """Every day at eight from tomorrow on, approved."""
    one = a_publication(office.writer, office.channel, text=TEXT, **fields)
    recurring.repeat(one, office.writer, Pattern("day"), first=office.first.date(), at=time(8))
    return agreed(one, office.head)


def run(now: datetime, *steps: str) -> None:
    for step in steps or ("recurring", "send", "publications", "recurring"):
        while work.STEPS[step].run(now):
            pass


def rows() -> list[tuple[datetime, str]]:
    found = Delivery.objects.order_by("occurrence").values_list("occurrence", "state")
    return [(at, state) for at, state in found if at]


class TestCourse:
    def test_each_time_leaves_once_and_the_next_waits_already(self, office: Office) -> None:
        one = daily(office)
        run(office.first - timedelta(hours=1))
        assert rows() == [(office.first, "waiting")]
        run(office.first)
        assert rows() == [(office.first, "sent"), (office.first + DAY, "waiting")]
        one.refresh_from_db()
        assert (one.state, one.due_at) == (PublicationState.APPROVED, office.first + DAY)
        assert one.out_at is not None
        run(office.first + DAY + timedelta(seconds=5))
        run(office.first + DAY + timedelta(seconds=15))
        assert len(Scripted.sent) == 2
        assert Recurrence.objects.get().missed == 0

    def test_approval_alone_sends_nothing_before_its_time(self, office: Office) -> None:
        daily(office)
        work.run("recurring")
        work.run("send")
        assert Scripted.sent == []

    def test_after_the_last_time_it_is_out(self, office: Office) -> None:
        one = a_publication(office.writer, office.channel, text=TEXT)
        recurring.repeat(
            one,
            office.writer,
            Pattern("day"),
            first=office.first.date(),
            at=time(8),
            until=office.first + DAY,
        )
        agreed(one, office.head)
        run(office.first)
        run(office.first + DAY)
        run(office.first + 5 * DAY)
        one.refresh_from_db()
        assert (one.state, len(Scripted.sent)) == (PublicationState.OUT, 2)
        assert Recurrence.objects.get().next_at is None

    def test_a_time_that_fails_is_told_and_the_next_goes_on(self, office: Office) -> None:
        one = daily(office)
        run(office.first - timedelta(hours=1))
        Scripted.answers = [Permanent("ditolak")]
        run(office.first, "send", "publications")
        one.refresh_from_db()
        assert one.state == PublicationState.FAILED
        run(office.first + timedelta(minutes=1))
        one.refresh_from_db()
        assert one.state == PublicationState.APPROVED
        run(office.first + DAY)
        assert [state for _at, state in rows()] == ["failed", "sent", "waiting"]
        one.refresh_from_db()
        assert one.state == PublicationState.APPROVED

    def test_what_is_out_already_is_repeated_without_a_new_approval(self, office: Office) -> None:
        one = agreed(a_publication(office.writer, office.channel, text=TEXT), office.head)
        run(timezone.now())
        one.refresh_from_db()
        assert one.state == PublicationState.OUT
        recurring.repeat(one, office.writer, Pattern("day"), first=office.first.date(), at=time(8))
        run(office.first)
        one.refresh_from_db()
        assert (one.state, len(Scripted.sent)) == (PublicationState.APPROVED, 2)
        assert Approval.objects.get().voided_at is None

    def test_what_waited_for_its_one_minute_gives_way(self, office: Office) -> None:
        one = agreed(
            a_publication(office.writer, office.channel, text=TEXT, due_at=office.first + timedelta(hours=3)),
            office.head,
        )
        recurring.repeat(one, office.writer, Pattern("day"), first=office.first.date(), at=time(8))
        run(office.first + timedelta(hours=4))
        assert len(Scripted.sent) == 1


@pytest.mark.fault(37)
class TestOutage:
    def test_after_three_days_one_is_caught_up_and_the_others_are_counted(self, office: Office) -> None:
        one = daily(office)
        run(office.first - timedelta(hours=1))
        back = office.first + 3 * DAY + timedelta(hours=1)
        run(back, "send", "recurring", "send", "recurring", "send")
        assert len(Scripted.sent) == 1
        assert rows() == [
            (office.first, "cancelled"), (office.first + 3 * DAY, "sent"), (office.first + 4 * DAY, "waiting"),
        ]  # fmt: skip
        assert Recurrence.objects.get().missed == 3
        notice = Notice.objects.get(kind="publication_missed")
        assert (notice.member, notice.params["many"]) == (one.author, 3)
        run(back + timedelta(minutes=1))
        assert len(Scripted.sent) == 1

    def test_none_is_caught_up_once_it_is_too_late_for_that(self, office: Office) -> None:
        daily(office, kind="greeting")
        run(office.first - timedelta(hours=1))
        run(office.first + 3 * DAY + timedelta(hours=2, minutes=1))
        assert Scripted.sent == []
        assert rows() == [(office.first, "cancelled"), (office.first + 4 * DAY, "waiting")]
        assert Recurrence.objects.get().missed == 4

    def test_the_steps_may_come_back_in_either_order(self, office: Office) -> None:
        daily(office, late_minutes=60 * 24 * 3)
        run(office.first - timedelta(hours=1))
        back = office.first + 2 * DAY + timedelta(minutes=5)
        run(back, "send")
        assert Scripted.sent == [], "the time of two days ago is not sent beside that of today"
        run(back, "recurring", "send", "recurring", "send")
        assert len(Scripted.sent) == 1

    def test_a_clock_that_leaps_two_hours_publishes_neither_twice_nor_never(self, office: Office) -> None:
        daily(office)
        run(office.first - timedelta(hours=1))
        run(office.first + timedelta(hours=1))
        assert len(Scripted.sent) == 1
        run(office.first - timedelta(hours=1))
        run(office.first)
        run(office.first + timedelta(minutes=1))
        assert len(Scripted.sent) == 1
        run(office.first + DAY)
        assert len(Scripted.sent) == 2

    def test_a_clock_that_leaps_back_and_a_new_approval_do_not_repeat_a_time(self, office: Office) -> None:
        one = daily(office)
        run(office.first)
        Recurrence.objects.update(next_at=office.first)
        Delivery.objects.filter(state=DeliveryState.WAITING).update(state=DeliveryState.CANCELLED)
        run(office.first)
        assert len(Scripted.sent) == 1
        assert rows()[0] == (office.first, "sent")
        assert rows()[-1] == (office.first + DAY, "waiting")
        assert one.pk

    @pytest.mark.parametrize("dies_after", [("recurring",), ("recurring", "send"), ("send",)])
    def test_a_restart_at_the_due_minute(self, office: Office, dies_after: tuple[str, ...]) -> None:
        daily(office)
        run(office.first - timedelta(minutes=1))
        run(office.first, *dies_after)
        run(office.first + timedelta(seconds=20))
        assert len(Scripted.sent) == 1
        run(office.first + DAY)
        assert len(Scripted.sent) == 2


class TestDeeds:
    def test_an_edit_voids_and_pauses_it_until_it_is_agreed_on_again(self, office: Office) -> None:
        one = daily(office)
        run(office.first)
        one.refresh_from_db()
        one = writing.save(one, office.writer, one.revision, {"text": "Lusa air mati."})
        assert one.state == PublicationState.DRAFT
        assert recurring.paused(Recurrence.objects.get())
        run(office.first + 2 * DAY)
        assert len(Scripted.sent) == 1
        agreed(one, office.head)
        # agreed on today, so it goes on with the next of its times from now on that has not left
        run(office.first + timedelta(hours=1))
        assert rows()[-1] == (office.first + DAY, "waiting")
        run(office.first + DAY)
        assert [out.text for out in Scripted.sent] == [TEXT, "Lusa air mati."]
        assert Recurrence.objects.get().missed == 0

    def test_no_edit_while_a_time_is_leaving(self, office: Office) -> None:
        one = daily(office)
        run(office.first - timedelta(hours=1))
        Delivery.objects.update(state=DeliveryState.SENDING, sending_since=timezone.now())
        one.refresh_from_db()
        with pytest.raises(Refusal, match="sedang terbit"):
            writing.save(one, office.writer, one.revision, {"text": "Lusa air mati."})

    def test_one_time_is_passed_over(self, office: Office) -> None:
        one = daily(office)
        run(office.first - timedelta(hours=1))
        recurring.skip(one, office.writer)
        run(office.first)
        assert Scripted.sent == []
        run(office.first + DAY)
        assert len(Scripted.sent) == 1
        one.refresh_from_db()
        assert one.state == PublicationState.APPROVED

    def test_ended_before_it_ever_left_it_is_a_draft_again(self, office: Office) -> None:
        one = daily(office)
        run(office.first - timedelta(hours=1))
        recurring.end(one, office.writer)
        one.refresh_from_db()
        assert one.state == PublicationState.DRAFT
        assert not Recurrence.objects.exists()
        run(office.first)
        assert Scripted.sent == []

    def test_ended_later_it_is_out(self, office: Office) -> None:
        one = daily(office)
        run(office.first)
        recurring.end(one, office.writer)
        run(office.first + 2 * DAY)
        one.refresh_from_db()
        assert (one.state, len(Scripted.sent)) == (PublicationState.OUT, 1)

    def test_it_is_not_moved_by_the_minute(self, office: Office) -> None:
        one = daily(office)
        with pytest.raises(Refusal, match="berulang"):
            moving.shift(one, office.writer, office.first + timedelta(hours=2))

    def test_a_greeting_on_the_wrong_day_asks_first(self, office: Office) -> None:
        wrong = datetime(2027, 6, 7, tzinfo=WIB).date()
        text = "Selamat Hari Guru Nasional untuk semua guru di kota kita."
        one = a_publication(office.writer, office.channel, text=text, kind="greeting")
        with pytest.raises(moving.Doubt):
            recurring.repeat(one, office.writer, Pattern("year"), first=wrong, at=time(8))
        assert not Recurrence.objects.exists()
        recurring.repeat(one, office.writer, Pattern("year"), first=wrong, at=time(8), sure=True)
        assert Recurrence.objects.exists()

    def test_one_without_an_end_in_reach_is_refused(self, office: Office) -> None:
        one = a_publication(office.writer, office.channel, text=TEXT)
        with pytest.raises(Refusal) as told:
            recurring.repeat(
                one, office.writer, Pattern("day"), first=office.first.date(), at=time(8),
                until=office.first - timedelta(hours=1),
            )  # fmt: skip
        assert told.value.field == "until"

    def test_handing_in_again_asks_for_no_new_minute(self, office: Office) -> None:
        one = daily(office)
        run(office.first)
        one.refresh_from_db()
        one = writing.save(one, office.writer, one.revision, {"text": "Lusa air mati."})
        Publication.objects.update(due_at=timezone.now() - 3 * DAY)
        one.refresh_from_db()
        assert approving.hand_in(one, office.writer).state == PublicationState.REVIEW
