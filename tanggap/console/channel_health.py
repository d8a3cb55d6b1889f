"""How one channel fares: what was recovered, whether it rests, its token's days, its quota, its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Max, Min, Sum
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tanggap.channels import connect, lateness, quotas, tokens
from tanggap.channels.connector import Ability, all_connectors
from tanggap.channels.models import Channel, Health, Recovery
from tanggap.console import platform_words
from tanggap.console.answers import done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core import secrets
from tanggap.core.refusal import Refusal
from tanggap.core.work import Job, JobState
from tanggap.posts import history
from tanggap.publishing.models import Delivery, DeliveryState

SHOWN_FOR = timedelta(days=7)
EXPIRES_SOON = timedelta(days=14)
_MOST = 5


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a sweep found in the last days that deliveries had missed."""

    found: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """A token's state: empty (far from its end, or it renews by itself), soon or over; and its days left in words."""

    state: str = ""
    left: str = ""
    renews: bool = False


@dataclass(frozen=True, slots=True)
class Quota:
    """Units of the platform's day."""

    used: int
    units: int
    percent: int


def health_of(channel: Channel, now: datetime) -> dict[str, Any]:
    """This will gather what the page of a channel says about how it fares."""
    one = all_connectors().get(channel.platform)
    rows = Recovery.objects.filter(channel=channel, until__gte=now - SHOWN_FOR)
    waiting = Delivery.objects.filter(
        channel=channel, state__in=[DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN]
    )
    return {
        "missed": list(rows.exclude(missed="").order_by("-until")[:_MOST]),
        "token": token_of(channel, now),
        "unreadable": not readable(channel),
        "rests_until": channel.rest_until if channel.rest_until and channel.rest_until > now else None,
        "waiting": waiting.count(),
        "quota": _quota(channel, now),
        "every": platform_words.every(_period(channel)) if one and Ability.FETCH in one.abilities else "",
        "history": history.newest(channel) if one else None,
        "history_running": history.running(channel) is not None if one else False,
        "may_history": Ability.BACKFILL in connect.abilities_of(channel) if one else False,
        "furthest": (now - history.FURTHEST).date(),
    }


def recoveries(now: datetime) -> dict[int, Recovered]:
    """This will say, by channel, how many posts sweeps recovered lately, and of which period."""
    rows = Recovery.objects.filter(until__gte=now - SHOWN_FOR, found__gt=0).order_by()
    summed = rows.values("channel").annotate(n=Sum("found"), first=Min("since"), last=Max("until"))
    return {one["channel"]: Recovered(one["n"], one["first"], one["last"]) for one in summed}


def token_of(channel: Channel, now: datetime) -> Token:
    """This will say how long a channel's token still lives."""
    if channel.token_expires_at is None or channel.health == Health.MANUAL:
        return Token()
    left = channel.token_expires_at - now
    if left <= timedelta():
        return Token("over", "")
    days = left.days
    if days:
        words = ngettext("%(n)s hari lagi", "%(n)s hari lagi", days) % {"n": days}
    else:
        hours = max(1, int(left.total_seconds() // 3600))
        words = ngettext("%(n)s jam lagi", "%(n)s jam lagi", hours) % {"n": hours}
    renews = _renews(channel)
    return Token("soon" if left <= EXPIRES_SOON and not renews else "", words, renews)


def readable(channel: Channel) -> bool:
    """This will tell whether this installation's keys open the channel's secrets."""
    try:
        connect.secrets_of(channel)
        connect.developer_of(channel.app)
    except secrets.Unreadable:
        return False
    return True


@require_POST
@screen("channel.manage")
def channel_history(request: StaffRequest, key: str) -> HttpResponse:
    """This will begin to bring in what was said before the account was connected."""
    channel = Channel.objects.get(key=key, closed_at=None)
    day = parse_date(request.POST.get("until", "")) if request.POST.get("until") else None
    if day is None:
        raise Refusal(_("Pilih sampai tanggal berapa riwayat diambil."), "until")
    history.begin(channel, request.member, timezone.make_aware(datetime.combine(day, time())))
    return done(request, _("Riwayat mulai diambil."), reverse("channel", args=[key]))


@require_POST
@screen("channel.manage")
def channel_history_stop(request: StaffRequest, key: str) -> HttpResponse:
    """This will stop bringing in history; what came stays, and it can go on later."""
    channel = Channel.objects.get(key=key, closed_at=None)
    job: Job | None = history.running(channel)
    if job is not None:
        job.cancel(request.member)
    return done(
        request, _("Pengambilan riwayat dihentikan; yang sudah ada tetap."), reverse("channel", args=[key])
    )


@require_POST
@screen("channel.manage")
def channel_history_resume(request: StaffRequest, key: str) -> HttpResponse:
    """This will go on with history from where it stopped."""
    channel = Channel.objects.get(key=key, closed_at=None)
    job = history.newest(channel)
    if job is None or job.state not in {JobState.FAILED, JobState.CANCELLED}:
        raise Refusal(_("Tidak ada pengambilan riwayat yang dapat dilanjutkan."))
    job.resume(request.member)
    return done(request, _("Riwayat dilanjutkan."), reverse("channel", args=[key]))


def _renews(channel: Channel) -> bool:
    one = all_connectors().get(channel.platform)
    failed = (channel.settings.get("token_watch") or {}).get("failures")
    return one is not None and tokens.renewable(one) and not failed


def _quota(channel: Channel, now: datetime) -> Quota | None:
    one = all_connectors().get(channel.platform)
    if one is None or one.quota is None:
        return None
    used = quotas.used(channel, now)
    return Quota(used, one.quota.units, min(100, round(100 * used / one.quota.units)))


def _period(channel: Channel) -> float:
    hooked = channel.hook_at is not None
    return lateness.period_of(all_connectors()[channel.platform], hooked=hooked).total_seconds()
