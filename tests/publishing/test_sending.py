"""At most once: whatever the platform answers, or doesn't, nothing leaves twice and nothing is lost."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from tanggap.agencies.models import Member, Notice, Role
from tanggap.channels.connector import (
    CannotTell,
    NeedsLogin,
    OutcomeUnknown,
    Permanent,
    Rate,
    Sent,
    Temporary,
    Window,
)
from tanggap.channels.models import Channel, Health
from tanggap.core import audit, files, scope, work
from tanggap.core.state import Lost
from tanggap.publishing import queue, sending, stopping, windows
from tanggap.publishing.models import Delivery, DeliveryState
from tests.city import Scripted, a_channel, a_government, a_member, a_unit

pytestmark = pytest.mark.django_db
ME = audit.System("test")


@pytest.fixture
def member() -> Member:
    return a_member(a_unit(a_government(), "KOMINFO"), Role.COORDINATOR)


@pytest.fixture
def channel(member: Member) -> Channel:
    Scripted.answers, Scripted.sent = [], []
    return a_channel(member.unit)


def put(channel: Channel, text: str = "Terima kasih", thread: str = "") -> Delivery:
    with scope.government(channel.government_id):
        return queue.enqueue(channel, "reply", text, ME, timezone.now(), target="p1", thread=thread)


def a_picture(width: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, 1)).save(out, "PNG")
    return out.getvalue()


def age(one: Delivery, **by: float) -> None:
    """Lets time pass for a delivery, and makes it due again."""
    one.refresh_from_db()
    past = timezone.now() - timedelta(**by)
    Delivery._base_manager.filter(pk=one.pk).update(sending_since=past, due_at=past)


def test_a_delivery_leaves_with_its_reference_and_keeps_where_it_stands(channel: Channel) -> None:
    Scripted.answers = [Sent("77", "https://panggung/77")]
    one = put(channel)
    assert work.run("send") == 1
    one.refresh_from_db()
    assert (one.state, one.external_id, one.url, one.attempts) == ("sent", "77", "https://panggung/77", 1)
    assert [out.reference for out in Scripted.sent] == [str(one.reference)]
    assert work.run("send") == 0


@pytest.mark.fault(29)
def test_an_unknown_outcome_is_looked_up_and_never_sent_blindly(channel: Channel) -> None:
    Scripted.answers = [OutcomeUnknown("waktu habis")]
    one = put(channel)
    work.run("send")
    one.refresh_from_db()
    assert one.state == DeliveryState.UNKNOWN
    assert work.run("send") == 0
    Scripted.answers = [Sent("88")]
    age(one, seconds=30)
    work.run("settle")
    one.refresh_from_db()
    assert (one.state, one.external_id) == ("sent", "88")
    assert len(Scripted.sent) == 1


@pytest.mark.fault(29)
def test_absence_is_believed_only_when_the_request_cannot_be_under_way_any_more(channel: Channel) -> None:
    Scripted.answers = [OutcomeUnknown("waktu habis")]
    one = put(channel)
    work.run("send")
    Scripted.answers = [None]
    age(one, seconds=20)
    work.run("settle", limit=1)
    one.refresh_from_db()
    assert one.state == DeliveryState.UNKNOWN
    Scripted.answers = [None, Sent("99")]
    age(one, seconds=60)
    work.run("settle", limit=1)
    work.run("send")
    one.refresh_from_db()
    assert (one.state, one.external_id) == ("sent", "99")


@pytest.mark.fault(14)
def test_a_sender_that_died_leaves_an_unknown_outcome_not_a_second_send(channel: Channel) -> None:
    one = put(channel)
    Delivery.flow.move(one, DeliveryState.SENDING, sending_since=timezone.now())
    assert work.run("send") == work.run("settle") == 0
    Scripted.answers = [Sent("55")]
    age(one, minutes=3)
    work.run("settle")
    one.refresh_from_db()
    assert (one.state, one.external_id) == ("sent", "55")
    assert not Scripted.sent


def test_where_the_platform_cannot_tell_a_person_decides(channel: Channel, member: Member) -> None:
    Scripted.answers = [OutcomeUnknown("waktu habis"), CannotTell("tidak dapat ditanya")]
    one = put(channel)
    work.run("send")
    age(one, seconds=60)
    work.run("settle", limit=1)
    assert work.run("settle") == 0
    one.refresh_from_db()
    with scope.government(channel.government_id):
        queue.settle_by_hand(one, member, arrived_there=True, url="https://panggung/1")
    one.refresh_from_db()
    assert (one.state, one.url) == ("sent", "https://panggung/1")
    with scope.government(channel.government_id), pytest.raises(Exception, match=r"no move|no longer"):
        queue.settle_by_hand(one, member, arrived_there=False)


@pytest.mark.fault(30)
def test_a_temporary_refusal_waits_as_long_as_the_platform_asks(channel: Channel) -> None:
    Scripted.answers = [Temporary("penuh", retry_after=90, everywhere=False)]
    one = put(channel)
    before = timezone.now()
    work.run("send")
    one.refresh_from_db()
    assert one.state == DeliveryState.WAITING
    assert timedelta(seconds=85) < one.due_at - before < timedelta(seconds=100)


@pytest.mark.fault(30)
def test_a_rate_limit_lets_the_whole_channel_rest_and_no_other(channel: Channel) -> None:
    other = a_channel(channel.unit or a_unit(channel.government, "LAIN"))
    Scripted.answers = [Temporary("penuh", retry_after=90)]
    one = put(channel)
    work.run("send")
    channel.refresh_from_db()
    assert channel.rest_until is not None
    assert timedelta(seconds=85) < channel.rest_until - timezone.now() < timedelta(seconds=95)
    waiting, elsewhere = put(channel, "berikutnya"), put(other, "di kanal lain")
    work.run("send")
    work.run("send_again")
    for each, state in ((one, "waiting"), (waiting, "waiting"), (elsewhere, "sent")):
        each.refresh_from_db()
        assert each.state == state


@pytest.mark.fault(31)
def test_an_hour_of_errors_costs_no_delivery_its_tries_and_ends_in_order(
    channel: Channel, member: Member
) -> None:
    a_member(member.unit, Role.ADMINISTRATOR)
    waiting = [put(channel, text) for text in ("satu", "dua", "tiga")]
    for _try in range(14):
        Scripted.answers = [Temporary("galat 503")] * 3
        Channel._base_manager.filter(pk=channel.pk).update(rest_until=None)
        assert work.run("send", limit=1) + work.run("send_again", limit=1) >= 1
    assert len(Scripted.sent) == len(waiting) + 13, "after the first failures one at a time is tried"
    channel.refresh_from_db()
    assert (channel.health, channel.trips >= 10) == (Health.FAILING, True)
    assert Notice._base_manager.filter(kind="channel_failing").count() == 1
    Channel._base_manager.filter(pk=channel.pk).update(rest_until=None)
    Scripted.answers, Scripted.sent = [], []
    assert work.run("send_again") + work.run("send") == len(waiting)
    assert Scripted.sent[0].text == "satu"
    assert {out.text for out in Scripted.sent} == {"satu", "dua", "tiga"}
    channel.refresh_from_db()
    assert (channel.health, channel.trips, channel.rest_until) == (Health.OK, 0, None)


def test_one_lost_answer_is_no_reason_to_rest_and_a_second_is(channel: Channel) -> None:
    for rests in (False, True):
        Scripted.answers = [OutcomeUnknown("waktu habis")]
        put(channel)
        work.run("send")
        work.run("send_again")
        channel.refresh_from_db()
        assert (channel.rest_until is not None) == rests


@pytest.mark.fault(31)
def test_a_platform_that_refuses_for_good_in_the_end_is_shown(channel: Channel, member: Member) -> None:
    one = put(channel)
    for _try in range(sending.MOST_TRIES):
        Scripted.answers = [Temporary("galat 503", everywhere=False)]
        age(one, seconds=1)
        work.run("send")
    one.refresh_from_db()
    assert (one.state, one.attempts, one.error) == ("failed", sending.MOST_TRIES, "galat 503")
    with scope.government(channel.government_id):
        queue.retry(one, member)
    work.run("send")
    one.refresh_from_db()
    assert one.state == "sent"


@pytest.mark.fault(32)
def test_a_revoked_token_holds_the_channel_and_keeps_the_queue(channel: Channel, member: Member) -> None:
    administrator = a_member(member.unit, Role.ADMINISTRATOR)
    Scripted.answers = [NeedsLogin("token dicabut")]
    first, second = put(channel), put(channel)
    work.run("send", limit=1)
    work.run("send")
    channel.refresh_from_db()
    assert channel.health == Health.NEEDS_LOGIN
    states = {one.pk: one.state for one in Delivery._base_manager.all()}
    assert states[first.pk] == "waiting"
    with scope.government(channel.government_id):
        assert Notice.objects.filter(member=administrator, kind="channel_login").count() == 1
        Channel.flow.move(channel, Health.OK)
    assert states[second.pk] in {"waiting", "sent"}
    work.run("send")
    assert {one.state for one in Delivery._base_manager.all()} == {"sent"}


def test_a_permanent_refusal_fails_with_its_reason(channel: Channel) -> None:
    Scripted.answers = [Permanent("terlalu panjang")]
    one = put(channel)
    work.run("send")
    one.refresh_from_db()
    assert (one.state, one.error) == ("failed", "terlalu panjang")


def test_a_bug_in_a_connector_counts_as_unknown_because_it_may_have_left(channel: Channel) -> None:
    Scripted.answers = [KeyError("id")]
    one = put(channel)
    work.run("send")
    one.refresh_from_db()
    assert one.state == DeliveryState.UNKNOWN


def test_order_is_kept_within_a_thread_and_free_between_threads(channel: Channel) -> None:
    Scripted.answers = [OutcomeUnknown("?")]
    held, behind, other = put(channel, "a", "t1"), put(channel, "b", "t1"), put(channel, "c", "t2")
    work.run("send", limit=1)
    work.run("send")
    states = {one.pk: one.state for one in Delivery._base_manager.all()}
    assert (states[held.pk], states[behind.pk], states[other.pk]) == ("unknown", "waiting", "sent")


@pytest.mark.fault(39)
def test_what_only_a_person_can_settle_does_not_hold_up_its_thread(channel: Channel) -> None:
    Scripted.answers = [OutcomeUnknown("waktu habis")]
    first = put(channel, "satu", thread="t1")
    put(channel, "dua", thread="t1")
    work.run("send")
    assert [out.text for out in Scripted.sent] == ["satu"]
    Scripted.answers = [CannotTell("tidak dapat ditanya")]
    age(first, seconds=60)
    work.run("settle", limit=1)
    Channel._base_manager.update(trips=0, rest_until=None)
    work.run("send")
    assert [out.text for out in Scripted.sent] == ["satu", "dua"]


def test_the_stop_switch_holds_what_waits_and_lets_it_go_again(channel: Channel, member: Member) -> None:
    put(channel)
    with scope.government(channel.government_id):
        stopping.stop(member, "bencana")
        assert stopping.stop(member, "bencana lagi").reason == "bencana"
    assert work.run("send") == 0
    with scope.government(channel.government_id):
        stopping.lift(member)
    assert work.run("send") == 1


def test_our_own_post_that_comes_back_settles_the_send_it_is(channel: Channel) -> None:
    one = put(channel, "Sudah kami teruskan")
    Delivery.flow.move(one, DeliveryState.SENDING, sending_since=timezone.now())
    assert not sending.arrived(channel, "9", "", "Teks lain", "p1")
    assert sending.arrived(channel, "9", "https://panggung/9", "@warga  Sudah kami\nteruskan", "p1")
    one.refresh_from_db()
    assert (one.state, one.external_id) == ("sent", "9")
    with pytest.raises(Lost):
        Delivery.flow.move(Delivery(pk=one.pk, state="sending"), DeliveryState.FAILED)


@pytest.mark.fault(40)
def test_what_is_cancelled_never_leaves_and_what_left_is_not_cancelled(
    channel: Channel, member: Member
) -> None:
    one, two = put(channel, "dibatalkan"), put(channel, "sudah berangkat")
    with scope.government(channel.government_id):
        queue.cancel(one, member)
        stale = Delivery.objects.get(pk=two.pk)
    work.run("send")
    assert [out.text for out in Scripted.sent] == ["sudah berangkat"]
    with scope.government(channel.government_id), pytest.raises(Lost):
        queue.cancel(stale, member)
    two.refresh_from_db()
    assert two.state == "sent"


@pytest.mark.fault(38)
def test_files_leave_as_they_were_approved_or_not_at_all(
    channel: Channel, settings: Any, tmp_path: Path
) -> None:
    settings.TANGGAP_DATA = tmp_path
    government = channel.government_id
    whole = files.keep(government, a_picture(1), "satu.png", "image/png")
    changed = files.keep(government, a_picture(2), "dua.png", "image/png")
    with scope.government(government):
        for file, text in ((whole, "utuh"), (changed, "berubah")):
            queue.enqueue(
                channel, "reply", text, ME, timezone.now(), target="p1", media=[(file, "Foto jembatan")]
            )
    changed.path.write_bytes(b"gambar lain")
    work.run("send")
    assert [(out.text, out.media[0].content, out.media[0].alt) for out in Scripted.sent] == [
        ("utuh", a_picture(1), "Foto jembatan")
    ]
    failed = Delivery._base_manager.get(text="berubah")
    assert (failed.state, "dua.png" in failed.error, "lampirkan lagi" in failed.error) == (
        "failed",
        True,
        True,
    )


@pytest.mark.fault(39)
def test_the_stop_switch_is_asked_before_each_handful(channel: Channel, member: Member) -> None:
    """A long queue is under way when somebody stops it: what was handed over ends, nothing else leaves."""
    for number in range(3 * sending.AT_ONCE):
        put(channel, f"kiriman {number}")
    work.run("send", limit=1)
    with scope.government(channel.government_id):
        stopping.stop(member, "Gempa")
    work.run("send")
    assert len(Scripted.sent) == sending.AT_ONCE
    with scope.government(channel.government_id):
        stopping.lift(member)
    work.run("send")
    handfuls = [
        Scripted.sent[at : at + sending.AT_ONCE] for at in range(0, 3 * sending.AT_ONCE, sending.AT_ONCE)
    ]
    # Within a handful all leave at the same time.
    assert [sorted(int(out.text.split()[1]) for out in one) for one in handfuls] == [
        list(range(at, at + sending.AT_ONCE)) for at in range(0, 3 * sending.AT_ONCE, sending.AT_ONCE)
    ]


@pytest.mark.fault(36)
def test_a_window_that_closed_in_the_queue_keeps_the_text_and_says_what_to_do(
    channel: Channel, monkeypatch: Any
) -> None:
    window = Window("reply", 24, "their_last_message", "Kirim templat yang disetujui.")
    monkeypatch.setattr(Scripted, "windows", (window,))
    now = timezone.now()
    for text, hours in (("masih sempat", 23), ("terlambat", 25)):
        with scope.government(channel.government_id):
            asked = windows.times(
                the_post=None, their_last_message=now - timedelta(hours=hours), to_message=True
            )
            queue.enqueue(channel, "reply", text, ME, now, target="p1", options=asked)
    work.run("send")
    assert [out.text for out in Scripted.sent] == ["masih sempat"]
    late = Delivery._base_manager.get(text="terlambat")
    assert (late.state, "Kirim templat" in late.error) == ("failed", True)


def test_what_a_platform_lets_through_in_an_hour_waits_for_its_turn(
    channel: Channel, monkeypatch: Any
) -> None:
    monkeypatch.setattr(Scripted, "rates", (Rate(("reply",), 2, 3600),))
    for number in range(3):
        put(channel, f"jawaban {number}")
    work.run("send")
    assert len(Scripted.sent) == 2
    third = Delivery._base_manager.get(text="jawaban 2")
    assert third.state == "waiting"
    assert third.due_at - timezone.now() > timedelta(minutes=50)
