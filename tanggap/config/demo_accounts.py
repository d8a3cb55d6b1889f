"""Connects the accounts of simulated platforms, as an administrator would: an app for each, then the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanggap.agencies.models import Member, Unit
from tanggap.channels import connect
from tanggap.channels.connector import Account, Grant, all_connectors, connector
from tanggap.channels.models import App, Channel


def connect_all(
    by: Member, platforms: Mapping[str, Mapping[str, Any]], *, unit: Unit | None = None, named: str = ""
) -> dict[str, Channel]:
    """This will connect the first account of every simulated platform that has a connector, by platform.

    `platforms` is the state that the simulator tells: addresses, settings and secrets by platform. What is connected
    already stays as it is.
    """
    return {
        platform: connect_one(by, platform, told, unit=unit, named=named)
        for platform, told in platforms.items()
        if platform in all_connectors()
    }


def connect_one(
    by: Member, platform: str, told: Mapping[str, Any], *, unit: Unit | None = None, named: str = ""
) -> Channel:
    """This will connect one account through the app sim-<platform>; inside its government's scope."""
    one = connector(platform)
    name = f"{one.name} {named}".strip() if named else platform
    app, _ = App.objects.get_or_create(
        key=f"sim-{platform}",
        defaults={
            "platform": one.app_platform or platform, "name": name, "api_base": told["api_base"], "trusted_base": True,
            "secrets": [told["signing"]], "verify_token": told["verify_token"],
            "client": {"id": told["client_id"], "secret": told["client_secret"]},
        },
    )  # fmt: skip
    there = Channel.objects.filter(app=app).first()
    return there or _connect(by, platform, told, app, unit, name)


def _connect(
    by: Member, platform: str, told: Mapping[str, Any], app: App, unit: Unit | None, name: str
) -> Channel:
    """By its form where the platform has one, else as its log-in would hand the account over."""
    one = connector(platform)
    if {*told["secrets"]} <= {setting.key for setting in one.settings}:
        values = {**told["settings"], **told["secrets"], "api_base": told["api_base"]}
        # A site tells where on itself something is.
        values |= {
            key: f"{told['api_base']}{value}" for key, value in told["settings"].items() if value[:1] == "/"
        }
        return connect.connect(by, platform=platform, values=values, name=name, app=app, unit=unit)
    developer = connect.developer_of(app)
    account = Account(
        external_id=told["id"], api_base=developer.api_base, token=told["secrets"]["token"], secrets=told["secrets"],
        trusted_base=True, developer=developer,
    )  # fmt: skip
    grant = Grant(one(account).identify(), told["secrets"])
    return connect.connect_granted(by, platform=platform, grant=grant, name=name, app=app, unit=unit)
