"""Developer apps at platforms as an administrator registers them: their names and secrets, and where they deliver.

An App belongs to the installation and may serve several governments. An administrator changes those that somebody of
the own government made, as long as no other government uses them; sees those that own channels use; and may connect
through those that the operator of the server provided. Where a platform's interface answers (`api_base`) is never asked
for here.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, NotAllowed, require
from tanggap.channels.connector import Ability, Connector, Setting, all_connectors
from tanggap.channels.models import App, Channel
from tanggap.core import audit
from tanggap.core.refusal import Refusal

OLD_SECRET_DAYS = 7
"""How long the signing secret before the newest one is still accepted, so that a platform can be changed in peace."""
_OWN_PAGES = frozenset({"webhook", "manual", "import"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of developer app: which platforms it serves, and what it must know."""

    platform: str
    name: str
    serves: tuple[str, ...]
    needs_client: bool
    signs: bool
    app_token: Setting | None


def kinds() -> dict[str, Kind]:
    """This will return the kinds of developer apps that the connectors ask for, by platform."""
    served: dict[str, list[type[Connector]]] = {}
    for one in accounts().values():
        if wants_app(one):
            served.setdefault(kind_of(one), []).append(one)
    return {
        platform: Kind(
            platform,
            all_connectors()[platform].name if platform in all_connectors() else platform.title(),
            tuple(one.name for one in ones),
            any(one.oauth is not None for one in ones),
            any(Ability.HOOK in one.abilities for one in ones),
            next((one.app_token for one in ones if one.app_token), None),
        )
        for platform, ones in sorted(served.items())
    }


def accounts() -> dict[str, type[Connector]]:
    """This will return the connectors of platforms that have accounts, by name; a mere app's is none."""
    found = {
        code: one
        for code, one in all_connectors().items()
        if code not in _OWN_PAGES and (one.settings or one.oauth is not None)
    }
    return dict(sorted(found.items(), key=lambda pair: pair[1].name.lower()))


def kind_of(one: type[Connector]) -> str:
    """This will return the kind of App that serves a platform."""
    return one.app_platform or one.platform


def wants_app(one: type[Connector]) -> bool:
    """This will tell whether accounts of a platform are connected, or deliver, through a developer app."""
    return one.oauth is not None or Ability.HOOK in one.abilities or bool(one.app_platform)


def hook_address(app: App) -> str:
    """This will return the address to which the platform delivers the app's traffic."""
    return f"{settings.TANGGAP_URL}/hooks/{app.key}"


def usable(by: Member, platform: str) -> list[App]:
    """This will list the apps through which an administrator may connect: own ones, used ones, the operator's."""
    require(by, "channel.manage")
    apps = App.objects.filter(platform=platform).order_by("name", "pk")
    seen = {app.pk for app in visible(by)}
    strangers = _made_by_members() - seen
    return [app for app in apps if app.pk in seen or app.pk not in strangers]


def visible(by: Member) -> list[App]:
    """This will list the developer apps that own channels use or that somebody of the own government made."""
    require(by, "channel.manage")
    used = set(Channel.objects.filter(closed_at=None, app__isnull=False).values_list("app_id", flat=True))
    apps = App.objects.filter(pk__in=used | _made_by_us(by)).exclude(platform__in=_OWN_PAGES)
    return list(apps.order_by("name", "pk"))


def find(by: Member, key: str) -> App:
    """This will return a visible app by its key; App.DoesNotExist alike for one that is missing and a foreign one."""
    for app in visible(by):
        if app.key == key:
            return app
    raise App.DoesNotExist


def may_change(by: Member, app: App) -> bool:
    """This will tell whether an administrator may see and change what the app knows."""
    others = Channel._base_manager.filter(app=app).exclude(government_id=by.government_id)
    return app.pk in _made_by_us(by) and not others.exists()


def channels_of(app: App) -> Sequence[Channel]:
    """This will list the own government's channels that are connected through the app."""
    return list(Channel.objects.filter(app=app, closed_at=None).order_by("name"))


def register(
    by: Member, *, platform: str, name: str, client_id: str, client_secret: str, secret: str = "",
    app_token: str = "",
) -> App:  # fmt: skip
    """This will keep a developer app that was registered at its platform, with a verify token made here.

    Deliveries are signed with `secret`; where it is empty, with the client's secret as most platforms do. Refusal
    where something that this kind of app needs is missing.
    """
    require(by, "channel.manage")
    kind = kinds().get(platform)
    if kind is None:
        raise Refusal(_("Pilih platform aplikasi pengembang ini."), "platform")
    name, client_id, client_secret, secret = (
        one.strip() for one in (name, client_id, client_secret, secret)
    )  # fmt: skip
    if not name:
        raise Refusal(_("Beri nama, misalnya nama aplikasi di halaman pengembang platform."), "name")
    if kind.needs_client and not client_id:
        raise Refusal(_("ID klien belum diisi."), "client_id")
    if kind.needs_client and not client_secret:
        raise Refusal(_("Rahasia klien belum diisi."), "client_secret")
    key = f"{slugify(name)[:40] or platform}-{secrets.token_hex(6)}"
    with transaction.atomic():
        app = App(key=key, platform=platform, name=name[:120])
        app.client = _client(client_id, client_secret, app_token.strip())
        app.secrets = _json([secret or client_secret or secrets.token_hex(24)])
        app.verify_token = secrets.token_urlsafe(24)
        app.save()
        audit.record("app.add", app, by, key=key, platform=platform)
    return app


def change(
    app: App, by: Member, *, name: str, client_id: str, client_secret: str = "", app_token: str = ""
) -> None:
    """This will change an app's name and client; empty secrets stay as they are. Signing goes on as before."""
    _require_own(app, by)
    if not name.strip():
        raise Refusal(_("Beri nama, misalnya nama aplikasi di halaman pengembang platform."), "name")
    if kinds()[app.platform].needs_client and not client_id.strip():
        raise Refusal(_("ID klien belum diisi."), "client_id")
    with transaction.atomic():
        app = App.objects.select_for_update().get(pk=app.pk)
        before = app.client or {}
        fresh = _client(
            client_id.strip(), client_secret.strip() or str(before.get("secret", "")),
            app_token.strip() or str(before.get("app_token", "")),
        )  # fmt: skip
        changed = [key for key in fresh if fresh[key] != before.get(key)]
        app.name, app.client = name.strip()[:120], fresh
        app.save(update_fields=["name", "client"])
        audit.record("app.change", app, by, changed=changed)


def rotate(app: App, by: Member, secret: str) -> None:
    """This will put a new signing secret first; the one before it is accepted for a week more.

    Refusal for an empty one, and for the one that is in use already.
    """
    _require_own(app, by)
    secret = secret.strip()
    if not secret:
        raise Refusal(_("Rahasia baru belum diisi. Salin dari halaman pengembang platform."), "secret")
    with transaction.atomic():
        app = App.objects.select_for_update().get(pk=app.pk)
        kept = list(app.secrets or [])
        if kept[:1] == [secret]:
            raise Refusal(_("Rahasia itu sudah dipakai. Tidak ada yang diubah."), "secret")
        app.secrets = _json([secret, *kept[:1]])
        app.older_until = timezone.now() + timedelta(days=OLD_SECRET_DAYS)
        app.save(update_fields=["secrets", "older_until"])
        audit.record("app.secret", app, by, days=OLD_SECRET_DAYS)


def remove(app: App, by: Member) -> None:
    """This will forget an app that no channel uses and that delivered nothing; Refusal else."""
    _require_own(app, by)
    if Channel._base_manager.filter(app=app).exists():
        raise Refusal(_("Masih ada kanal yang tersambung lewat aplikasi ini. Tidak ada yang dihapus."))
    try:
        with transaction.atomic():
            audit.record("app.remove", app, by, key=app.key)
            app.delete()
    except models.ProtectedError as error:
        raise Refusal(
            _("Aplikasi ini sudah menerima kiriman; kiriman itu tersimpan, jadi aplikasinya tidak dihapus.")
        ) from error


def _client(identity: str, secret: str, app_token: str) -> Any:
    return {"id": identity, "secret": secret} | ({"app_token": app_token} if app_token else {})


def _json(value: object) -> Any:
    """A SecretField takes any JSON value; its base class is typed as text."""
    return value


def _require_own(app: App, by: Member) -> None:
    require(by, "channel.manage")
    if not may_change(by, app):
        raise NotAllowed(
            _(
                "Aplikasi pengembang ini dipakai bersama atau disediakan pengelola server; hanya ia yang mengubahnya."
            )
        )


def _made_by_us(by: Member) -> set[int]:
    members = [f"member:{pk}" for pk in Member.objects.values_list("pk", flat=True)]
    return _made(audit.Entry.objects.filter(actor__in=members))


def _made_by_members() -> set[int]:
    return _made(audit.Entry.objects.filter(actor__startswith="member:"))


def _made(entries: models.QuerySet[audit.Entry]) -> set[int]:
    rows = entries.filter(action="app.add", target_kind="app")
    return {int(pk) for pk in rows.values_list("target_id", flat=True)}
