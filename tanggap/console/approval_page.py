"""One publication as those see it who decide on it: agree, return with a reason, comment, ask somebody outside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tanggap.console import approval_reading as reading
from tanggap.console.answers import Tried, done
from tanggap.console.doors import back, screen
from tanggap.console.membership import StaffRequest
from tanggap.console.pictures import SHOWN
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.publishing import review
from tanggap.publishing.approval import approving, deciding, handed_in, inviting
from tanggap.publishing.composing import remarks
from tanggap.publishing.models import Invitation, Publication, PublicationState, Version


@require_safe
@screen("publication.approve")
def publication_approval(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show a publication to those who decide on it, and to its writers why they do not."""
    return _page(request, _of(request, pk), Tried())


@screen("publication.approve")
def publication_approve(request: StaffRequest, pk: int) -> HttpResponse:
    """This will agree to the version that was shown; the page with the form serves without JavaScript, and asks for a
    new minute where the old one has passed."""
    one = _of(request, pk)
    if request.method != "POST":
        return _form(request, one, "approve", Tried())
    try:
        after = _decide(request, one, approve=True)
    except approving.Passed as passed:
        return _form(request, one, "approve", Tried.of("approve", request, passed))
    except Refusal as refusal:
        if refusal.field != "due_at":
            raise
        return _form(request, one, "approve", Tried.of("approve", request, refusal))
    if after is None:
        return _newer(request, one)
    said = (
        _("Disetujui. Semua tahap selesai; konten masuk antrean terbit.")
        if after.state == PublicationState.APPROVED
        else _("Disetujui. Tahap berikutnya sudah diberi tahu.")
    )
    return done(request, said, reverse("approvals"))


@screen("publication.approve")
def publication_return(request: StaffRequest, pk: int) -> HttpResponse:
    """This will give a publication back to its writers with a reason."""
    one = _of(request, pk)
    if request.method != "POST":
        return _form(request, one, "return", Tried())
    try:
        after = _decide(request, one, approve=False)
    except Refusal as refusal:
        if refusal.field != "note":
            raise
        return _form(request, one, "return", Tried.of("return", request, refusal))
    if after is None:
        return _newer(request, one)
    return done(request, _("Dikembalikan. Penulis diberi tahu alasannya."), reverse("approvals"))


@require_POST
@screen("publication.approve")
def publication_approval_comment(request: StaffRequest, pk: int) -> HttpResponse:
    """This will leave a comment without deciding."""
    remarks.say(_of(request, pk), request.member, request.POST.get("text", ""), request.POST.get("quote", ""))
    return back(request, _("Komentar disimpan."), to=_here(pk, "#komentar"))


@require_POST
@screen("publication.approve")
def publication_invite(request: StaffRequest, pk: int) -> HttpResponse:
    """This will mail somebody outside a link for one decision."""
    one, typed = _of(request, pk), request.POST
    hours = typed.get("hours", "")
    try:
        made = inviting.send(
            one, request.member, name=typed.get("name", ""), email=typed.get("email", ""), hash_=typed.get("hash", ""),
            hours=int(hours) if hours.isdigit() else 0,
        )  # fmt: skip
    except approving.Newer:
        return _newer(request, one)
    except Refusal as refusal:
        return _page(request, one, Tried.of("invite", request, refusal))
    return done(request, _("Undangan dikirim ke %(email)s.") % {"email": made.email}, _here(pk, "#undangan"))


@require_POST
@screen("publication.approve")
def publication_uninvite(request: StaffRequest, pk: int, invitation: int) -> HttpResponse:
    """This will end a link that was not used."""
    one = _of(request, pk)
    inviting.revoke(Invitation.objects.get(pk=invitation, publication=one), request.member)
    return done(request, _("Tautan dicabut."), _here(pk, "#undangan"))


@require_safe
@screen("publication.approve")
def publication_approval_file(
    request: StaffRequest, pk: int, version: int, at: int
) -> HttpResponse | FileResponse:
    """This will send a picture of a version to whoever may read it."""
    row = Version.objects.get(publication=_of(request, pk), number=version)
    kept = handed_in.file(row, at)
    if kept is None or kept.media_type not in SHOWN or not kept.path.exists():
        raise Http404
    answer = FileResponse(kept.path.open("rb"), content_type=kept.media_type)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _decide(request: StaffRequest, one: Publication, *, approve: bool) -> Publication | None:
    """Returns None where other words stand by now than those that were shown."""
    typed = request.POST
    try:
        return approving.decide(
            one, request.member, hash_=typed.get("hash", ""), stage=typed.get("stage", ""), approve=approve,
            note=typed.get("note", ""), leaves=_leaves(typed.get("leaves", ""), typed.get("leaves_at", "")),
        )  # fmt: skip
    except approving.Newer:
        return None
    except Lost:
        one.refresh_from_db()
        if one.state == PublicationState.REVIEW and one.hash == typed.get("hash"):
            raise
        return None


def _leaves(choice: str, at: str) -> datetime | None:
    if choice == "now":
        return timezone.now()
    if choice != "at":
        return None
    typed = parse_datetime(at)
    if typed is None:
        raise Refusal(_("Isi tanggal dan jam terbit yang baru."), "due_at")
    return timezone.make_aware(typed) if timezone.is_naive(typed) else typed


def _newer(request: StaffRequest, one: Publication) -> HttpResponse:
    """Says that the words changed, and shows the new ones beside those that were read."""
    read = one.versions.filter(hash=request.POST.get("hash", "")).order_by("-number").first()
    query = f"?banding={read.number}" if read else ""
    one.refresh_from_db()
    said = (
        _(
            "Konten berubah setelah Anda membukanya; keputusan Anda tidak disimpan. Bacalah yang baru di bawah ini."
        )
        if one.state == PublicationState.REVIEW
        else _("Konten ini tidak lagi menunggu: penulis mengubahnya atau rekan sudah memutuskan.")
    )
    return (
        back(request, said, to=_here(one.pk, query), kind="error")
        if not request.htmx
        else done(request, said, _here(one.pk, query))
    )


def _page(request: StaffRequest, one: Publication, tried: Tried) -> HttpResponse:
    now = timezone.now()
    version = one.versions.select_related("author__user").order_by("-number").first()
    page: dict[str, Any] = {
        "one": one, "version": version, "tried": tried, "now": now,
        "standing": deciding.standing_of(one, request.member, now), "stage": deciding.stage_of(one),
        "steps": reading.steps(one), "remarks": remarks.of(one),
        "decisions": one.approvals.select_related("approver__user", "deputy_of__user", "invitation").order_by("-at"),
        "stage_names": {stage["key"]: stage["name"] for stage in (one.route.stages if one.route else [])},
        "passed": approving.asks_for_minute(one, now), "may_comment": request.member.may("note.write"),
    }  # fmt: skip
    if version is not None:
        page |= _read(request, one, version, now)
    if one.state == PublicationState.REVIEW:
        page |= {
            "invitations": inviting.open_of(one).select_related("sent_by__user"),
            "may_invite": inviting.may_invite(one, request.member), "hours": inviting.HOURS,
        }  # fmt: skip
    return render(request, "publishing/approval.html", page, status=422 if tried.form else 200)


def _read(request: StaffRequest, one: Publication, version: Version, now: datetime) -> dict[str, Any]:
    waits = one.state == PublicationState.REVIEW
    found, previews = reading.looks(one, version, now) if waits else ([], [])
    earlier = reading.since(one, version, request.member)
    asked = request.GET.get("banding", "")
    chosen = (
        one.versions.filter(number=int(asked), number__lt=version.number).first()
        if asked.isdigit() and len(asked) < 7
        else None
    ) or (earlier[0].version if earlier else None)
    said = reading.findings(version, found)
    return {
        "voices": handed_in.voices(version), "previews": previews, "findings": said,
        "stopped": waits and bool(_blocking(found, version)),
        "facts": reading.facts_of(version), "answers": reading.answers(version), "earlier": earlier, "chosen": chosen,
        "diff": reading.difference(chosen, version) if chosen else None,
    }  # fmt: skip


def _blocking(found: list[Any], version: Version) -> list[Any]:
    return review.blocking(found, [one["rule"] for one in version.overrides], version.author.role)


def _form(request: StaffRequest, one: Publication, which: str, tried: Tried) -> HttpResponse:
    standing = deciding.standing_of(one, request.member)
    if not standing.may:
        return redirect(_here(one.pk))
    page = {
        "one": one, "form": which, "tried": tried, "stage": deciding.stage_of(one), "standing": standing,
        "passed": approving.asks_for_minute(one, timezone.now()),
        "hash": request.POST.get("hash", "") or one.hash,
    }  # fmt: skip
    return render(request, "publishing/approval_form.html", page, status=422 if tried.form else 200)


def _of(request: StaffRequest, pk: int) -> Publication:
    rows = deciding.seen_by(request.member).select_related("route", "unit", "author__user", "government")
    return rows.get(pk=pk)


def _here(pk: int, more: str = "") -> str:
    return reverse("publication_approval", args=[pk]) + more
