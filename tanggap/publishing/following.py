"""What an update or the end of a warning follows: the first message of it that stands on each channel."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tanggap.channels.connector import Ability, connector
from tanggap.channels.models import Channel, Health
from tanggap.publishing.models import (
    Delivery,
    DeliveryState,
    Publication,
    PublicationKind,
    PublicationState,
)

STANDS: Final = frozenset({DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.UNKNOWN})
"""States in which a message stands on its platform, or may."""


def standing(publication: Publication) -> dict[int, Delivery]:
    """This will return the first message that stands, by channel id, of a publication and of all that it follows."""
    chain: list[int] = []
    one: Publication | None = publication
    while one is not None and one.pk not in chain:
        chain.append(one.pk)
        one = one.follows
    rows = Delivery.objects.filter(variant__publication_id__in=chain, part=0, state__in=STANDS)
    rows = rows.exclude(variant__publication__state=PublicationState.WITHDRAWN)
    found: dict[int, Delivery] = {}
    for row in rows.select_related("channel").order_by("id"):
        found.setdefault(row.channel_id, row)
    return found


def answered(publication: Publication) -> dict[int, Delivery]:
    """This will return, by channel id, the messages below which a warning's follow-up is put, where platforms can."""
    if publication.kind != PublicationKind.WARNING or publication.follows is None:
        return {}
    found = standing(publication.follows)
    return {pk: row for pk, row in found.items() if can_answer(row.channel, row)}


def can_answer(channel: Channel, first: Delivery) -> bool:
    """This will tell whether a channel can put an answer below a message: by itself, and the message has an id."""
    if channel.health == Health.MANUAL or Ability.REPLY not in connector(channel.platform).abilities:
        return False
    return bool(first.external_id) or first.state != DeliveryState.SENT


def true_until(publication: Publication) -> datetime | None:
    """This will return when the warnings of which a publication speaks expire; None where they do not."""
    ends = publication.alerts.exclude(expires=None).values_list("expires", flat=True)
    return max((at for at in ends if at is not None), default=None)
