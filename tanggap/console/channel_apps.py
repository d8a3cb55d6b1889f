"""Developer apps at platforms: registered once, used by many accounts; addresses to copy, secrets to rotate."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tanggap.channels import apps_here, guides, oauth
from tanggap.channels.models import App
from tanggap.console.answers import Tried, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core import secrets
from tanggap.core.refusal import Refusal


@screen("channel.manage")
def channel_apps(request: StaffRequest) -> HttpResponse:
    """This will list the developer apps and register another."""
    tried = Tried()
    if request.method == "POST":
        typed = request.POST
        try:
            app = apps_here.register(
                request.member, platform=typed.get("platform", ""), name=typed.get("name", ""),
                client_id=typed.get("client_id", ""), client_secret=typed.get("client_secret", ""),
                secret=typed.get("secret", ""), app_token=typed.get("app_token", ""),
            )  # fmt: skip
            said = _("%(name)s terdaftar. Salin alamatnya ke halaman pengembang platform.") % {
                "name": app.name
            }
            return done(request, said, reverse("channel_app", args=[app.key]))
        except Refusal as refusal:
            tried = Tried.of("register", request, refusal)
    kinds = apps_here.kinds()
    wanted = tried.typed.get("platform") or request.GET.get("platform", "")
    page = {
        "here": "channels",
        "apps": [
            (app, kinds.get(app.platform), len(apps_here.channels_of(app)))
            for app in apps_here.visible(request.member)
        ],
        "kinds": kinds.values(),
        "wanted": wanted,
        "app_token": next((one.app_token for one in kinds.values() if one.platform == wanted), None),
        "tried": tried,
        "open": bool(tried.form or wanted),
        "guide": guide_of_app(wanted, None),
    }
    return render(request, "channels/apps.html", page, status=422 if tried.form else 200)


@screen("channel.manage")
def channel_app(request: StaffRequest, key: str) -> HttpResponse:
    """This will show one app: its addresses to copy, its channels, and what can be changed."""
    return _show(request, apps_here.find(request.member, key))


@require_POST
@screen("channel.manage")
def channel_app_change(request: StaffRequest, key: str) -> HttpResponse:
    """This will change the app's name and client."""
    app, typed = apps_here.find(request.member, key), request.POST
    try:
        apps_here.change(
            app, request.member, name=typed.get("name", ""), client_id=typed.get("client_id", ""),
            client_secret=typed.get("client_secret", ""), app_token=typed.get("app_token", ""),
        )  # fmt: skip
    except Refusal as refusal:
        return _show(request, app, Tried.of("change", request, refusal))
    return done(request, _("Aplikasi pengembang disimpan."), reverse("channel_app", args=[key]))


@require_POST
@screen("channel.manage")
def channel_app_secret(request: StaffRequest, key: str) -> HttpResponse:
    """This will put a new signing secret before the old one."""
    app = apps_here.find(request.member, key)
    try:
        apps_here.rotate(app, request.member, request.POST.get("secret", ""))
    except Refusal as refusal:
        return _show(request, app, Tried.of("secret", request, refusal))
    said = _("Rahasia baru dipakai. Yang lama masih diterima tujuh hari.")
    return done(request, said, reverse("channel_app", args=[key]))


@require_POST
@screen("channel.manage")
def channel_app_remove(request: StaffRequest, key: str) -> HttpResponse:
    """This will forget an app that nothing uses."""
    app = apps_here.find(request.member, key)
    apps_here.remove(app, request.member)
    return done(request, _("Aplikasi pengembang dihapus."), reverse("channel_apps"))


def _show(request: StaffRequest, app: App, tried: Tried = Tried()) -> HttpResponse:  # noqa: B008
    kind, now = apps_here.kinds().get(app.platform), timezone.now()
    may_change = apps_here.may_change(request.member, app)
    connected = [one for one in apps_here.accounts().values() if apps_here.kind_of(one) == app.platform]
    page: dict[str, Any] = {
        "here": "channels",
        "app": app,
        "kind": kind,
        "may_change": may_change,
        "hook": apps_here.hook_address(app),
        "guide": guide_of_app(app.platform, app),
        "redirects": [(one.name, oauth.return_address(one.platform)) for one in connected if one.oauth],
        "connect": [(one.platform, one.name) for one in connected],
        "channels": apps_here.channels_of(app),
        "tried": tried,
        "older": app.older_until if app.older_until and app.older_until > now else None,
        "now": now,
        **(_known(app) if may_change else {}),
    }
    return render(request, "channels/app.html", page, status=422 if tried.form else 200)


def guide_of_app(platform: str, app: App | None) -> SafeString:
    """This will return the guide of an app that serves several platforms; one of a single platform has it there."""
    if platform in apps_here.accounts():
        return mark_safe("")
    values = {"hook": apps_here.hook_address(app) if app else ""}
    return mark_safe(guides.guide(platform, values))  # noqa: S308  cleaned by nh3


def _known(app: App) -> dict[str, Any]:
    """What its administrator may see of an app; the secrets themselves are never shown again."""
    try:
        return {"client_id": (app.client or {}).get("id", ""), "verify_token": app.verify_token or ""}
    except secrets.Unreadable:
        return {"unreadable": True}
