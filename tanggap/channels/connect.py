"""From a channel's row to its connector, and what people do with a channel: connect, pause, connect again."""

from __future__ import annotations

from django.db import transaction

from tanggap.agencies.models import Member, Role
from tanggap.agencies.notices import tell
from tanggap.channels.connector import Ability, Account, Connector, connector
from tanggap.channels.limits import Limits, with_overrides
from tanggap.channels.models import Channel, Health
from tanggap.core import audit, live, scope
from tanggap.core.state import ForbiddenMove, Lost

KEEPER = audit.System("channels")


def account_of(channel: Channel) -> Account:
    """This will return the channel's account as plain values, with its secrets decrypted."""
    app = channel.app
    return Account(
        external_id=channel.external_id,
        handle=channel.handle,
        api_base=channel.settings.get("api_base") or (app.api_base if app else ""),
        token=channel.token,
        settings=channel.settings,
        trusted_base=bool(app and app.trusted_base),
    )


def instance(channel: Channel) -> Connector:
    """This will return a connector ready to speak for the channel's account."""
    return connector(channel.platform)(account_of(channel))


def limits_of(channel: Channel) -> Limits:
    """This will return how the channel counts texts: its own figures where known, else its platform's."""
    return with_overrides(connector(channel.platform).limits, channel.settings.get("limits"))


def abilities_of(channel: Channel) -> frozenset[Ability]:
    """This will return what can be done on the channel from here; nothing on one that is worked by hand."""
    return frozenset() if channel.health == Health.MANUAL else connector(channel.platform).abilities


def needs_login(channel: Channel, why: str) -> None:
    """This will hold a channel whose token no longer works: its queue is kept, and administrators are told once."""
    with transaction.atomic(), scope.government(channel.government_id):
        fresh = Channel.objects.get(pk=channel.pk)
        try:
            Channel.flow.move(fresh, Health.NEEDS_LOGIN, health_text=why[:400])
        except (Lost, ForbiddenMove):
            return
        audit.record("channel.needs_login", fresh, KEEPER)
        tell(Member.objects.filter(role=Role.ADMINISTRATOR), "channel_login", "/kanal/", channel=fresh.name)
        live.tell(fresh.government_id, "channel", [fresh.pk])
