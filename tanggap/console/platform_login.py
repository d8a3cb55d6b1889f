"""The log-in at a platform: what it will ask and why, the way there, the way back, and which accounts to connect."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tanggap.agencies.models import Unit
from tanggap.channels import apps_here, connect, oauth
from tanggap.channels.connector import Connector, Grant
from tanggap.channels.models import App, Channel, Health
from tanggap.console.answers import Tried, done
from tanggap.console.connecting import app_of, by_hand_before, unit_of
from tanggap.console.doors import failed, screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal


@require_POST
@screen("channel.manage")
def channel_login(request: StaffRequest, platform: str) -> HttpResponse:
    """This will begin a log-in for a new account, or for one that was worked by hand until now."""
    one = apps_here.accounts().get(platform)
    if one is None:
        raise Channel.DoesNotExist
    app = app_of(request, one, request.POST.get("app", ""))
    into = by_hand_before(request, platform)
    return _leave(request, one, app, into)


@require_POST
@screen("channel.manage")
def channel_login_again(request: StaffRequest, key: str) -> HttpResponse:
    """This will begin a log-in that gives a channel a new token."""
    channel = Channel.objects.select_related("app").get(key=key, closed_at=None)
    one = apps_here.accounts().get(channel.platform)
    if one is None or channel.app is None:
        raise Refusal(_("Kanal ini tidak disambungkan lewat halaman masuk platform."))
    return _leave(request, one, channel.app, channel)


@require_GET
@screen("channel.manage")
def channel_return(request: StaffRequest, platform: str) -> HttpResponse:
    """This will take the platform's answer; the accounts wait, encrypted, for the administrator's choice.

    Nothing is connected by this GET: that takes the form of the next page.
    """
    kept = cast(oauth.Kept, request.session)
    try:
        given = oauth.finish(request.member, platform, request.GET.dict(), kept, request.session.save)
    except Refusal as refusal:
        return failed(request, 422, _("Belum tersambung"), str(refusal))
    oauth.keep(given, kept)
    return redirect("channel_choose")  # an address without the code, which a reload would send again


@screen("channel.manage")
def channel_choose(request: StaffRequest) -> HttpResponse:
    """This will show the accounts that were given and connect those that the administrator ticks."""
    kept = cast(oauth.Kept, request.session)
    given = oauth.waiting(request.member, kept)
    if given is None:
        text = _(
            "Pilihan akun sudah lewat dari sepuluh menit atau sudah dipakai. Masuk lagi di halaman platform."
        )
        return failed(request, 422, _("Mulai lagi"), text)
    channel = Channel.objects.filter(key=given.begun.channel).first() if given.begun.channel else None
    tried = Tried()
    if request.method == "POST":
        try:
            answer = _connected(request, given, channel)
        except Refusal as refusal:
            tried = Tried.of("choose", request, refusal)
        else:
            oauth.forget(kept)
            return answer
    one = apps_here.accounts()[given.begun.platform]
    known = set(
        Channel.objects.filter(platform=one.platform, closed_at=None).exclude(external_id="")
        .values_list("external_id", flat=True)
    )  # fmt: skip
    page = {
        "here": "channels",
        "platform": one.platform,
        "name": one.name,
        "channel": channel,
        "renews": channel is not None and channel.health != Health.MANUAL,
        "grants": [(grant.identity, grant.identity.external_id in known) for grant in given.grants],
        "units": Unit.objects.order_by("name"),
        "tried": tried,
    }
    return render(request, "channels/choose.html", page, status=422 if tried.form else 200)


def _leave(request: StaffRequest, one: type[Connector], app: App, channel: Channel | None) -> HttpResponse:
    """Shows where the link leads before it is followed; the strict form-action forbids a form to lead there."""
    kept = cast(oauth.Kept, request.session)
    address = oauth.begin(request.member, one.platform, app, kept, channel=channel.key if channel else "")
    page = {
        "here": "channels",
        "platform": one.platform,
        "name": one.name,
        "address": address,
        "host": urlsplit(address).netloc,
        "scopes": one.oauth.scopes if one.oauth else (),
        "channel": channel,
    }
    return render(request, "channels/leave.html", page)


def _connected(request: StaffRequest, given: oauth.Given, channel: Channel | None) -> HttpResponse:
    wanted = request.POST.getlist("account")
    if channel is not None and channel.health != Health.MANUAL:
        grant = next((one for one in given.grants if one.identity.external_id == channel.external_id), None)
        if grant is None:
            raise Refusal(
                _("Akun %(handle)s tidak ada di antara yang diberikan. Token lama tetap dipakai.")
                % {"handle": channel.handle}
            )
        connect.renew(channel, request.member, grant)
        return _back(request, _("%(name)s tersambung lagi.") % {"name": channel.name}, channel)
    chosen = [one for one in given.grants if one.identity.external_id in wanted]
    if not chosen or (channel is not None and len(chosen) > 1):
        raise Refusal(_("Centang akun resmi yang akan disambungkan."), "account")
    app = App.objects.get(pk=given.begun.app)
    made = [_one(request, given, grant, app, channel) for grant in chosen]
    if len(made) == 1:
        return _back(request, _("%(name)s tersambung.") % {"name": made[0].name}, made[0])
    said = ngettext("%(n)s akun tersambung.", "%(n)s akun tersambung.", len(made)) % {"n": len(made)}
    return done(request, said, reverse("channels"))


def _one(
    request: StaffRequest, given: oauth.Given, grant: Grant, app: App, channel: Channel | None
) -> Channel:
    """Connects one account; one that is connected already gets its new token, so that a second try does no harm."""
    if channel is None:
        platform, external_id = given.begun.platform, grant.identity.external_id
        there = Channel.objects.filter(platform=platform, external_id=external_id, closed_at=None).first()
        if there is not None:
            return connect.renew(there, request.member, grant)
    return connect.connect_granted(
        request.member, platform=given.begun.platform, grant=grant, app=app, unit=unit_of(request.POST.get("unit", "")),
        into=channel,
    )  # fmt: skip


def _back(request: StaffRequest, text: str, channel: Channel) -> HttpResponse:
    return done(request, text, reverse("channel", args=[channel.key]))
