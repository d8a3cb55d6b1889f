"""The tree of offices: what each does for citizens, since when and until when, and whether that was verified."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tanggap.agencies import offices as deeds
from tanggap.agencies.models import Area, Member, Role, Unit
from tanggap.agencies.roles import ROLES
from tanggap.cases.models import Assignment, AssignmentState
from tanggap.console.answers import Tried, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal

MOST_DEPTH = 6


@dataclass(frozen=True, slots=True)
class Line:
    """An office in the tree; `depth` 0 at the top."""

    unit: Unit
    depth: int
    roles: list[str]
    members: int
    active: bool


@screen(roles={Role.ADMINISTRATOR, Role.COORDINATOR})
def offices(request: StaffRequest) -> HttpResponse:
    """This will show the offices as a tree."""
    units = list(Unit.objects.order_by("name"))
    today = timezone.localdate()
    staff: dict[int, int] = defaultdict(int)
    for unit_id, until in Member.objects.values_list("unit_id", "active_until"):
        staff[unit_id] += until is None or until >= today
    lines = [
        Line(unit, depth, [role_name(code) for code in unit.roles], staff[unit.pk], unit.active_on(today))
        for unit, depth in _tree(units)
    ]
    held = {code for unit in units if unit.active_on(today) for code in unit.roles}
    page = {
        "lines": lines,
        "unverified": sum(1 for one in lines if not one.unit.verified),
        "missing": [role_name(code) for code, role in ROLES.items() if code not in held and not role.outside],
        "may": request.member.may("member.manage"),
    }
    return render(request, "offices/list.html", page)


@screen("member.manage")
def offices_one(request: StaffRequest, pk: int) -> HttpResponse:
    """This will change an office's names, roles and validity."""
    unit = Unit.objects.select_related("parent").get(pk=pk)
    tried = Tried()
    if request.method == "POST":
        typed = request.POST
        try:
            deeds.change_unit(
                unit, request.member, name=typed.get("name", ""), short_name=typed.get("short_name", ""),
                roles=typed.getlist("roles"), active_from=_day(typed.get("active_from", ""), "active_from"),
                active_until=_day(typed.get("active_until", ""), "active_until"), verified="verified" in typed,
            )  # fmt: skip
            return done(request, _("%(unit)s diubah.") % {"unit": unit}, reverse("offices"))
        except Refusal as refusal:
            tried = Tried.of("unit", request, refusal)
    live = [AssignmentState.SENT, AssignmentState.ACCEPTED]
    page = {
        "unit": unit,
        "tried": tried,
        "area": Area.objects.filter(code=unit.area_code).first() if unit.area_code else None,
        "tasks": Assignment.objects.filter(unit=unit, state__in=live).count(),
        "staff": Member.objects.filter(unit=unit).select_related("user"),
        "here": "offices",
    }
    return render(
        request,
        "offices/one.html",
        page | _roles(_typed_roles(request, tried, unit.roles)),
        status=422 if tried.form else 200,
    )


@screen("member.manage")
def offices_new(request: StaffRequest) -> HttpResponse:
    """This will add an office."""
    tried = Tried()
    if request.method == "POST":
        typed = request.POST
        try:
            parent = (
                Unit.objects.filter(pk=typed["parent"]).first() if typed.get("parent", "").isdigit() else None
            )
            made = deeds.add_unit(
                request.member, name=typed.get("name", ""), short_name=typed.get("short_name", ""),
                kind=typed.get("kind", ""), parent=parent, roles=typed.getlist("roles"),
            )  # fmt: skip
            return done(request, _("%(unit)s ditambahkan.") % {"unit": made}, reverse("offices"))
        except Refusal as refusal:
            tried = Tried.of("unit", request, refusal)
    page = {
        "kinds": [(kind, kind.replace("_", " ").capitalize()) for kind in deeds.KINDS],
        "units": Unit.objects.order_by("name"),
        "tried": tried,
        "here": "offices",
    } | _roles(_typed_roles(request, tried, []))  # fmt: skip
    return render(request, "offices/new.html", page, status=422 if tried.form else 200)


def role_name(code: str) -> str:
    """This will name a service role in the language in force."""
    role = ROLES.get(code)
    if role is None:
        return code
    return role.name_en if (get_language() or "id").startswith("en") else role.name


def _roles(held: Iterable[str]) -> dict[str, Any]:
    mine = set(held)
    return {"roles": [(code, role_name(code), code in mine) for code in ROLES]}


def _typed_roles(request: StaffRequest, tried: Tried, kept: list[str]) -> list[str]:
    return request.POST.getlist("roles") if tried.form else kept


def _day(text: str, field: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Refusal(_("Tanggal tidak terbaca. Tulis seperti 2026-11-22."), field) from error


def _tree(units: list[Unit]) -> Iterator[tuple[Unit, int]]:
    """The units in the order of the tree; one whose parents go in a circle comes last, at the top."""
    below: dict[int | None, list[Unit]] = defaultdict(list)
    for unit in units:
        below[unit.parent_id].append(unit)
    seen: set[int] = set()

    def walk(parent: int | None, depth: int) -> Iterator[tuple[Unit, int]]:
        for unit in below[parent]:
            if unit.pk not in seen and depth <= MOST_DEPTH:
                seen.add(unit.pk)
                yield unit, depth
                yield from walk(unit.pk, depth + 1)

    yield from walk(None, 0)
    yield from ((unit, 0) for unit in units if unit.pk not in seen)
