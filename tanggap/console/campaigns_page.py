"""Content plans: what for, for whom, when; drafts begun from them; the plan against what was done."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tanggap.agencies.models import Member, Unit
from tanggap.console.answers import Tried, done
from tanggap.console.doors import screen
from tanggap.console.labels import Word
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.publishing.models import Campaign, PlanItem, PublicationKind
from tanggap.publishing.plans import plan_report, planning, tables
from tanggap.publishing.plans.plan_report import Line, Report

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES = {
    "on_time": Word(gettext_lazy("Terbit tepat waktu"), "circle-check", "green"),
    "late": Word(gettext_lazy("Terbit terlambat"), "clock", "amber"),
    "overdue": Word(gettext_lazy("Lewat tanggal, belum terbit"), "triangle-alert", "red"),
    "planned": Word(gettext_lazy("Belum waktunya"), "circle-dashed"),
    "dropped": Word(gettext_lazy("Dibatalkan"), "circle-slash"),
    "unplanned": Word(gettext_lazy("Terbit tanpa rencana"), "circle-plus", "blue"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A campaign as its row shows it: `phase` is running, coming, over or closed."""

    of: Campaign
    phase: str
    planned: int
    done: int
    overdue: int


@screen()
def campaigns(request: StaffRequest) -> HttpResponse:
    """This will list the campaigns of the member's part of the tree, those under way first."""
    now = timezone.now()
    rows = planning.seen_by(request.member).order_by("-ends_on", "name")[:100]
    shown = [_shown(one, now) for one in rows]
    order = ("running", "coming", "over", "closed")
    shown.sort(key=lambda one: order.index(one.phase))
    page = {"shown": shown, "may_write": request.member.may("publication.write")}
    return render(request, "publishing/campaigns.html", page)


@screen("publication.write")
def campaigns_new(request: StaffRequest) -> HttpResponse:
    """This will begin a campaign."""
    return _form(request, None)


@screen("publication.write")
def campaigns_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """This will change what a campaign says of itself."""
    return _form(request, _find(request, pk))


@screen()
def campaigns_one(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show a campaign with what is planned and what became of it."""
    return _page(request, _find(request, pk))


@require_POST
@screen("publication.write")
def campaigns_act(request: StaffRequest, pk: int) -> HttpResponse:
    """This will end a campaign, or open it again."""
    one, closed = _find(request, pk), request.POST.get("do") == "close"
    planning.close(one, request.member, closed=closed)
    said = _("Rencana ditutup. Laporannya tetap ada.") if closed else _("Rencana dibuka lagi.")
    return done(request, said, _to(one))


@require_POST
@screen("publication.write")
def campaigns_item(request: StaffRequest, pk: int) -> HttpResponse:
    """This will put something into the plan, or change it."""
    one, given = _find(request, pk), request.POST
    try:
        planning.plan(
            one, request.member, title=given.get("title", ""), kind=given.get("kind", ""),
            planned_on=_day(given.get("planned_on", "")), unit=_unit(given.get("unit", ""), one.unit),
            platforms=given.getlist("platforms"), item=_item(one, given["item"]) if given.get("item") else None,
        )  # fmt: skip
    except Refusal as refusal:
        return _page(request, one, Tried.of("item", request, refusal))
    return done(request, _("Rencana disimpan."), _to(one))


@require_POST
@screen("publication.write")
def campaigns_item_act(request: StaffRequest, pk: int, item: int) -> HttpResponse:
    """This will begin the draft of a planned item, link it to a publication, drop it, or take it up again."""
    one = _find(request, pk)
    found, do = _item(one, item), request.POST.get("do", "")
    try:
        if do == "begin":
            made = planning.begin(found, request.member)
            return done(request, _("Draf dibuat dari rencana."), reverse("publication", args=[made.pk]))
        said = _did(request, one, found, do)
    except Refusal as refusal:
        return _page(request, one, Tried.of(f"{do}-{item}", request, refusal))
    return done(request, said, _to(one))


@require_safe
@screen()
def campaigns_report(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show the plan against what was done, for the screen, for paper, as CSV or as XLSX."""
    one = _find(request, pk)
    found, form = plan_report.report(one, timezone.now()), request.GET.get("bentuk", "")
    name = slugify(one.name) or "rencana"
    if form == "csv":
        body = tables.as_csv(plan_report.headings(), plan_report.rows(found))
        return _file(body, "text/csv; charset=utf-8", f"{name}.csv")
    if form == "xlsx":
        made = io.BytesIO()
        sheets = [
            (_("Rencana"), plan_report.headings(), plan_report.rows(found)),
            (_("Ringkasan"), *plan_report.summary(found)),
        ]
        tables.write_xlsx(sheets, made)
        return _file(made.getvalue(), _XLSX, f"{name}.xlsx")
    page = {"one": one, "report": found, "lines": _lines(found), **_counts(found), "now": found.at}
    return render(request, "publishing/campaign_report.html", page)


def _did(request: StaffRequest, one: Campaign, item: PlanItem, do: str) -> str:
    if do == "link":
        rows = planning.linkable(one, request.member)
        chosen = request.POST.get("publication", "")
        if not chosen.isdigit():
            raise Refusal(_("Pilih konten yang akan dihubungkan."), "publication")
        planning.link(item, get_object_or_404(rows, pk=int(chosen)), request.member)
        return _("Konten dihubungkan.")
    if do == "unlink":
        planning.unlink(item, request.member)
        return _("Hubungan dilepas. Kontennya tetap ada.")
    if do == "drop":
        planning.drop(item, request.member, request.POST.get("why", ""))
        return _("Dibatalkan dari rencana. Alasannya tersimpan di laporan.")
    planning.take_up(item, request.member)
    return _("Masuk lagi ke rencana.")


def _form(request: StaffRequest, found: Campaign | None) -> HttpResponse:
    tried, given = Tried(), request.POST
    if request.method == "POST":
        try:
            made = planning.define(
                request.member, texts=given.dict(), unit=_unit(given.get("unit", ""), request.member.unit),
                owner=_owner(given.get("owner", ""), request.member), campaign=found,
                starts_on=_day(given.get("starts_on", "")), ends_on=_day(given.get("ends_on", "")),
            )  # fmt: skip
            return done(request, _("Rencana %(name)s disimpan.") % {"name": made.name}, _to(made))
        except Refusal as refusal:
            tried = Tried.of("campaign", request, refusal)
    page = {
        "found": found, "tried": tried, "values": dict(tried.typed) or _values(request, found),
        "units": _units(request.member), "owners": _owners(),
    }  # fmt: skip
    return render(request, "publishing/campaign_form.html", page, status=422 if tried.form else 200)


def _values(request: StaffRequest, found: Campaign | None) -> dict[str, Any]:
    if found is None:
        return {"unit": str(request.member.unit_id), "owner": str(request.member.pk)}
    return {
        "name": found.name, "objective": found.objective, "audience": found.audience, "message": found.message,
        "unit": str(found.unit_id), "owner": str(found.owner_id), "starts_on": found.starts_on.isoformat(),
        "ends_on": found.ends_on.isoformat(),
    }  # fmt: skip


def _page(request: StaffRequest, one: Campaign, tried: Tried = Tried()) -> HttpResponse:  # noqa: B008
    found = plan_report.report(one, timezone.now())
    may = request.member.may("publication.write") and one.closed_at is None
    page = {
        "one": one, "report": found, "lines": _lines(found), "tried": tried, "may_write": may,
        "platforms": planning.publishing_platforms(),
        "kinds": PublicationKind.choices, "units": _units(request.member), **_counts(found),
        "linkable": planning.linkable(one, request.member)[:50] if may else [],
        "chosen": request.POST.getlist("platforms"), "may_open": request.member.may("publication.write"),
        "mine": request.member.unit_ids() if not request.member.sees_all else None,
    }  # fmt: skip
    return render(request, "publishing/campaign.html", page, status=422 if tried.form else 200)


def _lines(found: Report) -> list[tuple[Line, Word]]:
    return [(one, STATES[one.state]) for one in found.lines]


def _counts(found: Report) -> dict[str, Any]:
    return {
        "counts": [(STATES[code], found.whole.by_state.get(code, 0), code) for code in STATES],
        "numbers": [(name, found.numbers.get(code)) for code, name in plan_report.NUMBERS.items()],
        "state_words": list(STATES.values()),
    }


def _shown(one: Campaign, now: Any) -> Shown:
    today = timezone.localtime(now, one.government.zone).date()
    phase = "coming" if today < one.starts_on else "over" if today > one.ends_on else "running"
    whole = plan_report.report(one, now).whole
    out = whole.by_state.get("on_time", 0) + whole.by_state.get("late", 0)
    return Shown(
        one, "closed" if one.closed_at else phase, whole.planned, out, whole.by_state.get("overdue", 0)
    )


def _find(request: StaffRequest, pk: int) -> Campaign:
    return get_object_or_404(planning.seen_by(request.member), pk=pk)


def _item(one: Campaign, pk: Any) -> PlanItem:
    if not str(pk).isdigit():
        raise Refusal(_("Rencana itu tidak ada."))
    return get_object_or_404(one.items.select_related("campaign", "unit", "publication"), pk=int(pk))


def _units(member: Member) -> list[Unit]:
    rows = Unit.objects.all() if member.sees_all else Unit.objects.filter(pk__in=member.unit_ids())
    return [one for one in rows.order_by("name") if not one.outside]


def _unit(given: str, usual: Unit) -> Unit:
    return get_object_or_404(Unit.objects, pk=int(given)) if given.isdigit() else usual


def _owners() -> Any:
    return Member.objects.select_related("user", "unit").order_by("user__name")


def _owner(given: str, usual: Member) -> Member:
    return get_object_or_404(Member.objects, pk=int(given)) if given.isdigit() else usual


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _to(one: Campaign) -> str:
    return reverse("campaigns_one", args=[one.pk])


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
