"""Forgets raw deliveries when their time is over: they are kept to be read again, not for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models.functions import Coalesce

from tanggap.agencies.models import Government
from tanggap.channels.models import Channel
from tanggap.core import audit, scope, work
from tanggap.posts.models import RawItem, RawState

RAW_DAYS = 90
"""For deliveries of an app whose channels are all gone."""
_BATCH = 5000
_BY = audit.System("retention")


def forgettable(now: datetime) -> models.QuerySet[RawItem]:
    """This will return digested raw items past their government's `raw_days`.

    A delivery of an app may concern several governments; it is kept as long as the longest of them asks. What was
    never digested (failed, quarantined) is not forgotten here: somebody still has to look at it.
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
    return (
        RawItem.objects.filter(state=RawState.DIGESTED)
        .annotate(days=days)
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
