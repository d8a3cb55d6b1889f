"""The first screen: what must be done now, what is late, what is new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, Role
from tanggap.cases import listing
from tanggap.cases.models import OPEN_STATES, Case, Reply, ReplyState
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.console.rows import Said, area_names, first_said, rows
from tanggap.posts import inbox as posts
from tanggap.posts.models import Post
from tanggap.publishing import alarms

_LINES = 6


@dataclass(frozen=True, slots=True)
class Tile:
    """A number that leads to its list; `tone` speaks only where the number is not zero."""

    key: str
    label: str
    icon: str
    value: int
    tone: str
    url: str


@screen()
def today(request: StaffRequest) -> HttpResponse:
    """This will show the member's own queue, the deadlines, the channels and the last 24 hours."""
    member, now = request.member, timezone.now()
    found = listing.today(member, now)
    page = {
        "found": found,
        "tiles": _tiles(member, found),
        "hour": _greeting(now),
        "urgent": _urgent(member),
        "newest": rows(posts.page(member, posts.Filters(view="baru", unread="1"), now, size=_LINES).rows),
        "approvals": _approvals(member),
        "now": now,
        "calm": not (found.overdue or found.due_today or found.emergencies),
        "answered_share": round(100 * found.answered_24h / found.received_24h)
        if found.received_24h
        else None,
    }
    return render(request, "today.html", page)


def _tiles(member: Member, found: listing.Today) -> list[Tile]:
    inbox, cases, tasks = reverse("inbox"), _address("cases"), _address("tasks")

    def among_cases(query: str) -> str:
        return f"{cases}?{query}" if cases else ""

    if member.role in {Role.LIAISON, Role.REPORTER}:
        own = Tile("tasks", _("Tugas unit saya"), "clipboard-list", found.tasks, "", tasks)
    elif member.may("reply.approve"):
        own = Tile("approve", _("Perlu disetujui"), "badge-check", found.waiting_approval, "amber", "#setuju")
    else:
        own = Tile("unknown", _("Kiriman belum pasti"), "hourglass", found.unknown_deliveries, "amber", "")
    soon = among_cases("due=today")
    tiles = [
        Tile("emergency", _("Darurat"), "siren", found.emergencies, "red", among_cases("urgency=emergency")),
        Tile("late", _("Lewat tenggat"), "octagon-alert", found.overdue, "red", among_cases("due=late")),
        Tile("today", _("Jatuh tempo hari ini"), "alarm-clock", found.due_today, "amber", soon),
        own,
        Tile("mine", _("Milik saya"), "user-check", found.mine, "", f"{inbox}?view=milik_saya"),
        Tile("unread", _("Belum dibaca"), "inbox", found.unread, "", f"{inbox}?view=baru&unread=1"),
    ]
    overdue = alarms.late(member, timezone.now()) if member.may("publication.write") else 0
    if not overdue:
        return tiles
    # It stands only while it rings, for what is unread has a panel of its own.
    away = f"{_address('queue')}?state=person"
    return [Tile("unpublished", _("Belum terbit"), "alarm-clock", overdue, "red", away), *tiles[:-1]]


def _urgent(member: Member) -> list[dict[str, Any]]:
    """The cases to look at first: emergencies, then by deadline."""
    open_ = Case.objects.seen_by(member).filter(state__in=OPEN_STATES, history=False)
    first = list(open_.filter(urgency="emergency", responded_at=None).order_by("opened_at")[:3])
    rest = open_.exclude(pk__in=[one.pk for one in first]).order_by(F("due_at").asc(nulls_last=True), "id")
    shown = first + list(rest.prefetch_related("assignments__unit")[: _LINES - len(first)])
    names, said = area_names(one.area_code for one in shown), first_said(member, shown)
    return [
        {
            "case": one,
            "url": _address("case", one.number),
            "said": said.get(one.pk, Said()),
            "place": names.get(one.area_code, one.place),
            "units": ", ".join(
                str(task.unit) for task in one.assignments.all() if task.state in {"sent", "accepted"}
            ),
        }
        for one in shown
    ]


def _approvals(member: Member) -> list[Reply]:
    if not member.may("reply.approve"):
        return []
    seen = Post.objects.seen_by(member)
    waiting = Reply.objects.filter(state=ReplyState.WAITING_APPROVAL, post__in=seen).exclude(author=member)
    return list(waiting.select_related("post", "author__user", "case").order_by("created_at")[:_LINES])


def _address(route: str, *args: str) -> str:
    try:
        return reverse(route, args=args)
    except NoReverseMatch:
        return ""


def _greeting(now: datetime) -> str:
    hour = timezone.localtime(now).hour
    if hour < 11:
        return _("Selamat pagi")
    if hour < 15:
        return _("Selamat siang")
    return _("Selamat sore") if hour < 19 else _("Selamat malam")
