"""The digest: raw items to posts to cases, a batch in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import InterfaceError, OperationalError, models, transaction

from tanggap.cases import joining, opening, triage
from tanggap.cases.models import Case
from tanggap.cases.routing import Router
from tanggap.core import audit, bulk, live, scope, work
from tanggap.posts import intake
from tanggap.posts.models import Post, RawItem, RawState

log = logging.getLogger(__name__)
TRIAGE = audit.System("triage")
_NOT_OF_A_ROW = (InterfaceError, OperationalError)
"""A lost connection, a deadlock, a full disk: the whole batch is simply received again."""


@dataclass(slots=True)
class Decided:
    """A government's part of a batch with what triage made of it: ready to be written."""

    group: intake.Group
    continued: dict[int, Case]
    plan: opening.Plan


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
    batch = intake.prepare(rows)
    store(batch, [decide(group, now) for group in batch.groups], now)


def decide(group: intake.Group, now: datetime) -> Decided:
    """This will triage a government's new posts and plan their cases before anything is written.

    So every post is written once, with all that is known of it.
    """
    government = group.government
    with scope.government(government.pk):
        router = Router(government, now.astimezone(government.zone).date())
        continued = joining.continued(group.posts, _authors(group))
        wishes: list[opening.Wish] = []
        for post in group.posts:
            folded = group.folded[post.platform, post.external_id]
            channel = folded.channel
            post.units = [channel.unit_id] if channel.unit_id else []
            if post.pk in continued and not post.ours and folded.addressed:
                joining.into_thread(post, continued[post.pk])
                continue
            decision = triage.decide(
                post, imported=channel.platform == "import", collected=not folded.addressed
            )
            post.triage, post.desk = decision.reason, decision.desk
            if decision.case_class:
                wishes.append(
                    opening.Wish(
                        post, decision.case_class, decision.reason, dispatch=government.auto_dispatch
                    )
                )
        return Decided(group, continued, opening.plan(government, wishes, TRIAGE, router, now))


def store(batch: intake.Batch, decided: Sequence[Decided], now: datetime) -> None:
    """This will write a batch: posts, cases with all that hangs on them, and the record."""
    result = batch.result
    for one in decided:
        with scope.government(one.group.government.pk):
            stored = intake.store(one.group, result, now)
            opening.write(one.plan, (post.pk for post in stored))
            continuing = [post for post in stored if post.triage == triage.Reason.SAME_THREAD]
            joining.write(continuing, one.continued, now)
            joining.answered_natively([post for post in stored if post.ours], now)
    for post in result.addressed:
        _triage_again(post, now)
    for post in result.changed + result.gone:
        with scope.government(post.government_id):
            joining.note_change(post, now)
    intake.finish(batch, now)
    live.wake("search")


def _authors(group: intake.Group) -> dict[int, str]:
    found = {post.pk: group.folded[post.platform, post.external_id].item.author for post in group.posts}
    return {pk: author.external_id for pk, author in found.items() if author}


def _triage_again(post: Post, now: datetime) -> None:
    """Public talk that turns out to be said to the government (it is answered or names the account): as if new."""
    government = post.government
    with scope.government(government.pk):
        continued = joining.continued([post], {post.pk: post.author.external_id} if post.author else {})
        if post.pk in continued:
            joining.into_thread(post, continued[post.pk])
            post.save()
            joining.write([post], continued, now)
            return
        decision = triage.decide(post, imported=False)
        post.triage, post.desk = decision.reason, decision.desk
        wishes = []
        if decision.case_class:
            dispatch = government.auto_dispatch
            wishes = [opening.Wish(post, decision.case_class, decision.reason, dispatch=dispatch)]
        router = Router(government, now.astimezone(government.zone).date())
        plan = opening.plan(government, wishes, TRIAGE, router, now)
        post.save()
        opening.write(plan, [post.pk])
        live.tell(government.pk, "post", [post.pk])


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
