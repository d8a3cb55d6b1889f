"""Tracking a report: by its number (public summary) and by its secret follow link (the whole way it went)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tanggap.cases import public


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """This will show the form for a case number, and the case where one was asked for.

    A number that does not exist and one of a confidential case get the same page with the same status.
    """
    code, number = request.GET.get("kota", "")[:13], request.GET.get("nomor", "")[:20].strip()
    governments = public.government_codes()
    case = public.by_number(code or (governments[0][0] if governments else ""), number) if number else None
    context = {
        "governments": governments, "code": code, "number": number, "case": case,
        "government": governments[0][1] if len(governments) == 1 else "",
    }  # fmt: skip
    with timezone.override(ZoneInfo(case.zone) if case else None):
        return render(request, "portal/home.html", context, status=404 if number and case is None else 200)


@never_cache
@require_safe
def follow(request: HttpRequest, secret: str) -> HttpResponse:
    """This will show a case to the holder of its follow link; the page is kept nowhere and names no referrer."""
    case = public.by_follow(secret[:32])
    context = {"case": case, "government": case.government if case else ""}
    with timezone.override(ZoneInfo(case.zone) if case else None):
        response = render(request, "portal/follow.html", context, status=200 if case else 404)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
