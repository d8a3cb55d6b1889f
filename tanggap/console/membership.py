"""Finds the member behind a request and puts the request into that member's government."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django_htmx.middleware import HtmxDetails

from tanggap.agencies.membership import SESSION_KEY, member_behind
from tanggap.agencies.models import Member, User
from tanggap.core import scope


class StaffRequest(HttpRequest):
    """A request after the middleware: `member` is set for staff who are logged in."""

    member: Member
    user: User
    htmx: HtmxDetails


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
        return member_behind(request.user.pk, request.session.get(SESSION_KEY), timezone.now().date())
