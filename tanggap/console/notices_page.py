"""The bell: what a member was told, newest first."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from tanggap.agencies import notices as told
from tanggap.agencies.models import Notice
from tanggap.console.doors import back, screen
from tanggap.console.membership import StaffRequest

SHOWN = 20


@screen()
def notices(request: StaffRequest) -> HttpResponse:
    """This will list the newest notices: as the bell's menu for htmx, as a page else."""
    rows = Notice.objects.filter(member=request.member).order_by("-created_at")[:SHOWN]
    page = {
        "rows": [(one, told.text(one)) for one in rows],
        "unread": told.unread(request.member).count(),
    }
    template = "parts/notices.html" if getattr(request, "htmx", False) else "notices.html"
    return render(request, template, page)


@require_POST
@screen()
def notices_read(request: StaffRequest) -> HttpResponse:
    """This will mark every notice of the member as read."""
    told.mark_read(request.member, timezone.now())
    events: dict[str, Any] = {"live:notice": True}
    return back(request, **events)
