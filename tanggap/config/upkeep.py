"""Steps that keep the machinery itself in order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models
from procrastinate.contrib.django.models import ProcrastinateJob

from tanggap.core import audit, work

_KEPT = timedelta(days=1)
_BATCH = 1000


def _unsealed(now: datetime) -> models.QuerySet[audit.Entry]:
    return audit.Entry.objects.filter(seal__isnull=True)


@work.step("seal", due=_unsealed, every=10, oldest="at")
def seal(now: datetime) -> int:
    """This will chain the audit entries that were committed since the last time."""
    return audit.seal()


def _leftovers(now: datetime) -> models.QuerySet[Any]:
    """Jobs of a worker that died, and ended ones that nobody will look at again."""
    ended = models.Q(status__in=["succeeded", "failed", "cancelled", "aborted"], scheduled_at__isnull=True)
    orphaned = models.Q(status="doing") & (
        models.Q(worker__isnull=True) | models.Q(worker__last_heartbeat__lt=now - timedelta(minutes=1))
    )
    last_event = models.Subquery(
        ProcrastinateJob.objects.filter(pk=models.OuterRef("pk"))
        .annotate(last=models.Max("procrastinateevent__at"))
        .values("last")[:1]
    )
    rows: models.QuerySet[Any] = ProcrastinateJob.objects.annotate(last_event=last_event)
    return rows.filter(orphaned | (ended & models.Q(last_event__lt=now - _KEPT)))


@work.step("leftovers", due=_leftovers, every=60, oldest="last_event")
def clear_leftovers(now: datetime) -> int:
    """This will delete them: rows are the queue, so a lost job is only a lost wake-up, and the schedule repeats it."""
    ids = list(_leftovers(now).values_list("pk", flat=True)[:_BATCH])
    if ids:
        with connection.cursor() as cursor:
            cursor.execute("delete from procrastinate_jobs where id = any(%s)", [ids])
    return len(ids)
