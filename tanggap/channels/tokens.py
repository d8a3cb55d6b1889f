"""Tokens end; this warns before, renews what its platform lets us renew, and holds a channel whose token is over.

What the watch knows of a channel stands in `settings["token_watch"]`: since when the token is ours, how often renewing
failed in a row, and when to look again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, Role
from tanggap.agencies.notices import tell
from tanggap.channels import connect
from tanggap.channels.connector import Connector, ConnectorError, Grant, NeedsLogin, connector
from tanggap.channels.models import Channel, Health
from tanggap.core import audit, live, scope, work

log = logging.getLogger(__name__)
WARN_DAYS = (14, 7, 1)
LEASE = timedelta(minutes=3)
_DAY = timedelta(days=1)
_RESTING = (Health.NEEDS_LOGIN, Health.MANUAL)
_WATCH = "token_watch"


def renewable(one: type[Connector]) -> bool:
    """This will tell whether a platform's tokens can be renewed without its owner."""
    return one.refresh is not Connector.refresh


def renew_at(ends: datetime, since: datetime | None) -> datetime:
    """This will return when to renew a token: a third of its life or a week before its end, whichever is earlier.

    One that lives at most a day is renewed ten minutes before; one whose beginning is not known a week before.
    """
    if since is None or since >= ends:
        return ends - timedelta(days=7)
    life = ends - since
    return ends - (timedelta(minutes=10) if life <= _DAY else max(life / 3, timedelta(days=7)))


def warning(ends: datetime, now: datetime, warned: int | None) -> int | None:
    """This will return which warning is due (14, 7 or 1 days before the end); None where none is, or it was given."""
    due = [days for days in WARN_DAYS if ends - now <= days * _DAY]
    if not due or (warned is not None and warned <= due[-1]):
        return None
    return due[-1]


def _due(now: datetime) -> models.QuerySet[Channel]:
    rows = Channel._base_manager.filter(token_expires_at__isnull=False, closed_at__isnull=True)
    rows = rows.exclude(health__in=_RESTING).annotate(look_at=KT(f"settings__{_WATCH}__next"))
    return rows.filter(models.Q(look_at__isnull=True) | models.Q(look_at__lte=now.isoformat())).order_by("id")


@work.step("tokens", due=_due, every=60, oldest="token_expires_at")
def token_watch(now: datetime) -> int:
    """This will look at the tokens that are due: warn, renew, or hold a channel whose token is over."""
    with transaction.atomic():
        rows = work.claim(_due(now).select_related("app"), 8)
        for one in rows:
            # Of a renewed token that counts once, a second worker would be told that it is revoked.
            _write(one, next=(now + LEASE).isoformat())
    for one in rows:
        with scope.government(one.government_id):
            _look(one, now)
    return len(rows)


def _look(channel: Channel, now: datetime) -> None:
    ends, able = channel.token_expires_at, renewable(connector(channel.platform))
    assert ends is not None
    if able and now >= renew_at(ends, _since(channel)):
        _renew(channel, now)
        return
    if ends <= now:
        connect.needs_login(channel, _("Token sudah kedaluwarsa. Sambungkan ulang; antrean tersimpan."))
        return
    if not able:
        _warn(channel, now)
    _write(channel, next=_next(channel, now, able=able).isoformat())


def _next(channel: Channel, now: datetime, *, able: bool) -> datetime:
    """When something is due next: the renewal, a warning, or the end."""
    ends = channel.token_expires_at
    assert ends is not None
    moments = [renew_at(ends, _since(channel))] if able else [ends - days * _DAY for days in WARN_DAYS]
    return min((one for one in [*moments, ends] if one > now), default=now + _DAY)


def _renew(channel: Channel, now: datetime) -> None:
    watch = dict(channel.settings.get(_WATCH) or {})
    try:
        grant = connect.instance(channel).refresh()
    except NeedsLogin as error:
        connect.needs_login(channel, str(error))
        return
    except ConnectorError as error:
        _not_renewed(channel, now, watch, str(error), error.retry_after)
        return
    except Exception as error:  # a connector's bug must not stop the other channels
        log.exception("renewing the token of channel %s failed", channel.key)
        _not_renewed(channel, now, watch, type(error).__name__, None)
        return
    if grant is None:
        _not_renewed(channel, now, watch, "", 6 * 3600)
    elif grant.identity.external_id not in {"", channel.external_id}:
        connect.needs_login(channel, _("Token yang diperbarui milik akun lain. Sambungkan ulang."))
    else:
        keep(channel, grant, now)


def keep(channel: Channel, grant: Grant, now: datetime) -> None:
    """This will keep a renewed token; how the channel fares stays as it is."""
    ends = grant.identity.expires_at
    with transaction.atomic():
        fresh = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
        kept = {**connect.secrets_of(channel), **grant.secrets}
        fresh.token, fresh.token_expires_at, fresh.warned_days = _json(kept), ends, None
        fresh.settings = {
            **fresh.settings, **grant.identity.settings, _WATCH: {"since": now.isoformat()},
        }  # fmt: skip
        fresh.save(update_fields=["token", "token_expires_at", "warned_days", "settings"])
        audit.record("channel.renew_token", fresh, connect.KEEPER, now=now)
        live.tell(fresh.government_id, "channel", [fresh.pk])


def _not_renewed(
    channel: Channel, now: datetime, watch: dict[str, Any], why: str, retry_after: float | None
) -> None:
    """Tries again; people hear of it when the usual warnings are due, but never of tokens that live for hours."""
    ends, since = channel.token_expires_at, _since(channel)
    assert ends is not None
    if ends <= now:
        connect.needs_login(
            channel, _("Token tidak dapat diperbarui dan sudah berakhir. %(why)s") % {"why": why}
        )
        return
    failures = int(watch.get("failures") or 0) + 1
    if since is None or ends - since > _DAY:
        _warn(channel, now)
    again = min(work.next_try(now, failures, retry_after), ends)
    _write(channel, next=max(again, now + timedelta(seconds=10)).isoformat(), failures=failures)


def _warn(channel: Channel, now: datetime) -> None:
    ends = channel.token_expires_at
    assert ends is not None
    days = warning(ends, now, channel.warned_days)
    if days is None:
        return
    with transaction.atomic():
        told = Channel.objects.filter(pk=channel.pk, warned_days=channel.warned_days).update(warned_days=days)
        if told:
            left = max(1, -(-(ends - now) // _DAY))
            administrators = Member.objects.filter(role=Role.ADMINISTRATOR)
            tell(administrators, "channel_token", f"/kanal/{channel.key}/", channel=channel.name, days=left)
            audit.record("channel.token_warning", channel, connect.KEEPER, now=now, days=days)


def _write(channel: Channel, **known: Any) -> None:
    """Notes what the watch knows, in the row as it is now: others write settings too."""
    with transaction.atomic():
        fresh = Channel._base_manager.select_for_update(no_key=True).only("settings").get(pk=channel.pk)
        changed = {**fresh.settings, _WATCH: {**(fresh.settings.get(_WATCH) or {}), **known}}
        Channel._base_manager.filter(pk=channel.pk).update(settings=changed)


def _since(channel: Channel) -> datetime | None:
    since = (channel.settings.get(_WATCH) or {}).get("since")
    try:
        at = datetime.fromisoformat(str(since))
    except ValueError:
        return None
    return at if at.tzinfo else timezone.make_aware(at)


def _json(value: object) -> Any:
    return value
