"""What people do with a connected channel: test it, pause it, let it go on, disconnect it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.channels import connect
from tanggap.channels.connector import ConnectorError, Identity, NeedsLogin
from tanggap.channels.models import Channel, Health
from tanggap.core import audit
from tanggap.core.refusal import Refusal


def pause(channel: Channel, by: Member, reason: str) -> None:
    """This will stop taking in and sending on a channel; its queue is kept."""
    require(by, "channel.manage")
    with transaction.atomic():
        Channel.flow.move(channel, Health.PAUSED, health_text=reason.strip()[:400])
        audit.record("channel.pause", channel, by)
        connect.tell_screens(channel)


def resume(channel: Channel, by: Member) -> None:
    """This will go on with a paused channel from where it stopped."""
    require(by, "channel.manage")
    with transaction.atomic():
        audit.record("channel.resume", channel, by)
        connect.recover(channel)


def close(channel: Channel, by: Member) -> None:
    """This will disconnect an account: its secrets are forgotten, nothing is taken in or sent any more.

    What was said and answered stays. Connecting the same account again goes on with the same channel.
    """
    require(by, "channel.manage")
    with transaction.atomic():
        Channel.objects.filter(pk=channel.pk).update(
            closed_at=timezone.now(),
            token=None,
            token_expires_at=None,
            fetch_due_at=None,
            fetch_lease_until=None,
        )
        channel.queries.all().delete()
        audit.record("channel.close", channel, by)
        connect.tell_screens(channel)


def test(channel: Channel, by: Member) -> Identity:
    """This will ask the platform whether the connection works; a token that does not holds the channel."""
    require(by, "channel.manage")
    try:
        identity = connect.instance(channel).identify()
    except NeedsLogin as error:
        connect.needs_login(channel, str(error))
        raise Refusal(_("%(why)s Antrean tersimpan.") % {"why": error}, "token") from error
    except ConnectorError as error:
        raise Refusal(str(error)) from error
    if channel.health in {Health.FAILING, Health.LATE}:
        with transaction.atomic():
            connect.recover(channel)
    return identity
