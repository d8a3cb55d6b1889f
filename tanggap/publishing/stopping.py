"""The stop switch: while it stands nothing leaves a government; what waits leaves in its order once it is lifted."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal
from tanggap.publishing.models import Stop


def stopped(government_id: int) -> Stop | None:
    """This will return the stop that stands in a government, if any."""
    return Stop._base_manager.filter(government_id=government_id, lifted_at__isnull=True).first()


def stop(by: Member, reason: str) -> Stop:
    """This will hold everything that has not left yet, in the whole government, until somebody lifts it."""
    require(by, "publishing.stop")
    if not reason.strip():
        raise Refusal(_("Tulis alasan penghentian agar rekan Anda memahaminya."), "reason")
    with transaction.atomic():
        standing = stopped(by.government_id)
        if standing:
            return standing
        row = Stop.objects.create(
            government_id=by.government_id, since=timezone.now(), by=by, reason=reason[:300]
        )
        audit.record("publishing.stop", row, by)
        live.tell(by.government_id, "stop", [row.pk])
    return row


def lift(by: Member) -> None:
    """This will let things leave again, in the order in which they were due."""
    require(by, "publishing.stop")
    with transaction.atomic():
        row = stopped(by.government_id)
        if row:
            row.lifted_at, row.lifted_by = timezone.now(), by
            row.save(update_fields=["lifted_at", "lifted_by"])
            audit.record("publishing.lift", row, by)
            live.tell(by.government_id, "stop", [row.pk])
            live.wake("send")
