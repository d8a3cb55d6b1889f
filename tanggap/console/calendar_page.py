"""The calendar of content: what leaves when, what surrounds it, and moving it by drag, by keys and by a dialog."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tanggap.console import calendar_board, moments
from tanggap.console.calendar_board import Asked
from tanggap.console.desk_deeds import MOVED
from tanggap.console.doors import back, screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.publishing import commemorations, silence, writing
from tanggap.publishing.models import Publication, PublicationKind, PublicationState
from tanggap.publishing.schedule import calendar, moving, slots

_MORNING = time(8)
_AT_ONCE = {PublicationState.DRAFT, PublicationState.REVIEW}


@require_safe
@screen()
def calendar_page(request: StaffRequest) -> HttpResponse:
    """This will show a month, a week or an agenda, as the address says."""
    now = timezone.now()
    member = request.member
    asked = Asked.of(request, timezone.localtime(now).date())
    fields = calendar_board.filters(member, asked)
    late, since = _overdue(request, now)
    page = {
        "board": calendar_board.board(member, asked, now), "asked": asked, "views": _views(asked),
        "fields": fields, "drawer": calendar.undated(member, asked.wanted),
        "late": late, "late_query": asked.query(view="agenda", date=since.isoformat()),
        "zone": calendar_board.zone_words(member),
        "suggested": calendar_board.suggestions(timezone.localtime(now).date()), "now": now,
        "may_write": member.may("publication.write"), "may_plan": member.may("publication.calendar"),
        "held": silence.held().count() if member.may("publication.calendar") else 0,
        "weekdays": calendar_board.WEEKDAYS, "narrowed": any(field["value"] for field in fields),
        "chosen_view": "view" in request.GET, "before": asked.turned(-1), "after": asked.turned(1),
        "today_query": asked.query(date=""), "cleared": "?" + asked.query(channel="", unit="", kind=""),
        "phone_query": asked.query(view="agenda"),
    }  # fmt: skip
    return render(request, "publishing/calendar.html", page)


@screen("publication.write")
def calendar_move(request: StaffRequest, pk: int) -> HttpResponse:
    """This will ask for another minute and move a publication there, with an undo; a doubt is asked about first."""
    one = get_object_or_404(Publication.objects.seen_by(request.member), pk=pk)
    if request.method != "POST":
        return _form(request, one)
    sure = request.POST.get("sure", "") == _meant(request.POST)
    try:
        moved = _moved(request, one, sure)
    except moving.Doubt as doubt:
        return _form(request, one, doubt)
    except Refusal as refusal:
        if "drag" in request.POST or refusal.field not in {"due_at", "slots"}:
            raise
        return _form(request, one, refusal)
    at = moved.publication.due_at
    title = str(one)[:60]
    text = (
        _("“%(title)s” dipindahkan ke %(moment)s.") % {"title": title, "moment": moments.full(at)}
        if at
        else _("“%(title)s” kini tanpa tanggal.") % {"title": title}
    )
    return back(request, text, to=reverse("calendar"), undo=MOVED + moved.token, calendar=True)


@require_POST
@screen("publication.write")
def calendar_begin(request: StaffRequest) -> HttpResponse:
    """This will begin a draft for a day, for its commemoration where one is named."""
    try:
        day = date.fromisoformat(request.POST.get("date", ""))
    except ValueError:
        raise Refusal(_("Tanggal itu tidak terbaca. Tidak ada yang dibuat.")) from None
    known = commemorations.by_key(request.POST.get("key", ""))
    at = timezone.make_aware(datetime.combine(day, _MORNING))
    fields: dict[str, Any] = {"due_at": at} if at > timezone.now() else {}
    if known:
        fields |= {"kind": PublicationKind.GREETING, "title": known.called(calendar_board.lang())}
    made = writing.begin(request.member, **fields)
    return redirect("publication", made.pk)


def _overdue(request: StaffRequest, now: datetime) -> tuple[int, date]:
    """How many are past their minute, and the day of the earliest."""
    minutes = calendar.overdue(request.member, now)
    return len(minutes), timezone.localtime(min(minutes, default=now)).date()


def _moved(request: StaffRequest, one: Publication, sure: bool) -> moving.Moved:
    if request.POST.get("do") == "slot":
        return slots.take(one, request.member, sure=sure)
    if request.POST.get("do") == "none":
        return moving.shift(one, request.member, None)
    return moving.shift(one, request.member, _at(request, one), sure=sure)


def _meant(typed: QueryDict) -> str:
    """What was doubted is what the mover is sure of: another day typed meanwhile is asked about again."""
    return "|".join(typed.get(key, "") for key in ("do", "date", "time"))


def _at(request: StaffRequest, one: Publication) -> datetime:
    """The typed day and hour; a drag names the day alone and keeps the hour."""
    before = timezone.localtime(one.due_at).time() if one.due_at else _MORNING
    try:
        day = date.fromisoformat(request.POST.get("date", ""))
        clock = time.fromisoformat(request.POST["time"]) if request.POST.get("time") else before
    except ValueError:
        raise Refusal(_("Tanggal atau jam itu tidak terbaca. Jadwal lama tetap berlaku."), "due_at") from None
    return timezone.make_aware(datetime.combine(day, clock.replace(second=0, microsecond=0, tzinfo=None)))


def _form(request: StaffRequest, one: Publication, told: Refusal | None = None) -> HttpResponse:
    local = timezone.localtime(one.due_at) if one.due_at else None
    day = request.POST.get("date") or (local or timezone.localtime()).date().isoformat()
    clock = request.POST.get("time") or f"{(local.time() if local else _MORNING):%H:%M}"
    page = {
        "one": one, "told": told, "reasons": getattr(told, "reasons", ()), "final": getattr(told, "final", True),
        "day": day, "clock": clock, "do": request.POST.get("do", ""),
        "sure": f"{request.POST.get('do', '')}|{day}|{clock}", "undatable": one.due_at and one.state in _AT_ONCE,
        "zone": calendar_board.zone_label(request.member), "now": timezone.now(), "repeats": hasattr(one, "recurrence"),
    }  # fmt: skip
    if not request.htmx:
        return render(request, "publishing/calendar_move.html", page, status=422 if told else 200)
    answer = render(request, "publishing/calendar_move_form.html", page)
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#calendar-dialog", "innerHTML"
    return answer


def _views(asked: Asked) -> list[dict[str, object]]:
    return [
        {"query": asked.query(view=code), "name": name, "icon": icon, "current": code == asked.view}
        for code, (name, icon) in calendar_board.VIEWS.items()
    ]
