"""Posts that say nearly the same, gathered: how each cluster grows and by whom, and deeds for all of its posts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tanggap.agencies.models import Member
from tanggap.cases import joining, similar
from tanggap.console import labels
from tanggap.console.answers import Tried, done
from tanggap.console.case_panel import case_address
from tanggap.console.doors import back, screen
from tanggap.console.membership import StaffRequest
from tanggap.console.rows import Row, Said, first_said, rows
from tanggap.core.refusal import Refusal
from tanggap.posts import campaigns, desk, inbox, portraits
from tanggap.posts.models import DeskState
from tanggap.posts.portraits import Portrait

PAGE = 20
MOST_AT_ONCE = 1000
MOST_UNDONE = 200
"""A toast that takes a deed back names every post; beyond so many it would be longer than a browser reads."""
MOST_JOINED = 200
_NEWEST = 8


@dataclass(frozen=True, slots=True)
class Line:
    """A cluster on the list: its portrait, what its first post says, and the growth in words."""

    of: Portrait
    row: Row
    growth: str


@screen()
def alike(request: StaffRequest) -> HttpResponse:
    """This will list the clusters of which the member sees two posts or more, the newest first."""
    return _listed(request)


@screen()
def alike_one(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show one cluster: its growth, its voices, its newest posts, and what can be done with all of them."""
    return _shown(request, pk)


@require_POST
@screen("case.triage")
def alike_act(request: StaffRequest, pk: int) -> HttpResponse:
    """This will do one deed to the posts of a cluster that the member sees: finish, spam, reopen."""
    cluster = get_object_or_404(portraits.seen_by(request.member), pk=pk)
    name = request.POST.get("do", "")
    if name not in _DEEDS:
        raise Refusal(_("Tindakan itu tidak dikenal. Tidak ada yang diubah."))
    deed, stands = _DEEDS[name]
    found = portraits.posts_of(cluster, request.member).filter(desk__in=stands).order_by("pk")
    ids = list(found.values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if not ids:
        raise Refusal(_("Tidak ada kiriman yang perlu diubah."))
    did = deed(ids[:MOST_AT_ONCE], request.member)
    text = did.text
    if len(ids) > MOST_AT_ONCE:
        text += " " + _("Masih ada sisanya; tekan sekali lagi.")
    undo = did.token if did.count <= MOST_UNDONE else ""
    return back(request, text, undo=undo, to=reverse("alike_one", args=[pk]))


@require_POST
@screen("case.triage")
def alike_join(request: StaffRequest, pk: int) -> HttpResponse:
    """This will put the posts of a cluster that have no case yet into one open case."""
    member = request.member
    cluster = get_object_or_404(portraits.seen_by(member), pk=pk)
    try:
        number = request.POST.get("typed", "").strip() or request.POST.get("number", "")
        case = joining.by_number(number, member)
        found = portraits.posts_of(cluster, member).filter(case_link=None, desk__in=_UNDECIDED).order_by("pk")
        many = joining.join_all(list(found[:MOST_JOINED]), case, member)
    except Refusal as refusal:
        return _shown(request, pk, Tried.of("join", request, refusal))
    left = found.count()
    text = ngettext(
        "%(n)s kiriman digabungkan ke kasus %(number)s.", "%(n)s kiriman digabungkan ke kasus %(number)s.", many
    ) % {"n": many, "number": case.number}  # fmt: skip
    if left:
        text += " " + _("Masih ada sisanya; tekan sekali lagi.")
    return done(request, text, reverse("alike_one", args=[pk]) if left else case_address(case))


@require_POST
@screen("member.manage")
def alike_rule(request: StaffRequest) -> HttpResponse:
    """This will change from when on a cluster is marked as perhaps sent together."""
    typed = {name: request.POST.get(name, "") for name in campaigns.LIMITS}
    whole = {name: int(text) if text.isascii() and text.isdigit() else 0 for name, text in typed.items()}
    try:
        campaigns.change_rule(request.member, **whole)
    except Refusal as refusal:
        return _listed(request, Tried.of("rule", request, refusal))
    return done(request, _("Ambang tersimpan. Yang sudah ditandai tetap ditandai."), reverse("alike"))


def _listed(request: StaffRequest, tried: Tried = Tried()) -> HttpResponse:  # noqa: B008
    member, now = request.member, timezone.now()
    view = request.GET.get("lihat", "")
    number = int(text) if (text := request.GET.get("hal", "1")).isdigit() and 0 < int(text) < 1000 else 1
    found = portraits.seen_by(member)
    if view == "serentak":
        found = found.filter(campaign_at__isnull=False)
    first = (number - 1) * PAGE
    some = list(found[first : first + PAGE + 1])
    seen = [one for one in portraits.portraits(some[:PAGE], member, now, whole=False) if one.posts > 1]
    page: dict[str, Any] = {
        "here": "alike",
        "tried": tried,
        "lines": lines(seen),
        "view": view,
        "tabs": [("", _("Semua")), ("serentak", _("Kemungkinan serentak"))],
        "page": number,
        "more": number + 1 if len(some) > PAGE else 0,
        "rule": campaigns.rule_of(member.government_id),
        "limits": campaigns.LIMITS,
        "may_rule": member.may("member.manage"),
        "now": now,
    }
    return render(request, "alike/list.html", page, status=422 if tried.form else 200)


def _shown(request: StaffRequest, pk: int, tried: Tried = Tried()) -> HttpResponse:  # noqa: B008
    member, now = request.member, timezone.now()
    cluster = get_object_or_404(portraits.seen_by(member), pk=pk)
    (line,) = lines(portraits.portraits([cluster], member, now))
    newest = portraits.posts_of(cluster, member).select_related(*inbox.RELATED).defer(*inbox.DEFERRED)
    found = similar.of_post(line.of.first, member)
    said = first_said(member, found)
    page: dict[str, Any] = {
        "here": "alike",
        "tried": tried,
        "line": line,
        "of": line.of,
        "platforms": _named("platform", line.of.platforms),
        "sentiments": _named("sentiment", line.of.sentiments),
        "newest": rows(list(newest.order_by("-received_at", "-pk")[:_NEWEST])),
        "cases": [(case, said.get(case.pk, Said())) for case in found],
        "may_act": member.may("case.triage"),
        "undecided": portraits.posts_of(cluster, member).filter(case_link=None, desk__in=_UNDECIDED).count(),
        "now": now,
    }
    return render(request, "alike/one.html", page, status=422 if tried.form else 200)


def lines(found: list[Portrait]) -> list[Line]:
    """This will prepare portraits for the list: first words masked and cut, growth in words."""
    return [
        Line(portrait, row, _growth(portrait))
        for portrait, row in zip(found, rows([one.first for one in found]), strict=True)
    ]


def _growth(of: Portrait) -> str:
    most = max(of.growth)
    if of.per_day:
        return _("Kiriman per hari; paling banyak %(most)s sehari.") % {"most": most}
    return _("Kiriman per jam; paling banyak %(most)s sejam.") % {"most": most}


def _named(kind: str, shares: list[tuple[str, int]]) -> list[tuple[str, int]]:
    return [
        (str(labels.word(kind, code).name) if code else _("tidak diketahui"), many) for code, many in shares
    ]


_UNDECIDED = (DeskState.OPEN, DeskState.SNOOZED, DeskState.LISTENING)
_DEEDS: dict[str, tuple[Callable[[list[int], Member], desk.Undo], tuple[DeskState, ...]]] = {
    "finish": (desk.finish, (DeskState.OPEN, DeskState.SNOOZED)),
    "spam": (desk.mark_spam, _UNDECIDED),
    "reopen": (desk.reopen, (DeskState.DONE, DeskState.SPAM)),
}
