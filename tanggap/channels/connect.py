"""From a channel's row to its connector, and what people do with a channel: connect, pause, connect again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, Role, Unit, require
from tanggap.agencies.notices import tell
from tanggap.channels import allowances, collections
from tanggap.channels.connector import (
    Ability,
    Account,
    Connector,
    ConnectorError,
    Developer,
    Grant,
    Identity,
    NeedsLogin,
    Temporary,
    connector,
)  # fmt: skip
from tanggap.channels.limits import Limits
from tanggap.channels.models import App, Channel, Health
from tanggap.core import audit, live, scope
from tanggap.core.refusal import Refusal
from tanggap.core.secrets import Unreadable
from tanggap.core.state import ForbiddenMove, Lost

KEEPER = audit.System("channels")


def account_of(channel: Channel) -> Account:
    """This will return the channel's account as plain values, with its secrets decrypted."""
    return _account(channel, secrets_of(channel))


def _account(channel: Channel, secrets: Mapping[str, str]) -> Account:
    developer = developer_of(channel.app)
    return Account(
        external_id=channel.external_id,
        handle=channel.handle,
        api_base=channel.settings.get("api_base") or developer.api_base,
        token=secrets.get("token", ""),
        secrets=secrets,
        settings=channel.settings,
        trusted_base=developer.trusted_base,
        developer=developer,
    )


def secrets_of(channel: Channel) -> dict[str, str]:
    """This will return a channel's secret settings by key."""
    kept = channel.token
    return dict(kept) if isinstance(kept, dict) else {"token": kept} if kept else {}


def developer_of(app: App | None) -> Developer:
    """This will return a developer app as plain values, its client's secret decrypted."""
    if app is None:
        return Developer()
    client, secrets = app.client or {}, app.secrets or []
    return Developer(
        str(client.get("id", "")), str(client.get("secret", "")), app.api_base.rstrip("/"), app.trusted_base,
        app_token=str(client.get("app_token", "")),
        hook_url=f"{settings.TANGGAP_URL}/hooks/{app.key}", hook_secret=str(secrets[0]) if secrets else "",
    )  # fmt: skip


def instance(channel: Channel) -> Connector:
    """This will return a connector ready to speak for the channel's account.

    NeedsLogin where its secrets cannot be decrypted with this installation's keys: other channels go on.
    """
    try:
        return connector(channel.platform)(account_of(channel))
    except Unreadable as error:
        raise NeedsLogin(
            _(
                "Rahasia kanal ini tidak terbaca dengan kunci server. Pulihkan kuncinya, atau sambungkan ulang."
            )
        ) from error


def limits_of(channel: Channel, kind: str = "post") -> Limits:
    """This will return how the channel counts texts of a kind: its own figures where known, else its platform's."""
    return allowances.limits_of(connector(channel.platform), channel.settings, kind)


def abilities_of(channel: Channel) -> frozenset[Ability]:
    """This will return what can be done on the channel from here; nothing on one that is worked by hand."""
    return frozenset() if channel.health == Health.MANUAL else connector(channel.platform).abilities


def connect(
    by: Member, *, platform: str, values: Mapping[str, str], name: str = "", unit: Unit | None = None,
    app: App | None = None, into: Channel | None = None,
) -> Channel:  # fmt: skip
    """This will ask the platform whose account this is and connect it; taking in begins now.

    `values` are the connector's settings by key. Refusal where one is missing, where the platform does not know the
    token or cannot be reached, or where the account is connected already. A private address is reached only where
    an App of the installation names it as trusted. `into` is a channel that was worked by hand until now: it stays,
    with its posts and answers.
    """
    require(by, "channel.manage")
    one = connector(platform)
    secrets, plain = _parted(one, values)
    base = str(plain.pop("api_base", "")).rstrip("/")
    if app is None and base:
        app = App.objects.filter(
            platform=platform, api_base__in=[base, f"{base}/"], trusted_base=True
        ).first()
    developer = developer_of(app)
    account = Account(
        api_base=base or developer.api_base, token=secrets.get("token", ""), secrets=secrets, settings=plain,
        trusted_base=developer.trusted_base, developer=developer,
    )  # fmt: skip
    grant = Grant(_identify(one(account)), secrets)
    return _made(by, one, account, grant, name=name, unit=unit, app=app, into=into)


def connect_granted(
    by: Member, *, platform: str, grant: Grant, app: App, name: str = "", unit: Unit | None = None,
    into: Channel | None = None,
) -> Channel:  # fmt: skip
    """This will connect an account that its owner gave us at the platform's own log-in; Refusal as in `connect`."""
    require(by, "channel.manage")
    developer = developer_of(app)
    account = Account(
        api_base=developer.api_base, secrets=grant.secrets, token=grant.secrets.get("token", ""),
        trusted_base=developer.trusted_base, developer=developer,
    )  # fmt: skip
    return _made(by, connector(platform), account, grant, name=name, unit=unit, app=app, into=into)


def _made(
    by: Member, one: type[Connector], account: Account, grant: Grant, *, name: str, unit: Unit | None,
    app: App | None, into: Channel | None,
) -> Channel:  # fmt: skip
    identity = grant.identity
    values: dict[str, Any] = {
        "app": app, "token": dict(grant.secrets) or None, "settings": _known(account, identity),
        "external_id": identity.external_id, "handle": identity.handle, "token_expires_at": identity.expires_at,
        "fetch_due_at": timezone.now() if Ability.FETCH in one.abilities else None,
    }  # fmt: skip
    try:
        with transaction.atomic():
            closed = _closed(by, one, identity)
            if into is None and closed is not None:
                channel = _opened_again(closed, values)
            elif into is None:
                channel = Channel.objects.create(
                    government=by.government, key=_free_key(identity), platform=one.platform, unit=unit,
                    name=(name.strip() or identity.name)[:120], **values,
                )  # fmt: skip
            else:
                channel = _no_longer_by_hand(into, one, values)
            audit.record("channel.connect", channel, by, platform=one.platform)
            collections.follow(channel)
            tell_screens(channel)
    except IntegrityError as error:
        raise Refusal(
            _(
                "Akun %(handle)s sudah tersambung. Tidak ada yang diubah; buka kanalnya untuk menyambungkan ulang."
            )
            % {"handle": identity.handle},
            "token",
        ) from error
    _begin(channel)
    _subscribe(channel)
    return channel


def _begin(channel: Channel) -> None:
    """Takes in from this very moment: what is said before a worker comes to fetch belongs to it.

    A platform that cannot be asked now is asked by the fetch step, and begins then.
    """
    if Ability.FETCH not in connector(channel.platform).abilities or channel.cursor:
        return
    try:
        first = instance(channel).fetch({})
    except (ConnectorError, KeyError, TypeError, ValueError):
        return
    if not first.bodies:
        mine = Channel._base_manager.filter(pk=channel.pk, cursor={}, last_sync_at__isnull=True)
        mine.update(cursor=dict(first.cursor))
        channel.cursor = dict(first.cursor)


def _closed(by: Member, one: type[Connector], identity: Identity) -> Channel | None:
    mine = Channel.objects.filter(platform=one.platform, external_id=identity.external_id)
    return mine.filter(government_id=by.government_id, closed_at__isnull=False).first()


def _opened_again(channel: Channel, values: dict[str, Any]) -> Channel:
    if channel.health != Health.OK:
        Channel.flow.move(channel, Health.OK, health_text="")
    Channel.objects.filter(pk=channel.pk).update(
        **values, closed_at=None, failures=0, rest_until=None, trips=0
    )
    channel.refresh_from_db()
    return channel


def _no_longer_by_hand(channel: Channel, one: type[Connector], values: dict[str, Any]) -> Channel:
    if channel.platform != one.platform or channel.health != Health.MANUAL:
        raise Refusal(_("Kanal ini bukan kanal manual %(name)s. Tidak ada yang diubah.") % {"name": one.name})
    Channel.flow.move(channel, Health.OK, health_text="", **values)
    return channel


def _parted(one: type[Connector], values: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The secret and the plain settings that a connector asks for; Refusal where a required one is missing."""
    secrets: dict[str, str] = {}
    plain: dict[str, str] = {}
    for setting in one.settings:
        value = str(values.get(setting.key, "")).strip()
        if not value and setting.required:
            raise Refusal(_("%(label)s belum diisi.") % {"label": setting.label}, setting.key)
        if value:
            (secrets if setting.secret else plain)[setting.key] = value
    return secrets, plain


def _subscribe(channel: Channel) -> None:
    """Asks the platform for its deliveries; a channel whose platform refuses is connected all the same, and says so."""
    try:
        instance(channel).subscribe()
    except ConnectorError as error:
        Channel.flow.move(channel, Health.FAILING, health_text=str(error)[:400])


def reconnect(channel: Channel, by: Member, values: Mapping[str, str]) -> Channel:
    """This will give a channel new secrets of the same account; cursor and queue go on where they stopped."""
    require(by, "channel.manage")
    one, held = connector(channel.platform), _held(channel)
    account = _account(channel, held)
    open_ = {setting.key for setting in one.settings if not setting.secret} - {"api_base"}
    # What stands open in the form and was emptied is wished away; a secret that was left empty stays.
    typed = {key: value for key, value in values.items() if value.strip() or key in open_}
    secrets, plain = _parted(one, {"api_base": account.api_base, **channel.settings, **held, **typed})
    plain.pop("api_base", None)
    settings = {key: value for key, value in account.settings.items() if key not in open_} | plain
    fresh = replace(account, token=secrets.get("token", ""), secrets=secrets, settings=settings)
    return renew(channel, by, Grant(_identify(one(fresh)), secrets), settings)


def renew(
    channel: Channel, by: audit.Actor, grant: Grant, settings: Mapping[str, Any] | None = None
) -> Channel:
    """This will keep a new grant of the same account; Refusal where it is another account's.

    `settings` replace those of the channel. A secret that an administrator filled in beside the log-in stays.
    """
    identity = grant.identity
    if identity.external_id != channel.external_id:
        raise Refusal(
            _(
                "Token ini milik %(other)s, bukan %(handle)s. Token lama tetap dipakai; masuk dengan akun yang benar."
            )
            % {"other": identity.handle, "handle": channel.handle},
            "token",
        )
    asked = {setting.key for setting in connector(channel.platform).settings if setting.secret}
    kept = {key: value for key, value in _held(channel).items() if key in asked}
    secrets = {**kept, **grant.secrets}
    account = replace(_account(channel, secrets), settings=channel.settings if settings is None else settings)
    with transaction.atomic():
        audit.record("channel.reconnect", channel, by)
        Channel.objects.filter(pk=channel.pk).update(
            token=secrets, token_expires_at=identity.expires_at, settings=_known(account, identity),
            warned_days=None,
        )  # fmt: skip
        channel.token = secrets
        recover(channel)
    _subscribe(channel)
    return channel


def _held(channel: Channel) -> dict[str, str]:
    """The secrets that are kept; none where this installation's keys no longer open them."""
    try:
        return secrets_of(channel)
    except Unreadable:
        return {}


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


def _known(account: Account, identity: Identity) -> dict[str, object]:
    """What is kept of an account beside its secrets. An App's own address is not: it may move."""
    own = account.api_base and account.api_base != account.developer.api_base
    return {
        **account.settings,
        **identity.settings,
        **({"api_base": account.api_base} if own else {}),
        **({"limits": asdict(identity.limits)} if identity.limits else {}),
        "token_watch": {"since": timezone.now().isoformat()},
    }


def _free_key(identity: Identity) -> str:
    wanted = slugify(identity.external_id.replace("@", "-").replace(".", "-"))[:50] or "kanal"
    taken = set(Channel.objects.filter(key__startswith=wanted).values_list("key", flat=True))
    return next(key for n in range(len(taken) + 1) if (key := f"{wanted}-{n}" if n else wanted) not in taken)


def recover(channel: Channel) -> None:
    """This will let a channel go on at once, whatever held it; call it in a transaction."""
    if channel.health != Health.OK:
        Channel.flow.move(channel, Health.OK, health_text="")
    due = timezone.now() if Ability.FETCH in connector(channel.platform).abilities else None
    Channel.objects.filter(pk=channel.pk).update(
        failures=0, fetch_due_at=due, fetch_lease_until=None, rest_until=None, trips=0
    )
    # Not the token: one that this installation's keys do not open would be opened.
    channel.refresh_from_db(fields=[one.name for one in Channel._meta.concrete_fields if one.name != "token"])
    tell_screens(channel)


def tell_screens(channel: Channel) -> None:
    """This will tell open screens and the fetch step of a change; call it in the transaction that makes it."""
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
