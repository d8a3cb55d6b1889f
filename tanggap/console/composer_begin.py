"""Where a publication begins: which office, which accounts, empty or from a template."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from tanggap.agencies.models import Member, Unit
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.publishing import writing
from tanggap.publishing.composing import places, snippets
from tanggap.publishing.models import Campaign, Publication, PublicationKind, Snippet


@screen("publication.write")
def publication_new(request: StaffRequest) -> HttpResponse:
    """This will ask where a publication is to stand, and begin it.

    An address may fill in `due`, `channel`, `campaign`, `kind`, `unit`, `template`. `due` is an ISO moment; without an
    offset it is read in the government's zone.
    """
    if request.method == "POST":
        try:
            made = _begun(request)
        except Refusal as refusal:
            return _page(request, wrong=str(refusal), status=422)
        return redirect(reverse("publication", args=[made.pk]))
    return _page(request)


def _begun(request: StaffRequest) -> Publication:
    member, post = request.member, request.POST
    wanted = {int(pk) for pk in post.getlist("channel") if pk.isdecimal()}
    channels = [one for one in places.open_to(member) if one.pk in wanted]
    unit = Unit.objects.filter(pk=_number(post.get("unit", ""))).first() or member.unit
    given: dict[str, Any] = {
        "kind": post.get("kind")
        if post.get("kind") in PublicationKind.values
        else PublicationKind.INFORMATION,
        "due_at": moment(post.get("due", "")),
        "campaign": Campaign.objects.filter(pk=_number(post.get("campaign", ""))).first(),
    }
    template = next((one for one in snippets.offered(member) if str(one.pk) == post.get("template")), None)
    if template is not None:
        snippets.counted(template)
        given["text"] = template.text
        given["kind"] = template.kind or given["kind"]
    return writing.begin(member, unit=unit, channels=channels, **given)


def moment(value: str) -> datetime | None:
    """This will read a moment of an address; None where it is none."""
    try:
        read = parse_datetime(value) if value else None
    except ValueError:
        return None
    return timezone.make_aware(read) if read and timezone.is_naive(read) else read


def _page(request: StaffRequest, *, wrong: str = "", status: int = 200) -> HttpResponse:
    member, asked = request.member, request.POST or request.GET
    channels = places.open_to(member)
    chosen = {int(pk) for pk in asked.getlist("channel") if pk.isdecimal()} or _usual(member)
    page = {
        "channels": channels,
        "chosen": chosen,
        "templates": [one for one in snippets.offered(member) if one.form == Snippet.Form.TEMPLATE],
        "template": asked.get("template", ""),
        "kinds": PublicationKind.choices,
        "kind": asked.get("kind", PublicationKind.INFORMATION),
        "units": _units(member),
        "unit": int(asked["unit"]) if asked.get("unit", "").isdecimal() else member.unit_id,
        "due": asked.get("due", ""),
        "due_at": moment(asked.get("due", "")),
        "campaign": Campaign.objects.filter(pk=_number(asked.get("campaign", ""))).first(),
        "wrong": wrong,
    }
    return render(request, "publishing/composer_new.html", page, status=status)


def _usual(member: Member) -> set[int]:
    """The accounts of the member's newest publication; the own office's where there is none."""
    newest = Publication.objects.filter(author=member).order_by("-pk").first()
    if newest is not None:
        return set(newest.variants.values_list("channel_id", flat=True))
    return {one.pk for one in places.open_to(member) if one.unit_id == member.unit_id}


def _units(member: Member) -> list[Unit]:
    units = Unit.objects.filter(active_until__isnull=True).order_by("name")
    return list(units if member.sees_all else units.filter(pk__in=member.unit_ids()))


def _number(pk: str) -> int:
    return int(pk) if pk.isdecimal() and len(pk) < 18 else 0
