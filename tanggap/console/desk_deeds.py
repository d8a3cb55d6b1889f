"""What officers do to one or many posts at once, each with an undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tanggap.agencies.models import Member, require
from tanggap.console.doors import back, screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.posts import desk
from tanggap.publishing.schedule import moving

_MOST = 200
MOVED = "pindah:"
"""Begins the token of a move on the calendar."""


@require_POST
@screen("case.triage")
def inbox_act(request: StaffRequest) -> HttpResponse:
    """This will do one deed to the chosen posts: finish, reopen, spam, assign, snooze."""
    ids = [int(one) for one in request.POST.getlist("ids") if one.isdigit()]
    if not ids:
        raise Refusal(_("Belum ada pesan yang dipilih. Centang dulu pesannya."), "ids")
    if len(ids) > _MOST:
        raise Refusal(
            _("Paling banyak %(most)s pesan sekali jalan. Tidak ada yang diubah.") % {"most": _MOST}, "ids"
        )
    name, _colon, value = request.POST.get("do", "").partition(":")
    deed = _DEEDS.get(name)
    if deed is None:
        raise Refusal(_("Tindakan itu tidak dikenal. Tidak ada yang diubah."))
    done = deed(ids, value or request.POST.get("value", ""), request.member)
    return back(request, done.text, undo=done.token, to=reverse("inbox"), desk={"ids": ids, "did": name})


@require_POST
@screen()
def undo(request: StaffRequest) -> HttpResponse:
    """This will take back what a toast offered to take back: a change of posts, or a move on the calendar."""
    token = request.POST.get("token", "")
    if token.startswith(MOVED):
        moving.take_back(token.removeprefix(MOVED), request.member)
        return back(request, _("Jadwal dikembalikan."), to=reverse("calendar"), calendar=True)
    require(request.member, "case.triage")
    many = desk.undo(token, request.member)
    text = ngettext("%(n)s pesan dikembalikan.", "%(n)s pesan dikembalikan.", many) % {"n": many}
    return back(request, text, to=reverse("inbox"), desk={"ids": [], "did": "undo"})


def snooze_moment(value: str, now: datetime) -> datetime:
    """This will turn a choice of the snooze menu, or a typed local time, into a moment."""
    local = timezone.localtime(now)
    morning = datetime.combine(local.date(), time(8), local.tzinfo)
    ready = {
        "nanti": local + timedelta(hours=3),
        "besok": morning + timedelta(days=1),
        "senin": morning + timedelta(days=7 - local.weekday()),
    }
    if value in ready:
        return ready[value]
    typed = parse_datetime(value) if value else None
    if typed is None:
        raise Refusal(_("Pilih kapan pesan ini muncul lagi."), "value")
    return typed if timezone.is_aware(typed) else timezone.make_aware(typed)


def _assign(ids: list[int], value: str, by: Member) -> desk.Undo:
    to = None if value == "0" else by if value == "saya" else get_object_or_404(Member, pk=int(value or 0))
    return desk.assign(ids, to, by)


def _snooze(ids: list[int], value: str, by: Member) -> desk.Undo:
    return desk.snooze(ids, snooze_moment(value, timezone.now()), by)


_DEEDS: dict[str, Callable[[list[int], str, Member], desk.Undo]] = {
    "finish": lambda ids, _value, by: desk.finish(ids, by),
    "reopen": lambda ids, _value, by: desk.reopen(ids, by),
    "spam": lambda ids, _value, by: desk.mark_spam(ids, by),
    "assign": _assign,
    "snooze": _snooze,
}
