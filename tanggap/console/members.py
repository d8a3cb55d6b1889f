"""The people who work here: invite, change role or office, end; for administrators."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tanggap.agencies import joining
from tanggap.agencies.models import Member, Role, Unit
from tanggap.console.answers import Tried, chosen, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal


@screen("member.manage")
def members(request: StaffRequest) -> HttpResponse:
    """This will list the members and take an invitation."""
    return _list(request)


@require_POST
@screen("member.manage")
def members_invite(request: StaffRequest) -> HttpResponse:
    """This will make a member; a new account's first password is shown on this answer only."""
    typed = request.POST
    try:
        unit = _unit(typed.get("unit", ""))
        made, password = joining.invite(
            request.member,
            typed.get("email", "").strip(),
            typed.get("name", "").strip(),
            unit,
            typed.get("role", ""),
        )
    except Refusal as refusal:
        return _list(request, Tried.of("invite", request, refusal))
    return _list(request, invited=made, password=password or "")


@screen("member.manage")
def members_one(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show a member, and change role and office."""
    found = Member.objects.select_related("user", "unit").get(pk=pk)
    tried = Tried()
    if request.method == "POST":
        try:
            role = chosen(request.POST.get("role", ""), Role.values, "role")
            joining.change(found, request.member, role=role, unit=_unit(request.POST.get("unit", "")))
            return done(request, _("%(name)s diubah.") % {"name": found}, reverse("members"))
        except Refusal as refusal:
            tried = Tried.of("change", request, refusal)
            found.refresh_from_db()
    page = {"one": found, "tried": tried, "here": "members", "ended": _ended(found)} | _choices()
    return render(request, "members/one.html", page, status=422 if tried.form else 200)


@require_POST
@screen("member.manage")
def members_end(request: StaffRequest, pk: int) -> HttpResponse:
    """This will end a membership at once."""
    found = Member.objects.select_related("user").get(pk=pk)
    joining.end(found, request.member)
    return done(request, _("Keanggotaan %(name)s berakhir.") % {"name": found}, reverse("members"))


def _list(
    request: StaffRequest,
    tried: Tried = Tried(),  # noqa: B008
    invited: Member | None = None,
    password: str = "",
) -> HttpResponse:
    rows = list(Member.objects.select_related("user", "unit").order_by("user__name"))
    secured = set(
        Authenticator.objects.filter(
            user__in=[one.user_id for one in rows], type=Authenticator.Type.TOTP
        ).values_list("user_id", flat=True)
    )
    page: dict[str, Any] = {
        "active": [one for one in rows if not _ended(one)],
        "ended": [one for one in rows if _ended(one)],
        "secured": secured,
        "tried": tried,
        "invited": invited,
        "password": password,
        "here": "members",
    } | _choices()
    return render(request, "members/list.html", page, status=422 if tried.form else 200)


def _choices() -> dict[str, Any]:
    today = timezone.localdate()
    units = [one for one in Unit.objects.order_by("name") if one.active_on(today)]
    roles = [(role.value, role.label, _help(role)) for role in Role]
    return {"units": units, "roles": roles}


def _help(role: Role) -> str:
    return {
        Role.ADMINISTRATOR: _("Mengatur kanal, anggota, dan aturan; tidak menangani kasus"),
        Role.COORDINATOR: _("Memilah, mendisposisikan, menyetujui balasan"),
        Role.OFFICER: _("Menangani kotak masuk, membalas, menutup kasus"),
        Role.LIAISON: _("Mengerjakan tugas perangkat daerahnya"),
        Role.LEADER: _("Melihat semuanya dan dapat menghentikan kiriman"),
        Role.REPORTER: _("Mencatat laporan dari lapangan"),
        Role.VIEWER: _("Hanya membaca"),
    }[role]


def _unit(pk: str) -> Unit:
    unit = Unit.objects.filter(pk=pk).first() if pk.isdigit() else None
    if unit is None:
        raise Refusal(_("Pilih perangkat daerah dari daftar."), "unit")
    return unit


def _ended(one: Member) -> bool:
    return one.active_until is not None and one.active_until < timezone.localdate()
