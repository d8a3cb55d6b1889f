"""Corrections, clarifications and withdrawals: noted in the open, with what becomes of what stands."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.console.answers import Tried, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.console.queue_page import lines
from tanggap.core.refusal import Refusal
from tanggap.publishing import amending, jobs
from tanggap.publishing.models import Amendment, AmendmentKind, Publication

_SHOWN = 50


@screen("publication.write")
def publication_amendments(request: StaffRequest) -> HttpResponse:
    """This will list what was corrected, made clear or withdrawn, newest first, as the public reads it."""
    rows = Amendment.objects.filter(publication__in=Publication.objects.seen_by(request.member))
    page = {
        "rows": rows.select_related("publication__unit", "by__user", "follow_up").order_by("-at", "-pk")[
            :_SHOWN
        ],
        "now": timezone.now(),
    }
    return render(request, "publishing/amendments.html", page)


@screen("publication.approve")
def publication_amend(request: StaffRequest, pk: int) -> HttpResponse:
    """This will note in the open what was wrong with a publication, and take it back where asked."""
    member, tried = request.member, Tried()
    one = Publication.objects.seen_by(member).select_related("unit", "government").get(pk=pk)
    if request.method == "POST":
        typed = request.POST
        try:
            made = amending.amend(
                one,
                member,
                typed.get("kind", ""),
                typed.get("text", ""),
                follow_up="follow_up" in typed,
                reason=typed.get("reason", ""),
            )
        except Refusal as refusal:
            tried = Tried.of("amend", request, refusal)
        else:
            return done(request, _said(made), _next(made))
    now = timezone.now()
    page: dict[str, Any] = {
        "one": one,
        "may": amending.may_amend(one),
        "may_write": member.may("publication.write"),
        "kinds": _kinds(),
        "most": amending.MOST,
        "tried": tried,
        "groups": [lines(group) for group in jobs.of(one, now)],
        "earlier": one.amendments.select_related("by__user", "follow_up").order_by("-at"),
        "now": now,
    }
    return render(request, "publishing/amend.html", page, status=422 if tried.form else 200)


def _kinds() -> list[tuple[str, str, str]]:
    return [
        (AmendmentKind.CORRECTION, _("Koreksi"), _("Ada yang keliru. Kiriman tetap ada; publik membaca yang benar.")),
        (AmendmentKind.CLARIFICATION, _("Klarifikasi"), _("Tidak keliru, tetapi kurang jelas atau disalahpahami.")),
        (
            AmendmentKind.WITHDRAWAL, _("Penarikan"),
            _("Kiriman dihapus di platform yang mengizinkan; sisanya dihapus sendiri dan ditandai di antrean."),
        ),
    ]  # fmt: skip


def _said(made: Amendment) -> str:
    if made.kind == AmendmentKind.WITHDRAWAL:
        return _("Ditarik dan dicatat untuk publik. Lihat di antrean apakah semua kanal sudah terhapus.")
    return _("Dicatat untuk publik.")


def _next(made: Amendment) -> str:
    if made.follow_up_id:
        return f"/konten/{made.follow_up_id}/"
    if made.kind == AmendmentKind.WITHDRAWAL:
        return f"{reverse('queue')}?state=all&q=%23{made.publication_id}"
    return reverse("publication_amend", args=[made.publication_id])
