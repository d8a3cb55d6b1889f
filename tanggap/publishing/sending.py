"""Sends at most once: the row says `sending` before the call, and an unknown outcome is looked up, never repeated.

Order is kept within a thread; while the stop switch stands nothing new leaves; a channel that needs a log-in keeps its
queue, and one whose platform fails rests (channels/resting.py) without holding up any other.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import DatabaseError, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.channels import connect, media, quotas, resting
from tanggap.channels.connector import (
    Attachment,
    CannotTell,
    ConnectorError,
    Gone,
    NeedsLogin,
    OutcomeUnknown,
    Outgoing,
    Permanent,
    Sent,
    Temporary,
)
from tanggap.channels.models import Channel, Health
from tanggap.core import audit, live, scope, work
from tanggap.core.state import Lost
from tanggap.publishing import silence, windows
from tanggap.publishing.media import attachments
from tanggap.publishing.models import Delivery, DeliveryKind, DeliveryState, Stop
from tanggap.publishing.queue import conclude

log = logging.getLogger(__name__)
SENDER = audit.System("send")
AT_ONCE = 16
FILMS_AT_ONCE = 2
"""Of a handful: a film is read whole before it is sent, and takes minutes."""
PATIENCE = 1.0
"""Seconds after which the places of those that were answered go to the next: a slow platform holds up no other."""
SENDING_LEASE = timedelta(minutes=2)
"""Longer than any call may take (core.http ends it after 60 s): only then has its worker died."""
UPLOADING_LEASE = timedelta(minutes=20)
"""The same for what goes with files: a film is taken in pieces, for up to ten minutes."""
LOOK_AGAIN = timedelta(seconds=15)
BELIEVE_ABSENCE = timedelta(seconds=40)
"""How long after a send its absence at the platform is believed; a request may still be under way before."""
MOST_TRIES = 12
FOR_A_PERSON = timedelta(days=365)
"""When a send is asked about again whose platform cannot tell: never, in truth."""
_S = DeliveryState
_MUTE = frozenset({Health.NEEDS_LOGIN, Health.PAUSED})
"""Channels that are not spoken on: nothing leaves, and nothing can be asked."""


def _due(now: datetime) -> models.QuerySet[Delivery]:
    stops = Stop._base_manager.filter(government_id=OuterRef("government_id"), lifted_at__isnull=True)
    earlier = Delivery._base_manager.filter(
        channel_id=OuterRef("channel_id"),
        thread=OuterRef("thread"),
        pk__lt=OuterRef("pk"),
    ).exclude(thread="")
    # What only a person can settle holds up nobody: that may take hours.
    open_ = Q(state__in=[_S.WAITING, _S.SENDING]) | Q(state=_S.UNKNOWN, due_at__lt=now + FOR_A_PERSON / 2)
    earlier = earlier.filter(open_)
    return (
        Delivery._base_manager.filter(state=_S.WAITING, due_at__lte=now, channel__closed_at=None)
        .exclude(channel__health__in=_MUTE)
        .exclude(channel__rest_until__gt=now)
        .exclude(Exists(stops))
        .exclude(Exists(earlier))
        .exclude(_for_a_hand())
        .filter(Q(after=None) | Q(after__state=_S.SENT))
        .order_by("due_at", "id")
    )


def _for_a_hand() -> Q:
    """What a person does on the platform: on channels by hand, and below a post of which only its link is known."""
    ours = Q(variant__isnull=False) | Q(kind=DeliveryKind.WITHDRAW)
    return Q(manual=True) | ours & Q(channel__health=Health.MANUAL) | Q(after__external_id="")


def _due_first(now: datetime) -> models.QuerySet[Delivery]:
    return _due(now).filter(channel__trips=0)


def _due_again(now: datetime) -> models.QuerySet[Delivery]:
    """Of a channel that failed, only the first in the queue: it shows whether the platform is back."""
    before = Q(due_at__lt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), pk__lt=OuterRef("pk"))
    sooner = _due(now).filter(before, channel_id=OuterRef("channel_id")).order_by()
    return _due(now).filter(channel__trips__gt=0).exclude(Exists(sooner))


@work.step("send", due=_due_first, every=5, oldest="due_at")
def send(now: datetime) -> int:
    """This will send a handful of due deliveries at the same time, each at most once."""
    return _send(_due_first, now)


@work.step("send_again", due=_due_again, every=5, oldest="due_at")
def send_again(now: datetime) -> int:
    """This will try one delivery of each channel that failed and has rested, apart from those that work."""
    return _send(_due_again, now)


def _send(due: Callable[[datetime], models.QuerySet[Delivery]], now: datetime) -> int:
    """Calls outside any transaction; each row is settled by itself as soon as its answer is there, so that one failure
    touches no other. Returns how many were dealt with."""
    with (
        scope.crossing("deliveries of all governments"),
        ThreadPoolExecutor(AT_ONCE, thread_name_prefix="send") as pool,
    ):
        running, taken = _start(pool, due, now, AT_ONCE)
        began = time.monotonic()
        while running:
            for answer in wait(running, PATIENCE / 2, FIRST_COMPLETED).done:
                _settle_row(running.pop(answer), answer, _sent_or_not)
            slow = running and time.monotonic() - began > PATIENCE
            if slow and len(running) <= AT_ONCE * 3 / 4 and not work.STOPPING.is_set():
                more, dealt = _start(pool, due, timezone.now(), AT_ONCE - len(running))
                running, taken = running | more, taken + dealt
        return taken


def _start(
    pool: ThreadPoolExecutor, due: Callable[[datetime], models.QuerySet[Delivery]], now: datetime, most: int
) -> tuple[dict[Future[Sent | None], Delivery], int]:
    """Begins the next few calls; the stop switch, windows and shares are asked anew for each handful."""
    files: dict[int, list[Attachment]] = {}
    with transaction.atomic():
        rows = due(now).select_related("channel__app", "after", "variant__publication__government")
        claimed = _few_films(work.claim(rows, most))
        # one after the other: each counts those before it against the platform's share
        batch = [one for one in claimed if _may_leave(one, files, now) and _begin(one, now)]
    asked = [(one, _outgoing(one, files.get(one.pk, []))) for one in batch]
    return {pool.submit(_call, one, out): one for one, out in asked}, len(claimed)


def _few_films(claimed: Sequence[Delivery]) -> list[Delivery]:
    """Those beyond the first are left as they are, for the next handful."""
    films = [one.pk for one in claimed if any(kept["type"].startswith("video/") for kept in one.media)]
    return [one for one in claimed if one.pk not in films[FILMS_AT_ONCE:]]


def _call(one: Delivery, out: Outgoing) -> Sent | None:
    connector = connect.instance(one.channel)
    if out.kind != DeliveryKind.WITHDRAW:
        return connector.send(out)
    with suppress(Gone):  # what is gone already was taken away
        connector.send(out)
    return Sent("")


def _begin(one: Delivery, now: datetime) -> bool:
    """Says `sending` before the call; the database refuses what was not approved word for word (migration 0004)."""
    given = {"target_external_id": one.after.external_id} if one.after else {}
    try:
        with transaction.atomic():
            Delivery.flow.move(
                one, _S.SENDING, sending_since=timezone.now(), attempts=one.attempts + 1, error="", **given
            )
    except DatabaseError as error:
        log.error("delivery %s may not leave: %s", one.pk, error)
        one.refresh_from_db()
        conclude(
            one, _S.FAILED, SENDER, now, error=_("Tidak dikirim: isinya bukan yang disetujui. Ajukan lagi.")
        )
        return False
    return True


def _may_leave(one: Delivery, files: dict[int, list[Attachment]], now: datetime) -> bool:
    """Asks once more what was asked when it was written: a window may have closed, a share may be used up; and what
    comes too late to be true waits for a person."""
    if held := _held_for(one, now):
        conclude(one, _S.HELD, SENDER, now, error=held[:600])
        return False
    try:
        files[one.pk] = attachments(one)
    except Permanent as error:
        conclude(one, _S.FAILED, SENDER, now, error=str(error)[:600])
        return False
    pieces = [media.look(file.content, alt=file.alt, name=file.name) for file in files[one.pk]]
    objection = windows.still_allowed(one, now, pieces)
    if objection is None:
        return True
    if objection.code == "rate":
        due = max(objection.until or now, now + timedelta(seconds=5))
        Delivery._base_manager.filter(pk=one.pk).update(due_at=due, error=str(objection)[:600])
    else:
        conclude(one, _S.FAILED, SENDER, now, error=str(objection)[:600])
    return False


def _held_for(one: Delivery, now: datetime) -> str:
    if one.latest_at is not None and now > one.latest_at:
        return _("Waktunya sudah lewat. Pastikan isinya masih benar, lalu terbitkan.")
    return silence.holding(one, now)


def _unsettled(now: datetime) -> models.QuerySet[Delivery]:
    late = Q(media=[], sending_since__lt=now - SENDING_LEASE) | Q(sending_since__lt=now - UPLOADING_LEASE)
    died = Q(state=_S.SENDING) & late
    asked = Q(state=_S.UNKNOWN, due_at__lte=now) & ~Q(channel__health__in=_MUTE)
    return Delivery._base_manager.filter(died | asked).order_by("due_at", "id")


@work.step("settle", due=_unsettled, every=10, oldest="due_at")
def settle(now: datetime) -> int:
    """This will ask the platforms what became of sends whose answer never came."""
    with scope.crossing("deliveries of all governments"):
        with transaction.atomic():
            batch = work.claim(_unsettled(now).select_related("channel__app"), AT_ONCE)
            for one in batch:
                if one.state == _S.SENDING and one.kind == DeliveryKind.WITHDRAW:
                    Delivery.flow.move(one, _S.WAITING, due_at=now)
                    continue
                if one.state == _S.SENDING:
                    Delivery.flow.move(one, _S.UNKNOWN, error=_("Pengirimnya berhenti di tengah jalan."))
                Delivery._base_manager.filter(pk=one.pk).update(due_at=now + LOOK_AGAIN)
        asked = [one for one in batch if one.state == _S.UNKNOWN and one.channel.health not in _MUTE]
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="settle") as pool:
            answers = [(one, pool.submit(_look_up, one, _outgoing(one, []))) for one in asked]
            for one, answer in answers:
                _settle_row(one, answer, _found_or_not)
        return len(batch)


def _look_up(one: Delivery, out: Outgoing) -> Sent | None:
    return connect.instance(one.channel).look_up(out)


def _settle_row(
    one: Delivery,
    answer: Future[Sent | None],
    settle_row: Callable[[Delivery, Sent | None, Exception | None], None],
) -> None:
    error = answer.exception()
    try:
        with transaction.atomic():
            sent = None if error else answer.result()
            settle_row(one, sent, error if isinstance(error, Exception) else None)
    except Lost:
        log.warning("delivery %s was settled by somebody else", one.pk)
    except DatabaseError:
        # It stays `sending` and is asked about once its lease is over; those beside it are settled all the same.
        log.exception("what became of delivery %s could not be kept", one.pk)


def _outgoing(one: Delivery, files: Sequence[Attachment]) -> Outgoing:
    same = Delivery._base_manager.filter(channel_id=one.channel_id, target_external_id=one.target_external_id)
    taken = same.exclude(pk=one.pk).exclude(external_id="").values_list("external_id", flat=True)
    return Outgoing(
        kind=one.kind, text=one.text, reference=str(one.reference), target_external_id=one.target_external_id,
        thread=one.thread, options={**one.options, "taken": list(taken)}, created_at=one.created_at,
        media=files,
    )  # fmt: skip


def _sent_or_not(one: Delivery, sent: Sent | None, error: Exception | None) -> None:
    now = timezone.now()
    quotas.note(one.channel, quotas.cost(one.channel, one.kind), now)
    if sent is not None:
        _confirm(one, sent, now)
        resting.heal(one.channel)
    elif isinstance(error, Temporary):
        _later(one, error, now)
    elif isinstance(error, NeedsLogin):
        Delivery.flow.move(one, _S.WAITING, error=str(error)[:600])
        connect.needs_login(one.channel, str(error))
    elif isinstance(error, ConnectorError) and not isinstance(error, OutcomeUnknown):
        conclude(one, _S.FAILED, SENDER, now, error=str(error)[:600])
    elif one.kind == DeliveryKind.WITHDRAW:  # taking away twice does no harm: no outcome stays open
        _later(one, Temporary(str(error), everywhere=False), now)
    else:  # no answer, or a bug in the connector: it may have left
        text = str(error) if isinstance(error, OutcomeUnknown) else f"{type(error).__name__}: {error}"
        conclude(one, _S.UNKNOWN, SENDER, now, error=text[:600], due_at=now + LOOK_AGAIN)
        if isinstance(error, OutcomeUnknown):
            resting.trip(one.channel, text, now, None, patient=True)


def _found_or_not(one: Delivery, sent: Sent | None, error: Exception | None) -> None:
    now = timezone.now()
    since = one.sending_since or one.created_at
    if error is None:
        resting.heal(one.channel)  # it answers again
    if sent is not None:
        _confirm(one, sent, now)
    elif isinstance(error, CannotTell):
        Delivery._base_manager.filter(pk=one.pk, state=_S.UNKNOWN).update(
            error=str(error)[:600], due_at=now + FOR_A_PERSON
        )
    elif isinstance(error, NeedsLogin):
        connect.needs_login(one.channel, str(error))
    elif error is not None:
        retry = error.retry_after if isinstance(error, ConnectorError) else None
        due = work.next_try(now, one.attempts, retry)
        Delivery._base_manager.filter(pk=one.pk, state=_S.UNKNOWN).update(error=str(error)[:600], due_at=due)
    elif now - since >= BELIEVE_ABSENCE:
        conclude(
            one, _S.WAITING, SENDER, now, due_at=now, error=_("Tidak ditemukan di platform; dikirim kembali.")
        )
        live.wake("send")


def _later(one: Delivery, error: Temporary, now: datetime) -> None:
    """What concerns the whole channel lets it rest and counts as no try of this delivery: it keeps its place."""
    text = str(error)[:600]
    if error.everywhere:
        resting.trip(one.channel, text, now, error.retry_after)
        Delivery.flow.move(one, _S.WAITING, error=text, attempts=one.attempts - 1)
    elif one.attempts >= MOST_TRIES:
        conclude(one, _S.FAILED, SENDER, now, error=text)
        return
    else:
        due = work.next_try(now, one.attempts, error.retry_after)
        Delivery.flow.move(one, _S.WAITING, error=text, due_at=due)
    live.tell(one.government_id, "delivery", [one.pk])


def _confirm(one: Delivery, sent: Sent, now: datetime) -> None:
    conclude(one, _S.SENT, SENDER, now, external_id=sent.external_id, url=sent.url, sent_at=now, error="")


def arrived(channel: Channel, external_id: str, url: str, text: str, target: str) -> bool:
    """This will recognise a post of our own account as a send whose outcome is still open, and settle it."""
    open_ = (
        Delivery._base_manager.filter(
            channel=channel, state__in=[_S.SENDING, _S.UNKNOWN], target_external_id=target
        )
        .exclude(text="")
        .order_by("id")
    )
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
