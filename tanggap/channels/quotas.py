"""Units that a platform grants per day: what is used, and what may still be spent on what.

Answers and moderation go first: collecting public talk may use up to COLLECTING of the day, fetching up to FETCHING.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from tanggap.channels.connector import Ability, connector
from tanggap.channels.models import Channel

COLLECTING, FETCHING = 0.5, 0.8
"""Shares of a day's units that may be used before collecting, and before fetching, stops until the next day."""
_SHARES = {
    Ability.SEARCH: COLLECTING, Ability.BACKFILL: COLLECTING, Ability.FIGURES: COLLECTING, Ability.FETCH: FETCHING,
}  # fmt: skip


def day_of(channel: Channel, now: datetime) -> str:
    """This will return the platform's own day as an ISO date; empty where it declares no quota."""
    quota = connector(channel.platform).quota
    return now.astimezone(ZoneInfo(quota.zone)).date().isoformat() if quota else ""


def used(channel: Channel, now: datetime) -> int:
    """This will return the units used today."""
    kept = channel.quota
    return int(kept.get("used", 0)) if kept.get("day") == day_of(channel, now) else 0


def note(channel: Channel, units: int, now: datetime) -> None:
    """This will add units to today's; call it in the transaction that keeps what they were spent on."""
    if units <= 0 or connector(channel.platform).quota is None:
        return
    fresh = Channel._base_manager.select_for_update(no_key=True).only("quota", "platform").get(pk=channel.pk)
    kept = {"day": day_of(fresh, now), "used": used(fresh, now) + units}
    Channel._base_manager.filter(pk=channel.pk).update(quota=kept)


def allows(channel: Channel, ability: Ability, now: datetime) -> bool:
    """This will tell whether today's units still allow one call of this kind."""
    quota = connector(channel.platform).quota
    if quota is None:
        return True
    share = _SHARES.get(ability, 1.0)
    return used(channel, now) + quota.costs.get(ability, 1) <= quota.units * share


def cost(channel: Channel, ability: str) -> int:
    """This will return what one call costs by the platform's declaration; 0 without a quota."""
    quota = connector(channel.platform).quota
    return quota.costs.get(ability, 0) if quota else 0
