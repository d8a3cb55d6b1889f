"""Log-in: no open sign-up, equal answers for unknown accounts, a readable lock-out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tanggap.console import moments


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by an administrator, never by signing up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def locked_out(request: HttpRequest, credentials: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
    """This will answer a log-in that is locked after too many failures."""
    unlock = timezone.now() + timedelta(hours=settings.AXES_COOLOFF_TIME)
    return render(request, "account/locked.html", {"unlock_clock": moments.clock(unlock)}, status=429)
