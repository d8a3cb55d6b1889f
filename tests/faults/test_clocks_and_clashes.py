"""Clocks that jump, transactions that the database breaks off: nothing happens twice, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from tanggap.agencies.models import Member, Notice, Role
from tanggap.cases.models import Case, CasePost
from tanggap.channels.models import Channel
from tanggap.core import audit, scope, work
from tanggap.posts.models import Post, RawItem, RawState
from tanggap.publishing import queue
from tanggap.publishing.models import Delivery
from tests.city import Scripted, a_channel, a_government, a_member, a_unit, hear

pytestmark = pytest.mark.django_db
LAMP = "Min tolong lampu jalan mati sudah 3 bulan, gelap dan rawan begal"


@pytest.fixture
def coordinator() -> Member:
    desk = a_unit(a_government(), "KOMINFO")
    a_unit(desk.government, "DISHUB", "penerangan")
    return a_member(desk, Role.COORDINATOR)


@pytest.fixture
def channel(coordinator: Member) -> Channel:
    Scripted.answers, Scripted.sent = [], []
    return a_channel(coordinator.unit)


@pytest.fixture(autouse=True)
def inside(coordinator: Member) -> Iterator[None]:
    with scope.government(coordinator.government_id):
        yield


@pytest.mark.fault(21)
def test_a_clock_that_jumps_sends_and_reminds_once(channel: Channel, coordinator: Member) -> None:
    hear(channel, LAMP)
    work.run("digest")
    now = timezone.now()
    case = Case.objects.get()
    due = case.due_at
    assert due is not None
    queue.enqueue(channel, "reply", "Kami teruskan", audit.System("test"), now, target="p1")
    jumps = (
        timedelta(hours=-2), timedelta(), timedelta(hours=2), timedelta(hours=-2), timedelta(days=1),
        due - now + timedelta(minutes=1), timedelta(), due - now + timedelta(days=400),
    )  # fmt: skip
    for jump in jumps:
        for name in ("digest", "send", "settle", "remind", "replies", "seal"):
            while work.STEPS[name].run(now + jump):
                pass
    assert len(Scripted.sent) == 1
    case.refresh_from_db()
    assert case.due_at == due
    assert Notice.objects.filter(member=coordinator, kind="overdue").count() == 1
    assert audit.verify(coordinator.government_id) is None


@pytest.mark.fault(21)
def test_a_clock_that_goes_back_does_not_hurry_a_send_that_waits(channel: Channel) -> None:
    now = timezone.now()
    one = queue.enqueue(
        channel, "reply", "x", audit.System("test"), now, target="p1", due_at=now + timedelta(hours=1)
    )
    for jump in (timedelta(days=-1), timedelta(), timedelta(minutes=59)):
        assert work.STEPS["send"].run(now + jump) == 0
    assert work.STEPS["send"].run(now + timedelta(minutes=61)) == 1
    one.refresh_from_db()
    assert one.state == "sent"
    assert Delivery.objects.count() == len(Scripted.sent) == 1


@pytest.mark.fault(17)
@pytest.mark.parametrize("code", ["40P01", "40001"])
@pytest.mark.parametrize("table", ["posts_post", "cases_case", "cases_assignment", "core_entry"])
def test_a_digest_that_the_database_breaks_off_is_done_by_the_next_run(
    channel: Channel, coordinator: Member, table: str, code: str
) -> None:
    raws = [hear(channel, f"{LAMP} nomor {number}") for number in range(5)]
    break_once(table, code)
    with pytest.raises(OperationalError):
        work.STEPS["digest"].run(timezone.now())
    assert not Post.objects.exists()
    assert not Case.objects.exists()
    assert set(RawItem.objects.values_list("state", flat=True)) == {RawState.RECEIVED}
    assert work.run("digest") == len(raws)
    assert (Post.objects.count(), Case.objects.count(), CasePost.objects.count()) == (5, 5, 5)
    assert set(RawItem.objects.values_list("state", "attempts")) == {(RawState.DIGESTED, 0)}
    work.run("seal")
    assert audit.verify(coordinator.government_id) is None


def break_once(table: str, code: str) -> None:
    """Has the database break off the first transaction that writes to a table; a sequence survives the rollback."""
    with connection.cursor() as cursor:
        cursor.execute("create sequence breaks")
        cursor.execute(
            "create function break_once() returns trigger language plpgsql as $$ begin "
            f"if nextval('breaks') = 1 then raise exception 'broken off' using errcode = '{code}'; end if; "
            "return null; end $$"
        )
        cursor.execute(
            f"create trigger break_once after insert on {table} for each statement execute function break_once()"
        )
