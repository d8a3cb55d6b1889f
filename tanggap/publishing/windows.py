"""Asks, with the rows of a channel, what may be sent on it now; and once more for a delivery just before it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tanggap.channels import allowances
from tanggap.channels.allowances import Objection, Open, Rules, Sending
from tanggap.channels.connector import connector
from tanggap.channels.declared import Rate
from tanggap.channels.media import Piece
from tanggap.channels.models import Channel, Health
from tanggap.publishing.models import Delivery, DeliveryState

_LEFT = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN)


def rules_of(channel: Channel, kind: str, *, to_message: bool = False) -> Rules:
    """This will gather what a channel allows for a kind of send."""
    by_hand = channel.health == Health.MANUAL
    declared = connector(channel.platform)
    return allowances.rules_of(declared, channel.settings, kind, by_hand=by_hand, to_message=to_message)


def sending(
    channel: Channel, kind: str, text: str, *, target: str = "", handle: str = "", to_message: bool = False,
    the_post: datetime | None = None, their_last_message: datetime | None = None, media: Sequence[Piece] = (),
    but: int | None = None,
) -> Sending:  # fmt: skip
    """This will gather what is known of a send: as it will stand there, and what has left before it.

    `but` is the delivery itself, which is not counted before itself.
    """
    earlier = Delivery._base_manager.filter(channel=channel, state__in=_LEFT, manual=False).exclude(
        pk=but or 0
    )

    def sent(rate: Rate, since: datetime) -> tuple[int, datetime | None]:
        # The most-th newest alone tells whether the share is used up, and when a place is free again.
        mine = earlier.filter(kind__in=rate.kinds, sending_since__gt=since)
        nth = mine.order_by("-sending_since").values_list("sending_since", flat=True)[
            rate.most - 1 : rate.most
        ]
        oldest = next(iter(nth), None)
        return (rate.most, oldest) if oldest else (0, None)

    answers = kind in {"reply", "private_reply"}
    return Sending(
        connector(channel.platform).as_sent(text, handle) if answers else text,
        to_message=to_message, the_post=the_post, their_last_message=their_last_message, media=media, sent=sent,
        answered=kind == "private_reply" and earlier.filter(kind=kind, target_external_id=target).exists(),
    )  # fmt: skip


def times(
    *, the_post: datetime | None, their_last_message: datetime | None, to_message: bool
) -> dict[str, Any]:
    """This will write into a delivery's options what its windows are reckoned from."""
    return {
        "window": {
            "the_post": the_post.isoformat() if the_post else None,
            "their_last_message": their_last_message.isoformat() if their_last_message else None,
            "to_message": to_message,
        }
    }


def until(delivery: Delivery) -> Open:
    """This will say until when a delivery can be sent."""
    since = _since(delivery)
    rules = rules_of(delivery.channel, delivery.kind, to_message=since["to_message"])
    return allowances.opening(rules, Sending(delivery.text, **since))


def still_allowed(delivery: Delivery, now: datetime, media: Sequence[Piece] = ()) -> Objection | None:
    """This will say what keeps a delivery from leaving now, or None; to be asked just before the call.

    Code "rate" passes by itself at `until`: the delivery waits. Any other stands: it fails with the text of the
    objection, which names what to do instead, and its own text is kept.
    """
    since = _since(delivery)
    rules = rules_of(delivery.channel, delivery.kind, to_message=since["to_message"])
    known = sending(
        delivery.channel, delivery.kind, delivery.text, target=delivery.target_external_id,
        handle=str(delivery.options.get("handle", "")), media=media, but=delivery.pk, **since,
    )  # fmt: skip
    return next(iter(allowances.objections(rules, known, now)), None)


def _since(delivery: Delivery) -> dict[str, Any]:
    kept = delivery.options.get("window") or {}
    moments = {key: kept.get(key) for key in ("the_post", "their_last_message")}
    return {
        "to_message": bool(kept.get("to_message")),
        **{key: datetime.fromisoformat(value) if value else None for key, value in moments.items()},
    }
