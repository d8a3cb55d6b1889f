"""Doors beside the four-eyes rule that only SQL would find: each is tried, the code above is passed by."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tanggap.agencies.models import Member, Role
from tanggap.core import scope
from tanggap.publishing.approval import approving
from tanggap.publishing.models import (
    Approval,
    Delegation,
    Delivery,
    DeliveryState,
    Invitation,
    Publication,
    Route,
    Version,
)
from tests.city import a_government, a_member, a_publication, a_unit, agreed
from tests.publishing.offices import Office, a_route, stages

pytestmark = pytest.mark.django_db
NOW = timezone.now


@pytest.fixture
def waiting(office: Office) -> Publication:
    return approving.hand_in(a_publication(office.writer, office.channel), office.writer)


def approve(one: Publication, by: Member | None, **more: Any) -> Approval:
    values = {"hash": one.hash, "stage": one.stage, "decision": "approved", "at": NOW()} | more
    with transaction.atomic():
        return Approval.objects.create(publication=one, approver=by, **values)


def invited(one: Publication, by: Member, email: str = "luar@contoh.test", **more: Any) -> Invitation:
    values = {"hash": one.hash, "stage": one.stage, "expires_at": NOW() + timedelta(hours=1)} | more
    number = Invitation.objects.count()
    return Invitation.objects.create(
        publication=one, name="Ahli", email=email, digest=f"{number}", sent_by=by, sent_at=NOW(), **values
    )


def by_sql(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("writers = '{}'", "stays its writer"),
        ("author_id = (select max(id) from agencies_member)", "stays its author"),
    ],
)
def test_whoever_wrote_stays_a_writer(office: Office, change: str, told: str) -> None:
    a_publication(office.writer, office.channel)
    with pytest.raises(DatabaseError, match=told):
        by_sql(f"update publishing_publication set {change}")


def test_a_version_names_all_who_wrote(office: Office) -> None:
    from tanggap.publishing import contents

    one = a_publication(office.writer, office.channel)
    content = contents.canonical(one)
    with pytest.raises(DatabaseError, match="does not name all who wrote"), transaction.atomic():
        Version.objects.create(
            publication=one, number=1, content=content, hash=contents.digest(content), author=office.second,
            writers=[office.second.pk], created_at=NOW(),
        )  # fmt: skip


def test_what_is_under_way_keeps_its_version_and_its_route(waiting: Publication, office: Office) -> None:
    other = a_route_of(office, Role.OFFICER)
    for change in (
        "hash = repeat('0', 64)",
        f"route_id = {other.pk}",
        f"state = 'approved', route_id = {other.pk}",
    ):
        with pytest.raises(DatabaseError, match="keeps its version and its route"):
            by_sql(f"update publishing_publication set {change}")


def a_route_of(office: Office, *roles: str) -> Route:
    return Route.objects.create(
        unit=office.unit, kind="agenda", stages=stages(*roles), made_by="test", made_at=NOW()
    )


def test_one_approval_is_never_two_stages(office: Office) -> None:
    twice = [stage | {"key": "sama"} for stage in stages(Role.COORDINATOR, Role.LEADER)]
    with pytest.raises(DatabaseError, match="different keys"), transaction.atomic():
        Route.objects.create(unit=None, kind="", stages=twice, made_by="x", made_at=NOW())


def test_a_role_does_not_reach_beyond_its_office(office: Office) -> None:
    a_route(office, Role.OFFICER)
    one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
    far = a_member(a_unit(office.unit.government, "LAIN"))
    with pytest.raises(DatabaseError, match="does not decide"):
        approve(one, far)
    assert approve(one, a_member(office.unit)).pk


def test_whoever_has_left_decides_no_more(waiting: Publication, office: Office) -> None:
    Member.objects.filter(pk=office.head.pk).update(active_until=date(2026, 1, 1))
    with pytest.raises(DatabaseError, match="does not decide"):
        approve(waiting, office.head)


def test_nor_through_a_deputy(waiting: Publication, office: Office) -> None:
    deputy = a_member(office.unit)
    Delegation.objects.create(
        member=office.head, deputy=deputy, since=NOW(), until=NOW() + timedelta(days=1), made_by="x"
    )
    Member.objects.filter(pk=office.head.pk).update(active_until=date(2026, 1, 1))
    with pytest.raises(DatabaseError, match="does not decide"):
        approve(waiting, deputy, deputy_of=office.head)


def test_nor_somebody_of_another_government(waiting: Publication, office: Office) -> None:
    with scope.crossing("two governments"):
        stranger = a_member(a_unit(a_government("99.72", "Kota Lain"), "KOM"), Role.LEADER)
    with pytest.raises(DatabaseError, match="does not decide"):
        approve(waiting, stranger)
    Delegation.objects.create(
        member=office.head, deputy=stranger, since=NOW(), until=NOW() + timedelta(days=1), made_by="x"
    )
    with pytest.raises(DatabaseError, match="does not decide"):
        approve(waiting, stranger, deputy_of=office.head)


def test_a_time_told_from_outside_opens_nothing_that_has_ended(waiting: Publication, office: Office) -> None:
    deputy = a_member(office.unit)
    days = [NOW() - timedelta(days=back) for back in (9, 5, 2)]
    Delegation.objects.create(member=office.head, deputy=deputy, since=days[0], until=days[2], made_by="x")
    with pytest.raises(DatabaseError, match="no deputy"):
        approve(waiting, deputy, deputy_of=office.head, at=days[1])
    link = invited(waiting, office.head, expires_at=days[2])
    with pytest.raises(DatabaseError, match="does not speak"):
        approve(waiting, None, invitation=link, at=days[1])


@pytest.mark.parametrize(
    "change",
    ["expires_at = now() + interval '9 days'", "hash = repeat('0', 64)", "email = 'x@y.id'", "stage = 'x'"],
)
def test_an_invitation_is_only_used_or_ended(waiting: Publication, office: Office, change: str) -> None:
    invited(waiting, office.head)
    with pytest.raises(DatabaseError, match="only used, or ended"):
        by_sql(f"update publishing_invitation set {change}")
    with pytest.raises(DatabaseError, match="never deleted"):
        by_sql("delete from publishing_invitation")
    by_sql("update publishing_invitation set expires_at = now(), used_at = now()")
    with pytest.raises(DatabaseError, match="only used, or ended"):
        by_sql("update publishing_invitation set used_at = null")


@pytest.mark.parametrize("case", ["writer sends", "not named", "to a writer", "other version", "gone sender"])
def test_an_invitation_speaks_only_where_its_sender_could(
    waiting: Publication, office: Office, case: str
) -> None:
    sender, email, more = office.head, "luar@contoh.test", {}
    if case == "writer sends":
        sender = office.writer
    elif case == "not named":
        sender = a_member(office.unit)
    elif case == "to a writer":
        email = office.writer.user.email.upper()
    elif case == "other version":
        more = {"hash": "0" * 64}
    link = invited(waiting, sender, email, **more)
    if case == "gone sender":
        Member.objects.filter(pk=office.head.pk).update(active_until=date(2026, 1, 1))
    with pytest.raises(DatabaseError, match=r"does not speak|nobody decides on what"):
        approve(waiting, None, invitation=link)


def test_a_link_is_used_once(waiting: Publication, office: Office) -> None:
    link = invited(waiting, office.head)
    approve(waiting, None, invitation=link, decision="returned", note="x")
    with pytest.raises(DatabaseError):
        approve(waiting, None, invitation=link)


def test_whoever_sent_a_link_has_agreed(office: Office) -> None:
    a_route(office, Role.LEADER, Role.LEADER, others=True)
    one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
    approve(one, None, invitation=invited(one, office.head))
    Publication.objects.update(stage="t2")
    one.refresh_from_db()
    with pytest.raises(DatabaseError, match="has not agreed yet"):
        approve(one, office.head)
    other = a_member(office.unit, Role.LEADER)
    with pytest.raises(DatabaseError, match="has not agreed yet"):
        approve(one, None, invitation=invited(one, office.head, "lain@contoh.test"))
    with pytest.raises(DatabaseError, match="has not agreed yet"):
        approve(one, None, invitation=invited(one, other, "LUAR@contoh.test"))
    assert approve(one, other).pk


def test_nothing_leaves_once_an_approval_was_voided(office: Office) -> None:
    agreed(a_publication(office.writer, office.channel), office.head)
    by_sql("update publishing_approval set voided_at = now()")
    row = Delivery.objects.get()
    with pytest.raises(DatabaseError, match="every stage"), transaction.atomic():
        Delivery.flow.move(row, DeliveryState.SENDING)
