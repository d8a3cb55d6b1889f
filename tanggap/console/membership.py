"""Finds the member behind a request and puts the request into that member's government."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from tanggap.agencies.models import Member, User
from tanggap.core import scope

_SESSION_KEY = "member"


class StaffRequest(HttpRequest):
    """A request after the middleware: `member` is set for staff who are logged in."""

    member: Member
    user: User


class MembershipMiddleware:
    """Sets `request.member`, the scope, the time zone and the language of the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        member = self._member(request)
        request.member = member  # type: ignore[attr-defined]
        if member is None:
            return self.get_response(request)
        if request.user.language:  # type: ignore[union-attr]
            translation.activate(request.user.language)  # type: ignore[union-attr]
            request.LANGUAGE_CODE = translation.get_language() or "id"
        with timezone.override(member.government.zone), scope.government(member.government_id):
            return self.get_response(request)

    def _member(self, request: HttpRequest) -> Member | None:
        if isinstance(request.user, AnonymousUser) or not request.user.is_authenticated:
            return None
        with scope.crossing("which governments a log-in belongs to"):
            found = list(
                Member.objects.filter(user=request.user)
                .select_related("government", "unit", "user")
                .order_by("id")
            )
        today = timezone.now().date()
        valid = [
            one for one in found
            if (one.active_from is None or one.active_from <= today)
            and (one.active_until is None or today <= one.active_until)
        ]  # fmt: skip
        wanted = request.session.get(_SESSION_KEY)
        return next((one for one in valid if one.pk == wanted), valid[0] if valid else None)
