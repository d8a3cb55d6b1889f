"""The calendar as a feed for other programs, and the best times as our own data tell them."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count
from django.db.models.functions import ExtractHour, TruncDate
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tanggap.channels.models import Channel
from tanggap.console.answers import done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core import scope
from tanggap.posts.models import Post
from tanggap.publishing.schedule import best_times, ics

_WEEKS = timedelta(days=28)


@require_safe
def calendar_ics(request: HttpRequest, secret: str) -> HttpResponse:
    """This will answer whoever knows a standing link with its holder's calendar; anybody else as if it were not."""
    now = timezone.now()
    member = ics.holder(secret, now)
    if member is None:
        raise Http404
    with scope.government(member.government_id), timezone.override(member.government.zone):
        answer = HttpResponse(
            ics.feed(member, now, request.get_host()), content_type="text/calendar; charset=utf-8"
        )
    answer.headers["Content-Disposition"] = 'inline; filename="tanggap.ics"'
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@screen()
def calendar_feed(request: StaffRequest) -> HttpResponse:
    """This will show whether the member has a link, and make one whose secret is shown once."""
    link = ""
    if request.method == "POST":
        link = request.build_absolute_uri(reverse("calendar_ics", args=[ics.make_link(request.member)]))
    page = {"link": link, "token": ics.link_of(request.member), "now": timezone.now()}
    return render(request, "publishing/calendar_feed.html", page)


@require_POST
@screen()
def calendar_feed_end(request: StaffRequest) -> HttpResponse:
    """This will end the member's link."""
    ics.revoke(request.member)
    return done(
        request,
        _("Tautan langganan dicabut. Aplikasi yang memakainya tidak lagi menerima apa pun."),
        reverse("calendar_feed"),
    )


@require_safe
@screen()
def calendar_best(request: StaffRequest) -> HttpResponse:
    """This will say when our publications were answered most, and when citizens write, with the uncertainty."""
    now = timezone.now()
    zone = request.member.government.zone
    channels = list(Channel.objects.filter(closed_at=None).order_by("name"))
    asked = request.GET.get("channel", "")
    channel = next((one for one in channels if str(one.pk) == asked), channels[0] if channels else None)
    answers = best_times.by_hour(best_times.interactions(channel.pk, now, zone) if channel else [])
    page = {
        "channels": channels, "channel": channel, "answers": answers, "activity": _activity(request),
        "enough": best_times.ENOUGH, "fewest": best_times.FEWEST, "days": _WEEKS.days,
    }  # fmt: skip
    return render(request, "publishing/calendar_best.html", page)


def _activity(request: StaffRequest) -> best_times.Answer:
    zone = request.member.government.zone
    last = timezone.localtime().date() - timedelta(days=1)
    first = last - _WEEKS + timedelta(days=1)
    rows = Post.objects.seen_by(request.member).annotate(
        local_day=TruncDate("created_at", tzinfo=zone), hour=ExtractHour("created_at", tzinfo=zone)
    )
    counted = (
        rows.filter(local_day__gte=first, local_day__lte=last)
        .order_by()
        .values_list("local_day", "hour")
        .annotate(Count("pk"))
    )
    return best_times.activity({(day, hour): many for day, hour, many in counted}, first, last)
