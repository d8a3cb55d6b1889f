"""The page of somebody outside who was asked to decide on one publication: a link that works once, no log-in."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tanggap.core.refusal import Refusal
from tanggap.publishing import public

PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def decision(request: HttpRequest, secret: str) -> HttpResponse:
    """This will show what a link asks for and take its one decision; a look, also a mail scanner's, uses up nothing."""
    refused: Refusal | None = None
    if request.method == "POST":
        typed = request.POST
        try:
            public.decide(
                secret, approve=typed.get("decision") == "approve", name=typed.get("name", ""),
                note=typed.get("note", ""),
            )  # fmt: skip
            return _closed(redirect("portal:decision", secret))
        except Refusal as refusal:
            refused = refusal
    asked = public.asked(secret)
    page = {
        "asked": asked, "refused": refused, "typed": request.POST, "secret": secret,
        "government": asked.government if asked else "",
    }  # fmt: skip
    status = 404 if asked is None else 422 if refused else 200
    with timezone.override(ZoneInfo(asked.zone) if asked else None):
        return _closed(render(request, "portal/decision.html", page, status=status))


@never_cache
@require_safe
def decision_file(request: HttpRequest, secret: str, at: int) -> HttpResponse | FileResponse:
    """This will send a picture of an open link."""
    found = public.picture(secret, at)
    if found is None or found[1] not in PICTURES:
        raise Http404
    answer = FileResponse(found[0].open("rb"), content_type=found[1])
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _closed(answer: HttpResponse) -> HttpResponse:
    # Not "no-referrer": browsers then send "Origin: null" with the form, and the guard against forged forms refuses it.
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
