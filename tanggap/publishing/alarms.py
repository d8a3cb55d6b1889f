"""What is due and not out: shown red wherever it stands, and told once to those who can do something about it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format

from tanggap.agencies.models import Member, Role
from tanggap.agencies.notices import tell
from tanggap.core import audit, live, scope, work
from tanggap.publishing.models import Delivery, DeliveryState, Publication, PublicationState, Stop

GRACE = timedelta(minutes=2)
"""How long after its minute something may still be on its way before that is an alarm."""
LATE = "late"
ALARM = audit.System("publication-alarm")
_S = DeliveryState
_NOT_OUT = (_S.WAITING, _S.HELD, _S.SENDING, _S.UNKNOWN)


def is_late(now: datetime) -> Q:
    """This will say which deliveries of publications are past their minute and not out; the minute meant counts, not
    that of the next try."""
    return Q(variant__isnull=False, occurrence__lt=now - GRACE, state__in=_NOT_OUT)


def late(member: Member, now: datetime) -> int:
    """This will count the publications of the member's part of the tree that are due and not out."""
    rows = Delivery.objects.filter(is_late(now), variant__publication__in=Publication.objects.seen_by(member))
    return rows.values("variant__publication").distinct().count()


def _due(now: datetime) -> models.QuerySet[Publication]:
    """Publications of which something is late and nobody was told; while everything is stopped people know."""
    mine = Delivery._base_manager.filter(is_late(now), variant__publication=OuterRef("pk"))
    stops = Stop._base_manager.filter(government_id=OuterRef("government_id")).filter(
        Q(lifted_at=None) | Q(lifted_at__gt=now - GRACE)
    )
    standing = [PublicationState.APPROVED, PublicationState.OUT, PublicationState.FAILED]
    return (
        Publication._base_manager.filter(Exists(mine), ~Exists(stops), state__in=standing)
        .exclude(told=LATE)
        .order_by("id")
    )


@work.step("publication_alarm", due=_due, every=30, oldest="due_at")
def raise_alarms(now: datetime) -> int:
    """This will tell the author and the coordinators, once, that a publication is due and not out."""
    with scope.crossing("publications of all governments"), transaction.atomic():
        batch = work.claim(_due(now).select_related("author", "government"), 100)
        for one in batch:
            with scope.government(one.government_id):
                _tell(one, now)
        return len(batch)


def _tell(one: Publication, now: datetime) -> None:
    Publication.objects.filter(pk=one.pk).update(told=LATE)
    concerned = Member.objects.filter(Q(pk=one.author_id) | Q(role=Role.COORDINATOR)).order_by("pk")
    row = Delivery.objects.filter(is_late(now), variant__publication=one).order_by("occurrence").first()
    meant = timezone.localtime(row.occurrence, one.government.zone) if row and row.occurrence else now
    due = date_format(meant, "j F Y, H.i T")
    tell(concerned, "publication_late", f"/konten/antrean/?q=%23{one.pk}", due=due)
    audit.record("publication.late", one, ALARM, now=now)
    live.tell(one.government_id, "publication", [one.pk])
