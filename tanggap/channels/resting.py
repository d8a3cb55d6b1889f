"""The breaker of a channel: a platform that fails or asks for a pause is left alone for a while, whatever waits.

After each failure that concerns the whole account the channel rests longer; then one thing is tried by itself. Other
channels never wait for it: what has failed before is worked on by steps of its own.
"""

from __future__ import annotations

from datetime import datetime

from tanggap.agencies.models import Member, Role
from tanggap.agencies.notices import tell
from tanggap.channels.models import Channel, Health
from tanggap.core import live, scope, work
from tanggap.core.state import ForbiddenMove, Lost

SHOWN_AFTER = 3
"""Failures in a row after which the channel shows as failing and its administrators are told."""


def trip(
    channel: Channel, why: str, now: datetime, retry_after: float | None, *, patient: bool = False
) -> None:
    """This will let the channel rest after a failed send; a `patient` one only from the second failure in a row."""
    rows = Channel._base_manager.select_for_update(no_key=True)
    fresh = rows.get(pk=channel.pk)
    trips = fresh.trips + 1
    rests = not patient or trips > 1
    until = work.next_try(now, max(trips - patient, 1), retry_after) if rests else None
    Channel._base_manager.filter(pk=channel.pk).update(trips=trips, rest_until=until)
    if trips == SHOWN_AFTER:
        _show(fresh, why)


def heal(channel: Channel) -> None:
    """This will end the rest of a channel on which a send just went through."""
    healed = Channel._base_manager.filter(pk=channel.pk, trips__gt=0).update(trips=0, rest_until=None)
    if healed:
        fresh = Channel._base_manager.get(pk=channel.pk)
        if fresh.health == Health.FAILING and not fresh.failures:
            show(fresh, Health.OK, "")
        live.wake("send")


def _show(channel: Channel, why: str) -> None:
    if show(channel, Health.FAILING, why):
        with scope.government(channel.government_id):
            administrators = Member.objects.filter(role=Role.ADMINISTRATOR)
            tell(administrators, "channel_failing", f"/kanal/{channel.key}/", channel=channel.name)


def show(channel: Channel, health: Health, why: str) -> bool:
    """This will show how a channel fares, where it changes; who paused it meanwhile has the last word."""
    if channel.health == health:
        if channel.health_text != why[:400]:
            Channel._base_manager.filter(pk=channel.pk, health=health).update(health_text=why[:400])
        return False
    try:
        Channel.flow.move(channel, health, health_text=why[:400])
    except (Lost, ForbiddenMove):
        return False
    live.tell(channel.government_id, "channel", [channel.pk])
    return True
