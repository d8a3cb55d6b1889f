"""Forgets raw deliveries when their time is over: they are kept to be read again, not for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models.functions import Coalesce, Greatest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tanggap.agencies.models import Government
from tanggap.channels.models import Channel
from tanggap.core import audit, scope, work
from tanggap.posts.models import RawItem, RawState

RAW_DAYS = 90
"""For deliveries of an app whose channels are all gone."""


@dataclass(frozen=True, slots=True)
class TroubleRule:
    """How long what was never read is kept: so many times a government's own days, and never less than `least`."""

    times: int
    least: int
    why: str | Promise

    def days(self, raw_days: int) -> int:
        return max(self.least, self.times * raw_days)


TROUBLE = TroubleRule(
    4, 365,
    gettext_lazy(
        "Kiriman yang belum terbaca dapat berisi laporan warga, jadi menunggu lebih lama; tetapi data pribadi tidak "
        "disimpan tanpa batas (UU 27/2022 tentang Pelindungan Data Pribadi)."
    ),
)  # fmt: skip
_BATCH = 5000
_BY = audit.System("retention")


def forgettable(now: datetime) -> models.QuerySet[RawItem]:
    """This will return raw items past their time: digested ones past `raw_days`, unreadable ones past TROUBLE's.

    A delivery of an app may concern several governments; it is kept as long as the longest of them asks. What still
    waits to be read is never forgotten.
    """
    with scope.crossing("raw deliveries belong to apps and channels of any government"):
        of_app = (
            Channel.objects.filter(app=models.OuterRef("app"))
            .order_by()
            .values("app")
            .annotate(days=models.Max("government__raw_days"))
            .values("days")
        )
    days = Coalesce("channel__government__raw_days", models.Subquery(of_app), RAW_DAYS)
    longer = Greatest(days * TROUBLE.times, TROUBLE.least)
    kept = models.Case(models.When(state=RawState.DIGESTED, then=days), default=longer)
    return (
        RawItem.objects.exclude(state=RawState.RECEIVED)
        .annotate(days=kept)
        .filter(received_at__lt=models.Value(now) - models.Value(timedelta(days=1)) * models.F("days"))
    )


@work.step("forget_raw", due=forgettable, every=3600, oldest="received_at")
def forget_raw(now: datetime) -> int:
    """This will delete a batch of them and note per government how many went."""
    with transaction.atomic():
        batch = work.claim(forgettable(now).order_by("received_at"), _BATCH)
        if not batch:
            return 0
        with scope.crossing("one batch forgets for every government"):
            owners = dict(Channel.objects.values_list("pk", "government_id"))
            counts: dict[int | None, int] = {}
            for one in batch:
                owner = owners.get(one.channel_id) if one.channel_id else None
                counts[owner] = counts.get(owner, 0) + 1
            audit.record_many(_note(owner, count, now) for owner, count in counts.items())
        RawItem.objects.filter(pk__in=[one.pk for one in batch]).delete()
    return len(batch)


def _note(government_id: int | None, count: int, now: datetime) -> audit.Entry:
    if government_id is not None:
        return audit.entry("raw.forget", Government(pk=government_id), _BY, now=now, count=count)
    return audit.entry("raw.forget", RawItem(), _BY, now=now, count=count)
