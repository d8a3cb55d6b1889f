"""Reminds of decisions that are due, once each: deciders before the deadline, coordinators after it; and tells when the
minute of a publication has passed while it still waited."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from tanggap.agencies.models import Member, Role
from tanggap.agencies.notices import tell
from tanggap.core import audit, scope, work
from tanggap.publishing.approval.deciding import at_work, deciders
from tanggap.publishing.models import Publication, PublicationState, Reminder, ReminderKind, Version

REMINDER = audit.System("approval_reminders")
SOON = timedelta(hours=2)
"""How long before its deadline deciders are reminded; not of what was handed in within the last hour."""
FRESH = timedelta(hours=1)
_K = ReminderKind


def _due(now: datetime) -> models.QuerySet[Publication]:
    fresh = Version._base_manager.filter(
        publication=OuterRef("pk"), hash=OuterRef("hash"), created_at__gt=now - FRESH
    )
    late = Q(stage_due_at__lte=now) & ~_told(_K.LATE, "stage_due_at")
    soon = Q(stage_due_at__gt=now, stage_due_at__lte=now + SOON) & ~_told(_K.SOON, "stage_due_at")
    slot = Q(due_at__lte=now) & ~_told(_K.SLOT, "due_at")
    return (
        Publication._base_manager.filter(state=PublicationState.REVIEW)
        .filter(late | slot | soon & ~Q(Exists(fresh)))
        .order_by("id")
    )


@work.step("approval_reminders", due=_due, every=60, oldest="changed_at")
def remind(now: datetime) -> int:
    """This will tell those concerned of decisions that are due; each deadline and each minute is told of once."""
    with scope.crossing("publications of all governments"), transaction.atomic():
        rows = _due(now).select_related("author", "route", "unit", "government")
        batch = work.claim(rows, 50)
        for one in batch:
            with scope.government(one.government_id), timezone.override(one.government.zone):
                _remind(one, now)
        return len(batch)


def _remind(one: Publication, now: datetime) -> None:
    link, title = f"/konten/{one.pk}/persetujuan/", str(one)[:80]
    if one.due_at and one.due_at <= now and _note(one, _K.SLOT, one.due_at, now):
        concerned = {row.pk: row for row in (one.author, *deciders(one))}
        tell(concerned.values(), "publication_slot_passed", link, title=title, due=_said(one.due_at))
    if one.stage_due_at is None:
        return
    if one.stage_due_at > now:
        if one.stage_due_at <= now + SOON and _note(one, _K.SOON, one.stage_due_at, now):
            tell(deciders(one), "publication_decide_soon", link, due=_said(one.stage_due_at))
    elif _note(one, _K.LATE, one.stage_due_at, now):
        above = at_work(Member.objects.filter(role=Role.COORDINATOR), now)
        tell(above, "publication_decide_late", link, due=_said(one.stage_due_at))
        audit.record("publication.decision_late", one, REMINDER, now=now, stage=one.stage)


def _note(one: Publication, kind: str, about: datetime, now: datetime) -> bool:
    """Returns whether it was not told before."""
    return Reminder.objects.get_or_create(publication=one, kind=kind, about=about, defaults={"at": now})[1]


def _told(kind: str, column: str) -> Q:
    return Q(
        Exists(Reminder._base_manager.filter(publication=OuterRef("pk"), kind=kind, about=OuterRef(column)))
    )


def _said(at: datetime) -> str:
    return f"{timezone.localtime(at):%d-%m-%Y %H.%M}"
