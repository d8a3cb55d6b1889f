"""Sends at most once: the row says `sending` before the call, and an unknown outcome is looked up, never repeated.

Order is kept within a thread; while the stop switch stands nothing new leaves; a channel that needs a log-in keeps its
queue.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.channels import connect
from tanggap.channels.connector import (
    CannotTell,
    Connector,
    ConnectorError,
    NeedsLogin,
    OutcomeUnknown,
    Outgoing,
    Sent,
    Temporary,
)
from tanggap.channels.models import Channel, Health
from tanggap.core import audit, live, scope, work
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.publishing.models import Delivery, DeliveryState, Stop

log = logging.getLogger(__name__)
SENDER = audit.System("send")
AT_ONCE = 8
SENDING_LEASE = timedelta(minutes=2)
"""Longer than any call may take (core.http ends it after 60 s): only then has its worker died."""
LOOK_AGAIN = timedelta(seconds=15)
BELIEVE_ABSENCE = timedelta(seconds=40)
"""How long after a send its absence at the platform is believed; a request may still be under way before."""
MOST_TRIES = 12
_S = DeliveryState


def enqueue(
    channel: Channel,
    kind: str,
    text: str,
    by: audit.Actor,
    now: datetime,
    *,
    target: str = "",
    thread: str = "",
    due_at: datetime | None = None,
    options: dict[str, object] | None = None,
) -> Delivery:
    """This will put one approved text into the queue; call it in the transaction that approves it."""
    delivery = Delivery.objects.create(
        government_id=channel.government_id, channel=channel, kind=kind, text=text, target_external_id=target,
        thread=thread, due_at=due_at or now, created_by=by.audit_name, created_at=now, options=options or {},
    )  # fmt: skip
    audit.record(
        "delivery.enqueue", delivery, by, now=now, channel=channel.pk, kind=kind, text=audit.digest(text)
    )
    live.wake("send")
    return delivery


def record_by_hand(
    channel: Channel,
    kind: str,
    text: str,
    by: audit.Actor,
    now: datetime,
    *,
    target: str,
    thread: str,
    url: str,
) -> Delivery:
    """This will note what a person sent on the platform itself: the same clocks and counts, marked as manual."""
    delivery = Delivery.objects.create(
        government_id=channel.government_id, channel=channel, kind=kind, text=text, target_external_id=target,
        thread=thread, due_at=now, sent_at=now, state=_S.SENT, manual=True, url=url, created_by=by.audit_name,
        created_at=now,
    )  # fmt: skip
    audit.record("delivery.by_hand", delivery, by, now=now, channel=channel.pk, text=audit.digest(text))
    live.wake("replies")
    return delivery


def _due(now: datetime) -> models.QuerySet[Delivery]:
    stops = Stop._base_manager.filter(government_id=OuterRef("government_id"), lifted_at__isnull=True)
    earlier = Delivery._base_manager.filter(
        channel_id=OuterRef("channel_id"),
        thread=OuterRef("thread"),
        pk__lt=OuterRef("pk"),
        state__in=[_S.WAITING, _S.SENDING, _S.UNKNOWN],
    ).exclude(thread="")
    return (
        Delivery._base_manager.filter(state=_S.WAITING, due_at__lte=now)
        .exclude(channel__health__in=[Health.NEEDS_LOGIN, Health.PAUSED])
        .exclude(Exists(stops))
        .exclude(Exists(earlier))
        .order_by("due_at", "id")
    )


@work.step("send", due=_due, every=5, oldest="due_at")
def send(now: datetime) -> int:
    """This will send a handful of due deliveries at the same time, each at most once."""
    with scope.crossing("deliveries of all governments"):
        with transaction.atomic():
            batch = work.claim(_due(now).select_related("channel__app"), AT_ONCE)
            for one in batch:
                Delivery.flow.move(
                    one, _S.SENDING, sending_since=timezone.now(), attempts=one.attempts + 1, error=""
                )
        _call_all(batch, lambda connector, out: connector.send(out), _sent_or_not)
        return len(batch)


def _unsettled(now: datetime) -> models.QuerySet[Delivery]:
    died = Q(state=_S.SENDING, sending_since__lt=now - SENDING_LEASE)
    asked = Q(state=_S.UNKNOWN, due_at__lte=now)
    return (
        Delivery._base_manager.filter(died | asked)
        .exclude(channel__health__in=[Health.NEEDS_LOGIN, Health.PAUSED])
        .order_by("due_at", "id")
    )


@work.step("settle", due=_unsettled, every=10, oldest="due_at")
def settle(now: datetime) -> int:
    """This will ask the platforms what became of sends whose answer never came."""
    with scope.crossing("deliveries of all governments"):
        with transaction.atomic():
            batch = work.claim(_unsettled(now).select_related("channel__app"), AT_ONCE)
            for one in batch:
                if one.state == _S.SENDING:
                    Delivery.flow.move(one, _S.UNKNOWN, error=_("Pengirimnya berhenti di tengah jalan."))
                Delivery._base_manager.filter(pk=one.pk).update(due_at=now + LOOK_AGAIN)
        _call_all(batch, lambda connector, out: connector.look_up(out), _found_or_not)
        return len(batch)


def _call_all(
    batch: Sequence[Delivery],
    call: Callable[[Connector, Outgoing], Sent | None],
    conclude: Callable[[Delivery, Sent | None, Exception | None], None],
) -> None:
    """Calls outside any transaction and concludes each row by itself, so that one failure touches no other."""
    if not batch:
        return
    with ThreadPoolExecutor(max_workers=len(batch)) as pool:
        asked = [(one, pool.submit(call, connect.instance(one.channel), _outgoing(one))) for one in batch]
        for one, answer in asked:
            error = answer.exception()
            with transaction.atomic():
                try:
                    conclude(
                        one,
                        None if error else answer.result(),
                        error if isinstance(error, Exception) else None,
                    )
                except Lost:
                    log.warning("delivery %s was settled by somebody else", one.pk)


def _outgoing(one: Delivery) -> Outgoing:
    same = Delivery._base_manager.filter(channel_id=one.channel_id, target_external_id=one.target_external_id)
    taken = same.exclude(pk=one.pk).exclude(external_id="").values_list("external_id", flat=True)
    return Outgoing(
        kind=one.kind, text=one.text, reference=str(one.reference), target_external_id=one.target_external_id,
        thread=one.thread, options={**one.options, "taken": list(taken)}, created_at=one.created_at,
    )  # fmt: skip


def _sent_or_not(one: Delivery, sent: Sent | None, error: Exception | None) -> None:
    now = timezone.now()
    if sent is not None:
        _confirm(one, sent, now)
    elif isinstance(error, Temporary):
        _later(one, error, now)
    elif isinstance(error, NeedsLogin):
        Delivery.flow.move(one, _S.WAITING, error=str(error)[:600])
        connect.needs_login(one.channel, str(error))
    elif isinstance(error, ConnectorError) and not isinstance(error, OutcomeUnknown):
        _move(one, _S.FAILED, now, error=str(error)[:600])
    else:  # no answer, or a bug in the connector: it may have left
        text = str(error) if isinstance(error, OutcomeUnknown) else f"{type(error).__name__}: {error}"
        _move(one, _S.UNKNOWN, now, error=text[:600], due_at=now + LOOK_AGAIN)


def _found_or_not(one: Delivery, sent: Sent | None, error: Exception | None) -> None:
    now = timezone.now()
    since = one.sending_since or one.created_at
    if sent is not None:
        _confirm(one, sent, now)
    elif isinstance(error, CannotTell):
        Delivery._base_manager.filter(pk=one.pk, state=_S.UNKNOWN).update(
            error=str(error)[:600], due_at=now + timedelta(days=365)
        )
    elif isinstance(error, NeedsLogin):
        connect.needs_login(one.channel, str(error))
    elif error is not None:
        retry = error.retry_after if isinstance(error, ConnectorError) else None
        due = work.next_try(now, one.attempts, retry)
        Delivery._base_manager.filter(pk=one.pk, state=_S.UNKNOWN).update(error=str(error)[:600], due_at=due)
    elif now - since >= BELIEVE_ABSENCE:
        _move(one, _S.WAITING, now, due_at=now, error=_("Tidak ditemukan di platform; dikirim kembali."))
        live.wake("send")


def _later(one: Delivery, error: Temporary, now: datetime) -> None:
    if one.attempts >= MOST_TRIES:
        _move(one, _S.FAILED, now, error=str(error)[:600])
        return
    due = work.next_try(now, one.attempts, error.retry_after)
    Delivery.flow.move(one, _S.WAITING, error=str(error)[:600], due_at=due)
    live.tell(one.government_id, "delivery", [one.pk])


def _confirm(one: Delivery, sent: Sent, now: datetime) -> None:
    _move(one, _S.SENT, now, external_id=sent.external_id, url=sent.url, sent_at=now, error="")


def _move(one: Delivery, state: str, now: datetime, **changes: object) -> None:
    Delivery.flow.move(one, state, **changes)
    audit.record(f"delivery.{state}", one, SENDER, now=now, external_id=one.external_id)
    live.tell(one.government_id, "delivery", [one.pk])
    live.wake("replies")


def arrived(channel: Channel, external_id: str, url: str, text: str, target: str) -> bool:
    """This will recognise a post of our own account as a send whose outcome is still open, and settle it."""
    open_ = Delivery._base_manager.filter(
        channel=channel, state__in=[_S.SENDING, _S.UNKNOWN], target_external_id=target
    ).order_by("id")
    for one in open_:
        if _same(one.text, text):
            try:
                _confirm(one, Sent(external_id, url), timezone.now())
            except Lost:
                continue
            return True
    return False


def _same(ours: str, theirs: str) -> bool:
    """Whether a platform's copy is our text: white space folded, a leading mention put there by the platform."""
    mine, copy = " ".join(ours.split()), " ".join(theirs.split())
    return (
        copy == mine
        or copy.endswith(mine)
        and all(word.startswith("@") for word in copy[: -len(mine)].split())
    )


def retry(one: Delivery, by: Member) -> None:
    """This will put a failed delivery back into the queue."""
    require(by, "reply.write")
    with transaction.atomic():
        Delivery.flow.move(one, _S.WAITING, due_at=timezone.now(), attempts=0, error="")
        audit.record("delivery.retry", one, by)
        live.wake("send")


def settle_by_hand(one: Delivery, by: Member, *, arrived_there: bool, url: str = "") -> None:
    """This will let a person who looked at the platform say whether a send with unknown outcome arrived."""
    require(by, "reply.write")
    now = timezone.now()
    with transaction.atomic():
        if one.state == _S.SENDING:
            raise Refusal(_("Kiriman ini masih berjalan. Tunggu dua menit, lalu periksa lagi."))
        audit.record("delivery.settle_by_hand", one, by, arrived=arrived_there)
        if arrived_there:
            _move(one, _S.SENT, now, sent_at=now, url=url, error="")
        else:
            _move(one, _S.WAITING, now, due_at=now, error="")
            live.wake("send")


def stopped(government_id: int) -> Stop | None:
    """This will return the stop that stands in a government, if any."""
    return Stop._base_manager.filter(government_id=government_id, lifted_at__isnull=True).first()


def stop(by: Member, reason: str) -> Stop:
    """This will hold everything that has not left yet, in the whole government, until somebody lifts it."""
    require(by, "publishing.stop")
    if not reason.strip():
        raise Refusal(_("Tulis alasan penghentian agar rekan Anda memahaminya."), "reason")
    with transaction.atomic():
        standing = stopped(by.government_id)
        if standing:
            return standing
        row = Stop.objects.create(
            government_id=by.government_id, since=timezone.now(), by=by, reason=reason[:300]
        )
        audit.record("publishing.stop", row, by)
        live.tell(by.government_id, "stop", [row.pk])
    return row


def lift(by: Member) -> None:
    """This will let things leave again, in the order in which they were due."""
    require(by, "publishing.stop")
    with transaction.atomic():
        row = stopped(by.government_id)
        if row:
            row.lifted_at, row.lifted_by = timezone.now(), by
            row.save(update_fields=["lifted_at", "lifted_by"])
            audit.record("publishing.lift", row, by)
            live.tell(by.government_id, "stop", [row.pk])
            live.wake("send")
