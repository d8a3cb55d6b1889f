"""Asks platforms how published posts fare, at fixed ages of a post, and keeps what they tell: one row a post and day.

A number that a platform does not tell is absent, never zero. What is shown of it: numbers.py.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from tanggap.channels import connect, quotas
from tanggap.channels.connector import (
    Ability,
    ConnectorError,
    NeedsLogin,
    NotPermitted,
    Permanent,
    Temporary,
    all_connectors,
    connector,
)
from tanggap.channels.models import Channel, Health
from tanggap.core import live, scope, work
from tanggap.publishing.models import Delivery, DeliveryKind, DeliveryState, Figures, Look

log = logging.getLogger(__name__)
Told = Mapping[str, Mapping[str, int] | None]

SCHEDULE: Final = (
    timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=3), timedelta(days=7),
    timedelta(days=30),
)  # fmt: skip
"""Ages at which a post is asked about. What was missed (an outage) is asked once, not made up for."""
OLDEST: Final = timedelta(days=60)
"""Posts older than this that were never asked about are left alone."""
LEASE: Final = timedelta(minutes=5)
"""Longer than any batch may take: a connector asks for about a minute, then answers with what it has."""
WAIT_FOR_QUOTA: Final = timedelta(hours=3)
AT_ONCE, MOST = 4, 400
_UNASKABLE = [Health.NEEDS_LOGIN, Health.PAUSED, Health.MANUAL]


def _posts() -> models.QuerySet[Delivery]:
    """What stands on platforms that tell numbers, on channels that can be asked."""
    able = [code for code, one in all_connectors().items() if Ability.FIGURES in one.abilities]
    return (
        Delivery._base_manager.filter(
            kind=DeliveryKind.POST, state=DeliveryState.SENT, manual=False, sent_at__isnull=False,
            channel__platform__in=able, channel__closed_at=None,
        )
        .exclude(external_id="")
        .exclude(channel__health__in=_UNASKABLE)
    )  # fmt: skip


def _due(now: datetime) -> models.QuerySet[Delivery]:
    never = Q(look=None, sent_at__lte=now - SCHEDULE[0], sent_at__gt=now - OLDEST)
    return (
        _posts()
        .exclude(channel__rest_until__gt=now)
        .filter(never | Q(look__next_at__lte=now))
        .annotate(waits_since=Coalesce("look__next_at", F("sent_at") + SCHEDULE[0]))
        .order_by("waits_since", "id")
    )


@work.step("figures", due=_due, every=60, oldest="waits_since")
def ask(now: datetime) -> int:
    """This will ask a few channels, each about one batch of posts, and write what they tell."""
    with scope.crossing("published posts of all governments"):
        with transaction.atomic():
            claimed = work.claim(
                _due(now).select_related("channel__app", "channel__government", "look"), MOST
            )
            batches = _batches(claimed, now)
            for batch in batches:
                _set(batch, now, next_at=now + LEASE)
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            for batch, answer in [(batch, pool.submit(_call, batch)) for batch in batches]:
                _note(batch, answer)
        return len(claimed)


def _batches(claimed: Sequence[Delivery], now: datetime) -> list[list[Delivery]]:
    """One batch a channel, as large as its platform takes; a channel without units for it waits."""
    by_channel: dict[int, list[Delivery]] = defaultdict(list)
    for one in claimed:
        by_channel[one.channel_id].append(one)
    found: list[list[Delivery]] = []
    for rows in list(by_channel.values())[:AT_ONCE]:
        channel = rows[0].channel
        if not quotas.allows(channel, Ability.FIGURES, now):
            _postpone(channel, now + WAIT_FOR_QUOTA, "", now)
            continue
        told = connector(channel.platform).told
        found.append(rows[: told.at_once if told else 1])
    return found


def _call(batch: Sequence[Delivery]) -> Told:
    return connect.instance(batch[0].channel).figures([one.external_id for one in batch])


def _note(batch: Sequence[Delivery], answer: Future[Told]) -> None:
    """Settles one batch by itself, so that a failure on one channel touches no other."""
    now, channel, error = timezone.now(), batch[0].channel, answer.exception()
    with transaction.atomic(), scope.government(channel.government_id):
        quotas.note(channel, quotas.cost(channel, Ability.FIGURES), now)
        if error is None:
            _keep(batch, answer.result(), now)
        elif isinstance(error, Permanent | NotPermitted):
            _answered(batch, now, error=str(error)[:300])
        elif isinstance(error, NeedsLogin):
            _postpone(channel, now + SCHEDULE[0], str(error), now)
            connect.needs_login(channel, str(error))
        else:
            if not isinstance(error, ConnectorError):
                log.error("figures of channel %s", channel.pk, exc_info=error)
            tries = max((one.look.tries for one in batch if hasattr(one, "look")), default=0) + 1
            wait = error.retry_after if isinstance(error, Temporary) else None
            text = str(error) if isinstance(error, ConnectorError) else type(error).__name__
            _postpone(channel, max(work.next_try(now, tries, wait), now + LEASE), text, now, tries)


def _keep(batch: Sequence[Delivery], told: Told, now: datetime) -> None:
    gone = [one for one in batch if one.external_id in told and told[one.external_id] is None]
    _set(gone, now, next_at=None, asked_at=now, gone_at=now, tries=0, error="")
    _answered([one for one in batch if one not in gone], now, error="")
    day = timezone.localdate(now, batch[0].channel.government.zone)
    for one in batch:
        if numbers := told.get(one.external_id):
            Figures.objects.update_or_create(
                delivery=one, day=day, defaults={"at": now, "numbers": dict(numbers)},
                create_defaults={"at": now, "numbers": dict(numbers), "government_id": one.government_id},
            )  # fmt: skip
    shown = Delivery.objects.filter(pk__in=[one.pk for one in batch], variant__isnull=False)
    live.tell(
        batch[0].government_id,
        "publication",
        sorted(set(shown.values_list("variant__publication_id", flat=True))),
    )


def _answered(batch: Sequence[Delivery], now: datetime, *, error: str) -> None:
    """Asked: again at the next age of each post, or never."""
    for one in batch:
        _set([one], now, next_at=after(one.sent_at or now, now), asked_at=now, tries=0, error=error)


def after(sent_at: datetime, now: datetime) -> datetime | None:
    """This will return when a post that was just asked about is asked about next; None after the last time."""
    return next((sent_at + age for age in SCHEDULE if sent_at + age > now), None)


def _postpone(channel: Channel, until: datetime, why: str, now: datetime, tries: int = 0) -> None:
    """Puts off all that is due on a channel: one refusal speaks for all of it."""
    mine = list(_due(now).filter(channel=channel)[:MOST])
    under_way = _posts().filter(channel=channel, look__next_at__gt=now, look__next_at__lte=now + LEASE)
    _set([*mine, *under_way], now, next_at=until, error=why[:300], tries=tries)


def _set(rows: Sequence[Delivery], now: datetime, **values: object) -> None:
    made = [Look(government_id=one.government_id, delivery=one, **values) for one in rows]
    Look._base_manager.bulk_create(
        made, update_conflicts=True, unique_fields=["delivery"], update_fields=list(values)
    )
