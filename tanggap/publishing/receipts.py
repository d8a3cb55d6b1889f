"""What platforms say became of messages that they took: delivered, read, or not delivered after all."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from tanggap.channels.connector import Item, Receipt
from tanggap.channels.models import Channel
from tanggap.core import audit, live
from tanggap.core.state import Lost
from tanggap.publishing.models import Delivery, DeliveryState
from tanggap.publishing.queue import conclude

PLATFORM = audit.System("platform")
_ORDER = {"": 0, Receipt.SENT: 1, Receipt.DELIVERED: 2, Receipt.READ: 3, Receipt.FAILED: 4}


def note(receipts: Iterable[tuple[Channel, Item, datetime]]) -> None:
    """This will keep the furthest state of each message, whatever the order in which receipts come.

    A receipt for a send whose outcome is still open settles it: the platform has it.
    """
    for channel, item, at in receipts:
        if item.receipt is None:
            continue
        for one in _meant(channel, item):
            _arrived(one, item, at)
            if _ORDER[item.receipt] > _ORDER.get(one.receipt, 0):
                Delivery._base_manager.filter(pk=one.pk).update(
                    receipt=item.receipt, receipt_at=item.created_at,
                    **({"error": item.text[:600]} if item.receipt == Receipt.FAILED else {}),
                )  # fmt: skip
                if item.receipt == Receipt.FAILED:
                    audit.record("delivery.not_delivered", one, PLATFORM, now=at)
                live.tell(one.government_id, "delivery", [one.pk])
                live.wake("replies")


def _meant(channel: Channel, item: Item) -> list[Delivery]:
    mine = Delivery._base_manager.filter(channel=channel)
    found = (
        list(mine.filter(external_id=item.external_id).exclude(external_id="")) if item.external_id else []
    )
    if not found and item.reference:
        with suppress(ValueError):
            found = list(mine.filter(reference=UUID(item.reference)))
    return found


def _arrived(one: Delivery, item: Item, at: datetime) -> None:
    if one.state not in {DeliveryState.SENDING, DeliveryState.UNKNOWN}:
        return
    try:
        conclude(one, DeliveryState.SENT, PLATFORM, at, external_id=item.external_id, sent_at=at, error="")
    except Lost:
        one.refresh_from_db()
