"""Imports and other long work: look at a file first, then watch, stop and resume the job that takes it in."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tanggap.agencies.models import Member
from tanggap.channels.models import Channel
from tanggap.console import labels
from tanggap.console.answers import Tried, chosen, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.core.work import Job, JobState
from tanggap.posts import columns, importing, mapping, rejected
from tanggap.posts.columns import Plan
from tanggap.posts.mapping import Preview

SHOWN = 30
_SALT = "tanggap.console.imports"
_STAGED_SECONDS = 6 * 3600
_SURE_AFTER = 0.05
_MOST_HEADING_ROW = 40
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Line:
    """A job in numbers: `percent` None while the total is unknown, `left` in seconds once it can be told."""

    job: Job
    by: str
    percent: int | None
    rate: float | None
    left: int | None
    rejected: bool
    table: bool
    nothing: bool
    live: bool


@screen("posts.import")
def jobs(request: StaffRequest) -> HttpResponse:
    """This will list the government's long work, newest first, and take a file to import."""
    return _show(request)


@require_POST
@screen("posts.import")
def jobs_upload(request: StaffRequest) -> HttpResponse:
    """This will keep a file and show how its first lines would be taken in; nothing is imported yet."""
    file: UploadedFile[Any] | None = request.FILES.get("file")
    if file is None:
        return _show(request, Tried("upload", {}, _("Pilih berkas XLSX, CSV, atau NDJSON."), "file"))
    name = str(file.name)
    try:
        kept = importing.keep_upload(request.member, file.chunks(), name)
    except Refusal as refusal:
        return _show(request, Tried.of("upload", request, refusal))
    staged = signing.dumps({"file": kept.name, "name": name[:120], "by": request.member.pk}, salt=_SALT)
    return redirect(reverse("jobs_look", args=[staged]))


@screen("posts.import")
def jobs_look(request: StaffRequest, staged: str) -> HttpResponse:
    """This will show the first lines of a kept file, and import it when asked; of a table also which column is what."""
    told = _staged(request.member, staged)
    tried, plan, zone = Tried(), None, request.member.government.timezone
    try:
        file = importing.kept(told["file"])
        form = importing.format_of(file.name)
        preview = mapping.preview(file, form, zone)
    except Refusal as refusal:
        return _show(request, Tried.of("upload", request, refusal))
    try:
        if request.method == "POST":
            plan = _plan(request, file, preview)
            if request.POST.get("do", "start") == "start":
                key = slugify(request.POST.get("key", ""))[:60] or "impor"
                only = "all" if request.POST.get("only") == "all" else "good"
                importing.start_kept(
                    request.member, file, told["name"], key, plan=plan, form=preview.format, only=only
                )
                return done(request, _("Impor dimulai. Halaman ini boleh ditutup."), reverse("jobs"))
    except Refusal as refusal:
        tried = Tried.of("start", request, refusal)
    if plan is not None:
        preview = mapping.preview(file, preview.format, zone, plan=plan)
    page = _looked(request, file, told["name"], preview, tried)
    return render(request, "imports/look.html", page, status=422 if tried.form else 200)


def _looked(
    request: StaffRequest, file: Path, name: str, preview: Preview, tried: Tried
) -> dict[str, Any]:  # fmt: skip
    before = Job.objects.filter(
        government_id=request.member.government_id, kind="import", params__file=str(file.resolve())
    )
    return {
        "preview": preview,
        "first": [_first(line) for line in preview.good],
        "looked": len(preview.good) + len(preview.bad),
        "columns": _columns(preview) if preview.plan and preview.format != "lapor" else [],
        "fields": [(key, label, key in columns.NEEDED) for key, label in columns.FIELDS.items()],
        "kinds": [(key, labels.word("kind", key)) for key in columns.KINDS],
        "missing": [str(columns.FIELDS[key]) for key in preview.plan.missing] if preview.plan else [],
        "name": name,
        "size": file.stat().st_size,
        "before": before.order_by("-id").first(),
        "keys": Channel.objects.filter(platform="import").values_list("key", flat=True),
        "key": request.POST.get("key")
        or preview.remembered
        or ("lapor" if preview.format == "lapor" else "impor"),
        "only": request.POST.get("only", "good"),
        "tried": tried,
        "here": "jobs",
    }


def _columns(preview: Preview) -> list[dict[str, Any]]:
    """The columns of a table for the form: name, some of its values, and the field it is taken for."""
    assert preview.plan is not None
    taken = {at: key for key, at in preview.plan.columns.items()}
    return [
        {"at": at, "name": name, "values": preview.samples[at], "field": taken.get(at, "")}
        for at, name in enumerate(preview.plan.names)
    ]


def _plan(request: StaffRequest, file: Path, preview: Preview) -> Plan | None:
    """What a person made of the columns; another sheet or row of headings is guessed anew."""
    given, before = request.POST, preview.plan
    if before is None or preview.format == "lapor" or "row" not in given:
        return before
    row = (
        int(given["row"])
        if given["row"].isdigit() and 0 < int(given["row"]) <= _MOST_HEADING_ROW
        else before.row
    )
    sheet = chosen(given.get("sheet", ""), ("", *preview.sheets), "sheet")
    sheet = "" if preview.sheets[:1] == (sheet,) else sheet  # the first one needs no name
    found = mapping.guessed(file, preview.format, sheet, row)[1]
    # The columns that were shown belong to another sheet or row: what was picked for them says nothing now.
    if (str(row), sheet) != (given.get("shown_row", str(before.row)), given.get("shown_sheet", before.sheet)):
        return found
    picked: dict[str, int] = {}
    for at in range(len(found.names)):
        key = given.get(f"column-{at}", "")
        if not key:
            continue
        if chosen(key, columns.FIELDS, "columns") in picked:
            raise Refusal(
                _("%(field)s dipilih untuk dua kolom. Pilih satu saja.") % {"field": columns.FIELDS[key]},
                "columns",
            )
        picked[key] = at
    return replace(
        found, columns=picked, order=chosen(given.get("order", "dmy"), ("dmy", "mdy"), "order"),
        platform=slugify(given.get("platform", "")).replace("-", "_")[:12] or "import",
        kind=chosen(given.get("kind", "report"), columns.KINDS, "kind"),
    )  # fmt: skip


@require_POST
@screen("posts.import")
def jobs_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """This will stop a job after its current piece."""
    _find(request.member, pk).cancel(request.member)
    return done(
        request,
        _("Dihentikan setelah bagian yang sedang berjalan. Yang sudah masuk tetap tersimpan."),
        reverse("jobs"),
    )


@require_POST
@screen("posts.import")
def jobs_resume(request: StaffRequest, pk: int) -> HttpResponse:
    """This will go on with a stopped or failed job where it stopped."""
    _find(request.member, pk).resume(request.member)
    return done(request, _("Dilanjutkan dari tempat ia berhenti."), reverse("jobs"))


@require_safe
@screen("posts.import")
def jobs_rejected(request: StaffRequest, pk: int) -> HttpResponse | FileResponse | StreamingHttpResponse:
    """This will send the rows that a job refused, each with its number and reason: as lines, CSV or XLSX."""
    job = _find(request.member, pk)
    folder = (Path(settings.TANGGAP_DATA) / "imports").resolve()
    place = Path(str(job.result.get("rejected_file", ""))).resolve()
    if place.parent != folder or not place.is_file():
        raise Http404
    names = (job.params.get("plan") or {}).get("names", [])
    answer: FileResponse | StreamingHttpResponse
    wanted = request.GET.get("bentuk", "ndjson")
    if wanted == "csv":
        answer = StreamingHttpResponse(rejected.as_csv(place, names), content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="ditolak-{job.pk}.csv"'
    elif wanted == "xlsx":
        made = tempfile.TemporaryFile()  # noqa: SIM115  the answer closes it
        rejected.write_xlsx(place, names, made)
        made.seek(0)
        answer = FileResponse(made, content_type=_XLSX, as_attachment=True, filename=f"ditolak-{job.pk}.xlsx")
    else:
        answer = FileResponse(
            place.open("rb"), content_type="application/x-ndjson", as_attachment=True,
            filename=f"ditolak-{job.pk}.ndjson",
        )  # fmt: skip
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _show(request: StaffRequest, tried: Tried = Tried()) -> HttpResponse:  # noqa: B008
    now = timezone.now()
    rows = list(Job.objects.filter(government_id=request.member.government_id).order_by("-id")[:SHOWN])
    names = _names(rows)
    lines = [_line(one, names.get(one.started_by, _("Sistem")), now) for one in rows]
    page = {
        "lines": lines,
        "running": any(one.live for one in lines),
        "tried": tried,
        "here": "jobs",
        "now": now,
    }
    return render(request, "imports/list.html", page, status=422 if tried.form else 200)


def _line(job: Job, by: str, now: datetime) -> Line:
    live = job.state in {JobState.WAITING, JobState.RUNNING}
    share = job.done / job.total if job.total else None
    rate = left = None
    if job.state == JobState.RUNNING and job.begun_at:
        seconds = max((now - job.begun_at).total_seconds(), 1)
        rate = job.done / seconds
        if share is not None and share >= _SURE_AFTER and job.total:
            left = round((job.total - job.done) / rate) if rate else None
    percent = None if share is None else min(int(share * 100), 100)
    return Line(
        job, by, percent, rate, left, rejected=bool(job.result.get("rejected_file")),
        table=bool(job.params.get("plan")), nothing=bool(job.result.get("nothing")), live=live,
    )  # fmt: skip


def _first(line: dict[str, Any]) -> dict[str, str]:
    """A line of the preview: what a person recognises a report by."""
    author = line.get("author") or {}
    return {
        "platform": str(line.get("platform", "")),
        "at": str(line.get("created_at", ""))[:16].replace("T", " "),
        "author": str(author.get("name") or author.get("handle") or "–"),
        "text": str(line.get("text", "")),
    }


def _names(rows: list[Job]) -> dict[str, str]:
    ids = [int(one.started_by.partition(":")[2]) for one in rows if one.started_by.startswith("member:")]
    return {one.audit_name: str(one) for one in Member.objects.filter(pk__in=ids).select_related("user")}


def _find(member: Member, pk: int) -> Job:
    return Job.objects.get(pk=pk, government_id=member.government_id)


def _staged(member: Member, staged: str) -> dict[str, str]:
    """What was uploaded a moment ago by this very member; missing for everybody else."""
    try:
        told: dict[str, Any] = signing.loads(staged, salt=_SALT, max_age=_STAGED_SECONDS)
    except signing.BadSignature as error:
        raise Http404 from error
    if told["by"] != member.pk:
        raise Http404
    return told
