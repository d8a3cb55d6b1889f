"""Words by which public talk is collected: what each finds, and what each platform gives and cannot show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tanggap.channels import collections
from tanggap.channels.models import Collection, Query
from tanggap.console.answers import Tried, done
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Line:
    """A collection with what it found in all and in the last week, and the first trouble of its queries."""

    of: Collection
    week: int
    found: int
    queries: int
    trouble: str


@screen("collection.manage")
def collections_list(request: StaffRequest) -> HttpResponse:
    """This will list the government's collections, active ones first."""
    since = timezone.now() - timedelta(days=7)
    rows = Collection.objects.annotate(
        all_hits=Count("hits", distinct=True),
        week=Count("hits", filter=Q(hits__at__gte=since), distinct=True),
    ).order_by("-active", "name")
    troubles = dict(Query.objects.exclude(error="").order_by("-pk").values_list("collection_id", "error"))
    counted = dict(
        Query.objects.order_by()
        .values_list("collection_id")
        .annotate(Count("pk"))
        .values_list("collection_id", "pk__count")
    )
    lines = [
        Line(one, one.week, one.all_hits, counted.get(one.pk, 0), troubles.get(one.pk, "")) for one in rows
    ]
    return render(request, "collections/list.html", {"lines": lines, "here": "channels"})


@screen("collection.manage")
def collections_new(request: StaffRequest) -> HttpResponse:
    """This will make a collection."""
    return _form(request, None)


@screen("collection.manage")
def collections_one(request: StaffRequest, pk: int) -> HttpResponse:
    """This will change a collection, or begin to collect by it again."""
    return _form(request, get_object_or_404(Collection.objects, pk=pk))


@require_POST
@screen("collection.manage")
def collections_end(request: StaffRequest, pk: int) -> HttpResponse:
    """This will stop collecting; what was found stays."""
    found = get_object_or_404(Collection.objects, pk=pk)
    collections.end(found, request.member)
    said = _("%(name)s dihentikan. Yang sudah ditemukan tetap ada.") % {"name": found.name}
    return done(request, said, reverse("collections"))


@require_safe
@screen("collection.manage")
def collections_reach(request: StaffRequest) -> HttpResponse:
    """This will say what the typed words get from each platform, before anything is saved."""
    return render(request, "collections/reach.html", _reach(request, request.GET))


def _form(request: StaffRequest, found: Collection | None) -> HttpResponse:
    tried = Tried()
    if request.method == "POST":
        typed = request.POST
        try:
            made = collections.define(
                request.member, typed.get("name", ""), _lines(typed.get("words", "")),
                _lines(typed.get("excluded", "")), found,
            )  # fmt: skip
            return done(
                request,
                _("%(name)s dikumpulkan mulai sekarang.") % {"name": made.name},
                reverse("collections"),
            )
        except Refusal as refusal:
            tried = Tried.of("collection", request, refusal)
    kept = (
        {"name": found.name, "words": "\n".join(found.words), "excluded": "\n".join(found.excluded)}
        if found
        else {}
    )
    values = dict(tried.typed) or kept
    page = {"found": found, "values": values, "tried": tried, "here": "channels", **_reach(request, values)}
    return render(request, "collections/form.html", page, status=422 if tried.form else 200)


def _reach(request: StaffRequest, values: Any) -> dict[str, Any]:
    words, excluded = _lines(values.get("words", "")), _lines(values.get("excluded", ""))
    found = collections.reach(request.member.government_id, words, excluded)
    return {"reach": [(one, _often(one.every)) for one in found], "some": bool(words)}


def _often(every: timedelta | None) -> str:
    """How often a query comes, in the largest unit that is not rounded away."""
    if every is None:
        return ""
    minutes = round(every.total_seconds() / 60)
    if minutes < 120:
        return ngettext("%(n)s menit", "%(n)s menit", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    return ngettext("%(n)s jam", "%(n)s jam", hours) % {"n": hours}


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]
