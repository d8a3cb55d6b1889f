"""Channels chosen and dropped, also once approved."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tanggap.core import work
from tanggap.publishing import contents, writing
from tanggap.publishing.models import Delivery, DeliveryState
from tests.city import Scripted, a_publication, agreed
from tests.publishing.offices import Office


def test_a_channel_can_be_dropped_after_it_was_approved_and_come_back_empty(office: Office) -> None:
    one = a_publication(
        office.writer, office.channel, office.other, due_at=timezone.now() + timedelta(hours=1)
    )
    own = {office.other.pk: {"linked": False, "text": "Khusus di sini."}}
    one = agreed(writing.save(one, office.writer, one.revision, {}, own), office.head)
    writing.choose_channels(one, office.writer, [office.channel])
    assert [part.variant.channel for part in contents.parts(one)] == [office.channel]
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.CANCELLED}
    one.refresh_from_db()
    one = writing.save(one, office.writer, one.revision, {"due_at": None})
    agreed(one, office.head)
    work.run("send")
    assert [out.text for out in Scripted.sent] == [one.text]
    assert one.variants.count() == 1


def test_a_dropped_channel_comes_back_without_its_words(office: Office) -> None:
    one = a_publication(office.writer, office.channel, office.other)
    own = {office.other.pk: {"linked": False, "text": "Khusus di sini."}}
    one = writing.save(one, office.writer, one.revision, {}, own)
    writing.choose_channels(one, office.writer, [office.channel])
    writing.choose_channels(one, office.writer, [office.channel, office.other])
    assert [part.text for part in contents.parts(one)] == [one.text] * 2
