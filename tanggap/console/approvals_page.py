"""What waits for a decision: mine with its deadline, that of others, decided lately; and who stands in for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tanggap.agencies.models import Member
from tanggap.console.answers import Tried, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.publishing.approval import deciding, delegating
from tanggap.publishing.models import Approval, Delegation, Publication, PublicationState

LATELY = timedelta(days=14)
MOST = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A publication that waits, with the stage that it waits for and whether this member may decide on it."""

    of: Publication
    stage: str
    standing: deciding.Standing
    passed: bool


@require_safe
@screen("publication.approve")
def approvals(request: StaffRequest) -> HttpResponse:
    """This will list what waits, what this member is asked for first."""
    return _page(request, Tried())


@require_POST
@screen("publication.approve")
def approvals_delegate(request: StaffRequest) -> HttpResponse:
    """This will let a colleague decide in this member's place for some days."""
    typed = request.POST
    try:
        deputy = Member.objects.filter(pk=_number(typed.get("deputy", ""))).select_related("user").first()
        if deputy is None:
            raise Refusal(_("Pilih rekan yang mewakili Anda."), "deputy")
        since = _day(typed.get("since", ""), time(0, 0), "since")
        until = _day(typed.get("until", ""), time(23, 59, 59), "until")
        delegating.appoint(request.member, deputy, since, until)
    except Refusal as refusal:
        return _page(request, Tried.of("delegate", request, refusal))
    return done(request, _("%(name)s mewakili Anda.") % {"name": deputy}, reverse("approvals") + "#wakil")


@require_POST
@screen("publication.approve")
def approvals_delegate_end(request: StaffRequest, pk: int) -> HttpResponse:
    """This will end a delegation now."""
    delegating.end(Delegation.objects.get(pk=pk), request.member)
    return done(request, _("Perwakilan diakhiri."), reverse("approvals") + "#wakil")


def _page(request: StaffRequest, tried: Tried) -> HttpResponse:
    now, member = timezone.now(), request.member
    rows = list(
        deciding.seen_by(member)
        .filter(state=PublicationState.REVIEW)
        .select_related("route", "unit", "author__user")
        .prefetch_related("variants__channel")
        .order_by(F("stage_due_at").asc(nulls_last=True), "id")[: MOST + 1]
    )
    standings = deciding.queue(member, rows[:MOST], now)
    lines = [_line(one, standings[one.pk], now) for one in rows[:MOST]]
    decided = (
        Approval.objects.filter(at__gte=now - LATELY, publication__in=deciding.seen_by(member).values("pk"))
        .select_related("publication__unit", "approver__user", "invitation")
        .order_by("-at")[:20]
    )
    page = {
        "mine": [one for one in lines if one.standing.may], "others": [one for one in lines if not one.standing.may],
        "decided": decided, "more": len(rows) > MOST, "now": now, "tried": tried,
        "delegations": delegating.of(member, now), "deputies": delegating.choices(member, now),
        "today": timezone.localdate().isoformat(),
    }  # fmt: skip
    return render(request, "publishing/approvals.html", page, status=422 if tried.form else 200)


def _line(one: Publication, standing: deciding.Standing, now: datetime) -> Line:
    stage = deciding.stage_of(one) or {}
    passed = one.due_at is not None and one.due_at <= now
    return Line(one, str(stage.get("name", "")), standing, passed)


def _day(typed: str, at: time, field: str) -> datetime:
    day = parse_date(typed) if len(typed) == 10 else None
    if day is None:
        raise Refusal(_("Isi tanggal awal dan akhir."), field)
    return timezone.make_aware(datetime.combine(day, at))


def _number(typed: str) -> int:
    return int(typed) if typed.isdigit() and len(typed) < 18 else 0
