"""Connecting an account: which platform, its guide, the form that its connector asks for, or by hand for now."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tanggap.agencies.models import Unit
from tanggap.channels import apps_here, connect, guides, manual_accounts, oauth, webhook_apps
from tanggap.channels.connector import Ability, Connector
from tanggap.channels.models import App, Channel, Health
from tanggap.console import platform_words
from tanggap.console.answers import Tried, done
from tanggap.console.channels_page import show
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.console.setting_fields import asked
from tanggap.core.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Card:
    """A platform as the choice shows it. `there` are the accounts connected already."""

    code: str
    name: str
    able: list[tuple[str | Promise, str]]
    lacks: tuple[str, ...]
    there: int
    wants_app: bool
    has_app: bool


@screen("channel.manage")
def channel_new(request: StaffRequest) -> HttpResponse:
    """This will let the administrator choose what to connect, and say of each platform what it can and cannot do."""
    there = Counter(Channel.objects.filter(closed_at=None).values_list("platform", flat=True))
    apps = {app.platform for kind in apps_here.kinds() for app in apps_here.usable(request.member, kind)}
    cards = [
        Card(
            code, one.name, platform_words.able(one.abilities), one.lacks, there[code], apps_here.wants_app(one),
            apps_here.kind_of(one) in apps,
        )
        for code, one in apps_here.accounts().items()
    ]  # fmt: skip
    return render(request, "channels/new.html", {"cards": cards, "here": "channels"})


@screen("channel.manage")
def channel_connect(request: StaffRequest, platform: str) -> HttpResponse:
    """This will show a platform's guide beside what its connector asks for, and connect the account."""
    if platform == webhook_apps.PLATFORM:
        return _webhook(request)
    one = _account(platform)
    tried = Tried()
    if request.method == "POST":
        typed = request.POST
        try:
            made = connect.connect(
                request.member, platform=platform, name=typed.get("name", ""), values=typed.dict(),
                unit=unit_of(typed.get("unit", "")), app=_app(request, one), into=by_hand_before(request, platform),
            )  # fmt: skip
            return done(
                request, _("%(name)s tersambung.") % {"name": made.name}, reverse("channel", args=[made.key])
            )
        except Refusal as refusal:
            tried = Tried.of("connect", request, refusal)
    return render(
        request, "channels/connect.html", _page(request, one, tried), status=422 if tried.form else 200
    )


@require_POST
@screen("channel.manage")
def channel_by_hand(request: StaffRequest, platform: str) -> HttpResponse:
    """This will add an account that is worked by hand for now."""
    one, typed = _account(platform), request.POST
    try:
        made = manual_accounts.open_by_hand(
            request.member, platform=platform, handle=typed.get("handle", ""), name=typed.get("name", ""),
            unit=unit_of(typed.get("unit", "")),
        )  # fmt: skip
    except Refusal as refusal:
        tried = Tried.of("by_hand", request, refusal)
        return render(request, "channels/connect.html", _page(request, one, tried), status=422)
    return done(
        request, _("%(name)s ditambahkan sebagai kanal manual.") % {"name": made.name},
        reverse("channel", args=[made.key]),
    )  # fmt: skip


def by_hand_before(request: StaffRequest, platform: str) -> Channel | None:
    """This will return the channel, worked by hand until now, that a form wants to connect; None for a new one."""
    key = request.POST.get("into", "") or request.GET.get("into", "")
    if not key:
        return None
    return Channel.objects.get(key=key, platform=platform, health=Health.MANUAL, closed_at=None)


def unit_of(pk: str) -> Unit | None:
    """This will return the chosen office; None where none was chosen."""
    return Unit.objects.get(pk=int(pk)) if pk.isdigit() else None


def guide_of(one: type[Connector], app: App | None) -> SafeString:
    """This will return a platform's guide with this installation's addresses, cleaned by nh3."""
    values = {
        "redirect": oauth.return_address(one.platform),
        "hook": apps_here.hook_address(app) if app else "",
    }
    return mark_safe(guides.guide(one.platform, values))  # noqa: S308


def _page(request: StaffRequest, one: type[Connector], tried: Tried) -> dict[str, Any]:
    apps = apps_here.usable(request.member, apps_here.kind_of(one)) if apps_here.wants_app(one) else []
    wanted = tried.typed.get("app") or request.GET.get("app", "")
    app = next((each for each in apps if each.key == wanted), apps[0] if len(apps) == 1 else None)
    into = by_hand_before(request, one.platform)
    return {
        "here": "channels",
        "platform": one.platform,
        "name": one.name,
        "able": platform_words.able(one.abilities),
        "lacks": one.lacks,
        "search_lacks": one.search_lacks,
        "facts": platform_words.facts(one),
        "guide": guide_of(one, app),
        "wants_app": apps_here.wants_app(one),
        "needs_app": needs_app(one),
        "app_kind": apps_here.kind_of(one),
        "apps": apps,
        "app": app,
        "hook": apps_here.hook_address(app) if app and Ability.HOOK in one.abilities else "",
        "redirect": oauth.return_address(one.platform) if one.oauth else "",
        "plain": urlsplit(settings.TANGGAP_URL).scheme != "https",
        "scopes": one.oauth.scopes if one.oauth else (),
        "oauth": one.oauth is not None,
        "asked": asked(one, tried.typed),
        "into": into,
        "units": Unit.objects.order_by("name"),
        "unit": tried.typed.get("unit") or (str(into.unit_id or "") if into else ""),
        "tried": tried,
    }


def needs_app(one: type[Connector]) -> bool:
    """This will tell whether nothing comes in without a developer app."""
    comes_otherwise = {Ability.FETCH, Ability.STREAM} & one.abilities
    return one.oauth is not None or (apps_here.wants_app(one) and not comes_otherwise)


def _webhook(request: StaffRequest) -> HttpResponse:
    tried = Tried()
    if request.method == "POST":
        try:
            made, secret = webhook_apps.open_app(request.member, request.POST.get("name", ""))
            return show(request, made, secret=secret)
        except Refusal as refusal:
            tried = Tried.of("connect", request, refusal)
    page = {"tried": tried, "here": "channels"}
    return render(request, "channels/webhook_new.html", page, status=422 if tried.form else 200)


def _account(platform: str) -> type[Connector]:
    try:
        return apps_here.accounts()[platform]
    except KeyError:
        raise Channel.DoesNotExist from None


def _app(request: StaffRequest, one: type[Connector]) -> App | None:
    """The developer app that the form chose among those that may be used; Refusal where one is needed."""
    key = request.POST.get("app", "")
    if not key:
        if needs_app(one) and one.oauth is None:
            raise Refusal(_("Pilih aplikasi pengembang; tanpa itu kiriman tidak sampai ke sini."), "app")
        return None
    return app_of(request, one, key)


def app_of(request: StaffRequest, one: type[Connector], key: str) -> App:
    """This will return an app that the administrator may connect through; Refusal for another."""
    for app in apps_here.usable(request.member, apps_here.kind_of(one)):
        if app.key == key:
            return app
    raise Refusal(_("Pilih aplikasi pengembang dari daftar."), "app")
