"""The digest: raw items to posts to cases, a batch in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError, models, transaction

from tanggap.cases import joining, opening, triage
from tanggap.cases.routing import Router
from tanggap.channels.models import Channel
from tanggap.core import audit, bulk, live, scope, work
from tanggap.posts import intake
from tanggap.posts.batch import Digested
from tanggap.posts.models import RawItem, RawState

log = logging.getLogger(__name__)
TRIAGE = audit.System("triage")
_NOT_OF_A_ROW = (InterfaceError, OperationalError)
"""A lost connection, a deadlock, a full disk: the whole batch is simply received again."""


def _due(now: datetime) -> models.QuerySet[RawItem]:
    return RawItem.objects.filter(state=RawState.RECEIVED)


@work.step("digest", due=_due, every=2, oldest="received_at")
def digest(now: datetime) -> int:
    """This will digest one batch of received raw items: read, triage, store, open cases."""
    with scope.crossing("a batch may hold deliveries of several governments"), transaction.atomic():
        rows = intake.take()
        try:
            with transaction.atomic(), bulk.without_collector():
                _digest(rows, now)
        except _NOT_OF_A_ROW:
            raise
        except Exception:
            # One row that the database refuses, or that something of ours stumbles over, must not hold up the
            # others: each by itself, under a savepoint.
            log.exception("a batch of %s was refused as a whole", len(rows))
            for row in rows:
                _digest_alone(row, now)
        return len(rows)


def _digest(rows: Sequence[RawItem], now: datetime) -> None:
    batch = intake.prepare(rows, now)
    for group in batch.groups:
        with scope.government(group.government.pk):
            _sort_out(group, batch.result, now)
    for post in batch.result.changed + batch.result.gone:
        with scope.government(post.government_id):
            joining.note_change(post, now)


def _digest_alone(row: RawItem, now: datetime) -> None:
    row.state = RawState.RECEIVED
    try:
        with transaction.atomic():
            _digest([row], now)
    except _NOT_OF_A_ROW:
        raise
    except Exception as error:
        row.state = RawState.RECEIVED
        intake.put_aside(row, error)


def _sort_out(group: intake.Group, result: Digested, now: datetime) -> None:
    """Triage before storing, so that every post is written once, with all that is known of it."""
    government = group.government
    channels = Channel.objects.in_bulk({post.channel_id for post in group.posts})
    router = Router(government, now.astimezone(government.zone).date())
    threads = joining.cases_of_threads(group.posts)
    wishes: list[opening.Wish] = []
    for post in group.posts:
        channel = channels[post.channel_id]
        post.units = [channel.unit_id] if channel.unit_id else []
        if post.thread in threads and not post.ours:
            joining.into_thread(post, threads[post.thread])
            continue
        decision = triage.decide(post, imported=channel.platform == "import")
        post.triage, post.desk = decision.reason, decision.desk
        if decision.case_class:
            wishes.append(
                opening.Wish(post, decision.case_class, decision.reason, dispatch=government.auto_dispatch)
            )
    plan = opening.plan(government, wishes, TRIAGE, router, now)
    stored = intake.store(group, result, now)
    opening.write(plan, (post.pk for post in stored))
    joining.write([post for post in stored if post.thread in threads and not post.ours], threads, now)
    joining.answered_natively([post for post in stored if post.ours], now)
    live.wake("search")
