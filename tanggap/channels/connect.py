"""From a channel's row to its connector, and what people do with a channel: connect, pause, connect again."""

from __future__ import annotations

from dataclasses import asdict, replace

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, Role, Unit, require
from tanggap.agencies.notices import tell
from tanggap.channels.connector import (
    Ability,
    Account,
    Connector,
    ConnectorError,
    Identity,
    NeedsLogin,
    Temporary,
    connector,
)  # fmt: skip
from tanggap.channels.limits import Limits, with_overrides
from tanggap.channels.models import App, Channel, Health
from tanggap.core import audit, live, scope
from tanggap.core.refusal import Refusal
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


def connect(
    by: Member, *, platform: str, name: str, api_base: str, token: str, unit: Unit | None = None
) -> Channel:
    """This will ask the platform whose token this is and connect that account; taking in begins now.

    Refusal where the platform does not know the token, cannot be reached, or the account is connected already.
    A private address is reached only where an App of the installation names it as trusted.
    """
    require(by, "channel.manage")
    base = api_base.strip().rstrip("/")
    app = App.objects.filter(platform=platform, api_base__in=[base, f"{base}/"], trusted_base=True).first()
    account = Account(api_base=base, token=token.strip(), trusted_base=app is not None)
    identity = _identify(connector(platform)(account))
    try:
        with transaction.atomic():
            channel = Channel.objects.create(
                government=by.government, key=_free_key(identity), platform=platform, app=app,
                name=name.strip() or identity.name, unit=unit, token=account.token,
                settings=_known(base, identity), fetch_due_at=timezone.now(),
                external_id=identity.external_id, handle=identity.handle, token_expires_at=identity.expires_at,
            )  # fmt: skip
            audit.record("channel.connect", channel, by, platform=platform)
            _tell(channel)
    except IntegrityError as error:
        raise Refusal(
            _(
                "Akun %(handle)s sudah tersambung. Tidak ada yang diubah; buka kanalnya untuk menyambungkan ulang."
            )
            % {"handle": identity.handle},
            "token",
        ) from error
    return channel


def reconnect(channel: Channel, by: Member, token: str) -> Channel:
    """This will give a channel a new token of the same account; cursor and queue go on where they stopped."""
    require(by, "channel.manage")
    account = account_of(channel)
    identity = _identify(connector(channel.platform)(replace(account, token=token.strip())))
    if identity.external_id != channel.external_id:
        raise Refusal(
            _(
                "Token ini milik %(other)s, bukan %(handle)s. Token lama tetap dipakai; masuk dengan akun yang benar."
            )
            % {"other": identity.handle, "handle": channel.handle},
            "token",
        )
    known = {**channel.settings, **_known(account.api_base, identity)}
    with transaction.atomic():
        audit.record("channel.reconnect", channel, by)
        changes = {"token": token.strip(), "token_expires_at": identity.expires_at, "settings": known}
        Channel.objects.filter(pk=channel.pk).update(**changes)
        _recover(channel)
    return channel


def pause(channel: Channel, by: Member, reason: str) -> None:
    """This will stop taking in and sending on a channel; its queue is kept."""
    require(by, "channel.manage")
    with transaction.atomic():
        Channel.flow.move(channel, Health.PAUSED, health_text=reason.strip()[:400])
        audit.record("channel.pause", channel, by)
        _tell(channel)


def resume(channel: Channel, by: Member) -> None:
    """This will go on with a paused channel from where it stopped."""
    require(by, "channel.manage")
    with transaction.atomic():
        audit.record("channel.resume", channel, by)
        _recover(channel)


def test(channel: Channel, by: Member) -> Identity:
    """This will ask the platform whether the connection works; a token that does not holds the channel."""
    require(by, "channel.manage")
    try:
        identity = instance(channel).identify()
    except NeedsLogin as error:
        needs_login(channel, str(error))
        raise Refusal(_("%(why)s Antrean tersimpan.") % {"why": error}, "token") from error
    except ConnectorError as error:
        raise Refusal(str(error)) from error
    if channel.health in {Health.FAILING, Health.LATE}:
        with transaction.atomic():
            _recover(channel)
    return identity


def _identify(one: Connector) -> Identity:
    try:
        return one.identify()
    except NeedsLogin as error:
        raise Refusal(
            _("Platform menolak token ini. Tidak ada yang diubah. Buat token baru lalu coba lagi."), "token"
        ) from error
    except Temporary as error:
        raise Refusal(
            _("%(why)s Tidak ada yang diubah. Coba lagi nanti.") % {"why": error}, "api_base"
        ) from error
    except (ConnectorError, KeyError, TypeError, ValueError) as error:
        why = (
            error
            if isinstance(error, ConnectorError)
            else _("Alamat ini tidak menjawab seperti platformnya.")
        )
        raise Refusal(
            _("%(why)s Tidak ada yang diubah. Periksa alamatnya.") % {"why": why}, "api_base"
        ) from error


def _known(base: str, identity: Identity) -> dict[str, object]:
    return {"api_base": base, **({"limits": asdict(identity.limits)} if identity.limits else {})}


def _free_key(identity: Identity) -> str:
    wanted = slugify(identity.external_id.replace("@", "-").replace(".", "-"))[:50] or "kanal"
    taken = set(Channel.objects.filter(key__startswith=wanted).values_list("key", flat=True))
    return next(key for n in range(len(taken) + 1) if (key := f"{wanted}-{n}" if n else wanted) not in taken)


def _recover(channel: Channel) -> None:
    if channel.health != Health.OK:
        Channel.flow.move(channel, Health.OK, health_text="")
    due = timezone.now() if Ability.FETCH in connector(channel.platform).abilities else None
    Channel.objects.filter(pk=channel.pk).update(failures=0, fetch_due_at=due, fetch_lease_until=None)
    channel.refresh_from_db()
    _tell(channel)


def _tell(channel: Channel) -> None:
    live.tell(channel.government_id, "channel", [channel.pk])
    live.wake("fetch")


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
