"""Slots: set for a week, the next free one found, and two who ask at once get one each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, NotAllowed, Role
from tanggap.channels.models import Channel
from tanggap.core import scope
from tanggap.core.refusal import Refusal
from tanggap.publishing import silence
from tanggap.publishing.models import PublicationState, Slot
from tanggap.publishing.schedule import slots
from tests.city import Scripted, a_channel, a_government, a_member, a_publication, a_unit, agreed

WIB = ZoneInfo("Asia/Jakarta")
TEXT = "Pilah sampah dari rumah: organik di ember hijau."


@dataclass
class Office:
    boss: Member
    writer: Member
    head: Member
    channel: Channel
    other: Channel


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    Scripted.answers, Scripted.sent = [], []
    unit = a_unit(a_government(), "KOM")
    with scope.government(unit.government_id):
        made = Office(
            a_member(unit, Role.COORDINATOR), a_member(unit), a_member(unit, Role.LEADER), a_channel(unit),
            a_channel(unit),
        )  # fmt: skip
        slots.define(made.boss, made.channel, [(day, time(8)) for day in range(7)])
        yield made


def test_slots_come_in_order_on_the_local_clock_and_not_at_the_last_minute() -> None:
    now = datetime(2026, 11, 23, 7, 57, tzinfo=WIB)  # a Monday
    found = slots.upcoming([(0, time(8)), (0, time(16)), (2, time(8))], now, WIB)
    assert [f"{next(found).astimezone(WIB):%a %H:%M}" for _ in range(3)] == [
        "Mon 16:00",
        "Wed 08:00",
        "Mon 08:00",
    ]


def test_each_gets_the_next_free_one(office: Office) -> None:
    first, second = (a_publication(office.writer, office.channel, text=TEXT) for _ in range(2))
    one = slots.take(first, office.writer).publication
    two = slots.take(second, office.writer).publication
    assert one.due_at is not None
    assert two.due_at is not None
    assert one.due_at.astimezone(WIB).time() == time(8)
    assert two.due_at - one.due_at == timedelta(days=1)


def test_what_stands_on_any_of_its_channels_takes_the_slot(office: Office) -> None:
    taken = slots.take(a_publication(office.writer, office.channel, text=TEXT), office.writer).publication
    assert taken.due_at is not None
    both = a_publication(office.writer, office.channel, office.other, text=TEXT)
    elsewhere = a_publication(office.writer, office.other, text=TEXT, due_at=taken.due_at + timedelta(days=1))
    assert slots.next_free(both, timezone.now()) == taken.due_at + timedelta(days=2)
    assert elsewhere.pk


def test_a_slot_in_a_silence_is_passed_over(office: Office) -> None:
    one = a_publication(office.writer, office.channel, text=TEXT)
    first = slots.next_free(one, timezone.now())
    silence.declare(
        office.boss, silence.Wish("Duka", "mourning", first - timedelta(hours=1), first + timedelta(hours=1))
    )
    assert slots.next_free(one, timezone.now()) == first + timedelta(days=1)


def test_an_approved_one_keeps_its_approval_in_its_slot(office: Office) -> None:
    later = timezone.now() + timedelta(days=20)
    one = agreed(a_publication(office.writer, office.channel, text=TEXT, due_at=later), office.head)
    moved = slots.take(one, office.writer).publication
    assert moved.state == PublicationState.APPROVED
    assert moved.due_at is not None
    assert moved.due_at < later


def test_without_slots_it_says_what_to_do(office: Office) -> None:
    with pytest.raises(Refusal, match="belum punya slot"):
        slots.take(a_publication(office.writer, office.other, text=TEXT), office.writer)


def test_slots_are_set_by_coordinators_and_replace_those_before(office: Office) -> None:
    with pytest.raises(NotAllowed):
        slots.define(office.writer, office.channel, [])
    slots.define(office.boss, office.channel, [(0, time(9)), (0, time(9)), (3, time(12))])
    assert list(Slot.objects.order_by("weekday").values_list("weekday", "at")) == [
        (0, time(9)),
        (3, time(12)),
    ]
    with pytest.raises(Refusal):
        slots.define(office.boss, office.channel, [(7, time(9))])
