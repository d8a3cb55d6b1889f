"""Channels: how they fare in words, what each can do, and what an administrator does with one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tanggap.channels import apps_here, connect, tending, webhook_apps
from tanggap.channels.connector import Connector, all_connectors
from tanggap.channels.models import Channel, Health
from tanggap.console import platform_words, webhook_examples
from tanggap.console.answers import Tried, done
from tanggap.console.channel_health import Recovered, Token, health_of, recoveries, token_of
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.console.setting_fields import Asked, asked
from tanggap.core.refusal import Refusal
from tanggap.posts import reading_again


@dataclass(frozen=True, slots=True)
class Line:
    """A channel as the list says it."""

    channel: Channel
    kind: str
    abilities: list[tuple[str | Promise, str]]
    token: Token
    recovered: Recovered | None


@screen()
def channels(request: StaffRequest) -> HttpResponse:
    """This will list the government's channels with their health, those in trouble first."""
    now = timezone.now()
    found = recoveries(now)
    rows = Channel.objects.filter(closed_at=None).select_related("unit")
    lines = [_line(one, now, found) for one in rows]
    trouble = {Health.NEEDS_LOGIN: 0, Health.FAILING: 1, Health.LATE: 2, Health.PAUSED: 3}
    lines.sort(key=lambda one: (trouble.get(Health(one.channel.health), 4), one.channel.name))
    may = request.member.may("channel.manage")
    page = {
        "groups": [
            (_("Tersambung"), [one for one in lines if one.kind == "connected"]),
            (_("Impor berkas"), [one for one in lines if one.kind == "import"]),
            (_("Dikerjakan manual"), [one for one in lines if one.kind == "manual"]),
        ],
        "any": any(one.kind == "connected" for one in lines),
        "may": may,
        "may_read_raw": request.member.may("raw.read"),
        "aside": reading_again.put_aside(request.member).count() if request.member.may("raw.read") else 0,
        "now": now,
    }
    return render(request, "channels/list.html", page)


@screen("channel.manage")
def channel(request: StaffRequest, key: str) -> HttpResponse:
    """This will show one channel with what can be done about it."""
    return show(request, _find(key))


@require_POST
@screen("channel.manage")
def channel_reconnect(request: StaffRequest, key: str) -> HttpResponse:
    """This will give the channel a new token."""
    found = _find(key)
    try:
        connect.reconnect(found, request.member, request.POST.dict())
    except Refusal as refusal:
        return show(request, found, Tried("reconnect", {}, str(refusal), refusal.field))
    return done(
        request, _("%(name)s tersambung lagi.") % {"name": found.name}, reverse("channel", args=[key])
    )


@require_POST
@screen("channel.manage")
def channel_test(request: StaffRequest, key: str) -> HttpResponse:
    """This will ask the platform whether the connection works."""
    found = _find(key)
    try:
        identity = tending.test(found, request.member)
    except Refusal as refusal:
        found = _find(key)  # not refreshed: a secret that cannot be read would be opened
        return show(request, found, Tried("test", {}, str(refusal), refusal.field))
    said = _("Sambungan berfungsi: %(handle)s menjawab.") % {"handle": identity.handle or identity.name}
    return done(request, said, reverse("channel", args=[key]))


@require_POST
@screen("channel.manage")
def channel_pause(request: StaffRequest, key: str) -> HttpResponse:
    """This will stop a channel, with a reason."""
    tending.pause(_find(key), request.member, request.POST.get("reason", ""))
    return done(request, _("Kanal dijeda. Antreannya tersimpan."), reverse("channel", args=[key]))


@require_POST
@screen("channel.manage")
def channel_resume(request: StaffRequest, key: str) -> HttpResponse:
    """This will go on with a paused channel."""
    tending.resume(_find(key), request.member)
    return done(request, _("Kanal berjalan lagi dari tempat ia berhenti."), reverse("channel", args=[key]))


@require_POST
@screen("channel.manage")
def channel_close(request: StaffRequest, key: str) -> HttpResponse:
    """This will disconnect an account; what was said and answered stays."""
    found = _find(key)
    tending.close(found, request.member)
    said = _("%(name)s diputuskan. Pesan dan jawabannya tetap ada.") % {"name": found.name}
    return done(request, said, reverse("channels"))


@require_POST
@screen("channel.manage")
def channel_secret(request: StaffRequest, key: str) -> HttpResponse:
    """This will make a new webhook secret and show it once."""
    found = _find(key)
    return show(request, found, secret=webhook_apps.renew_secret(found, request.member))


def _find(key: str) -> Channel:
    return Channel.objects.select_related("unit", "app").get(key=key, closed_at=None)


def show(
    request: StaffRequest,
    found: Channel,
    tried: Tried = Tried(),  # noqa: B008
    secret: str = "",
) -> HttpResponse:
    """This will show a channel's page, after a refused deed with what was wrong."""
    now, one = timezone.now(), apps_here.accounts().get(found.platform)
    url = apps_here.hook_address(found.app) if found.app and found.platform == webhook_apps.PLATFORM else ""
    by_hand, moves = found.health == Health.MANUAL, Channel.flow.edges[found.health]
    page: dict[str, Any] = {
        "here": "channels",
        "line": _line(found, now, recoveries(now)),
        "channel": found,
        "tried": tried,
        "secret": secret,
        "url": url,
        "curl": webhook_examples.curl(url) if url else "",
        "python": webhook_examples.python(url) if url else "",
        "by_hand": by_hand,
        "may_connect": by_hand and one is not None,
        "may_test": one is not None and not by_hand,
        "asked": _asked_again(one, tried, found) if one and not by_hand else [],
        "may_login": one is not None and one.oauth is not None and found.app_id is not None and not by_hand,
        "may_pause": Health.PAUSED in moves and found.platform not in {"import", "manual"},
        "may_resume": found.health == Health.PAUSED,
        "platform_name": one.name if one else "",
        "facts": platform_words.facts(one, {"post": connect.limits_of(found)}) if one else [],
        "lacks": one.lacks if one else (),
        "search_lacks": one.search_lacks if one else "",
        "now": now,
        **health_of(found, now),
    }
    return render(request, "channels/channel.html", page, status=422 if tried.form else 200)


def _asked_again(one: type[Connector], tried: Tried, found: Channel) -> list[Asked]:
    """An account's server stays as it is; what is not secret can be changed and emptied."""
    return [field for field in asked(one, tried.typed, found.settings) if field.key != "api_base"]


def _line(one: Channel, now: datetime, found: Mapping[int, Recovered]) -> Line:
    by_hand = one.health == Health.MANUAL
    kind = "manual" if by_hand else "import" if one.platform == "import" else "connected"
    known = one.platform in all_connectors()
    # What is done by hand needs nothing of a connection: its platform's abilities would mislead.
    able = platform_words.able(connect.abilities_of(one)) if known else []
    return Line(one, kind, able, token_of(one, now), found.get(one.pk) if kind == "connected" else None)
