"""The archive of what was said officially: found by words, shown with its record, checked, exported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tanggap.agencies.models import Unit
from tanggap.channels.models import Channel
from tanggap.console.answers import done
from tanggap.console.doors import screen
from tanggap.console.labels import Word
from tanggap.console.membership import StaffRequest
from tanggap.core.work import Job
from tanggap.publishing.archives import archive, archive_export
from tanggap.publishing.archives.archive import Wanted
from tanggap.publishing.archives.archive_records import office
from tanggap.publishing.models import (
    Amendment,
    AmendmentKind,
    Delivery,
    DeliveryKind,
    Publication,
    PublicationKind,
)

PAGE = 30
STATES = (
    ("stands", gettext_lazy("Masih berlaku")),
    ("amended", gettext_lazy("Dikoreksi atau dijelaskan")),
    ("withdrawn", gettext_lazy("Ditarik")),
)
PROOFS = {
    "match": Word(gettext_lazy("Isi cocok dengan yang disetujui"), "shield-check", "green"),
    "record": Word(gettext_lazy("Isi cocok dengan catatan saat dikirim"), "shield-check", "green"),
    "differs": Word(gettext_lazy("Isi tidak cocok dengan catatan"), "shield-alert", "red"),
    "none": Word(gettext_lazy("Tidak ada catatan untuk dibandingkan"), "circle-question-mark", "amber"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was said, as its row shows it; `mark` is the newest amendment's kind in words, if any."""

    of: Delivery
    office: str
    private: bool
    mark: str
    gone: bool


@screen()
def archive_list(request: StaffRequest) -> HttpResponse:
    """This will find what was said, newest first; the address holds the filters."""
    wanted = _wanted(request)
    number = max(int(request.GET["page"]), 1) if request.GET.get("page", "").isdecimal() else 1
    found = archive.find(archive.seen_by(request.member), wanted, request.member.government.zone)
    begin = (min(number, 10_000) - 1) * PAGE
    rows = list(found[begin : begin + PAGE + 1])
    query = urlencode({key: value for key, value in request.GET.items() if key != "page" and value})
    page = {
        "lines": _lines(rows[:PAGE]), "more": len(rows) > PAGE, "number": number, "query": query,
        "given": request.GET, "filtered": bool(wanted.as_json()), "channels": Channel.objects.order_by("name"),
        "units": Unit.objects.order_by("name"), "states": STATES,
        "kinds": [*_said_kinds(), *PublicationKind.choices],
        "exports": [_export(one) for one in archive_export.exports(request.member)],
        "private_too": request.member.role in archive_export.PRIVATE_TOO,
    }  # fmt: skip
    return render(request, "publishing/archive.html", page)


@screen()
def archive_one(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show one thing that was said: its words and files, its proof, versions, decisions and amendments."""
    one = get_object_or_404(archive.seen_by(request.member), pk=pk)
    mine = one.variant.publication if one.variant else None
    seen = mine is not None and Publication.objects.seen_by(request.member).filter(pk=mine.pk).exists()
    found = archive.history(mine) if mine is not None and seen else None
    proof = archive.prove(one)
    page = {
        "one": one, "office": office(one), "private": archive.is_private(one), "found": found, "proof": proof,
        "word": PROOFS[proof.result], "amendments": _amendments(mine), "publication": mine if seen else None,
        "approvals": [(each, archive.stage_names(each)) for each in found.approvals] if found else [],
    }  # fmt: skip
    return render(request, "publishing/archive_one.html", page)


@require_POST
@screen()
def archive_begin(request: StaffRequest) -> HttpResponse:
    """This will begin an export of what the filters find."""
    private = request.POST.get("private") == "1"
    archive_export.start(request.member, _wanted(request, request.POST), private=private)
    said = _("Ekspor dimulai. Halaman ini boleh ditutup; berkasnya muncul di sini.")
    return done(request, said, f"{reverse('archive')}?{request.POST.get('query', '')}")


@require_safe
@screen()
def archive_download(request: StaffRequest, pk: int) -> FileResponse:
    """This will send a finished export; missing for whoever may not see all that is in it."""
    job = get_object_or_404(Job, pk=pk, government_id=request.member.government_id)
    place = archive_export.finished(job, request.member)
    if place is None:
        raise Http404
    answer = FileResponse(
        place.open("rb"), content_type="application/zip", as_attachment=True, filename=f"arsip-{job.pk}.zip"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _wanted(request: StaffRequest, given: Any = None) -> Wanted:
    given = request.GET if given is None else given
    state = given.get("keadaan", "")
    return Wanted(
        words=given.get("q", "").strip()[:400], channel=_number(given.get("kanal", "")),
        unit=_number(given.get("kantor", "")), kind=given.get("jenis", "")[:20], since=_day(given.get("sejak", "")),
        until=_day(given.get("sampai", "")), state=state if state in archive.STATES else "",
    )  # fmt: skip


def _lines(rows: Sequence[Delivery]) -> list[Line]:
    named = {one.variant.publication_id for one in rows if one.variant}
    marks: dict[int, Amendment] = {}
    for each in Amendment.objects.filter(publication_id__in=named).order_by("at", "id"):
        marks[each.publication_id] = each
    made = []
    for one in rows:
        mark = marks.get(one.variant.publication_id) if one.variant else None
        gone = mark is not None and mark.kind == AmendmentKind.WITHDRAWAL
        word = str(mark.get_kind_display()) if mark else ""
        made.append(Line(one, str(office(one)), archive.is_private(one), word, gone))
    return made


def _amendments(mine: Publication | None) -> Iterable[Amendment]:
    return mine.amendments.order_by("at", "id") if mine is not None else ()


def _said_kinds() -> list[tuple[str, Any]]:
    return [(one.value, one.label) for one in DeliveryKind if one in archive.SAID]


def _export(job: Job) -> dict[str, Any]:
    ready = job.state == "done" and (archive_export.folder() / f"{job.pk}.zip").is_file()
    percent = min(int(100 * job.done / job.total), 100) if job.total else None
    return {"job": job, "ready": ready, "live": job.state in {"waiting", "running"}, "percent": percent}


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 18 else None


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
