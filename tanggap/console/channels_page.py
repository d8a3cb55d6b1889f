"""Channels: how they fare in words, what each can do, and what an administrator does with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tanggap.channels import connect, webhook_apps
from tanggap.channels.connector import Ability, Connector, all_connectors
from tanggap.channels.models import Channel, Health
from tanggap.console import webhook_examples
from tanggap.console.answers import Tried, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.posts import reading_again

EXPIRES_SOON = timedelta(days=14)
ABILITIES: dict[Ability, tuple[str | Promise, str]] = {
    Ability.HOOK: (gettext_lazy("menerima kiriman langsung"), "webhook"),
    Ability.STREAM: (gettext_lazy("aliran langsung"), "zap"),
    Ability.FETCH: (gettext_lazy("ditarik berkala"), "refresh-cw"),
    Ability.BACKFILL: (gettext_lazy("riwayat"), "history"),
    Ability.REPLY: (gettext_lazy("membalas"), "reply"),
    Ability.PRIVATE_REPLY: (gettext_lazy("pesan pribadi"), "lock"),
    Ability.PUBLISH: (gettext_lazy("menerbitkan"), "send"),
    Ability.HIDE: (gettext_lazy("menyembunyikan"), "eye-off"),
    Ability.EDITS: (gettext_lazy("tahu suntingan"), "pencil"),
    Ability.DELETES: (gettext_lazy("tahu penghapusan"), "trash-2"),
    Ability.LOOK_UP: (gettext_lazy("memeriksa hasil kiriman"), "search"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A channel as the list says it; `expires` is the token's state: empty, soon or over."""

    channel: Channel
    kind: str
    abilities: list[tuple[str | Promise, str]]
    expires: str


@screen()
def channels(request: StaffRequest) -> HttpResponse:
    """This will list the government's channels with their health, those in trouble first."""
    now = timezone.now()
    lines = [_line(one, now) for one in Channel.objects.filter(closed_at=None).select_related("unit", "app")]
    trouble = {Health.NEEDS_LOGIN: 0, Health.FAILING: 1, Health.LATE: 2, Health.PAUSED: 3}
    lines.sort(key=lambda one: (trouble.get(Health(one.channel.health), 4), one.channel.name))
    may = request.member.may("channel.manage")
    page = {
        "groups": [
            (_("Tersambung"), [one for one in lines if one.kind == "connected"]),
            (_("Impor berkas"), [one for one in lines if one.kind == "import"]),
            (_("Dicatat petugas"), [one for one in lines if one.kind == "manual"]),
        ],
        "any": any(one.kind == "connected" for one in lines),
        "may": may,
        "aside": reading_again.put_aside(request.member).count() if request.member.may("raw.read") else 0,
        "now": now,
    }
    return render(request, "channels/list.html", page)


@screen("channel.manage")
def channel(request: StaffRequest, key: str) -> HttpResponse:
    """This will show one channel with what can be done about it."""
    return _show(request, _find(key))


@screen("channel.manage")
def channel_connect(request: StaffRequest, platform: str) -> HttpResponse:
    """This will take what the connector declares that it needs, and connect the account."""
    connector = _connectable().get(platform)
    if connector is None:
        raise Channel.DoesNotExist
    tried = Tried()
    if request.method == "POST":
        typed = request.POST
        try:
            if platform == webhook_apps.PLATFORM:
                made, secret = webhook_apps.open_app(request.member, typed.get("name", ""))
                return _show(request, made, secret=secret)
            made = connect.connect(
                request.member, platform=platform, name=typed.get("name", ""), values=typed.dict()
            )
            return done(
                request, _("%(name)s tersambung.") % {"name": made.name}, reverse("channel", args=[made.key])
            )
        except Refusal as refusal:
            tried = Tried.of("connect", request, refusal)
    # A class would be called by the template: it gets plain values.
    page = {
        "platform": platform,
        "name": connector.name,
        "asked": connector.settings,
        "tried": tried,
        "here": "channels",
    }
    return render(request, "channels/connect.html", page, status=422 if tried.form else 200)


@screen("channel.manage")
def channel_new(request: StaffRequest) -> HttpResponse:
    """This will let the administrator choose what to connect."""
    return render(
        request,
        "channels/new.html",
        {"connectors": [(code, one.name) for code, one in _connectable().items()], "here": "channels"},
    )


@require_POST
@screen("channel.manage")
def channel_reconnect(request: StaffRequest, key: str) -> HttpResponse:
    """This will give the channel a new token."""
    found = _find(key)
    try:
        connect.reconnect(found, request.member, request.POST.dict())
    except Refusal as refusal:
        return _show(request, found, Tried("reconnect", {}, str(refusal), refusal.field))
    return done(
        request, _("%(name)s tersambung lagi.") % {"name": found.name}, reverse("channel", args=[key])
    )


@require_POST
@screen("channel.manage")
def channel_test(request: StaffRequest, key: str) -> HttpResponse:
    """This will ask the platform whether the connection works."""
    found = _find(key)
    try:
        identity = connect.test(found, request.member)
    except Refusal as refusal:
        found.refresh_from_db()
        return _show(request, found, Tried("test", {}, str(refusal), refusal.field))
    said = _("Sambungan berfungsi: %(handle)s menjawab.") % {"handle": identity.handle or identity.name}
    return done(request, said, reverse("channel", args=[key]))


@require_POST
@screen("channel.manage")
def channel_pause(request: StaffRequest, key: str) -> HttpResponse:
    """This will stop a channel, with a reason."""
    connect.pause(_find(key), request.member, request.POST.get("reason", ""))
    return done(request, _("Kanal dijeda. Antreannya tersimpan."), reverse("channel", args=[key]))


@require_POST
@screen("channel.manage")
def channel_resume(request: StaffRequest, key: str) -> HttpResponse:
    """This will go on with a paused channel."""
    connect.resume(_find(key), request.member)
    return done(request, _("Kanal berjalan lagi dari tempat ia berhenti."), reverse("channel", args=[key]))


@require_POST
@screen("channel.manage")
def channel_secret(request: StaffRequest, key: str) -> HttpResponse:
    """This will make a new webhook secret and show it once."""
    found = _find(key)
    return _show(request, found, secret=webhook_apps.renew_secret(found, request.member))


def _find(key: str) -> Channel:
    return Channel.objects.select_related("unit", "app").get(key=key, closed_at=None)


def _show(
    request: StaffRequest,
    found: Channel,
    tried: Tried = Tried(),  # noqa: B008
    secret: str = "",
) -> HttpResponse:
    now = timezone.now()
    url = (
        f"{settings.TANGGAP_URL}/hooks/{found.app.key}"
        if found.app and found.platform == webhook_apps.PLATFORM
        else ""
    )
    moves = Channel.flow.edges[found.health]
    page: dict[str, Any] = {
        "here": "channels",
        "line": _line(found, now),
        "channel": found,
        "tried": tried,
        "secret": secret,
        "url": url,
        "curl": webhook_examples.curl(url) if url else "",
        "python": webhook_examples.python(url) if url else "",
        "token_help": next((one.help for one in _settings(found.platform) if one.secret), ""),
        "may_test": bool(found.token),
        "may_reconnect": any(one.key == "token" for one in _settings(found.platform)),
        "may_pause": Health.PAUSED in moves and found.platform not in {"import", "manual"},
        "may_resume": found.health == Health.PAUSED,
        "now": now,
    }
    return render(request, "channels/channel.html", page, status=422 if tried.form else 200)


def _line(one: Channel, now: datetime) -> Line:
    kind = one.platform if one.platform in {"import", "manual"} else "connected"
    able = connect.abilities_of(one) if one.platform in all_connectors() else frozenset()
    left = one.token_expires_at - now if one.token_expires_at else None
    expires = "" if left is None or left > EXPIRES_SOON else "soon" if left > timedelta() else "over"
    return Line(one, kind, [ABILITIES[ability] for ability in ABILITIES if ability in able], expires)


def _settings(platform: str) -> Any:
    return all_connectors()[platform].settings if platform in all_connectors() else ()


def _connectable() -> dict[str, type[Connector]]:
    """The platforms that an administrator can connect from here."""
    return {
        code: one
        for code, one in sorted(all_connectors().items())
        if code == webhook_apps.PLATFORM or {"api_base", "token"} == {setting.key for setting in one.settings}
    }
