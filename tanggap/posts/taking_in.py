"""Brings in what platforms hold: fetches channels that are due, and keeps live streams open.

Bodies and cursor are stored in one transaction, so a fetch that dies is fetched again and nothing is skipped. A
stream is only the fast way: each time its line stands, a fetch fills the gap, and fetching goes on beside it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.channels import connect, quotas, resting
from tanggap.channels.connector import (
    Ability,
    ConnectorError,
    Fetched,
    NeedsLogin,
    Temporary,
)
from tanggap.channels.models import Channel, Health
from tanggap.core import live, work
from tanggap.posts import sweeping
from tanggap.posts.models import RawItem
from tanggap.posts.streaming import run_streams

__all__ = ["fetch", "run_streams", "store"]

log = logging.getLogger(__name__)
LEASE, RENEW = timedelta(seconds=60), timedelta(seconds=20)
"""How long a channel is a worker's own; renewed while it asks, so that a killed one is taken over within a minute."""
_AT_ONCE = 8
_FAILING_AFTER = 3
_RESTING = (Health.PAUSED, Health.NEEDS_LOGIN, Health.MANUAL)


def _due(now: datetime) -> models.QuerySet[Channel]:
    free = models.Q(fetch_lease_until__isnull=True) | models.Q(fetch_lease_until__lt=now)
    rows = Channel._base_manager.filter(free, fetch_due_at__lte=now, closed_at__isnull=True)
    return rows.exclude(health__in=_RESTING).order_by("fetch_due_at", "id")


def _due_first(now: datetime) -> models.QuerySet[Channel]:
    return _due(now).filter(failures=0)


def _due_again(now: datetime) -> models.QuerySet[Channel]:
    return _due(now).filter(failures__gt=0)


@work.step("fetch", due=_due_first, every=10, oldest="fetch_due_at")
def fetch(now: datetime) -> int:
    """This will fetch one page of each channel that is due, several at a time."""
    return _fetch(_due_first, now)


@work.step("fetch_again", due=_due_again, every=10, oldest="fetch_due_at")
def fetch_again(now: datetime) -> int:
    """This will try the channels that failed, apart from the others: a dead platform's silence holds up none."""
    return _fetch(_due_again, now)


def _fetch(due: Callable[[datetime], models.QuerySet[Channel]], now: datetime) -> int:
    with transaction.atomic():
        channels = work.claim(due(now).select_related("app"), _AT_ONCE)
        until = now + LEASE
        Channel._base_manager.filter(pk__in=[one.pk for one in channels]).update(fetch_lease_until=until)
    paid = [one for one in channels if _may_spend(one, now)]
    if paid:
        with ThreadPoolExecutor(len(paid), thread_name_prefix="fetch") as threads:
            asked = {threads.submit(_ask, one, sweeping.to_recheck(one, now), now): one for one in paid}
            pending = set(asked)
            while pending:
                done, pending = wait(pending, RENEW.total_seconds(), FIRST_COMPLETED)
                for answer in done:
                    _settle(asked[answer], answer, until, now)
                until = _renewed([asked[one].pk for one in pending], until)
    return len(channels)


def _renewed(channels: Sequence[int], until: datetime) -> datetime:
    """The lease of channels whose platforms still answer, made longer in time."""
    longer = timezone.now() + LEASE
    if not channels or longer - until < RENEW:
        return until
    Channel._base_manager.filter(pk__in=channels, fetch_lease_until=until).update(fetch_lease_until=longer)
    return longer


def _may_spend(channel: Channel, now: datetime) -> bool:
    """Whether today's units reach; what is left of them is kept for answers, and the channel shows as late."""
    if quotas.allows(channel, Ability.FETCH, now):
        return True
    Channel._base_manager.filter(pk=channel.pk).update(
        fetch_due_at=now + timedelta(minutes=30), fetch_lease_until=None
    )
    resting.show(channel, Health.LATE, _("Jatah harian platform hampir habis; sisanya untuk menjawab."))
    return False


def _ask(channel: Channel, known: sweeping.Known, now: datetime) -> Fetched:
    """Runs in a thread and touches no database."""
    one = connect.instance(channel)
    cursor = {key: value for key, value in channel.cursor.items() if key != sweeping.LOOKED}
    fetched, before = one.fetch(cursor), channel.cursor.get(sweeping.LOOKED)
    if fetched.more:
        return _noted(fetched, before)
    if not known.texts:
        return _noted(fetched, known.looked)
    try:
        again = one.recheck(list(known.texts))
    except NeedsLogin:
        raise
    except ConnectorError as error:  # what is new counts more than what changed: the next fetch looks again
        log.info("channel %s: known posts could not be looked at again: %s", channel.key, error)
        return _noted(fetched, before)
    bodies = [*fetched.bodies, *sweeping.otherwise(known, channel, again.bodies, now)]
    return _noted(replace(fetched, bodies=bodies, cost=fetched.cost + again.cost), known.looked)


def _noted(fetched: Fetched, looked: Mapping[str, int] | None) -> Fetched:
    return replace(fetched, cursor={**fetched.cursor, sweeping.LOOKED: dict(looked)}) if looked else fetched


def _settle(channel: Channel, answer: Future[Fetched], lease: datetime, asked: datetime) -> None:
    try:
        fetched = answer.result()
    except NeedsLogin as error:
        connect.needs_login(channel, str(error))
        Channel._base_manager.filter(pk=channel.pk).update(fetch_lease_until=None)
    except ConnectorError as error:
        _failed(channel, str(error), error.retry_after, soft=isinstance(error, Temporary))
    except Exception as error:  # a connector's bug must not stop the other channels
        log.exception("fetching channel %s failed", channel.key)
        _failed(
            channel,
            f"Jawaban platform tidak dapat diolah ({type(error).__name__}). Dicoba lagi.",
            None,
            soft=False,
        )
    else:
        store(channel, fetched, lease, asked)


def store(channel: Channel, fetched: Fetched, lease: datetime, asked: datetime | None = None) -> bool:
    """This will keep a page and the cursor behind it; False (and nothing kept) where another worker took over.

    Bodies count as received when they were asked for: they may show a later state, but never an earlier one.
    """
    now = timezone.now()
    stuck = fetched.more and fetched.cursor == channel.cursor
    if stuck:
        log.warning("channel %s: the platform says that there is more but gives the same page", channel.key)
    pause: float = 0 if fetched.more and not stuck else sweeping.pause(channel, now)
    if fetched.pause is not None:
        pause = min(pause, fetched.pause)
    with transaction.atomic():
        mine = Channel._base_manager.filter(pk=channel.pk, fetch_lease_until=lease)
        # A stream that came up meanwhile asked for a fetch at once: its wish stands.
        mine.filter(fetch_due_at=channel.fetch_due_at).update(fetch_due_at=now + timedelta(seconds=pause))
        if not mine.update(cursor=dict(fetched.cursor), last_sync_at=now, failures=0, fetch_lease_until=None):
            return False
        keep(channel, "sweep" if channel.hook_at else "fetch", fetched.bodies, asked or now)
        quotas.note(channel, fetched.cost, now)
        if fetched.missed:
            sweeping.missed(channel, fetched.missed, now)
        resting.show(channel, Health.OK, "")
    return True


def keep(
    channel: Channel,
    source: str,
    bodies: Sequence[bytes],
    now: datetime,
    *,
    history: bool = False,
    **note: object,
) -> None:
    """This will store raw bodies of a channel and wake the digest; call it inside a transaction.

    `note` is kept in the place of a delivery's headers.
    """
    if bodies:
        RawItem.objects.bulk_create(
            [
                RawItem(
                    received_at=now, source=source, channel=channel, body=body, history=history, headers=note
                )
                for body in bodies
            ]
        )
        live.wake("digest")


def _failed(channel: Channel, why: str, retry_after: float | None, *, soft: bool) -> None:
    now = timezone.now()
    failures = channel.failures + 1
    with transaction.atomic():
        Channel._base_manager.filter(pk=channel.pk).update(
            failures=failures, fetch_lease_until=None, fetch_due_at=work.next_try(now, failures, retry_after)
        )
        if failures >= _FAILING_AFTER or not soft:
            resting.show(channel, Health.FAILING, why)
