"""Says of channels that ought to be fetched and are not that they are late; the next fetch makes them well again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.channels.connector import Ability, Connector, all_connectors, connector
from tanggap.channels.models import Channel, Health
from tanggap.core import live, work
from tanggap.core.state import Lost

PERIODS, GRACE = 3, timedelta(minutes=5)


def period_of(one: type[Connector], *, hooked: bool) -> timedelta:
    """This will return how often a platform is fetched: seldom where deliveries come by hook."""
    return timedelta(seconds=one.sweep_seconds if hooked else one.poll_seconds)


def _due(now: datetime) -> models.QuerySet[Channel]:
    late = models.Q(pk=None)
    for code, one in all_connectors().items():
        for hooked in (True, False) if Ability.FETCH in one.abilities else ():
            before = now - PERIODS * period_of(one, hooked=hooked) - GRACE
            mine = models.Q(platform=code, hook_at__isnull=not hooked)
            # Deliveries by hook count as signs of life too; a fetch that is long due does not.
            late |= mine & (models.Q(last_sync_at__lt=before) | models.Q(fetch_due_at__lt=before))
    rows = Channel._base_manager.filter(health=Health.OK, fetch_due_at__isnull=False, closed_at__isnull=True)
    return rows.filter(late).order_by("id")


@work.step("late", due=_due, every=60, oldest="last_sync_at")
def tell_lateness(now: datetime) -> int:
    """This will mark channels as late that were not fetched for three of their periods and five minutes."""
    with transaction.atomic():
        rows = work.claim(_due(now).select_related("government"), 100)
        for one in rows:
            since = timezone.localtime(one.last_sync_at or one.fetch_due_at or now, one.government.zone)
            why = _(
                "Belum ditarik lagi sejak %(since)s; seharusnya tiap %(minutes)s menit. Tanggap terus mencoba."
            )
            period = period_of(connector(one.platform), hooked=one.hook_at is not None)
            minutes = max(1, round(period.total_seconds() / 60))
            try:
                Channel.flow.move(
                    one, Health.LATE, health_text=why % {"since": f"{since:%d/%m %H.%M}", "minutes": minutes}
                )
            except Lost:
                continue
            live.tell(one.government_id, "channel", [one.pk])
        return len(rows)
