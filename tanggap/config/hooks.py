"""Signed webhooks as the operator opens them: an app with a secret, and the channel that it feeds."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from tanggap.agencies.models import Government, Unit
from tanggap.channels.connector import all_connectors
from tanggap.channels.models import App, Channel
from tanggap.core import audit, scope
from tanggap.core.refusal import Refusal

PLATFORM = "webhook"
_BY = audit.System("operator")


def open_app(
    government: Government, key: str, name: str, channel_key: str, *, unit: Unit | None = None
) -> tuple[App, str]:
    """This will make a webhook app and its channel; returns the app and its secret. Refusal where the key is taken."""
    with transaction.atomic(), scope.government(government.pk):
        if App.objects.filter(key=key).exists():
            raise Refusal(
                f"There is an app {key} already. Nothing was changed. A new secret: tanggap app secret {key}"
            )
        secret = new_secret()
        app = App(key=key, platform=PLATFORM, name=name)
        app.secrets = _listed(secret)
        app.save()
        channel = Channel.objects.create(
            government=government, key=channel_key, platform=PLATFORM, name=name, app=app, unit=unit,
            external_id=channel_key,
        )  # fmt: skip
        audit.record("app.add", app, _BY, key=key)
        audit.record("channel.connect", channel, _BY, key=channel_key)
    return app, secret


def provide_app(
    key: str, platform: str, name: str, *, client: tuple[str, str], signing: str, api_base: str, trusted: bool
) -> str:
    """This will make or change a platform's developer app that governments connect through; returns its verify token.

    Refusal for a platform that no connector serves, and for a key that another kind of app has.
    """
    from tanggap.channels import apps_here

    if platform not in all_connectors().keys() | apps_here.kinds().keys():
        raise Refusal(f"No connector serves {platform}. There are: {', '.join(sorted(apps_here.kinds()))}.")
    with transaction.atomic():
        known = App.objects.select_for_update().filter(key=key).first()
        if known and known.platform != platform:
            raise Refusal(
                f"The app {key} is of kind {known.platform}. Nothing was changed; choose another key."
            )
        token = (known.verify_token if known else "") or secrets.token_urlsafe(24)
        app, _ = App.objects.update_or_create(
            key=key,
            defaults={
                "platform": platform, "name": name, "api_base": api_base, "trusted_base": trusted,
                "client": {"id": client[0], "secret": client[1]}, "verify_token": token,
                "secrets": [signing or secrets.token_hex(24)],
            },
        )  # fmt: skip
        audit.record("app.provide", app, _BY, key=key, platform=platform)
    return str(token)


def renew_secret(key: str, days: int) -> str:
    """This will put a new secret before the old one, which is accepted for `days` more."""
    with transaction.atomic():
        app = App.objects.select_for_update().filter(key=key).first()
        if app is None:
            raise Refusal(f"No app has the key {key}. Nothing was changed.")
        secret = new_secret()
        app.secrets = _listed(secret, *(app.secrets or [])[:1])
        app.older_until = timezone.now() + timedelta(days=days)
        app.save(update_fields=["secrets", "older_until"])
        audit.record("app.secret", app, _BY, key=key, days=days)
    return secret


def _listed(*secrets_: str) -> Any:
    """A SecretField takes any JSON value; its base class is typed as text."""
    return list(secrets_)


def new_secret() -> str:
    """This will make a secret in the form of Standard Webhooks: whsec_ and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
