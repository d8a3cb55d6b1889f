"""The last question before a delivery leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, Role
from tanggap.cases import answerable, replies
from tanggap.channels.connector import Rate, Window
from tanggap.channels.limits import Limits
from tanggap.channels.models import Channel
from tanggap.core import scope
from tanggap.core.refusal import Refusal
from tanggap.posts.models import Post
from tanggap.publishing import windows
from tanggap.publishing.models import Delivery, DeliveryState
from tests.city import Scripted, a_channel, a_government, a_member, a_post, a_unit

pytestmark = pytest.mark.django_db
DAY = Window("reply", 24, "their_last_message", "Kirim templat yang disetujui.")


@pytest.fixture
def officer() -> Member:
    return a_member(a_unit(a_government(), "KOMINFO"), Role.OFFICER)


@pytest.fixture
def channel(officer: Member) -> Channel:
    Scripted.answers, Scripted.sent = [], []
    return a_channel(officer.unit)


@pytest.fixture(autouse=True)
def inside(officer: Member) -> Iterator[None]:
    with scope.government(officer.government_id):
        yield


@pytest.fixture(autouse=True)
def a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scripted, "windows", (DAY,))


def a_message(channel: Channel, hours: float, **more: Any) -> Post:
    return a_post(channel, kind="message", created_at=timezone.now() - timedelta(hours=hours), **more)


@pytest.mark.fault(36)
def test_a_window_that_closes_while_somebody_types_refuses_with_the_alternative_and_keeps_the_text(
    channel: Channel, officer: Member
) -> None:
    post = a_message(channel, 23.9)
    now = timezone.now()
    assert not answerable.standing(post, now, private=False).closed
    reply = replies.draft(post, officer, "Sudah kami teruskan.")
    Post.objects.filter(pk=post.pk).update(created_at=now - timedelta(hours=24, seconds=1))
    reply.refresh_from_db()
    with pytest.raises(Refusal, match=r"24 jam.*Kirim templat yang disetujui\..*Draf tersimpan"):
        replies.submit(reply, officer)
    reply.refresh_from_db()
    assert (reply.state, reply.text, reply.delivery_id) == ("draft", "Sudah kami teruskan.", None)


@pytest.mark.fault(36)
def test_a_window_that_closes_in_the_queue_is_seen_before_the_call(channel: Channel, officer: Member) -> None:
    post = a_message(channel, 23)
    reply = replies.submit(replies.draft(post, officer, "Baik"), officer)
    delivery = reply.delivery
    assert delivery is not None
    now = timezone.now()
    assert windows.still_allowed(delivery, now) is None
    assert windows.until(delivery).until == post.created_at + timedelta(hours=24)
    closed = windows.still_allowed(delivery, now + timedelta(hours=2))
    assert closed is not None
    assert (closed.code, closed.otherwise) == ("window", DAY.otherwise)


def test_who_writes_again_opens_the_window_anew(channel: Channel, officer: Member) -> None:
    post = a_message(channel, 30, thread="t1")
    now = timezone.now()
    assert answerable.standing(post, now, private=False).closed
    a_message(channel, 1, thread="t1", author=post.author)
    assert not answerable.standing(post, now, private=False).closed
    replies.submit(replies.draft(post, officer, "Baik"), officer)


def test_trying_again_reckons_the_window_anew(channel: Channel, officer: Member) -> None:
    post = a_message(channel, 23, thread="t1")
    reply = replies.submit(replies.draft(post, officer, "Baik"), officer)
    assert reply.delivery is not None
    Delivery.objects.update(state=DeliveryState.FAILED)
    Post.objects.filter(pk=post.pk).update(created_at=timezone.now() - timedelta(hours=30))
    reply = type(reply).objects.select_related("delivery", "post__channel", "post__author").get(pk=reply.pk)
    with pytest.raises(Refusal, match="Teks Anda tersimpan"):
        replies.retry(reply, officer)
    a_message(channel, 1, thread="t1", author=post.author)
    replies.retry(reply, officer)
    delivery = Delivery.objects.get()
    assert delivery.state == DeliveryState.WAITING
    assert windows.still_allowed(delivery, timezone.now()) is None


@pytest.mark.fault(33)
def test_one_sign_too_many_is_refused_on_save_on_submit_and_before_the_call(
    channel: Channel, officer: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scripted, "limits", Limits(280, "x_weighted"))
    post, over = a_message(channel, 1), "a" * 255 + "👍🏽" + " jogjakota.go.id"
    now = timezone.now()
    says = "Terlalu panjang: 281 dari 280."
    assert answerable.counted(post, over).used == 281
    assert [one.text for one in answerable.objections(post, over, now, private=False)] == [says]
    with pytest.raises(Refusal, match=says):
        replies.submit(replies.draft(post, officer, over), officer)
    reply = replies.submit(replies.draft(post, officer, over[1:]), officer)
    assert reply.delivery is not None
    assert windows.still_allowed(reply.delivery, now) is None
    reply.delivery.text = over
    objection = windows.still_allowed(reply.delivery, now)
    assert objection is not None
    assert objection.text == says


def test_a_full_share_makes_it_wait_and_only_what_left_counts(
    channel: Channel, officer: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scripted, "rates", (Rate(("reply",), 2, 3600),))
    now = timezone.now()
    made = [
        replies.submit(replies.draft(a_message(channel, 1), officer, "Baik"), officer).delivery
        for _ in range(3)
    ]
    last = made[2]
    assert last is not None
    assert windows.still_allowed(last, now) is None, "what waits has used nothing up"
    since = now - timedelta(minutes=50)
    Delivery.objects.exclude(pk=last.pk).update(state=DeliveryState.SENT, sending_since=since)
    full = windows.still_allowed(last, now)
    assert full is not None
    assert (full.code, full.until) == ("rate", since + timedelta(hours=1))
    assert windows.still_allowed(last, now + timedelta(minutes=11)) is None


def test_one_private_answer_is_enough(
    channel: Channel, officer: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = Window("private_reply", 168, "the_post", "Balas di kolom komentar.", once=True)
    monkeypatch.setattr(Scripted, "windows", (once,))
    post = a_post(channel, kind="comment", created_at=timezone.now() - timedelta(hours=1))
    reply = replies.submit(replies.draft(post, officer, "Mohon alamatnya", private=True), officer)
    assert reply.delivery is not None
    assert windows.still_allowed(reply.delivery, timezone.now()) is None
    Delivery.objects.update(state=DeliveryState.SENT)
    (stop,) = answerable.standing(post, timezone.now(), private=True).stops
    assert (stop.code, stop.otherwise) == ("once", "Balas di kolom komentar.")
