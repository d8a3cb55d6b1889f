"""A flood on one channel holds up no other: the digest takes an equal share of each."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from tanggap.channels.models import App
from tanggap.posts import intake
from tanggap.posts.models import RawItem
from tests.city import a_channel, a_government, a_unit


def flood(number: int, **source: object) -> list[RawItem]:
    return RawItem.objects.bulk_create([RawItem(source="hook", body=b"{}", **source) for _ in range(number)])


@pytest.mark.fault(10)
@pytest.mark.django_db
def test_each_lane_gets_its_share_and_what_is_left_goes_to_the_oldest() -> None:
    loud = a_channel(a_unit(a_government(), "A"))
    quiet = a_channel(a_unit(a_government("99.72", "Kota Lain"), "B"))
    app = App.objects.create(key="app", platform="webhook", name="App")
    flood(300, channel=loud)
    late, few = flood(40, channel=quiet), flood(3, app=app)
    with transaction.atomic():
        taken = intake.take(90)
    assert [one.pk for one in taken] == sorted(one.pk for one in taken)
    assert len({one.pk for one in taken}) == 90
    counted = {key: sum(one.channel_id == key for one in taken) for key in (loud.pk, quiet.pk, None)}
    assert counted[None] == 3
    assert counted[quiet.pk] == 30
    assert counted[loud.pk] == 57
    assert {one.pk for one in few} <= {one.pk for one in taken}
    assert late[0].pk in {one.pk for one in taken}


@pytest.mark.django_db
def test_alone_a_channel_gets_everything_and_an_empty_queue_nothing() -> None:
    assert intake.take(10) == []
    flood(25, channel=a_channel(a_unit(a_government(), "A")))
    with transaction.atomic():
        assert len(intake.take(20)) == 20


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_take_the_same() -> None:
    flood(40, channel=a_channel(a_unit(a_government(), "A")))
    taken: list[list[int]] = []
    both = threading.Barrier(2)

    def work() -> None:
        try:
            with transaction.atomic():
                mine = [one.pk for one in intake.take(20)]
                both.wait(20)
                taken.append(mine)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(pk for mine in taken for pk in mine) == sorted(RawItem.objects.values_list("pk", flat=True))
