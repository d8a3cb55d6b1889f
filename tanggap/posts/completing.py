"""Gets the words of deliveries that only say where something was said, and keeps them as deliveries of their own."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from tanggap.channels import connect
from tanggap.channels.connector import ConnectorError, NeedsLogin, Permanent, Raw
from tanggap.channels.models import Health
from tanggap.core import work
from tanggap.core.state import Lost
from tanggap.posts.models import RawItem, RawState
from tanggap.posts.taking_in import keep

log = logging.getLogger(__name__)
_AT_ONCE = 8
_AGAIN = timedelta(minutes=2)
MOST_TRIES = 20
_RESTING = (Health.PAUSED, Health.NEEDS_LOGIN)


def _due(now: datetime) -> models.QuerySet[RawItem]:
    fresh = models.Q(digested_at__isnull=True) | models.Q(digested_at__lt=now - _AGAIN)
    rows = RawItem.objects.filter(fresh, state=RawState.POINTING).exclude(channel__health__in=_RESTING)
    return rows.order_by("id")


@work.step("complete", due=_due, every=20, oldest="received_at")
def complete(now: datetime) -> int:
    """This will ask for the words of a handful of deliveries, each as often as its platform is away."""
    with transaction.atomic():
        rows = work.claim(_due(now).select_related("channel__app"), _AT_ONCE)
        # When it was last asked: a worker that dies leaves it to be asked again.
        RawItem.objects.filter(pk__in=[row.pk for row in rows]).update(digested_at=now)
    if not rows:
        return 0
    with ThreadPoolExecutor(len(rows), thread_name_prefix="complete") as threads:
        asked = {threads.submit(_ask, row): row for row in rows}
        for answer in as_completed(asked):
            _settle(asked[answer], answer)
    return len(rows)


def _ask(row: RawItem) -> Sequence[bytes]:
    """Runs in a thread and touches no database."""
    assert row.channel is not None
    raw = Raw(
        bytes(row.body), row.headers, row.received_at, account=row.channel.external_id, handle=row.channel.handle,
        settings=row.channel.settings,
    )  # fmt: skip
    return connect.instance(row.channel).complete(raw)


def _settle(row: RawItem, answer: Future[Sequence[bytes]]) -> None:
    assert row.channel is not None
    now = timezone.now()
    try:
        bodies = answer.result()
    except NeedsLogin as error:
        connect.needs_login(row.channel, str(error))
    except Permanent as error:
        _move(row, RawState.QUARANTINED, str(error))
    except ConnectorError as error:
        _again(row, str(error))
    except Exception as error:
        log.exception("the words of raw item %s could not be got", row.pk)
        _again(row, f"{type(error).__name__}: {error}")
    else:
        with transaction.atomic():
            try:
                RawItem.flow.move(row, RawState.DIGESTED, reason="", digested_at=now)
            except Lost:
                return
            keep(row.channel, "hook", bodies, now)


def _again(row: RawItem, why: str) -> None:
    if row.attempts + 1 >= MOST_TRIES:
        _move(row, RawState.FAILED, why)
    else:
        RawItem.objects.filter(pk=row.pk).update(attempts=row.attempts + 1, reason=why[:400])


def _move(row: RawItem, state: RawState, why: str) -> None:
    try:
        RawItem.flow.move(row, state, reason=why[:400], attempts=row.attempts + 1)
    except Lost:
        log.warning("raw item %s was moved by somebody else", row.pk)
