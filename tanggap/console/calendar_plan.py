"""Periods of silence and weekly slots: what coordinators set for the calendar of content."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tanggap.channels.models import Channel
from tanggap.console import calendar_board
from tanggap.console.answers import Tried, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.publishing import silence
from tanggap.publishing.models import PublicationKind, SilentKind, SilentPeriod, Slot
from tanggap.publishing.occurrences import DAY_NAMES
from tanggap.publishing.schedule import slots
from tanggap.publishing.silence import Wish

_LISTED = 50


@screen("publication.calendar")
def calendar_silences(request: StaffRequest) -> HttpResponse:
    """This will list the periods of silence and declare a new one."""
    return _silences(request, None)


@screen("publication.calendar")
def calendar_silence(request: StaffRequest, pk: int) -> HttpResponse:
    """This will change a period of silence that was not lifted."""
    return _silences(request, get_object_or_404(SilentPeriod.objects, pk=pk, lifted_at=None))


@require_POST
@screen("publication.calendar")
def calendar_silence_lift(request: StaffRequest, pk: int) -> HttpResponse:
    """This will end a period early; what it held waits for a person."""
    period = get_object_or_404(SilentPeriod.objects, pk=pk)
    held = silence.lift(period, request.member)
    text = _("Masa hening “%(name)s” dicabut.") % {"name": period.name}
    if held:
        waits = ngettext(
            "%(n)s kiriman tertahan menunggu konfirmasi Anda; tidak ada yang terbit sendiri.",
            "%(n)s kiriman tertahan menunggu konfirmasi Anda; tidak ada yang terbit sendiri.", held,
        )  # fmt: skip
        text = f"{text} {waits % {'n': held}}"
    return done(request, text, reverse("calendar_silences"))


@screen("publication.calendar")
def calendar_slots(request: StaffRequest) -> HttpResponse:
    """This will show and set the weekly slots of each channel."""
    tried = Tried()
    if request.method == "POST":
        channel = get_object_or_404(Channel.objects, pk=request.POST.get("channel") or 0, closed_at=None)
        try:
            made = slots.define(request.member, channel, _places(request.POST))
            text = ngettext(
                "%(name)s: %(n)s slot seminggu tersimpan.", "%(name)s: %(n)s slot seminggu tersimpan.", len(made)
            ) % {"name": channel.name, "n": len(made)}  # fmt: skip
            return done(request, text, reverse("calendar_slots"))
        except Refusal as refusal:
            tried = Tried.of(f"slots-{channel.pk}", request, refusal)
    page = {
        "channels": _with_slots(request.POST),
        "tried": tried,
        "zone": calendar_board.zone_words(request.member),
    }
    return render(request, "publishing/calendar_slots.html", page, status=422 if tried.form else 200)


def _silences(request: StaffRequest, period: SilentPeriod | None) -> HttpResponse:
    tried = Tried()
    if request.method == "POST":
        try:
            wish = _wish(request.POST)
            made = (
                silence.change(period, request.member, wish)
                if period
                else silence.declare(request.member, wish)
            )
            return done(
                request,
                _("Masa hening “%(name)s” tersimpan.") % {"name": made.name},
                reverse("calendar_silences"),
            )
        except Refusal as refusal:
            tried = Tried.of("silence", request, refusal)
    now = timezone.now()
    rows = SilentPeriod.objects.order_by("lifted_at", "-starts_at")[:_LISTED]
    words = dict(PublicationKind.choices)
    listed = [
        {
            "of": row, "but": [words.get(code, code) for code in row.but],
            "on": row.lifted_at is None and row.starts_at <= now < row.ends_at,
            "over": row.lifted_at is not None or row.ends_at <= now,
        }
        for row in rows
    ]  # fmt: skip
    typed = tried.typed or _kept(period)
    but = request.POST.getlist("but") if tried.form else period.but if period else [PublicationKind.WARNING]
    page = {
        "rows": listed, "period": period, "tried": tried, "values": typed, "but": but, "kinds": SilentKind.choices,
        "exceptions": PublicationKind.choices, "zone": calendar_board.zone_words(request.member), "now": now,
        "held": silence.held().count(),
    }  # fmt: skip
    return render(request, "publishing/calendar_silences.html", page, status=422 if tried.form else 200)


def _wish(typed: QueryDict) -> Wish:
    return Wish(
        name=typed.get("name", ""), kind=typed.get("kind", ""), starts_at=_moment(typed, "starts_at"),
        ends_at=_moment(typed, "ends_at"), daily_from=_clock(typed, "daily_from"),
        daily_until=_clock(typed, "daily_until"), but=typed.getlist("but"), reason=typed.get("reason", ""),
    )  # fmt: skip


def _kept(period: SilentPeriod | None) -> dict[str, Any]:
    if period is None:
        return {"kind": SilentKind.MOURNING}
    return {
        "name": period.name, "kind": period.kind, "reason": period.reason,
        "starts_at": f"{timezone.localtime(period.starts_at):%Y-%m-%dT%H:%M}",
        "ends_at": f"{timezone.localtime(period.ends_at):%Y-%m-%dT%H:%M}",
        "daily_from": f"{period.daily_from:%H:%M}" if period.daily_from else "",
        "daily_until": f"{period.daily_until:%H:%M}" if period.daily_until else "",
    }  # fmt: skip


def _moment(typed: QueryDict, name: str) -> datetime:
    try:
        found = parse_datetime(typed.get(name, ""))
    except ValueError:
        found = None
    if found is None:
        raise Refusal(_("Isi tanggal dan jamnya."), name)
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _clock(typed: QueryDict, name: str) -> time | None:
    value = typed.get(name, "")
    try:
        return time.fromisoformat(value).replace(tzinfo=None) if value else None
    except ValueError:
        raise Refusal(_("Jam itu tidak terbaca. Tulis misalnya 08:00."), name) from None


def _places(typed: QueryDict) -> list[tuple[int, time]]:
    found = []
    for weekday in range(7):
        for value in typed.get(f"day-{weekday}", "").replace(",", " ").split():
            try:
                found.append(
                    (weekday, time.fromisoformat(value.replace(".", ":").zfill(5)).replace(tzinfo=None))
                )
            except ValueError:
                text = _("“%(value)s” bukan jam. Tulis misalnya 08.00 atau 08:00 16:30.") % {
                    "value": value[:20]
                }
                raise Refusal(text, f"day-{weekday}") from None
    return found


def _with_slots(typed: QueryDict) -> list[dict[str, Any]]:
    kept: dict[int, dict[int, list[str]]] = {}
    for one in Slot.objects.order_by("weekday", "at"):
        kept.setdefault(one.channel_id, {}).setdefault(one.weekday, []).append(f"{one.at:%H.%M}")
    found = []
    for channel in Channel.objects.filter(closed_at=None).order_by("name"):
        mine = kept.get(channel.pk, {})
        sent = typed.get("channel") == str(channel.pk)
        days = [
            {
                "at": at,
                "name": name,
                "value": typed.get(f"day-{at}", "") if sent else " ".join(mine.get(at, [])),
            }
            for at, name in enumerate(DAY_NAMES)
        ]
        found.append(
            {"of": channel, "days": days, "many": sum(map(len, mine.values())), "form": f"slots-{channel.pk}"}
        )
    return found
