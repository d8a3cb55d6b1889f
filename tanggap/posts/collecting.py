"""Asks platforms for public talk, query by query, and keeps what comes with the cursor behind it."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from tanggap.channels import collections, connect, quotas
from tanggap.channels.connector import Ability, ConnectorError, Fetched, NeedsLogin
from tanggap.channels.models import Health, Query
from tanggap.core import work
from tanggap.posts.taking_in import keep

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=180)
_AT_ONCE = 4


def _due(now: datetime) -> models.QuerySet[Query]:
    free = models.Q(lease_until__isnull=True) | models.Q(lease_until__lt=now)
    rows = Query._base_manager.filter(free, due_at__lte=now, collection__active=True, channel__closed_at=None)
    resting = [Health.PAUSED, Health.NEEDS_LOGIN, Health.MANUAL]
    return rows.exclude(channel__health__in=resting).order_by("due_at", "id")


@work.step("collect", due=_due, every=30, oldest="due_at")
def collect(now: datetime) -> int:
    """This will ask one page of each query that is due, as far as its channel's units reach."""
    with transaction.atomic():
        queries = work.claim(_due(now).select_related("channel__app"), _AT_ONCE)
        Query._base_manager.filter(pk__in=[one.pk for one in queries]).update(lease_until=now + LEASE)
        paid = [one for one in queries if _paid(one, now)]
    if not queries:
        return 0
    with ThreadPoolExecutor(max(len(paid), 1), thread_name_prefix="collect") as threads:
        asked = {threads.submit(_ask, one): one for one in paid}
        for answer in as_completed(asked):
            _settle(asked[answer], answer)
    return len(queries)


def _paid(one: Query, now: datetime) -> bool:
    """Spends the units of a query before it is asked: also what fails has its price."""
    one.channel.refresh_from_db(fields=["quota"])
    if not quotas.allows(one.channel, Ability.SEARCH, now):
        _later(one, timedelta(hours=1), "")
        return False
    quotas.note(one.channel, quotas.cost(one.channel, Ability.SEARCH), now)
    return True


def _ask(one: Query) -> Fetched:
    """Runs in a thread and touches no database."""
    return connect.instance(one.channel).search(one.text, one.cursor)


def _settle(one: Query, answer: Future[Fetched]) -> None:
    try:
        fetched = answer.result()
    except NeedsLogin as error:
        # A token may lack only the permission to search: the channel itself goes on.
        _later(one, timedelta(hours=6), str(error))
    except ConnectorError as error:
        wait = work.next_try(timezone.now(), one.failures + 1, error.retry_after) - timezone.now()
        _later(one, max(wait, collections.MOST_OFTEN), str(error))
    except Exception as error:  # a connector's bug must not stop the other queries
        log.exception("query %s failed", one.pk)
        _later(one, timedelta(hours=1), f"Jawaban platform tidak dapat diolah ({type(error).__name__}).")
    else:
        _store(one, fetched)


def _store(one: Query, fetched: Fetched) -> None:
    now = timezone.now()
    again = fetched.more and fetched.cursor != one.cursor
    due = now + (timedelta(seconds=5) if again else collections.interval(one.channel))
    with transaction.atomic():
        mine = Query._base_manager.filter(pk=one.pk, lease_until__isnull=False)
        kept = mine.update(
            cursor=dict(fetched.cursor), due_at=due, lease_until=None, failures=0, error="", last_at=now,
            found=F("found") + len(fetched.bodies),
        )  # fmt: skip
        if kept:
            keep(one.channel, "search", fetched.bodies, now, collection=one.collection_id)
            quotas.note(one.channel, fetched.cost - quotas.cost(one.channel, Ability.SEARCH), now)


def _later(one: Query, wait: timedelta, why: str) -> None:
    Query._base_manager.filter(pk=one.pk).update(
        due_at=timezone.now() + wait,
        lease_until=None,
        error=why[:400],
        failures=F("failures") + int(bool(why)),
    )
