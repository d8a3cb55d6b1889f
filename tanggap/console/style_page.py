"""The style page: every component in both themes, for the people who build and check screens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tanggap.console import labels
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest


@dataclass(frozen=True, slots=True)
class _Span:
    text: str
    masked: str | None = None


@screen()
def style(request: StaffRequest) -> HttpResponse:
    """This will show all components; only where the demo or debugging is on."""
    if not (settings.DEBUG or settings.TANGGAP_DEMO):
        raise Http404
    now = timezone.now()
    page = {
        "themes": ["light", "dark"],
        "labels": labels.SETS,
        "platforms": list(labels.PLATFORMS),
        "dues": [
            (now + timedelta(days=5), False, False),
            (now + timedelta(hours=3), False, False),
            (now - timedelta(days=2, hours=1), False, False),
            (now + timedelta(days=2), False, True),
            (now - timedelta(days=1), True, False),
        ],
        "times": [now - timedelta(seconds=ago) for ago in (20, 720, 3 * 3600, 3 * 86400)],
        "spans": [
            _Span("Tolong dibantu, nomor saya "), _Span("08•• •••• ••21", "phone"), _Span(", KTP "),
            _Span("33•• •••• •••• ••02", "nik"),
            _Span(" belum jadi."),
        ],
    }  # fmt: skip
    return render(request, "style.html", page)
