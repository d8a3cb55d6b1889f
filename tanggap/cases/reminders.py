"""Reminds offices before a deadline and tells when it has passed. Being late is derived, never a state."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Q

from tanggap.agencies.models import Member, Role
from tanggap.agencies.notices import tell
from tanggap.cases.models import OPEN_STATES, Assignment, AssignmentState, Case
from tanggap.core import audit, live, scope, work

CLOCK = audit.System("clock")
SOON = timedelta(days=1)


def _due(now: datetime) -> models.QuerySet[Case]:
    late = Q(due_at__lt=now) & ~Q(reminded="late")
    soon = Q(due_at__gte=now, due_at__lt=now + SOON, reminded="")
    return Case._base_manager.filter(
        late | soon, history=False, state__in=OPEN_STATES, paused_since__isnull=True
    ).order_by("due_at")


@work.step("remind", due=_due, every=60, oldest="due_at")
def remind(now: datetime) -> int:
    """This will tell the staff of the offices concerned, once when a deadline nears and once when it passed."""
    with scope.crossing("deadlines of all governments"), transaction.atomic():
        batch = work.claim(_due(now).select_related("government"), 100)
        for case in batch:
            with scope.government(case.government_id):
                _remind(case, now)
        return len(batch)


def _remind(case: Case, now: datetime) -> None:
    assert case.due_at is not None
    late = case.due_at < now
    units = Assignment.objects.filter(
        case=case, state__in=[AssignmentState.SENT, AssignmentState.ACCEPTED]
    ).values_list("unit_id", flat=True)
    staff = list(Member.objects.filter(unit_id__in=list(units), role__in=[Role.LIAISON, Role.OFFICER]))
    if late or not staff:
        staff += Member.objects.filter(role=Role.COORDINATOR)
    due = case.due_at.astimezone(case.government.zone).strftime("%d.%m.%Y %H.%M")
    tell(staff, "overdue" if late else "due_soon", f"/kasus/{case.number}/", number=case.number, due=due)
    Case.objects.filter(pk=case.pk).update(reminded="late" if late else "soon")
    if late:
        audit.record("case.overdue", case, CLOCK, now=now)
    live.tell(case.government_id, "case", [case.pk])
