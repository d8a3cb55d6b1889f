"""What members do with a case from its page: one address a deed, a plain form each. A refused form keeps its text."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tanggap.agencies.models import Area, Unit
from tanggap.cases import deeds
from tanggap.cases.models import Case, CaseClass, Secrecy
from tanggap.console import case_page, labels
from tanggap.console.answers import Tried, chosen, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal


@require_POST
@screen("case.triage")
def case_verify(request: StaffRequest, number: str) -> HttpResponse:
    """This will confirm or put right class, topic, place and title."""

    def verify(case: Case) -> str:
        typed = request.POST
        areas = {"", *Area.objects.values_list("code", flat=True)}
        deeds.verify(
            case, request.member,
            title=typed.get("title", "").strip()[:200],
            case_class=chosen(typed.get("case_class", ""), CaseClass.values, "case_class"),
            topic=chosen(typed.get("topic", ""), {"", *labels.TOPICS}, "topic"),
            area_code=chosen(typed.get("area_code", ""), areas, "area_code"),
        )  # fmt: skip
        return _("Kasus diverifikasi.")

    return _do(request, number, "verify", verify)


@require_POST
@screen("case.dispatch")
def case_dispatch(request: StaffRequest, number: str) -> HttpResponse:
    """This will send the case to the chosen offices."""

    def dispatch(case: Case) -> str:
        ids = [int(one) for one in request.POST.getlist("units") if one.isdigit()]
        units = list(Unit.objects.filter(pk__in=ids))
        made = deeds.dispatch(case, units, request.member, request.POST.get("why", "").strip())
        names = ", ".join(str(one.unit) for one in made)
        return (
            _("Didisposisikan ke %(units)s.") % {"units": names}
            if made
            else _("Perangkat daerah itu sudah memegang kasus ini.")
        )

    return _do(request, number, "dispatch", dispatch)


@require_POST
@screen("case.triage")
def case_ask(request: StaffRequest, number: str) -> HttpResponse:
    """This will stop the clock while the reporter is asked for what is missing."""

    def ask(case: Case) -> str:
        deeds.ask_reporter(case, request.member)
        return _("Jam berhenti. Tulis pertanyaan Anda kepada pelapor lewat balasan.")

    return _do(request, number, "ask", ask)


@require_POST
@screen("case.close")
def case_close(request: StaffRequest, number: str) -> HttpResponse:
    """This will close the case."""

    def close(case: Case) -> str:
        deeds.close(case, request.member, request.POST.get("reason", ""))
        return _("Kasus %(number)s ditutup.") % {"number": case.number}

    return _do(request, number, "close", close)


@require_POST
@screen("case.close")
def case_archive(request: StaffRequest, number: str) -> HttpResponse:
    """This will put a case away that is none."""

    def archive(case: Case) -> str:
        deeds.archive(case, request.member, request.POST.get("reason", ""))
        return _("Kasus %(number)s diarsipkan.") % {"number": case.number}

    return _do(request, number, "archive", archive)


@require_POST
@screen("case.close")
def case_reopen(request: StaffRequest, number: str) -> HttpResponse:
    """This will open a closed case again."""

    def reopen(case: Case) -> str:
        deeds.reopen(case, request.member, request.POST.get("reason", ""))
        return _("Kasus dibuka kembali.")

    return _do(request, number, "reopen", reopen)


@require_POST
@screen("case.triage")
def case_secrecy(request: StaffRequest, number: str) -> HttpResponse:
    """This will make the case public, anonymous or confidential."""

    def change(case: Case) -> str:
        deeds.set_secrecy(
            case, request.member, chosen(request.POST.get("secrecy", ""), Secrecy.values, "secrecy")
        )
        return _("Kerahasiaan: %(level)s.") % {"level": case.get_secrecy_display()}

    return _do(request, number, "secrecy", change)


@require_POST
@screen("case.close")
def case_summary(request: StaffRequest, number: str) -> HttpResponse:
    """This will set what the public portal shows."""

    def publish(case: Case) -> str:
        deeds.publish_summary(case, request.member, request.POST.get("text", ""))
        return _("Ringkasan publik tersimpan.") if case.summary else _("Ringkasan publik dikosongkan.")

    return _do(request, number, "summary", publish)


@require_POST
@screen("note.write")
def case_note(request: StaffRequest, number: str) -> HttpResponse:
    """This will leave a note for colleagues."""

    def note(case: Case) -> str:
        deeds.add_note(request.member, request.POST.get("text", ""), case=case)
        return _("Catatan tersimpan.")

    return _do(request, number, "note", note)


def _do(request: StaffRequest, number: str, form: str, deed: Callable[[Case], str]) -> HttpResponse:
    case = case_page.find(request.member, number)
    try:
        said = deed(case)
    except Refusal as refusal:
        if getattr(request, "htmx", False):
            raise
        return case_page.show(request, case, Tried.of(form, request, refusal))
    # A case that was just made confidential may be out of this member's sight.
    seen = Case.objects.seen_by(request.member).filter(pk=case.pk).exists()
    return done(request, said, reverse("case", args=[case.number]) if seen else reverse("cases"))
