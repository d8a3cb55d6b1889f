"""Takes back what was agreed on and waits to leave, in the transaction of the change that makes it void."""

from __future__ import annotations

from django.utils import timezone

from tanggap.core import audit
from tanggap.publishing import releasing
from tanggap.publishing.models import Approval, Publication, PublicationState


def void(one: Publication, by: audit.Actor, why: str, state: str = PublicationState.DRAFT) -> None:
    """This will take back approvals and waiting deliveries of a publication in the transaction of its change."""
    now = timezone.now()
    releasing.take_back(one, by, now)
    if one.state != state:
        Publication.flow.move(one, state, stage="", stage_due_at=None, approved_at=None)
    voided = Approval.objects.filter(publication=one, voided_at__isnull=True).update(voided_at=now)
    audit.record("publication.void", one, by, now=now, approvals=voided, why=audit.digest(why))
