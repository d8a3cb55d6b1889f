"""One case: its clock and why, what citizens wrote, what offices do, its history, and what the member may do now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tanggap.agencies.models import Area, Member, Unit
from tanggap.cases import clocks, routing_table, similar, timeline
from tanggap.cases.deadlines import Rule
from tanggap.cases.models import (
    OPEN_STATES,
    Assignment,
    AssignmentState,
    Case,
    CaseClass,
    CaseState,
    Evidence,
    Secrecy,
)
from tanggap.cases.routing import Router, Suggested
from tanggap.cases.triage import TEXTS, Reason
from tanggap.console import labels
from tanggap.console.answers import Tried
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.console.pictures import Picture, pictures_of
from tanggap.core.audit import Entry
from tanggap.posts import desk, masking
from tanggap.posts.models import Post

_S, _A = CaseState, AssignmentState


@dataclass(frozen=True, slots=True)
class Said:
    """A post of the case as this member may read it."""

    post: Post
    spans: Sequence[masking.Span]
    author: str
    pictures: Sequence[Picture]
    hidden: bool
    revealed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What should happen next, and the form or address that does it."""

    text: str
    form: str = ""
    url: str = ""


@screen()
def case(request: StaffRequest, number: str) -> HttpResponse:
    """This will show a case that the member sees; any other is missing."""
    return show(request, find(request.member, number))


@require_POST
@screen("post.unmask")
def case_reveal(request: StaffRequest, number: str, post: int) -> HttpResponse:
    """This will show one post with its personal data, once, and put on record who looked."""
    found = find(request.member, number)
    row = Post.objects.seen_by(request.member).get(pk=post, case_link__case=found)
    return show(request, found, revealed={row.pk: desk.unmasked(row, request.member)})


def find(member: Member, number: str) -> Case:
    """This will return a case that the member sees; Case.DoesNotExist alike for missing, foreign and confidential."""
    return Case.objects.seen_by(member).select_related("government").get(number=number.upper())


def show(
    request: StaffRequest,
    case: Case,
    tried: Tried = Tried(),  # noqa: B008
    revealed: Mapping[int, str] | None = None,
) -> HttpResponse:
    """This will draw the page; `tried` is a form that was refused and keeps what was typed."""
    member, now = request.member, timezone.now()
    rule = clocks.rule(case.government, case.case_class, "settlement", timezone.localdate(case.clock_start))
    tasks = _tasks(case)
    page: dict[str, Any] = {
        "here": "cases",
        "case": case,
        "open": case.state in OPEN_STATES,
        "now": now,
        "area": Area.objects.filter(code=case.area_code).first(),
        "basis": _basis(rule),
        "verified": bool(rule and rule.verified),
        "why_opened": _why_opened(case),
        "posts": _posts(member, case, revealed or {}),
        "tasks": tasks,
        "mine": [one for one in tasks if one.unit_id in member.unit_ids() and one.state in {_A.SENT, _A.ACCEPTED}],
        "events": list(reversed(timeline.of_case(case))),
        "looks": _looks(case),
        "similar": similar.of_case(case, member),
        "tried": tried,
        "may": _may(member, case),
        "step": next_step(member, case, tasks),
        "site": settings.TANGGAP_URL,
    } | _choices(member, case, tasks)  # fmt: skip
    return render(request, "cases/page.html", page, status=422 if tried.form else 200)


def next_step(member: Member, case: Case, tasks: Sequence[Assignment]) -> Step | None:
    """This will say what the case waits for from this member, if anything."""
    may = _may(member, case)
    live = [one for one in tasks if one.state in {_A.SENT, _A.ACCEPTED}]
    done = [one for one in tasks if one.state == _A.DONE]
    if case.state == _S.REPORTER_REPLIED and may["reply"]:
        return Step(
            _("Pelapor menulis lagi. Baca pesannya, lalu balas atau teruskan ke perangkat daerah."), "reply"
        )
    if case.state == _S.RETURNED and may["dispatch"]:
        return Step(
            _("Perangkat daerah mengembalikan tugas. Baca alasannya, lalu pilih perangkat daerah lain."),
            "dispatch",
        )
    if case.state == _S.NEW and not case.topic and may["verify"]:
        return Step(
            _("Topiknya belum diketahui. Baca pesannya, lalu verifikasi; usulan perangkat daerah mengikuti."),
            "verify",
        )
    if case.state in {_S.NEW, _S.VERIFIED} and may["dispatch"]:
        return Step(_("Belum ada perangkat daerah yang memegang. Disposisikan sekarang."), "dispatch")
    if case.state in {_S.NEW, _S.RETURNED} and may["verify"]:
        return Step(_("Periksa golongan, topik, dan tempatnya; koordinator lalu mendisposisikan."), "verify")
    if done and not live and case.state == _S.IN_PROGRESS and may["reply"]:
        return Step(_("Semua tugas selesai. Sampaikan hasilnya kepada pelapor."), "reply")
    if case.state == _S.ANSWERED and may["close"]:
        return Step(_("Jawaban sudah terkirim. Tutup kasus bila pelapor tidak menanggapi."), "close")
    return None


def _may(member: Member, case: Case) -> dict[str, bool]:
    """Which forms the page offers: by role, and by the moves that the case's state still has."""
    live = case.state in OPEN_STATES
    triage, closes = member.may("case.triage"), member.may("case.close")
    moves = Case.flow.edges[case.state]
    return {
        "verify": triage and live,
        "dispatch": member.may("case.dispatch") and live,
        "ask": triage and _S.INCOMPLETE in moves and live,
        "close": closes and _S.CLOSED in moves,
        "archive": closes and _S.ARCHIVED in moves,
        "reopen": closes and not live,
        "secrecy": triage,
        "summary": closes and case.secrecy != Secrecy.CONFIDENTIAL,
        "note": member.may("note.write"),
        "reply": member.may("reply.write"),
        "unmask": member.may("post.unmask"),
        "follow": member.may("reply.write"),
    }


def _choices(member: Member, case: Case, tasks: Sequence[Assignment]) -> dict[str, Any]:
    """What the forms offer; only asked for where the member gets the form."""
    found: dict[str, Any] = {}
    if member.may("case.triage"):
        areas = Area.objects.order_by("code").values_list("code", "name", "level")
        found = {
            "classes": CaseClass.choices,
            "topics": [(code, word.name) for code, word in labels.TOPICS.items()],
            "areas": list(areas),
            "secrecies": Secrecy.choices,
        }
    if member.may("case.dispatch"):
        held = {one.unit_id for one in tasks if one.state in {_A.SENT, _A.ACCEPTED}}
        today = timezone.localdate()
        suggested = [one for one in _suggested(case) if one.unit.pk not in held]
        skip = held | {one.unit.pk for one in suggested}
        units = [one for one in Unit.objects.order_by("name") if one.active_on(today) and one.pk not in skip]
        found |= {
            "suggested": suggested,
            "units": units,
            "returned": {one.unit_id for one in tasks if one.state == _A.RETURNED},
        }
    return found


def _suggested(case: Case) -> list[Suggested]:
    supervisory = case.case_class == CaseClass.SUPERVISORY
    try:
        return Router(case.government, timezone.localdate()).suggest(
            case.topic, case.area_code, supervisory=supervisory, urgency=case.urgency
        )
    except routing_table.RoutingError:
        return []


def _why_opened(case: Case) -> str:
    reason = case.routing.get("reason")
    return str(TEXTS.get(Reason(reason), "")) if reason in list(Reason) else ""


def _looks(case: Case) -> int:
    """How often somebody uncovered personal data in the case's posts."""
    posts = [str(pk) for pk in case.links.values_list("post_id", flat=True)]
    return Entry.objects.filter(action="post.unmask", target_kind="post", target_id__in=posts).count()


def _basis(rule: Rule | None) -> str:
    """What the deadline rests on; only what was verified is named as law."""
    return rule.basis() if rule else ""


def _posts(member: Member, case: Case, revealed: Mapping[int, str]) -> list[Said]:
    rows = Post.objects.seen_by(member).filter(case_link__case=case).select_related("author", "channel")
    nameless = case.secrecy != Secrecy.PUBLIC and not member.may("case.triage")
    return [
        Said(
            post,
            [masking.Span(revealed[post.pk])] if post.pk in revealed else masking.shown(post),
            _("Nama disembunyikan") if nameless else str(post.author or _("Tanpa nama")),
            pictures_of(post),
            post.has_personal_data and post.pk not in revealed,
            post.pk in revealed,
        )
        for post in rows.order_by("created_at", "id")[:100]
    ]


def _tasks(case: Case) -> list[Assignment]:
    rows = Assignment.objects.filter(case=case).select_related("unit").prefetch_related("evidence")
    order = {_A.SENT: 0, _A.ACCEPTED: 0, _A.DONE: 1, _A.RETURNED: 2, _A.WITHDRAWN: 3}
    return sorted(rows, key=lambda one: (order[_A(one.state)], one.sent_at))


def evidence_of(task: Assignment) -> list[Evidence]:
    """This will return the photos of a task, oldest first."""
    return sorted(task.evidence.all(), key=lambda one: one.at)
