"""The queue: how each part stands and why, what a person does about it, and the stop switch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tanggap.agencies.models import Member, Role, Unit
from tanggap.channels.connector import NeedsLogin, OutcomeUnknown, Permanent, Sent, Temporary
from tanggap.channels.models import Channel, Health
from tanggap.core import work
from tanggap.publishing import stopping, writing
from tanggap.publishing.models import Delivery, DeliveryState, Publication, PublicationState
from tests.city import Scripted, a_channel, a_member, a_publication, a_unit, agreed

As = Callable[[Member], Client]


@pytest.fixture(autouse=True)
def in_town(inside: None) -> None: ...


@pytest.fixture
def head(desk: Unit) -> Member:
    return a_member(desk, Role.LEADER)


@pytest.fixture
def boss(coordinator: Member, as_member: As) -> Client:
    return as_member(coordinator)


def page(client: Client, **query: str) -> str:
    answer = client.get(reverse("queue"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def the_row(channel: Channel) -> Delivery:
    return Delivery.objects.get(channel=channel, part=0)


def put(head: Member, by: Member, *channels: Channel, **fields: Any) -> Publication:
    return agreed(a_publication(by, *channels, **fields), head)


def failed_on(second: Channel, head: Member, by: Member, first: Channel, why: Exception) -> Publication:
    """One publication that stands on the first channel and not on the second."""
    one = put(head, by, first, second)
    Delivery.objects.filter(channel=second).update(due_at=timezone.now() + timedelta(hours=1))
    Scripted.answers = [Sent("1", "https://panggung/1")]
    work.run("send")
    Delivery.objects.filter(channel=second).update(due_at=timezone.now())
    Scripted.answers = [why]
    work.run("send")
    work.run("publications")
    return one


@pytest.mark.fault(38)
def test_partial_success_is_said_with_the_reason_and_what_stands_is_linked(
    client: Client, officer: Member, head: Member, channel: Channel, desk: Unit
) -> None:
    other = a_channel(desk)
    failed_on(other, head, officer, channel, Permanent("Ukuran gambar ditolak."))
    shown = page(client)
    assert "Terbit di 1 dari 2 kanal. scripted: Ukuran gambar ditolak." in shown
    assert 'href="https://panggung/1"' in shown
    assert page(client, state="failed").count("queue-group") == 1
    assert page(client, state="sent", q="tidak ada kata ini").count("queue-group") == 0


@pytest.mark.fault(38)
def test_what_failed_is_looked_for_on_its_platform_before_it_is_sent_again(
    client: Client, officer: Member, head: Member, channel: Channel, desk: Unit
) -> None:
    other = a_channel(desk)
    one = failed_on(other, head, officer, channel, Permanent("Galat aneh."))
    Scripted.sent = []
    row = the_row(other)
    client.post(reverse("queue_retry"), {"ids": [str(row.pk)]})
    row.refresh_from_db()
    assert row.state == DeliveryState.UNKNOWN
    assert "ditanya dulu" in page(client)
    Scripted.answers = [Sent("2", "https://panggung/2")]
    work.run("settle")
    work.run("publications")
    row.refresh_from_db()
    one.refresh_from_db()
    assert (row.state, row.external_id, Scripted.sent) == ("sent", "2", [])
    assert one.state == PublicationState.OUT


def test_what_does_not_stand_there_is_sent_again_all_at_once(
    client: Client, officer: Member, head: Member, channel: Channel, desk: Unit
) -> None:
    other = a_channel(desk)
    failed_on(other, head, officer, channel, Permanent("Galat aneh."))
    Scripted.sent = []
    client.post(reverse("queue_retry"), {"all": "1", "state": "failed"})
    Delivery.objects.filter(channel=other).update(sending_since=timezone.now() - timedelta(minutes=2))
    Scripted.answers = [None, Sent("3")]
    work.run("settle")
    work.run("send")
    assert (the_row(other).state, len(Scripted.sent)) == ("sent", 1)
    assert client.post(reverse("queue_retry"), {"ids": []}).status_code == 422


def test_a_part_whose_beginning_failed_says_so_and_leaves_with_it(
    client: Client, officer: Member, head: Member, channel: Channel
) -> None:
    one = a_publication(officer, channel, comment="Info: 112")
    one.refresh_from_db()
    writing.save(one, officer, one.revision, {}, {channel.pk: {"thread": ["dua", "tiga"]}})
    one.refresh_from_db()
    agreed(one, head)
    Scripted.answers = [Permanent("Ditolak.")]
    work.run("send")
    work.run("publications")
    one.refresh_from_db()
    assert one.state == PublicationState.FAILED, "what waits below a failed part keeps nobody from being told"
    shown = page(client)
    assert shown.count("Bagian sebelumnya gagal") == 3
    assert "Utas 2" in shown
    assert "Komentar pertama" in shown
    client.post(reverse("queue_retry"), {"ids": [str(the_row(channel).pk)]})
    Delivery.objects.filter(part=0).update(sending_since=timezone.now() - timedelta(minutes=2))
    Scripted.answers = [None]
    work.run("settle", limit=1)
    Scripted.answers = []
    for _ in range(4):
        work.run("send")
    work.run("publications")
    one.refresh_from_db()
    assert one.state == PublicationState.OUT
    assert {row.state for row in Delivery.objects.all()} == {"sent"}


def test_how_each_part_stands(
    client: Client, officer: Member, head: Member, channel: Channel, desk: Unit
) -> None:
    def stands(word: str) -> None:
        assert word in page(client), word

    put(head, officer, channel, due_at=timezone.now() + timedelta(hours=2))
    stands("Terjadwal")
    Delivery.objects.update(due_at=timezone.now())
    stands("Segera berangkat")
    Channel.objects.update(health=Health.NEEDS_LOGIN)
    stands("Kanal perlu masuk lagi")
    Channel.objects.update(health=Health.PAUSED)
    stands("Kanal dijeda")
    Channel.objects.update(health=Health.OK, rest_until=timezone.now() + timedelta(minutes=5))
    stands("Kanal diistirahatkan")
    Channel.objects.update(rest_until=None)
    Scripted.answers = [Temporary("penuh", retry_after=600, everywhere=False)]
    work.run("send")
    stands("Dicoba lagi pukul")
    stands("1 kali dicoba")
    Delivery.objects.update(due_at=timezone.now())
    Scripted.answers = [OutcomeUnknown("waktu habis")]
    work.run("send")
    stands("Hasil belum diketahui")
    stands("Ditanyakan lagi pukul")


def test_a_person_settles_what_nobody_can_tell(
    client: Client, officer: Member, head: Member, channel: Channel
) -> None:
    put(head, officer, channel)
    Scripted.answers = [OutcomeUnknown("waktu habis")]
    work.run("send")
    row = the_row(channel)
    client.post(reverse("queue_settle", args=[row.pk]), {"what": "arrived", "url": "https://panggung/9"})
    row.refresh_from_db()
    assert (row.state, row.url) == ("sent", "https://panggung/9")


@pytest.mark.fault(31)
def test_what_is_too_late_to_be_true_is_confirmed_or_cancelled(
    client: Client, officer: Member, head: Member, channel: Channel, desk: Unit
) -> None:
    other = a_channel(desk)
    put(head, officer, channel, other, kind="greeting")
    Delivery.objects.update(latest_at=timezone.now() - timedelta(hours=1))
    work.run("send")
    assert page(client, state="held").count("Masih benar, terbitkan") == 2
    client.post(reverse("queue_confirm", args=[the_row(channel).pk]))
    client.post(reverse("queue_cancel", args=[the_row(other).pk]))
    work.run("send")
    assert (the_row(channel).state, the_row(other).state, len(Scripted.sent)) == ("sent", "cancelled", 1)


def test_a_channel_by_hand_waits_for_its_link_and_takes_only_what_was_approved(
    client: Client, officer: Member, head: Member, desk: Unit
) -> None:
    Scripted.sent = []
    by_hand = a_channel(desk, health=Health.MANUAL)
    one = put(head, officer, by_hand, comment="Info: 112")
    work.run("send")
    assert Scripted.sent == []
    assert "Terbitkan sendiri" in page(client, state="person")
    row = the_row(by_hand)
    client.post(reverse("queue_mark", args=[row.pk]), {"url": "bukan tautan"})
    row.refresh_from_db()
    assert row.state == DeliveryState.WAITING
    client.post(reverse("queue_mark", args=[row.pk]), {"url": "https://panggung/7"})
    row.refresh_from_db()
    assert (row.state, row.url, row.manual) == ("sent", "https://panggung/7", True)
    comment = Delivery.objects.get(part=1)
    client.post(reverse("queue_mark", args=[comment.pk]), {})
    work.run("publications")
    one.refresh_from_db()
    assert one.state == PublicationState.OUT


def test_below_a_post_of_which_only_the_link_is_known_the_rest_is_for_a_hand(
    client: Client, officer: Member, head: Member, channel: Channel
) -> None:
    put(head, officer, channel, comment="Info: 112")
    Scripted.answers, Scripted.sent = [OutcomeUnknown("waktu habis")], []
    work.run("send")
    client.post(reverse("queue_settle", args=[the_row(channel).pk]), {"what": "arrived"})
    Channel.objects.update(rest_until=None, trips=0)
    work.run("send")
    assert [out.kind for out in Scripted.sent] == ["post"], "a comment below nothing would stand anywhere"
    assert "Terbitkan sendiri" in page(client)


@pytest.mark.fault(32)
def test_a_channel_that_needs_a_log_in_keeps_its_queue_and_others_go_on(
    client: Client, officer: Member, head: Member, channel: Channel, desk: Unit
) -> None:
    other = a_channel(desk)
    failed_on(other, head, officer, channel, NeedsLogin("token dicabut"))
    shown = page(client, state="person")
    assert "Kanal perlu masuk lagi" in shown
    assert "Terbit di 1 dari 2 kanal. scripted: token dicabut." in shown


def test_nobody_sees_or_touches_another_offices_queue(
    officer: Member, head: Member, channel: Channel, town: Any, as_member: As
) -> None:
    put(head, officer, channel, due_at=timezone.now() + timedelta(hours=1))
    other = as_member(a_member(a_unit(town, "DLH"), Role.LIAISON))
    assert page(other).count("queue-group") == 0
    for name in ("queue_cancel", "queue_confirm", "queue_settle", "queue_mark"):
        assert other.post(reverse(name, args=[the_row(channel).pk])).status_code == 404
    other.post(reverse("queue_retry"), {"ids": [str(the_row(channel).pk)]})
    assert the_row(channel).state == DeliveryState.WAITING


def test_filters_are_the_address(
    client: Client, officer: Member, head: Member, channel: Channel, desk: Unit
) -> None:
    other, now = a_channel(desk), timezone.now()
    first = put(head, officer, channel, due_at=now + timedelta(days=1), title="Air")
    second = put(head, officer, other, due_at=now + timedelta(days=3), title="Jalan")

    def listed(**query: str) -> set[int]:
        shown = page(client, **query)
        return {one.pk for one in (first, second) if f'id="g{one.pk}-' in shown}

    both = {first.pk, second.pk}
    assert listed() == listed(state="scheduled") == listed(state="tidak-ada") == both
    assert listed(channel=other.key) == {second.pk}
    assert listed(q="jalan") == {second.pk}
    assert listed(q=f"#{first.pk}") == {first.pk}
    day = (timezone.localdate() + timedelta(days=2)).isoformat()
    assert listed(since=day) == {second.pk}
    assert listed(until=day) == {first.pk}
    assert listed(state="sent") == listed(state="failed") == set()


def test_cancelling_the_last_part_ends_the_publication(
    client: Client, officer: Member, head: Member, channel: Channel
) -> None:
    one = put(head, officer, channel, comment="Info", due_at=timezone.now() + timedelta(hours=1))
    client.post(reverse("queue_cancel", args=[the_row(channel).pk]))
    one.refresh_from_db()
    assert {row.state for row in Delivery.objects.all()} == {"cancelled"}
    assert one.state == PublicationState.CANCELLED


class TestStop:
    def test_who_why_since_and_how_many_wait(
        self, boss: Client, officer: Member, head: Member, channel: Channel, coordinator: Member
    ) -> None:
        put(head, officer, channel)
        assert boss.post(reverse("queue_stop"), {"reason": " "}).status_code == 422
        boss.post(reverse("queue_stop"), {"reason": "Gempa di selatan"})
        shown = boss.get(reverse("queue_stop")).content.decode()
        for word in ("Gempa di selatan", str(coordinator), "1 terbitan dan balasan"):
            assert word in shown
        work.run("send")
        assert Scripted.sent == []
        listed = page(boss)
        assert "Ditahan sakelar henti" in listed
        assert "Lewat waktu, belum terbit" not in listed
        boss.post(reverse("queue_lift"))
        work.run("send")
        assert len(Scripted.sent) == 1
        assert "Gempa di selatan" in boss.get(reverse("queue_stop")).content.decode()

    def test_an_officer_may_not(self, client: Client) -> None:
        assert client.get(reverse("queue_stop")).status_code == 403
        assert client.post(reverse("queue_lift")).status_code == 403

    def test_it_is_one_stop_however_often_it_is_pressed(self, boss: Client, coordinator: Member) -> None:
        for reason in ("Gempa", "Gempa lagi"):
            boss.post(reverse("queue_stop"), {"reason": reason})
        standing = stopping.stopped(coordinator.government_id)
        assert standing is not None
        assert standing.reason == "Gempa"
