from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, NotAllowed, Notice, Role, Unit
from tanggap.cases import deeds, listing, making, public, timeline
from tanggap.cases.models import Assignment, Case, CaseState, Secrecy
from tanggap.channels.models import Channel
from tanggap.core import audit, scope, work
from tanggap.core.audit import Entry
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.posts.models import Post
from tests.city import a_channel, a_government, a_member, a_post, a_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Unit:
    return a_unit(a_government(), "KOMINFO")


@pytest.fixture
def coordinator(desk: Unit) -> Member:
    return a_member(desk, Role.COORDINATOR)


@pytest.fixture
def roads(desk: Unit) -> Unit:
    return a_unit(desk.government, "DPUPR", "bina_marga")


@pytest.fixture
def liaison(roads: Unit) -> Member:
    return a_member(roads, Role.LIAISON)


@pytest.fixture
def channel(desk: Unit) -> Channel:
    return a_channel(desk)


@pytest.fixture(autouse=True)
def inside(desk: Unit):  # type: ignore[no-untyped-def]
    with scope.government(desk.government_id):
        yield


@pytest.fixture
def case(channel: Channel, coordinator: Member) -> Case:
    return making.from_post(a_post(channel), coordinator)


def dispatched(case: Case, by: Member, unit: Unit) -> Assignment:
    (task,) = deeds.dispatch(case, [unit], by)
    return task


def test_the_way_of_a_case_from_dispatch_to_its_end(
    case: Case, coordinator: Member, liaison: Member, roads: Unit
) -> None:
    assert not Case.objects.seen_by(liaison).exists()
    task = dispatched(case, coordinator, roads)
    assert list(Case.objects.seen_by(liaison)) == [case]
    assert list(listing.box(liaison)) == [task]
    assert Notice.objects.get(member=liaison).kind == "task_new"
    deeds.accept(task, liaison)
    case.refresh_from_db()
    assert case.state == CaseState.IN_PROGRESS
    deeds.finish_task(task, liaison, "Lubang ditambal 23 November")
    case.refresh_from_db()
    deeds.close(case, coordinator)
    assert not listing.box(liaison).exists()
    told = [event.text for event in timeline.of_case(case)]
    assert told[0] == "Kasus dibuka"
    assert "DPUPR menyelesaikan tugas" in told
    assert told[-1] == "Kasus ditutup"


def test_a_returned_task_goes_back_with_its_reason(
    case: Case, coordinator: Member, liaison: Member, roads: Unit
) -> None:
    task = dispatched(case, coordinator, roads)
    with pytest.raises(Refusal, match="alasan"):
        deeds.return_to_coordinator(task, liaison, "  ")
    deeds.return_to_coordinator(task, liaison, "Jalan nasional")
    case.refresh_from_db()
    assert case.state == CaseState.RETURNED
    assert Notice.objects.filter(member=coordinator, kind="task_returned").exists()
    with pytest.raises((Lost, Exception), match=r"no move|no longer"):
        deeds.accept(task, liaison)


def test_an_office_touches_its_own_tasks_only(
    case: Case, coordinator: Member, roads: Unit, desk: Unit
) -> None:
    task = dispatched(case, coordinator, roads)
    stranger = a_member(a_unit(desk.government, "DLH"), Role.LIAISON)
    with pytest.raises(NotAllowed):
        deeds.accept(task, stranger)
    assert not Case.objects.seen_by(stranger).exists()
    assert not Post.objects.seen_by(stranger).exists()
    assert not Assignment.objects.seen_by(stranger).exists()


@pytest.mark.parametrize("role", [Role.LIAISON, Role.LEADER, Role.VIEWER, Role.REPORTER, Role.ADMINISTRATOR])
@pytest.mark.fault(59)
def test_only_a_coordinator_dispatches(case: Case, desk: Unit, roads: Unit, role: str) -> None:
    with pytest.raises(NotAllowed):
        deeds.dispatch(case, [roads], a_member(desk, role))
    assert not Assignment.objects.exists()


def test_waiting_for_the_citizen_moves_the_deadline_by_as_long_as_it_took(
    case: Case, coordinator: Member
) -> None:
    assert case.due_at
    deeds.ask_reporter(case, coordinator)
    Case.objects.filter(pk=case.pk).update(paused_since=timezone.now() - timedelta(days=3))
    case.refresh_from_db()
    before = case.due_at
    deeds.verify(case, coordinator)
    case.refresh_from_db()
    assert case.paused_since is None
    assert before
    assert case.due_at
    assert timedelta(days=2, hours=23) < case.due_at - before < timedelta(days=3, minutes=1)


def test_another_class_brings_another_deadline(case: Case, coordinator: Member) -> None:
    before = case.due_at
    deeds.verify(case, coordinator, case_class="permintaan_informasi")
    case.refresh_from_db()
    assert case.due_at
    assert before
    assert case.due_at < before
    assert "5 hari kerja" in case.due_why


def test_a_confidential_case_is_there_for_named_members_only(
    channel: Channel, coordinator: Member, liaison: Member, roads: Unit, desk: Unit
) -> None:
    leader, officer = a_member(desk, Role.LEADER), a_member(desk, Role.OFFICER)
    post = a_post(channel)
    case = making.from_post(post, coordinator, secrecy=Secrecy.CONFIDENTIAL)
    deeds.dispatch(case, [roads], coordinator)
    for member, seen in ((coordinator, True), (liaison, True), (leader, False), (officer, False)):
        assert Case.objects.seen_by(member).exists() is seen
        assert Post.objects.seen_by(member).exists() is seen
    assert public.by_number("99.71", case.number) is None
    deeds.set_secrecy(case, coordinator, Secrecy.PUBLIC)
    assert Case.objects.seen_by(leader).exists()
    assert Post.objects.seen_by(officer).exists()
    assert public.by_number("99.71", case.number.lower()) is not None


def test_the_follow_link_shows_the_way_and_the_number_only_the_summary(
    case: Case, coordinator: Member, roads: Unit
) -> None:
    dispatched(case, coordinator, roads)
    by_link, by_number = public.by_follow(case.follow), public.by_number("99.71", case.number)
    assert by_link
    assert by_number
    assert by_link.offices == ("Dinas DPUPR",)
    assert not by_number.steps
    assert not by_number.offices
    assert public.by_follow("x" * 22) is None
    assert len(case.follow) >= 22


def test_nothing_a_citizen_wrote_stands_in_the_record(
    case: Case, coordinator: Member, liaison: Member, roads: Unit
) -> None:
    task = dispatched(case, coordinator, roads)
    deeds.finish_task(task, liaison, "Jawaban rahasia sekali")
    deeds.add_note(coordinator, "Catatan rahasia sekali", case=case)
    deeds.archive(case, coordinator, "Alasan rahasia sekali")
    whole = " ".join(str(entry.fields) for entry in Entry.objects.all())
    assert "rahasia sekali" not in whole
    assert "bolong" not in whole
    audit.seal()
    assert audit.verify(case.government_id) is None


def test_reminders_come_once_before_and_once_after_the_deadline(
    case: Case, coordinator: Member, liaison: Member, roads: Unit
) -> None:
    dispatched(case, coordinator, roads)
    Notice.objects.all().delete()
    Case.objects.filter(pk=case.pk).update(due_at=timezone.now() + timedelta(hours=3))
    assert (work.run("remind"), work.run("remind")) == (1, 0)
    assert {(one.member_id, one.kind) for one in Notice.objects.all()} == {(liaison.pk, "due_soon")}
    Case.objects.filter(pk=case.pk).update(due_at=timezone.now() - timedelta(hours=3))
    assert (work.run("remind"), work.run("remind")) == (1, 0)
    late = set(Notice.objects.filter(kind="overdue").values_list("member_id", flat=True))
    assert late == {liaison.pk, coordinator.pk}


def test_an_imported_case_reminds_nobody(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(due_at=timezone.now() - timedelta(days=900), history=True)
    assert work.run("remind") == 0


def test_a_post_becomes_one_case_only(case: Case, coordinator: Member) -> None:
    post = Post.objects.get(case_link__case=case)
    with pytest.raises(Refusal, match=case.number):
        making.from_post(post, coordinator)
    assert Case.objects.count() == 1


def test_a_case_is_named_by_street_where_no_area_is_known_and_never_by_what_was_said(
    channel: Channel, coordinator: Member
) -> None:
    said = "Jl. Mawar depan rumah Bu Sri berlubang"
    reading = {"places": [{"name": "Jl. Mawar", "level": "street"}]}
    streets = making.from_post(a_post(channel, said, reading=reading), coordinator)
    nowhere = making.from_post(a_post(channel, said), coordinator)
    assert streets.title == "Jalan rusak/berlubang · Jl. Mawar"
    assert nowhere.title == "Jalan rusak/berlubang"


def test_closing_withdraws_open_tasks_and_reopening_starts_again(
    case: Case, coordinator: Member, liaison: Member, roads: Unit
) -> None:
    task = dispatched(case, coordinator, roads)
    deeds.close(case, coordinator, "Sudah baik")
    task.refresh_from_db()
    assert task.state == "withdrawn"
    with pytest.raises(Refusal, match="Buka kembali"):
        deeds.dispatch(case, [roads], coordinator)
    deeds.reopen(case, coordinator, "Berlubang lagi")
    assert dispatched(case, coordinator, roads).state == "sent"
