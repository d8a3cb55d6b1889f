"""Approval routes: which stages publications of an office and a kind go through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tanggap.agencies.models import Member, Role, Unit
from tanggap.console.answers import Tried, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.publishing.approval import approval_routes, delegating
from tanggap.publishing.models import PublicationKind, Route


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as the form shows it."""

    name: str = ""
    roles: tuple[str, ...] = ()
    members: tuple[int, ...] = ()
    hours: str = ""
    others: bool = True


@require_safe
@screen("publication.routes")
def routes(request: StaffRequest) -> HttpResponse:
    """This will list the routes that stand, the general one first, and the templates."""
    rows = Route.objects.filter(ended_at=None).select_related("unit").order_by("unit__name", "kind")
    page = {
        "routes": sorted(rows, key=lambda one: (one.unit_id is not None, one.kind != "")),
        "templates": approval_routes.TEMPLATES, "kinds": dict(PublicationKind.choices), "roles": dict(Role.choices),
        "waiting": len(approval_routes.under_way(None, "")),
        "names": _names(pk for one in rows for stage in one.stages for pk in stage.get("members", ())),
    }  # fmt: skip
    return render(request, "publishing/approval_routes.html", page)


@screen("publication.routes")
def routes_edit(request: StaffRequest) -> HttpResponse:
    """This will make or replace the route of an office and a kind; without JavaScript too: buttons add and take away
    stages by sending the form back."""
    if request.method != "POST":
        return _begin(request)
    shown = _typed(request)
    if request.POST.get("do") != "save":
        return _form(request, _changed(shown, request.POST.get("do", "")), Tried())
    try:
        unit = _unit(request.POST.get("unit", ""))
        made = approval_routes.put(
            request.member, unit, request.POST.get("kind", ""), [_given(one) for one in shown],
            _number(request.POST.get("seen", "")) or None,
        )  # fmt: skip
    except Refusal as refusal:
        return _form(request, shown, Tried.of("route", request, refusal))
    where = made.unit.name if made.unit else _("semua perangkat daerah")
    return done(
        request,
        _("Jalur untuk %(where)s berlaku mulai pengajuan berikutnya.") % {"where": where},
        reverse("routes"),
    )


@require_POST
@screen("publication.routes")
def routes_end(request: StaffRequest, pk: int) -> HttpResponse:
    """This will end a route; the one above it stands from the next hand-in."""
    approval_routes.end(Route.objects.get(pk=pk), request.member)
    return done(
        request, _("Jalur diakhiri. Jalur di atasnya berlaku mulai pengajuan berikutnya."), reverse("routes")
    )


def _begin(request: StaffRequest) -> HttpResponse:
    template = next(
        (one for one in approval_routes.TEMPLATES if one["key"] == request.GET.get("templat")), None
    )
    standing = Route.objects.filter(pk=_number(request.GET.get("jalur", "")), ended_at=None).first()
    given = (
        template["stages"]
        if template
        else standing.stages
        if standing
        else approval_routes.TEMPLATES[0]["stages"]
    )
    return _form(request, [_shown(one) for one in given], Tried(), standing)


def _form(
    request: StaffRequest, shown: list[Stage], tried: Tried, standing: Route | None = None
) -> HttpResponse:
    typed = request.POST if request.method == "POST" else request.GET
    unit = standing.unit if standing else _unit(typed.get("unit", ""), strict=False)
    kind = standing.kind if standing else typed.get("kind", "")
    before = approval_routes.standing(unit, kind)
    # A form that was sent keeps what it showed; asked anew for another office, it shows what stands there.
    place = f"{unit.pk if unit else ''}|{kind}"
    same = typed.get("place") == place
    now = timezone.now()
    page: dict[str, Any] = {
        "stages": shown, "tried": tried, "unit": unit, "kind": kind, "before": before, "place": place,
        "seen": typed.get("seen", "") if same else (before.pk if before else ""),
        "units": Unit.objects.order_by("name"), "kinds": PublicationKind.choices,
        "roles": [(role, Role(role).label) for role in approval_routes.DECIDING_ROLES],
        "members": delegating.choices(Member(pk=0), now),
        "under_way": approval_routes.under_way(unit, kind),
        "wrong": _number(tried.at.removeprefix("stage-")) if tried.at.startswith("stage-") else -1,
        "stuck": _stuck(unit, shown), "most": approval_routes.MOST_STAGES,
    }  # fmt: skip
    return render(request, "publishing/approval_route.html", page, status=422 if tried.form else 200)


def _stuck(unit: Unit | None, shown: list[Stage]) -> list[tuple[Member, str]]:
    ready = [_given(one) for one in shown]
    if not ready or any(not one["name"] or not (one["roles"] or one["members"]) for one in ready):
        return []
    return approval_routes.stuck(unit, ready, timezone.now())


def _typed(request: HttpRequest) -> list[Stage]:
    typed = request.POST
    return [
        Stage(
            typed.get(f"name-{at}", ""), tuple(typed.getlist(f"role-{at}")),
            tuple(_number(pk) for pk in typed.getlist(f"member-{at}") if _number(pk)),
            typed.get(f"hours-{at}", ""), typed.get(f"others-{at}") == "on",
        )
        for at in range(min(_number(typed.get("count", "")), approval_routes.MOST_STAGES + 1))
    ]  # fmt: skip


def _changed(shown: list[Stage], do: str) -> list[Stage]:
    what, _sep, where = do.partition("-")
    at = _number(where) if where.isdigit() else -1
    if what == "add" and len(shown) < approval_routes.MOST_STAGES:
        return [*shown, Stage()]
    if what == "drop" and 0 <= at < len(shown):
        return [one for place, one in enumerate(shown) if place != at]
    if what == "up" and 0 < at < len(shown):
        return [*shown[: at - 1], shown[at], shown[at - 1], *shown[at + 1 :]]
    return shown


def _given(one: Stage) -> dict[str, Any]:
    hours = one.hours.strip()
    if hours and not (hours.isdigit() and len(hours) < 6):
        raise Refusal(_("Tenggat tahap ditulis dalam jam, dengan angka."), "hours")
    return {
        "name": one.name, "roles": list(one.roles), "members": list(one.members),
        "hours": int(hours) if hours else None, "others": one.others,
    }  # fmt: skip


def _shown(stage: dict[str, Any]) -> Stage:
    hours = stage.get("hours")
    return Stage(
        stage["name"], tuple(stage["roles"]), tuple(stage["members"]), str(hours) if hours else "",
        bool(stage["others"]),
    )  # fmt: skip


def _unit(typed: str, *, strict: bool = True) -> Unit | None:
    if not typed:
        return None
    found = Unit.objects.filter(pk=_number(typed)).first()
    if found is None and strict:
        raise Refusal(_("Pilihan itu tidak ada dalam daftar. Pilih lagi; isian lain tetap ada."), "unit")
    return found


def _names(pks: Any) -> dict[int, str]:
    return {row.pk: str(row) for row in Member.objects.filter(pk__in=set(pks)).select_related("user")}


def _number(typed: str) -> int:
    return int(typed) if typed.isdigit() and len(typed) < 18 else 0
