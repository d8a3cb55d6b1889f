"""Signed webhooks as an administrator opens them: an own app, its channel, and its secret, shown once."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, Unit, require
from tanggap.channels.models import App, Channel
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal

PLATFORM = "webhook"
OLD_SECRET_DAYS = 7
"""How long the secret before the newest one is still accepted, so that a sender can be changed without a gap."""


def open_app(by: Member, name: str, unit: Unit | None = None) -> tuple[Channel, str]:
    """This will make a webhook app with its channel; returns the channel and the app's secret, which is shown once."""
    require(by, "channel.manage")
    if not name.strip():
        raise Refusal(_("Beri nama, misalnya nama aplikasi yang mengirim."), "name")
    key = f"{slugify(name)[:40] or 'aplikasi'}-{secrets.token_hex(3)}"
    secret = _new_secret()
    with transaction.atomic():
        app = App.objects.create(key=key, platform=PLATFORM, name=name.strip()[:120], secrets=[secret])
        channel = Channel.objects.create(
            government=by.government, key=key, platform=PLATFORM, name=name.strip()[:120], app=app, unit=unit,
            external_id=key,
        )  # fmt: skip
        audit.record("app.add", app, by, key=key)
        audit.record("channel.connect", channel, by, platform=PLATFORM)
        live.tell(channel.government_id, "channel", [channel.pk])
    return channel, secret


def renew_secret(channel: Channel, by: Member) -> str:
    """This will put a new secret before the old one, which is accepted for a week more; Refusal for a shared app."""
    require(by, "channel.manage")
    app = channel.app
    if app is None or app.platform != PLATFORM:
        raise Refusal(_("Kanal ini tidak memakai rahasia webhook."))
    if Channel._base_manager.filter(app=app).exclude(government_id=channel.government_id).exists():
        raise Refusal(
            _("Aplikasi ini dipakai bersama pemerintah lain; rahasianya diganti oleh pengelola server.")
        )
    secret = _new_secret()
    with transaction.atomic():
        app = App.objects.select_for_update().get(pk=app.pk)
        app.secrets = [secret, *(app.secrets or [])[:1]]
        app.older_until = timezone.now() + timedelta(days=OLD_SECRET_DAYS)
        app.save(update_fields=["secrets", "older_until"])
        audit.record("channel.renew_secret", channel, by)
    return secret


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
