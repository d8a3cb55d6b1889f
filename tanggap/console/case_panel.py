"""The panel beside a conversation: the case it belongs to, or the forms that make one or join one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tanggap.agencies.models import Area, Member, Unit
from tanggap.cases import joining, making, similar
from tanggap.cases.models import OPEN_STATES, Case, CaseClass, Secrecy
from tanggap.console import labels
from tanggap.console.doors import back, screen, toast
from tanggap.console.membership import StaffRequest
from tanggap.console.rows import Said, area_names, case_of, first_said
from tanggap.posts.models import Post


def panel(member: Member, post: Post) -> dict[str, Any]:
    """This will gather the case of a post, if the member may see it, and whether one may be made."""
    linked = case_of(post)
    case = Case.objects.seen_by(member).filter(pk=linked.pk).first() if linked else None
    return {
        "focus": post,
        "case": case,
        "case_url": case_address(case) if case else "",
        "case_open": bool(case and case.state in OPEN_STATES),
        "case_place": area_names([case.area_code]).get(case.area_code, case.place) if case else "",
        "tasks": list(case.assignments.select_related("unit").order_by("sent_at")) if case else [],
        "case_posts": case.links.count() if case else 0,
        "may_make": member.may("case.triage") and linked is None,
        "now": timezone.now(),
    }


def case_address(case: Case) -> str:
    """This will return the address of the case's page, empty where there is none."""
    try:
        return reverse("case", args=[case.number])
    except NoReverseMatch:
        return ""


@screen()
def thread_case(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show the panel as it stands now."""
    return render(request, "thread_case.html", panel(request.member, _post(request.member, pk)))


@screen("case.triage")
def thread_case_form(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show the form for a case with what the system suggests; choices made already are kept."""
    post = _post(request.member, pk)
    return render(request, "thread_case_form.html", _form(request, post))


@require_POST
@screen("case.triage")
def thread_case_make(request: StaffRequest, pk: int) -> HttpResponse:
    """This will make a case of the post, with the officer's choices."""
    post = _post(request.member, pk)
    chosen = request.POST
    case = making.from_post(
        post, request.member, title=chosen.get("title", "").strip()[:200],
        case_class=_known(chosen.get("case_class"), CaseClass.values), topic=chosen.get("topic", ""),
        area_code=chosen.get("area_code", ""), secrecy=_known(chosen.get("secrecy"), Secrecy.values) or "",
        units=_units(chosen.getlist("units")) or None,
    )  # fmt: skip
    told = _("Kasus %(number)s dibuat.") % {"number": case.number}
    if not request.htmx:
        return back(request, told, to=reverse("thread", args=[pk]))
    page = render(request, "thread_case.html", panel(request.member, _post(request.member, pk)))
    return toast(page, told, desk={"ids": [pk], "did": "case"})


@screen("case.triage")
def thread_case_join(request: StaffRequest, pk: int) -> HttpResponse:
    """This will offer open cases that may be about the same matter, and put the post into the one chosen."""
    post = _post(request.member, pk)
    if request.method != "POST":
        return render(request, "thread_case_join.html", _join_form(request.member, post))
    number = request.POST.get("typed", "").strip() or request.POST.get("number", "")
    case = joining.by_number(number, request.member)
    joining.join(post, case, request.member)
    told = _("Pesan digabungkan ke kasus %(number)s.") % {"number": case.number}
    if not request.htmx:
        return back(request, told, to=reverse("thread", args=[pk]))
    page = render(request, "thread_case.html", panel(request.member, _post(request.member, pk)))
    return toast(page, told, desk={"ids": [pk], "did": "case"})


def _join_form(member: Member, post: Post) -> dict[str, Any]:
    found = similar.of_post(post, member)
    said = first_said(member, found)
    return {
        "focus": post,
        "alike": [(case, said.get(case.pk, Said())) for case in found],
        "now": timezone.now(),
    }


def _form(request: HttpRequest, post: Post) -> dict[str, Any]:
    asked = request.GET
    suggested = making.suggestion(
        post, topic=asked.get("topic"), area_code=asked.get("area_code"),
        case_class=_known(asked.get("case_class"), CaseClass.values),
    )  # fmt: skip
    typed = asked.get("title", "")
    before = asked.get("suggested_title", "")
    return {
        "focus": post,
        "suggested": suggested,
        "title": typed if typed and typed != before else suggested.title,
        "classes": CaseClass.choices,
        "secrecies": Secrecy.choices,
        "secrecy": asked.get("secrecy") or (Secrecy.CONFIDENTIAL if post.confidential else Secrecy.PUBLIC),
        "topics": labels.TOPICS,
        "areas": Area.objects.order_by("level", "name").only("code", "name", "level"),
        "units": Unit.objects.order_by("name").exclude(pk__in=[one.unit.pk for one in suggested.units]),
        "now": timezone.now(),
    }


def _units(ids: list[str]) -> list[Unit]:
    return list(Unit.objects.filter(pk__in=[int(one) for one in ids if one.isdigit()]))


def _known(value: str | None, values: list[str]) -> str | None:
    return value if value in values else None


def _post(member: Member, pk: int) -> Post:
    rows = Post.objects.seen_by(member)
    return get_object_or_404(rows.select_related("author", "channel__app", "case_link__case"), pk=pk)
