"""A publication that leaves again and again: set in words, passed over once, ended."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tanggap.console import calendar_board, moments
from tanggap.console.answers import Tried, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.publishing.models import AGREED, Publication, Recurrence
from tanggap.publishing.occurrences import DAY_NAMES, LAST_DAY, Every, Pattern, Times, first_day, words
from tanggap.publishing.schedule import moving, recurring

_COMING = 5


@screen("publication.write")
def calendar_repeat(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show and set how a publication comes back."""
    one = get_object_or_404(Publication.objects.seen_by(request.member).select_related("government"), pk=pk)
    kept = Recurrence.objects.filter(publication=one).first()
    tried, doubt = Tried(), None
    if request.method == "POST":
        try:
            pattern, first, at, until = _asked(request.POST)
            sure = request.POST.get("sure") == "1"
            made = recurring.repeat(one, request.member, pattern, first=first, at=at, until=until, sure=sure)
            said = words(made.rule, made.starts_at, one.government.zone, moments.clock(made.starts_at))
            return done(request, _("Tersimpan: terbit %(said)s.") % {"said": said}, request.path)
        except moving.Doubt as refusal:
            tried, doubt = Tried.of("repeat", request, refusal), refusal
        except Refusal as refusal:
            tried = Tried.of("repeat", request, refusal)
    page = {
        "one": one, "kept": kept, "tried": tried, "doubt": doubt, "values": tried.typed or _values(one, kept),
        "weekdays": list(enumerate(DAY_NAMES)), "zone": calendar_board.zone_label(request.member),
        "chosen": request.POST.getlist("weekdays") if tried.form else [str(day) for day in _days(one, kept)],
        "monthdays": [*range(1, 32)], "last_day": LAST_DAY, "agreed": one.state in AGREED, **_standing(one, kept),
    }  # fmt: skip
    return render(request, "publishing/calendar_repeat.html", page, status=422 if tried.form else 200)


@require_safe
@screen("publication.write")
def calendar_repeat_words(request: StaffRequest) -> HttpResponse:
    """This will say in words what was chosen, with its next times, before anything is saved."""
    try:
        pattern, first, at, until = _asked(request.GET)
        zone = request.member.government.zone
        times = Times(pattern.rule(), first_day(pattern, first, at, zone), until, zone)
        found = _coming(times, timezone.now())
        said = words(times.rule, times.starts_at, zone, moments.clock(times.starts_at))
        page: dict[str, Any] = {"said": said, "coming": found}
    except Refusal as refusal:
        page = {"refused": str(refusal)}
    return render(request, "publishing/calendar_repeat_words.html", page)


@require_POST
@screen("publication.write")
def calendar_repeat_skip(request: StaffRequest, pk: int) -> HttpResponse:
    """This will pass over the time that waits."""
    one = get_object_or_404(Publication.objects.seen_by(request.member), pk=pk)
    after = recurring.skip(one, request.member)
    text = _("Dilewati satu kali. Berikutnya %(moment)s.") % {"moment": moments.full(after) if after else ""}
    return done(request, text, reverse("calendar_repeat", args=[pk]))


@require_POST
@screen("publication.write")
def calendar_repeat_end(request: StaffRequest, pk: int) -> HttpResponse:
    """This will end a repetition; what is out stays out."""
    one = get_object_or_404(Publication.objects.seen_by(request.member), pk=pk)
    recurring.end(one, request.member)
    return done(
        request,
        _("Pengulangan dihentikan. Yang sudah terbit tetap terbit."),
        reverse("publication", args=[pk]),
    )


def _asked(typed: QueryDict) -> tuple[Pattern, date, time, datetime | None]:
    every = typed.get("every", "")
    if every not in {"day", "week", "month", "year"}:
        raise Refusal(_("Pilih seberapa sering konten ini terbit."), "every")
    try:
        first = date.fromisoformat(typed.get("first", ""))
        at = time.fromisoformat(typed.get("time", "")).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError:
        raise Refusal(_("Isi tanggal mulai dan jamnya."), "first") from None
    until = None
    if typed.get("until"):
        try:
            last = date.fromisoformat(typed.get("until", ""))
        except ValueError:
            raise Refusal(_("Tanggal akhir itu tidak terbaca."), "until") from None
        until = timezone.make_aware(datetime.combine(last + timedelta(days=1), time())) - timedelta(seconds=1)
    apart = typed.get("apart", "1")
    monthday = typed.get("monthday", "")
    return (
        Pattern(
            cast(Every, every), int(apart) if apart.isdecimal() and len(apart) < 4 else 0,
            tuple(int(day) for day in typed.getlist("weekdays") if day in set("0123456")) if every == "week" else (),
            int(monthday) if every == "month" and monthday.lstrip("-").isdecimal() else None,
        ),
        first, at, until,
    )  # fmt: skip


def _values(one: Publication, kept: Recurrence | None) -> dict[str, Any]:
    start = timezone.localtime(kept.starts_at if kept else one.due_at or timezone.now() + timedelta(days=1))
    pattern = Pattern.read(kept.rule) if kept else Pattern("week", monthday=start.day)
    return {
        "every": pattern.every, "apart": str(pattern.apart), "first": start.date().isoformat(),
        "time": f"{start:%H:%M}" if kept or one.due_at else "08:00", "monthday": str(pattern.monthday or start.day),
        "until": timezone.localtime(kept.until).date().isoformat() if kept and kept.until else "",
    }  # fmt: skip


def _days(one: Publication, kept: Recurrence | None) -> tuple[int, ...]:
    if kept and Pattern.read(kept.rule).weekdays:
        return Pattern.read(kept.rule).weekdays
    return (timezone.localtime(one.due_at or timezone.now() + timedelta(days=1)).weekday(),)


def _standing(one: Publication, kept: Recurrence | None) -> dict[str, Any]:
    if kept is None:
        return {}
    times = recurring.times_of(kept)
    said = words(kept.rule, kept.starts_at, one.government.zone, moments.clock(kept.starts_at))
    now = timezone.now()
    waits = one.due_at if one.due_at and one.due_at > now and one.state in AGREED else None
    coming = _coming(times, waits - timedelta(seconds=1) if waits else now) if kept.next_at else []
    return {"said": said, "coming": coming, "paused": recurring.paused(kept), "ended": kept.next_at is None}


def _coming(times: Times, now: datetime) -> list[datetime]:
    found: list[datetime] = []
    at = times.after(now)
    while at is not None and len(found) < _COMING:
        found.append(at)
        at = times.after(at)
    return found
