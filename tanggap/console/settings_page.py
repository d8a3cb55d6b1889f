"""Settings of a government: the stop switch, its rules of work, tokens for programs."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tanggap.agencies import offices as deeds
from tanggap.agencies.models import AccessToken
from tanggap.console.answers import Tried, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.publishing import stopping
from tanggap.publishing.models import Delivery, DeliveryState


@screen("publishing.stop")
def settings(request: StaffRequest) -> HttpResponse:
    """This will show what the member may set."""
    return _show(request)


@require_POST
@screen("publishing.stop")
def settings_stop(request: StaffRequest) -> HttpResponse:
    """This will hold everything that has not left yet."""
    try:
        stopping.stop(request.member, request.POST.get("reason", ""))
    except Refusal as refusal:
        return _show(request, Tried.of("stop", request, refusal))
    return done(request, _("Semua kiriman dihentikan. Antreannya tersimpan."), reverse("settings"))


@require_POST
@screen("publishing.stop")
def settings_lift(request: StaffRequest) -> HttpResponse:
    """This will let things leave again."""
    stopping.lift(request.member)
    return done(request, _("Kiriman berjalan lagi menurut urutannya."), reverse("settings"))


@require_POST
@screen("member.manage")
def settings_rules(request: StaffRequest) -> HttpResponse:
    """This will change the government's rules of work."""
    typed = request.POST
    try:
        deeds.change_rules(
            request.member,
            auto_dispatch="auto_dispatch" in typed,
            reply_needs_approval="reply_needs_approval" in typed,
            raw_days=_whole(typed.get("raw_days", "")),
        )
    except Refusal as refusal:
        return _show(request, Tried.of("rules", request, refusal))
    return done(request, _("Aturan tersimpan."), reverse("settings"))


@require_POST
@screen("api.token")
def settings_token(request: StaffRequest) -> HttpResponse:
    """This will make a token and show it on this answer only."""
    typed = request.POST
    try:
        _token, secret = deeds.make_token(
            request.member,
            typed.get("name", ""),
            typed.getlist("scopes"),
            _whole(typed.get("days", "")),
        )
    except Refusal as refusal:
        return _show(request, Tried.of("token", request, refusal))
    return _show(request, secret=secret)


@require_POST
@screen("api.token")
def settings_token_revoke(request: StaffRequest, pk: int) -> HttpResponse:
    """This will end a token."""
    deeds.revoke_token(AccessToken.objects.get(pk=pk), request.member)
    return done(
        request, _("Token dicabut. Program yang memakainya ditolak mulai sekarang."), reverse("settings")
    )


def _show(request: StaffRequest, tried: Tried = Tried(), secret: str = "") -> HttpResponse:  # noqa: B008
    member = request.member
    waiting = Delivery.objects.filter(state=DeliveryState.WAITING)
    page: dict[str, Any] = {
        "here": "settings",
        "tried": tried,
        "secret": secret,
        "stop": stopping.stopped(member.government_id),
        "waiting": waiting.count(),
        "rules": member.government if member.may("member.manage") else None,
        "tokens": _tokens() if member.may("api.token") else None,
        "scopes": [("posts:read", _("Membaca pesan")), ("cases:read", _("Membaca kasus"))],
        "now": timezone.now(),
    }  # fmt: skip
    return render(request, "settings/page.html", page, status=422 if tried.form else 200)


def _tokens() -> list[AccessToken]:
    rows = AccessToken.objects.filter(revoked_at__isnull=True).select_related("member__user")
    return list(rows.order_by("-created_at"))


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
