"""Deliveries that were put aside because nobody could read them: why, what they hold, and back into the queue."""

from __future__ import annotations

from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tanggap.console.answers import done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.posts import reading_again

PAGE = 100
MOST_AGAIN = 5000


@screen("raw.read")
def channels_raw(request: StaffRequest) -> HttpResponse:
    """This will list what was put aside, gathered by reason."""
    rows = reading_again.put_aside(request.member)
    reason = request.GET.get("sebab", "")
    reasons = (
        rows.order_by().values("reason").annotate(n=Count("id"), last=Max("received_at")).order_by("-n")[:20]
    )
    shown = rows.filter(reason=reason) if reason else rows
    page = {
        "reasons": list(reasons),
        "reason": reason,
        "rows": shown.select_related("channel", "app")[:PAGE],
        "total": rows.count(),
        "here": "channels",
    }
    return render(request, "channels/raw.html", page)


@require_POST
@screen("raw.read")
def channels_raw_again(request: StaffRequest) -> HttpResponse:
    """This will put the chosen deliveries, or all with one reason, back into the queue."""
    ids = [int(one) for one in request.POST.getlist("ids") if one.isdigit()]
    if "reason" in request.POST:
        rows = reading_again.put_aside(request.member).filter(reason=request.POST["reason"])
        ids = list(rows.values_list("pk", flat=True)[:MOST_AGAIN])
    n = reading_again.again(request.member, ids)
    said = ngettext("%(n)s kiriman dibaca ulang.", "%(n)s kiriman dibaca ulang.", n) % {"n": n}
    return done(request, said, reverse("channels_raw"))
