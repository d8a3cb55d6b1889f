"""Handed in, decided on by others, voided by every change; what the database refuses whoever asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tanggap.agencies.models import Member, NotAllowed, Notice, Role
from tanggap.core import scope, work
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.publishing import checks, contents, releasing, writing
from tanggap.publishing.approval import approval_routes, approving
from tanggap.publishing.models import (
    Approval,
    Copy,
    Delivery,
    DeliveryState,
    Publication,
    PublicationState,
    Version,
)
from tests.city import Scripted, a_member, a_publication, a_unit, agreed
from tests.publishing.offices import Office, a_route

pytestmark = pytest.mark.django_db


class TestStory:
    def test_what_two_people_agreed_on_leaves_once_on_every_channel(self, office: Office) -> None:
        one = agreed(a_publication(office.writer, office.channel, office.other), office.head)
        assert one.state == PublicationState.APPROVED
        work.run("send")
        work.run("publications")
        one.refresh_from_db()
        assert [out.text for out in Scripted.sent] == ["Besok air mati di Kelurahan Baru."] * 2
        assert one.state == PublicationState.OUT
        assert one.out_at is not None

    def test_stages_are_asked_in_their_order(self, office: Office) -> None:
        a_route(office, Role.COORDINATOR, Role.LEADER)
        one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
        with pytest.raises(NotAllowed):
            approving.decide(one, office.head, hash_=one.hash, approve=True)
        one = approving.decide(one, office.second, hash_=one.hash, approve=True)
        assert (one.state, one.stage) == (PublicationState.REVIEW, "t2")
        assert not Delivery.objects.exists()
        one = approving.decide(one, office.head, hash_=one.hash, approve=True)
        assert one.state == PublicationState.APPROVED
        assert Delivery.objects.get().state == DeliveryState.WAITING

    def test_returned_with_a_reason_it_is_a_draft_again(self, office: Office) -> None:
        one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
        with pytest.raises(Refusal):
            approving.decide(one, office.head, hash_=one.hash, approve=False)
        one = approving.decide(one, office.head, hash_=one.hash, approve=False, note="Sebut jamnya.")
        assert one.state == PublicationState.DRAFT
        assert Approval.objects.get().voided_at is not None

    @pytest.mark.fault(34)
    def test_an_edit_voids_what_was_agreed_and_takes_back_what_waits(self, office: Office) -> None:
        one = a_publication(office.writer, office.channel, due_at=timezone.now() + timedelta(hours=2))
        one = agreed(one, office.head)
        one = writing.save(one, office.second, one.revision, {"text": "Lusa air mati."})
        assert one.state == PublicationState.DRAFT
        assert Approval.objects.filter(voided_at__isnull=True).count() == 0
        assert Delivery.objects.get().state == DeliveryState.CANCELLED
        work.run("send")
        assert Scripted.sent == []

    @pytest.mark.fault(34)
    def test_an_edit_after_the_hand_in_makes_an_open_decision_stale(self, office: Office) -> None:
        one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
        read = one.hash
        one = writing.save(one, office.writer, one.revision, {"text": "Lusa air mati."})
        with pytest.raises(Lost):
            approving.decide(one, office.head, hash_=read, approve=True)
        one = approving.hand_in(one, office.writer)
        with pytest.raises(Refusal):
            approving.decide(one, office.head, hash_=read, approve=True)

    def test_what_is_typed_on_older_words_is_kept_aside(self, office: Office) -> None:
        one = a_publication(office.writer, office.channel)
        before = one.revision
        writing.save(one, office.writer, before, {"text": "satu"})
        with pytest.raises(writing.Stale) as told:
            writing.save(one, office.second, before, {"text": "dua"})
        assert told.value.newest.text == "satu"
        assert Copy.objects.get().typed["fields"] == {"text": "dua"}

    def test_a_thread_and_its_comment_leave_in_order_each_below_its_own(self, office: Office) -> None:
        one = a_publication(office.writer, office.channel, comment="Info: 112")
        with scope.government(one.government_id):
            one.refresh_from_db()
            writing.save(
                one, office.writer, one.revision, {}, {office.channel.pk: {"thread": ["dua", "tiga"]}}
            )
            one.refresh_from_db()
        agreed(one, office.head)
        for _ in range(4):
            work.run("send")
        said = {out.text: out for out in Scripted.sent}
        root, second, third, comment = said[one.text], said["dua"], said["tiga"], said["Info: 112"]
        assert (root.kind, second.kind, len(Scripted.sent)) == ("post", "reply", 4)
        assert second.target_external_id == f"sent-{root.reference}"
        assert third.target_external_id == f"sent-{second.reference}"
        assert comment.target_external_id == f"sent-{root.reference}"

    def test_what_comes_too_late_waits_for_a_person(self, office: Office) -> None:
        one = agreed(a_publication(office.writer, office.channel, kind="greeting"), office.head)
        Delivery.objects.update(latest_at=timezone.now() - timedelta(minutes=1))
        work.run("send")
        row = Delivery.objects.get()
        assert (row.state, Scripted.sent) == (DeliveryState.HELD, [])
        releasing.confirm(row, office.writer)
        work.run("send")
        assert len(Scripted.sent) == 1
        assert contents.digest(contents.canonical(one)) == one.hash

    def test_a_moved_minute_keeps_what_was_agreed(self, office: Office) -> None:
        soon, later = (timezone.now() + timedelta(hours=hours) for hours in (1, 5))
        one = agreed(a_publication(office.writer, office.channel, due_at=soon), office.head)
        releasing.move(one, office.writer, later)
        row = Delivery.objects.get()
        assert (row.due_at, row.state) == (later, DeliveryState.WAITING)
        assert Approval.objects.get().voided_at is None


class TestDeciding:
    def test_a_second_click_never_decides_the_next_stage(self, office: Office) -> None:
        a_route(office, Role.LEADER, Role.LEADER)
        one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
        read, stage = one.hash, one.stage
        approving.decide(one, office.head, hash_=read, stage=stage, approve=True)
        with pytest.raises(Lost):
            approving.decide(one, office.head, hash_=read, stage=stage, approve=True)
        one.refresh_from_db()
        assert (one.state, one.stage) == (PublicationState.REVIEW, "t2")

    def test_words_changed_behind_the_version_are_not_agreed_on(self, office: Office) -> None:
        one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
        Publication.objects.update(text="Lain sama sekali.")
        with pytest.raises(Refusal, match="tidak sama dengan versi"):
            approving.decide(one, office.head, hash_=one.hash, approve=True)
        assert not Approval.objects.exists()

    def test_what_the_checks_hold_by_now_is_not_agreed_on(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
        broken = checks.all_checks()[0]
        monkeypatch.setattr(type(broken), "find", lambda *_: 1 / 0)
        with pytest.raises(Refusal, match="sejak diajukan"):
            approving.decide(one, office.head, hash_=one.hash, approve=True)
        one = approving.decide(one, office.head, hash_=one.hash, approve=False, note="Tunggu pemeriksaan.")
        assert one.state == PublicationState.DRAFT

    def test_a_role_speaks_for_the_offices_that_it_reaches(self, office: Office) -> None:
        below = a_unit(office.unit.government, "KEL", parent=office.unit)
        beside = a_unit(office.unit.government, "LAIN")
        near, above, far = a_member(below), a_member(office.unit), a_member(beside)
        a_route(office, Role.OFFICER)
        writer = a_member(below)
        one = approving.hand_in(a_publication(writer, office.channel), writer)
        assert {row.pk for row in approving.deciders(one)} == {near.pk, above.pk, office.writer.pk}
        assert approving.standing_of(one, far).code == "not_named"

    def test_where_nobody_can_decide_those_who_make_routes_are_told(self, office: Office) -> None:
        a_route(office, Role.LEADER)
        one = a_publication(office.writer, office.channel)
        Publication.objects.filter(pk=one.pk).update(writers=[office.writer.pk, office.head.pk])
        approving.hand_in(one, office.writer)
        told = Notice.objects.filter(kind="publication_nobody_decides")
        assert [row.member_id for row in told] == [office.second.pk]

    def test_a_route_that_changes_never_touches_what_is_under_way(self, office: Office) -> None:
        first = a_route(office, Role.LEADER)
        one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
        approval_routes.put(
            office.second, None, "", [{"name": "Koordinator", "roles": ["coordinator"]}], seen=first.pk
        )
        one.refresh_from_db()
        assert one.route_id == first.pk
        assert approving.decide(one, office.head, hash_=one.hash, approve=True).state == "approved"
        later = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
        assert later.route_id != first.pk


@pytest.mark.fault(34)
class TestPassedMinute:
    @pytest.fixture
    def passed(self, office: Office) -> Publication:
        soon = timezone.now() + timedelta(hours=1)
        one = approving.hand_in(a_publication(office.writer, office.channel, due_at=soon), office.writer)
        Publication.objects.update(due_at=timezone.now() - timedelta(hours=1))
        one.refresh_from_db()
        return one

    def test_agreeing_after_the_minute_asks_when_it_leaves(self, passed: Publication, office: Office) -> None:
        with pytest.raises(approving.Passed):
            approving.decide(passed, office.head, hash_=passed.hash, approve=True)
        assert not Approval.objects.exists()
        assert not Delivery.objects.exists()
        with pytest.raises(Refusal):
            approving.decide(
                passed, office.head, hash_=passed.hash, approve=True,
                leaves=timezone.now() - timedelta(minutes=30),
            )  # fmt: skip

    def test_it_leaves_at_the_minute_that_was_said(self, passed: Publication, office: Office) -> None:
        tomorrow = timezone.now() + timedelta(days=1)
        approving.decide(passed, office.head, hash_=passed.hash, approve=True, leaves=tomorrow)
        assert Delivery.objects.get().due_at == tomorrow
        work.run("send")
        assert Scripted.sent == []

    def test_or_at_once(self, passed: Publication, office: Office) -> None:
        approving.decide(passed, office.head, hash_=passed.hash, approve=True, leaves=timezone.now())
        work.run("send")
        assert len(Scripted.sent) == 1

    def test_only_whoever_agrees_last_is_asked(self, office: Office) -> None:
        a_route(office, Role.COORDINATOR, Role.LEADER)
        soon = timezone.now() + timedelta(hours=1)
        one = approving.hand_in(a_publication(office.writer, office.channel, due_at=soon), office.writer)
        Publication.objects.update(due_at=timezone.now() - timedelta(hours=1))
        one = approving.decide(one, office.second, hash_=one.hash, approve=True)
        with pytest.raises(approving.Passed):
            approving.decide(one, office.head, hash_=one.hash, approve=True)

    def test_returning_asks_for_no_minute(self, passed: Publication, office: Office) -> None:
        one = approving.decide(passed, office.head, hash_=passed.hash, approve=False, note="Terlambat.")
        assert one.state == PublicationState.DRAFT


class TestDatabase:
    """Each by SQL: the code above is passed by."""

    @pytest.fixture
    def waiting(self, office: Office) -> Publication:
        return approving.hand_in(a_publication(office.writer, office.channel), office.writer)

    def approve(self, one: Publication, by: Member, **more: Any) -> None:
        with transaction.atomic():
            Approval.objects.create(
                publication=one, hash=more.pop("hash", one.hash), stage=one.stage, decision="approved", approver=by,
                at=timezone.now(), **more,
            )  # fmt: skip

    def test_nobody_approves_what_they_wrote(self, waiting: Publication, office: Office) -> None:
        with pytest.raises(DatabaseError, match="nobody decides on what they wrote"):
            self.approve(waiting, office.writer)

    def test_nor_as_somebodys_deputy(self, waiting: Publication, office: Office) -> None:
        with pytest.raises(DatabaseError, match="nobody decides on what they wrote"):
            self.approve(waiting, office.writer, deputy_of=office.head)
        with pytest.raises(DatabaseError, match="no deputy"):
            self.approve(waiting, office.second, deputy_of=office.head)

    def test_nobody_who_wrote_an_earlier_version(self, office: Office) -> None:
        one = a_publication(office.writer, office.channel)
        one = writing.save(one, office.second, one.revision, {"text": "Lusa air mati."})
        one = approving.hand_in(one, office.writer)
        with pytest.raises(DatabaseError, match="nobody decides on what they wrote"):
            self.approve(one, office.second)
        with pytest.raises(NotAllowed):
            approving.decide(one, office.second, hash_=one.hash, approve=True)

    def test_only_the_version_that_stands_is_approved(self, waiting: Publication, office: Office) -> None:
        with pytest.raises(DatabaseError, match="no longer the version"):
            self.approve(waiting, office.head, hash="0" * 64)

    def test_only_those_whom_the_stage_names_approve(self, waiting: Publication, office: Office) -> None:
        with pytest.raises(DatabaseError, match="does not decide"):
            self.approve(waiting, a_member(office.unit))

    def test_no_stage_is_leapt_over(self, office: Office) -> None:
        a_route(office, Role.COORDINATOR, Role.LEADER)
        one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
        one.stage = "t2"
        with pytest.raises(DatabaseError, match="earlier stage"):
            self.approve(one, office.head)

    def test_one_person_is_not_two_where_the_stage_says_so(self, office: Office) -> None:
        a_route(office, Role.LEADER, Role.LEADER, others=True)
        one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
        one = approving.decide(one, office.head, hash_=one.hash, approve=True)
        with pytest.raises(DatabaseError, match="has not agreed yet"):
            self.approve(one, office.head)

    @pytest.mark.parametrize(
        "statement",
        [
            "update publishing_approval set note = 'x'",
            "update publishing_approval set voided_at = null",
            "delete from publishing_approval",
            "update publishing_version set content = '{}'",
            "delete from publishing_version",
            "update publishing_route set stages = '[]'",
            "delete from publishing_route",
        ],
    )
    def test_what_was_decided_is_never_rewritten(self, office: Office, statement: str) -> None:
        one = agreed(a_publication(office.writer, office.channel), office.head)
        Approval.objects.filter(publication=one).update(voided_at=timezone.now())
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    @pytest.mark.parametrize(
        "change",
        [
            "text = text || '!'",
            "hash = repeat('0', 64)",
            'media = \'[{"sha256": "x", "alt": ""}]\'',
            "part = 3",
        ],
    )
    def test_nothing_leaves_in_other_words_than_those_approved(self, office: Office, change: str) -> None:
        agreed(a_publication(office.writer, office.channel), office.head)
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"update publishing_delivery set {change}, state = 'sending'")

    def test_nothing_leaves_without_every_stage(self, waiting: Publication, office: Office) -> None:
        variant = waiting.variants.get()
        row = Delivery.objects.create(
            channel=office.channel, kind="post", text=waiting.text, variant=variant, hash=waiting.hash,
            due_at=timezone.now(), created_by="x", created_at=timezone.now(),
        )  # fmt: skip
        with pytest.raises(DatabaseError, match="not of an approved"), transaction.atomic():
            Delivery.flow.move(row, DeliveryState.SENDING)
        with connection.cursor() as cursor:
            cursor.execute("update publishing_publication set state = 'approved'")
        with pytest.raises(DatabaseError, match="every stage"), transaction.atomic():
            Delivery.flow.move(row, DeliveryState.SENDING)
        work.run("send")
        row.refresh_from_db()
        assert (row.state, Scripted.sent) == (DeliveryState.FAILED, [])

    def test_a_post_of_no_publication_does_not_leave(self, office: Office) -> None:
        with pytest.raises(DatabaseError, match="not of an approved"), transaction.atomic():
            Delivery.objects.create(
                channel=office.channel, kind="post", text="x", state="sending", due_at=timezone.now(), created_by="x",
                created_at=timezone.now(),
            )  # fmt: skip

    def test_a_version_is_what_its_hash_says(self, office: Office) -> None:
        one = a_publication(office.writer, office.channel)
        with pytest.raises(DatabaseError, match="not that of its content"), transaction.atomic():
            Version.objects.create(
                publication=one, number=1, content="{}", hash="0" * 64, author=office.writer,
                created_at=timezone.now(),
            )  # fmt: skip
