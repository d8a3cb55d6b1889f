"""Deputies decide for a time what their principal may, and never what either of them wrote."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, NotAllowed, Notice, Role
from tanggap.core.refusal import Refusal
from tanggap.publishing import writing
from tanggap.publishing.approval import approving, delegating
from tanggap.publishing.approval.deciding import seen_by
from tanggap.publishing.models import Approval, Delegation
from tests.city import a_member, a_publication, a_unit
from tests.publishing.offices import Office, a_route

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def deputy_of(office: Office, principal: Member) -> Member:
    deputy = a_member(a_unit(office.unit.government, f"L{principal.pk}"))
    now = timezone.now()
    delegating.appoint(principal, deputy, now, now + DAY)
    return deputy


def test_a_deputy_of_another_office_sees_and_decides(office: Office) -> None:
    a_route(office, Role.LEADER)
    deputy = deputy_of(office, office.head)
    one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
    assert seen_by(deputy).filter(pk=one.pk).exists()
    assert deputy in approving.deciders(one)
    approving.decide(one, deputy, hash_=one.hash, approve=True)
    row = Approval.objects.get()
    assert (row.approver_id, row.deputy_of_id) == (deputy.pk, office.head.pk)
    assert not seen_by(deputy).filter(pk=one.pk).exists()
    assert Notice.objects.filter(member=deputy, kind="delegation_made").exists()


def test_not_what_the_principal_wrote(office: Office) -> None:
    a_route(office, Role.COORDINATOR)
    deputy = deputy_of(office, office.second)
    one = a_publication(office.writer, office.channel)
    one = writing.save(one, office.second, one.revision, {"text": "Lusa air mati."})
    one = approving.hand_in(one, office.writer)
    assert approving.standing_of(one, deputy).code == "not_named"
    with pytest.raises(NotAllowed):
        approving.decide(one, deputy, hash_=one.hash, approve=True)


def test_not_what_the_deputy_wrote(office: Office) -> None:
    now = timezone.now()
    delegating.appoint(office.head, office.writer, now, now + DAY)
    one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
    assert approving.standing_of(one, office.writer).code == "wrote"
    with pytest.raises(NotAllowed):
        approving.decide(one, office.writer, hash_=one.hash, approve=True)


def test_no_longer_than_it_lasts_and_it_is_not_passed_on(office: Office) -> None:
    a_route(office, Role.LEADER)
    deputy = deputy_of(office, office.head)
    third = deputy_of(office, deputy)
    one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
    assert not approving.may_decide(one, third)
    assert approving.may_decide(one, deputy)
    with pytest.raises(NotAllowed):
        delegating.end(Delegation.objects.get(deputy=deputy), office.second)
    delegating.end(Delegation.objects.get(deputy=deputy), office.head)
    assert not approving.may_decide(one, deputy)
    assert list(delegating.of(deputy, timezone.now())) == list(Delegation.objects.filter(member=deputy))


@pytest.mark.parametrize(
    ("since", "until", "field"), [(0, -1, "until"), (-3, -1, "until"), (0, 400, "until"), (2, 1, "until")]
)
def test_a_period_that_cannot_be(office: Office, since: int, until: int, field: str) -> None:
    now = timezone.now()
    with pytest.raises(Refusal) as told:
        delegating.appoint(office.head, office.second, now + since * DAY, now + until * DAY)
    assert told.value.field == field


def test_a_deputy_is_another_who_may_decide(office: Office) -> None:
    now = timezone.now()
    for deputy in (office.head, a_member(office.unit, Role.VIEWER)):
        with pytest.raises(Refusal) as told:
            delegating.appoint(office.head, deputy, now, now + DAY)
        assert told.value.field == "deputy"
    assert office.head not in delegating.choices(office.head, now)
    assert office.writer in delegating.choices(office.head, now)
