"""An office's tasks, for the phone of its liaison: what is late first, and three deeds within thumb's reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tanggap.agencies.models import Area, Member
from tanggap.cases import deeds, listing
from tanggap.cases.models import Assignment, AssignmentState, Case, CaseState, Evidence, Note, Secrecy
from tanggap.console.answers import Tried, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.console.pictures import pictures_of
from tanggap.console.rows import Said, first_said
from tanggap.core.refusal import Refusal
from tanggap.posts import masking
from tanggap.posts.models import Post

MOST = 200
LIVE = frozenset({AssignmentState.SENT, AssignmentState.ACCEPTED})


@dataclass(frozen=True, slots=True)
class Line:
    """A task in the list, with the citizen's first words and the place."""

    task: Assignment
    words: str
    place: str


@screen("case.work")
def tasks(request: StaffRequest) -> HttpResponse:
    """This will list the tasks of the member's offices: to do, or ended."""
    ended = request.GET.get("daftar") == "selesai"
    waiting = listing.box(request.member)
    rows = list((listing.box(request.member, ended=True) if ended else waiting)[:MOST])
    now = timezone.now()
    page: dict[str, Any] = {
        "lines": _lines(request.member, rows),
        "ended": ended,
        "waiting": waiting.count() if ended else len(rows),
        "late": 0 if ended else sum(1 for one in rows if one.due_at and one.due_at < now and not one.case.paused_since),
        "now": now,
        "full": len(rows) == MOST,
    }  # fmt: skip
    return render(request, "tasks/list.html", page)


@screen("case.work")
def task(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show one task: what the citizen wrote, where, until when, and what can be done."""
    one = find(request.member, pk)
    return render(request, "tasks/task.html", _page(request.member, one))


@require_POST
@screen("case.work")
def task_accept(request: StaffRequest, pk: int) -> HttpResponse:
    """This will take the task on."""
    one = find(request.member, pk)
    deeds.accept(one, request.member)
    return done(
        request,
        _("Tugas diterima. Catat kemajuan atau tandai selesai dari halaman ini."),
        reverse("task", args=[pk]),
    )


@screen("case.work")
def task_return(request: StaffRequest, pk: int) -> HttpResponse:
    """This will ask for the reason and give the task back."""

    def give_back(one: Assignment) -> str:
        deeds.return_to_coordinator(one, request.member, request.POST.get("reason", ""))
        return _("Tugas dikembalikan kepada koordinator.")

    return _form(request, pk, "return", give_back, reverse("tasks"))


@screen("case.work")
def task_progress(request: StaffRequest, pk: int) -> HttpResponse:
    """This will take a note of progress with photos."""

    def note(one: Assignment) -> str:
        pictures = [*_pictures(request, "before"), *_pictures(request, "photos")]
        captions = _captions(request, before="before", other="photos")
        deeds.progress(one, request.member, request.POST.get("text", ""), pictures, captions)
        return _("Kemajuan tercatat.")

    return _form(request, pk, "progress", note, reverse("task", args=[pk]))


@screen("case.work")
def task_finish(request: StaffRequest, pk: int) -> HttpResponse:
    """This will take the answer and the photos, and end the task."""

    def finish(one: Assignment) -> str:
        pictures = [*_pictures(request, "before"), *_pictures(request, "after")]
        captions = _captions(request, before="before", other="after")
        deeds.finish_task(one, request.member, request.POST.get("answer", ""), pictures, captions)
        return _("Tugas selesai. Koordinator meneruskan jawaban Anda kepada warga.")

    return _form(request, pk, "finish", finish, reverse("tasks"))


def find(member: Member, pk: int) -> Assignment:
    """This will return a task that the member sees; Assignment.DoesNotExist alike for missing and foreign."""
    return Assignment.objects.seen_by(member).select_related("case__government", "unit").get(pk=pk)


def _form(
    request: StaffRequest, pk: int, name: str, deed: Callable[[Assignment], str], to: str
) -> HttpResponse:
    """A form on a page of its own: it works without scripts, and a refusal keeps what was typed."""
    one = find(request.member, pk)
    tried = Tried()
    if request.method == "POST":
        try:
            return done(request, deed(one), to)
        except Refusal as refusal:
            if getattr(request, "htmx", False):
                raise
            tried = Tried.of(name, request, refusal)
    elif one.state not in LIVE:
        return redirect("task", pk=pk)
    page = {
        "task": one,
        "case": one.case,
        "form": name,
        "tried": tried,
        "here": "tasks",
        "now": timezone.now(),
    }
    return render(request, "tasks/form.html", page, status=422 if tried.form else 200)


def _page(member: Member, one: Assignment) -> dict[str, Any]:
    case = one.case
    nameless = case.secrecy != Secrecy.PUBLIC and not member.may("case.triage")
    rows = Post.objects.seen_by(member).filter(case_link__case=case).select_related("author")
    said = [
        {
            "post": post, "spans": masking.shown(post), "pictures": pictures_of(post),
            "author": _("Nama disembunyikan") if nameless else str(post.author or _("Tanpa nama")),
            "map": _map(post),
        }
        for post in rows.order_by("created_at")[:30]
    ]  # fmt: skip
    area = Area.objects.filter(code=case.area_code).first()
    return {
        "task": one,
        "case": case,
        "said": said,
        "place": ", ".join(part for part in (case.place, area.name if area else "") if part),
        "evidence": Evidence.objects.filter(assignment=one).order_by("at"),
        "notes": Note.objects.filter(case=case).select_related("by__user", "by__unit").order_by("-at")[:20],
        "live": one.state in LIVE,
        "own": member.sees_all or one.unit_id in member.unit_ids(),
        "paused": case.state == CaseState.INCOMPLETE,
        "here": "tasks",
        "now": timezone.now(),
    }


def _map(post: Post) -> str:
    """A map address that phones open in their own app; nothing where the post names no point."""
    spot = post.location or {}
    if not isinstance(spot.get("lat"), int | float) or not isinstance(spot.get("lon"), int | float):
        return ""
    return f"https://www.openstreetmap.org/?mlat={spot['lat']}&mlon={spot['lon']}#map=18/{spot['lat']}/{spot['lon']}"


def _lines(member: Member, rows: Sequence[Assignment]) -> list[Line]:
    cases: set[Case] = {one.case for one in rows}
    areas = dict(Area.objects.filter(code__in={case.area_code for case in cases}).values_list("code", "name"))
    said = first_said(member, cases)
    return [
        Line(
            one,
            said.get(one.case_id, Said()).words,
            ", ".join(part for part in (one.case.place, areas.get(one.case.area_code, "")) if part),
        )
        for one in rows
    ]


def _pictures(request: StaffRequest, field: str) -> list[tuple[str, bytes]]:
    files: list[UploadedFile[Any]] = request.FILES.getlist(field)
    return [(str(one.name), one.read()) for one in files[:10]]


def _captions(request: StaffRequest, before: str, other: str) -> list[str]:
    many = [len(request.FILES.getlist(field)[:10]) for field in (before, other)]
    return [_("Sebelum")] * many[0] + [_("Sesudah") if other == "after" else ""] * many[1]
