"""How published posts fare: asked at fixed ages, kept once a day, unknown is not zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.db.models import F
from django.utils import timezone

from tanggap.channels.connector import (
    Ability,
    ConnectorError,
    NeedsLogin,
    NotPermitted,
    Permanent,
    Quota,
    Sent,
    Temporary,
    Told,
    _found,
)
from tanggap.channels.models import Channel, Health
from tanggap.core import audit, work
from tanggap.publishing import figures, numbers, queue
from tanggap.publishing.models import Delivery, DeliveryState, Figures, Look, Publication
from tests.city import Scripted, a_channel, a_publication, agreed
from tests.publishing.offices import Office

HOUR = timedelta(hours=1)
_LATER = timezone.now() + timedelta(days=1)
Answer = Mapping[str, Mapping[str, int] | None]


class Counting(Scripted):
    """A platform that tells numbers, as the test says."""

    platform = "counting"
    name = "Papan angka"
    abilities = Scripted.abilities | {Ability.FIGURES}
    told = Told(("views", "likes"), 2, source_url="https://papan.example", checked_on="2026-11-22")
    asked: ClassVar[list[list[str]]] = []
    answer: ClassVar[Answer | Exception] = {}

    def figures(self, ids: Sequence[str]) -> Answer:
        self.asked.append(list(ids))
        if isinstance(self.answer, Exception):
            raise self.answer
        return {key: self.answer[key] for key in ids if key in self.answer}


class Rationed(Counting):
    platform = "rationed"
    quota = Quota(10, {"figures": 4})


@pytest.fixture(autouse=True)
def platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    Counting.asked, Counting.answer = [], {}
    monkeypatch.setitem(_found, "counting", Counting)
    monkeypatch.setitem(_found, "rationed", Rationed)


@pytest.fixture
def channel(office: Office) -> Channel:
    return a_channel(office.unit, "counting")


class Press:
    """Publishes through every gate, then lets time pass."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def publish(self, age: timedelta, **keys: Channel) -> Publication:
        """One publication; `keys` are the ids that its posts get, in the order of leaving, and their channels."""
        made = a_publication(self.office.writer, *keys.values(), text="Air mati besok.")
        one = agreed(made, self.office.second)
        for key, channel in keys.items():
            row = Delivery.objects.get(variant__publication=one, channel=channel)
            Scripted.answers = [Sent(key)]
            Delivery.objects.exclude(pk=row.pk).filter(state=DeliveryState.WAITING).update(due_at=_LATER)
            Delivery.objects.filter(pk=row.pk).update(due_at=timezone.now())
            assert work.run("send") == 1
        Delivery.objects.filter(variant__publication=one).update(sent_at=timezone.now() - age)
        return one

    def post(self, channel: Channel, key: str, age: timedelta) -> Delivery:
        return Delivery.objects.get(variant__publication=self.publish(age, **{key: channel}))


@pytest.fixture
def press(office: Office) -> Press:
    return Press(office)


def later(one: Delivery, by: timedelta) -> None:
    """Lets a post grow older; all that is known about it too."""
    Delivery.objects.filter(pk=one.pk).update(sent_at=F("sent_at") - by)
    one.refresh_from_db()
    for row in Look.objects.filter(delivery=one):
        row.next_at = row.next_at and row.next_at - by
        row.save()
    for kept in Figures.objects.filter(delivery=one).order_by("day"):
        kept.day, kept.at = (kept.at - by).date(), kept.at - by
        kept.save()


def test_a_post_is_asked_about_an_hour_after_it_left_and_not_before(channel: Channel, press: Press) -> None:
    young, old = press.post(channel, "muda", HOUR / 2), press.post(channel, "tua", 1.1 * HOUR)
    Counting.answer = {"muda": {"likes": 1}, "tua": {"likes": 0, "views": 7}}
    assert work.run("figures") == 1
    assert Counting.asked == [["tua"]]
    row = Figures.objects.get(delivery=old)
    assert row.numbers == {"likes": 0, "views": 7}
    assert row.day == timezone.localdate(row.at, channel.government.zone)
    assert not Figures.objects.filter(delivery=young).exists()
    assert work.run("figures") == 0


def test_the_ages_at_which_it_is_asked_are_those_of_the_schedule(channel: Channel, press: Press) -> None:
    one = press.post(channel, "p", timedelta(minutes=61))
    Counting.answer = {"p": {"likes": 1}}
    ages = [timedelta(hours=hours) for hours in (1, 6, 24, 72, 7 * 24, 30 * 24)]
    for number, (age, before) in enumerate(zip(ages, [timedelta(0), *ages], strict=False)):
        if number:
            later(one, age - before)
        work.run("figures")
        assert len(Counting.asked) == number + 1, age
        work.run("figures")
        assert len(Counting.asked) == number + 1, age
    assert Look.objects.get(delivery=one).next_at is None


def test_what_an_outage_missed_is_asked_once(channel: Channel, press: Press) -> None:
    press.post(channel, "p", timedelta(days=4))
    Counting.answer = {"p": {"likes": 5}}
    work.run("figures")
    assert len(Counting.asked) == 1
    next_at = Look.objects.get().next_at
    assert next_at is not None
    assert timedelta(days=2.9) < next_at - timezone.now() < timedelta(days=3.1)
    press.post(channel, "kuno", timedelta(days=70))
    assert work.run("figures") == 0


def test_asked_twice_on_a_day_there_is_one_row_with_what_was_told_last(
    channel: Channel, press: Press
) -> None:
    one = press.post(channel, "p", 2 * HOUR)
    Counting.answer = {"p": {"likes": 1, "views": 9}}
    work.run("figures")
    Look.objects.update(next_at=timezone.now())
    Counting.answer = {"p": {"likes": 4}}
    work.run("figures")
    assert Figures.objects.get(delivery=one).numbers == {"likes": 4}
    Look.objects.update(next_at=timezone.now())
    Counting.answer = {"p": {}}
    work.run("figures")
    assert Figures.objects.get(delivery=one).numbers == {"likes": 4}


def test_posts_of_a_channel_are_asked_in_batches_as_large_as_the_platform_takes(
    channel: Channel, press: Press
) -> None:
    for number in range(5):
        press.post(channel, f"p{number}", (5 - number) * HOUR + HOUR)
    Counting.answer = {f"p{number}": {"likes": number} for number in range(5)}
    work.run("figures")
    assert [len(one) for one in Counting.asked] == [2, 2, 1]
    assert Figures.objects.count() == 5


def test_a_post_that_is_gone_is_never_asked_about_again(channel: Channel, press: Press) -> None:
    one, other = press.post(channel, "p", 2 * HOUR), press.post(channel, "q", 2 * HOUR)
    Counting.answer = {"p": None, "q": {"likes": 2}}
    work.run("figures")
    look = Look.objects.get(delivery=one)
    assert look.gone_at is not None
    assert look.next_at is None
    assert not Figures.objects.filter(delivery=one).exists()
    assert Figures.objects.get(delivery=other).numbers == {"likes": 2}


@pytest.mark.parametrize("what", [{"manual": True}, {"external_id": ""}])
def test_only_what_we_published_ourselves_is_asked_about(
    channel: Channel, press: Press, what: dict[str, Any]
) -> None:
    one = press.post(channel, "p", 2 * HOUR)
    Delivery.objects.filter(pk=one.pk).update(**what)
    assert work.run("figures") == 0


def test_answers_are_not_asked_about(channel: Channel) -> None:
    made = queue.enqueue(channel, "reply", "Terima kasih", audit.System("uji"), timezone.now(), target="p1")
    Scripted.answers = [Sent("balasan")]
    assert work.run("send") == 1
    Delivery.objects.filter(pk=made.pk).update(sent_at=timezone.now() - 2 * HOUR)
    assert work.run("figures") == 0


@pytest.mark.parametrize(
    "state",
    [
        {"health": Health.NEEDS_LOGIN}, {"health": Health.PAUSED}, {"rest_until": timezone.now() + HOUR},
        {"closed_at": timezone.now()}, {"platform": "scripted"},
    ],
)  # fmt: skip
def test_a_channel_that_rests_or_tells_nothing_is_left_alone(
    channel: Channel, press: Press, state: dict[str, Any]
) -> None:
    press.post(channel, "p", 2 * HOUR)
    Channel.objects.filter(pk=channel.pk).update(**state)
    assert work.run("figures") == 0
    assert not Counting.asked


@pytest.mark.fault(30)
def test_a_platform_that_asks_for_a_pause_gets_it_for_all_posts_of_the_channel(
    channel: Channel, press: Press
) -> None:
    for number in range(4):
        press.post(channel, f"p{number}", 2 * HOUR)
    Counting.answer = Temporary("Jeda", 1200)
    work.run("figures")
    assert len(Counting.asked) == 1
    waits = Look.objects.values_list("next_at", flat=True)
    assert len(waits) == 4
    for at in waits:
        assert at is not None
        assert timedelta(minutes=19) < at - timezone.now() <= timedelta(minutes=20)
    channel.refresh_from_db()
    assert channel.rest_until is None  # answers still leave


def test_one_channel_that_fails_keeps_no_other_from_being_asked(
    office: Office, channel: Channel, press: Press
) -> None:
    other = a_channel(office.unit, "rationed")
    press.post(channel, "p", 2 * HOUR)
    kept = press.post(other, "q", 2 * HOUR)
    Counting.answer = {"q": {"likes": 3}}

    def broken(self: Counting, ids: Sequence[str]) -> Answer:
        if self.platform == "counting":
            raise ValueError("a bug")
        return {"q": {"likes": 3}}

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Counting, "figures", broken)
        work.run("figures")
    assert Figures.objects.get().delivery == kept
    assert Look.objects.get(delivery__channel=channel).error == "ValueError"


def test_a_token_that_ended_is_shown_and_the_posts_wait(channel: Channel, press: Press) -> None:
    press.post(channel, "p", 2 * HOUR)
    Counting.answer = NeedsLogin("Token habis.")
    work.run("figures")
    channel.refresh_from_db()
    assert channel.health == Health.NEEDS_LOGIN
    assert not Figures.objects.exists()


@pytest.mark.parametrize("error", [NotPermitted("Izin kurang."), Permanent("Tidak ada.")])
def test_a_missing_permission_is_told_and_keeps_the_channel_working(
    channel: Channel, press: Press, error: ConnectorError
) -> None:
    press.post(channel, "p", 2 * HOUR)
    Counting.answer = error
    work.run("figures")
    channel.refresh_from_db()
    assert channel.health == Health.OK
    look = Look.objects.get()
    assert look.error == str(error)
    assert look.next_at is not None
    assert look.next_at > timezone.now() + 3 * HOUR


def test_units_are_counted_and_leave_room_for_answers(office: Office, press: Press) -> None:
    channel = a_channel(office.unit, "rationed")
    for number in range(4):
        press.post(channel, f"p{number}", 2 * HOUR)
    Counting.answer = {f"p{number}": {"likes": 1} for number in range(4)}
    work.run("figures")
    channel.refresh_from_db()
    assert channel.quota["used"] == 4  # a second batch would pass half of the day's ten
    assert Figures.objects.count() == 2
    assert Look.objects.filter(next_at__gt=timezone.now() + 2 * HOUR).count() == 4


def test_the_board_knows_what_is_unknown(office: Office, channel: Channel, press: Press) -> None:
    silent = office.channel
    publication = press.publish(timedelta(days=2), p=channel, q=silent)
    told = Delivery.objects.get(external_id="p")
    Counting.answer = {"p": {"likes": 0}}
    work.run("figures")
    board = numbers.of(publication, timezone.now())
    by_channel = {one.delivery.channel_id: one for one in board.posts}
    assert by_channel[channel.pk].delivery == told
    assert by_channel[channel.pk].numbers == {"likes": 0}
    assert by_channel[channel.pk].tells == {"views", "likes"}
    assert by_channel[channel.pk].asked_at is not None
    assert by_channel[silent.pk].numbers == {}
    assert by_channel[silent.pk].tells == frozenset()
    assert by_channel[silent.pk].next_at is None
    totals = {one.name: (one.count, one.known, one.posts) for one in board.totals}
    assert totals["likes"] == (0, 1, 2)
    assert totals["views"] == (None, 0, 2)
    assert totals["clicks"] == (None, 0, 2)


def test_a_trend_shows_the_days_on_which_its_number_was_told(
    office: Office, channel: Channel, press: Press
) -> None:
    publication = press.publish(2 * HOUR, p=channel)
    one = Delivery.objects.get(external_id="p")
    Counting.answer = {"p": {"likes": 2}}
    work.run("figures")
    assert numbers.of(publication, timezone.now()).posts[0].trend == ()
    later(one, timedelta(days=2))
    Counting.answer = {"p": {"likes": 9}}
    work.run("figures")
    post = numbers.of(publication, timezone.now()).posts[0]
    assert post.by == "likes"
    assert [number for _, number in post.trend] == [2, 9]


def test_after_the_last_age_nothing_is_asked() -> None:
    now = timezone.now()
    assert figures.after(now - timedelta(days=31), now) is None
    assert figures.after(now - timedelta(days=29), now) == now + timedelta(days=1)
