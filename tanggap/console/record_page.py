"""The record of deeds for administrators: who did what to what and when, and whether the chain of seals holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tanggap.agencies.models import Member, Role
from tanggap.cases.models import Case
from tanggap.console import record_words
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core import audit
from tanggap.core.audit import Entry

PAGE = 100
KINDS: dict[str, str | Promise] = {
    "case": gettext_lazy("Kasus"),
    "assignment": gettext_lazy("Tugas"),
    "reply": gettext_lazy("Balasan"),
    "delivery": gettext_lazy("Kiriman"),
    "post": gettext_lazy("Pesan"),
    "channel": gettext_lazy("Kanal"),
    "member": gettext_lazy("Anggota"),
    "unit": gettext_lazy("Perangkat daerah"),
    "government": gettext_lazy("Pemerintah daerah"),
    "job": gettext_lazy("Proses"),
    "token": gettext_lazy("Token"),
    "publishing": gettext_lazy("Sakelar henti"),
    "raw": gettext_lazy("Kiriman mentah"),
    "posts": gettext_lazy("Penerimaan"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An entry for people; `who` is a name, `link` leads to the case where it is one."""

    entry: Entry
    who: str
    what: str
    target: str
    link: str
    fields: list[tuple[str, str]]
    sealed: bool


@screen(roles={Role.ADMINISTRATOR})
def settings_record(request: StaffRequest) -> HttpResponse:
    """This will list the entries of the government, newest first."""
    rows = Entry.objects.filter(government_id=request.member.government_id).order_by("-id")
    kind, by, before = (
        request.GET.get("jenis", ""),
        request.GET.get("oleh", ""),
        request.GET.get("sebelum", ""),
    )
    if kind in KINDS:
        rows = rows.filter(action__startswith=f"{kind}.")
    if by == "system":
        rows = rows.filter(actor__startswith="system:")
    elif by.isdigit():
        rows = rows.filter(actor=f"member:{by}")
    if before.isdigit():
        rows = rows.filter(id__lt=int(before))
    found = list(rows[: PAGE + 1])
    page = {
        "here": "settings",
        "lines": _lines(request.member, found[:PAGE]),
        "kinds": list(KINDS.items()),
        "kind": kind,
        "by": by,
        "people": Member.objects.select_related("user").order_by("user__name"),
        "before": found[PAGE - 1].pk if len(found) > PAGE else "",
        "unsealed": Entry.objects.filter(
            government_id=request.member.government_id, seal__isnull=True
        ).count(),
        "head": audit.head(request.member.government_id)[0],
    }
    return render(request, "settings/record.html", page)


@require_POST
@screen(roles={Role.ADMINISTRATOR})
def settings_record_check(request: StaffRequest) -> HttpResponse:
    """This will walk the chain of seals and say whether it holds."""
    broken = audit.verify(request.member.government_id)
    if broken:
        messages.error(request, _("Rantai segel putus: %(why)s") % {"why": broken})
    else:
        messages.success(request, _("Rantai segel utuh: tidak ada catatan yang diubah atau dihapus."))
    return redirect("settings_record")


def _lines(member: Member, rows: Iterable[Entry]) -> list[Line]:
    found = list(rows)
    ids = {int(one.actor.partition(":")[2]) for one in found if one.actor.startswith("member:")}
    names = {one.audit_name: str(one) for one in Member.objects.filter(pk__in=ids).select_related("user")}
    cases = {int(one.target_id) for one in found if one.target_kind == "case"}
    numbers = dict(Case.objects.seen_by(member).filter(pk__in=cases).values_list("pk", "number"))
    return [
        Line(
            one,
            names.get(one.actor) or _("Sistem: %(part)s") % {"part": one.actor.partition(":")[2]},
            str(record_words.ACTIONS.get(one.action, one.action)),
            f"{record_words.TARGETS.get(one.target_kind, one.target_kind)} {one.target_id}",
            numbers.get(int(one.target_id), "") if one.target_kind == "case" else "",
            [(name, _short(value)) for name, value in one.fields.items()],
            one.seal is not None,
        )
        for one in found
    ]


def _short(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 40 else f"{text[:12]}…"
