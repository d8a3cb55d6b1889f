"""What people and the parts above do with the queue of sends: put in, note by hand, cancel, try again, settle."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.channels.models import Channel
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal
from tanggap.publishing.media import Media, noted
from tanggap.publishing.models import Delivery, DeliveryState

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
    media: Media = (),
) -> Delivery:
    """This will put one approved text into the queue; call it in the transaction that approves it."""
    delivery = Delivery.objects.create(
        government_id=channel.government_id, channel=channel, kind=kind, text=text, target_external_id=target,
        thread=thread, due_at=due_at or now, created_by=by.audit_name, created_at=now, options=options or {},
        media=noted(media),
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


def cancel(one: Delivery, by: Member) -> None:
    """This will take back what has not left yet; Lost where it was just taken up: then it leaves, surely and once."""
    require(by, "reply.write")
    with transaction.atomic():
        conclude(one, _S.CANCELLED, by, timezone.now())


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
            conclude(one, _S.SENT, by, now, sent_at=now, url=url, error="")
        else:
            conclude(one, _S.WAITING, by, now, due_at=now, error="")
            live.wake("send")


def conclude(one: Delivery, state: str, by: audit.Actor, now: datetime, **changes: object) -> None:
    """This will move a delivery, note it in the record and tell whoever waits; Lost where somebody was faster."""
    Delivery.flow.move(one, state, **changes)
    audit.record(f"delivery.{state}", one, by, now=now, external_id=one.external_id)
    live.tell(one.government_id, "delivery", [one.pk])
    live.wake("replies")
