"""Saved texts: templates and blocks by folder (office), with their use and when somebody last read them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Unit
from tanggap.console.answers import Tried
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.core.refusal import Refusal
from tanggap.publishing.composing import snippets
from tanggap.publishing.models import PublicationKind, Snippet


@screen("publication.write")
def publication_snippets(request: StaffRequest) -> HttpResponse:
    """This will list the saved texts by folder; a POST saves a new one."""
    return _kept(request, None) if request.method == "POST" else _page(request)


@screen("publication.write")
def publication_snippet(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show one saved text to be changed; a POST changes it, says that it is still right, or deletes it."""
    one = (
        next(each for each in snippets.offered(request.member) if each.pk == pk)
        if _seen(request, pk)
        else None
    )
    if one is None:
        raise Snippet.DoesNotExist(pk)
    deed = request.POST.get("deed", "")
    if deed == "reviewed":
        snippets.reviewed(one, request.member)
        return _done(request, _("Dicatat: masih benar per hari ini."))
    if deed == "drop":
        snippets.drop(one, request.member)
        return _done(request, _("Cuplikan dihapus. Konten yang memakainya tidak berubah."))
    return _kept(request, one) if request.method == "POST" else _page(request, one)


def _seen(request: StaffRequest, pk: int) -> bool:
    return any(each.pk == pk for each in snippets.offered(request.member))


def _kept(request: StaffRequest, one: Snippet | None) -> HttpResponse:
    post = request.POST
    unit = post.get("unit", "")
    try:
        snippets.keep(
            request.member, name=post.get("name", ""), text=post.get("text", ""), form=post.get("form", ""),
            kind=post.get("kind", ""), changed=one,
            unit=Unit.objects.filter(pk=int(unit)).first() if unit.isdecimal() else None,
        )  # fmt: skip
    except Refusal as refusal:
        return _page(request, one, tried=Tried.of("snippet", request, refusal), status=422)
    return _done(request, _("Cuplikan disimpan."))


def _done(request: StaffRequest, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect(reverse("publication_snippets"))


def _page(
    request: StaffRequest, one: Snippet | None = None, *, tried: Tried | None = None, status: int = 200
) -> HttpResponse:
    member, now = request.member, timezone.now()
    folders: dict[str, list[tuple[Snippet, bool]]] = {}
    for each in snippets.offered(member):
        name = str(each.unit) if each.unit else _("Semua perangkat daerah")
        folders.setdefault(name, []).append((each, snippets.stale(each, now)))
    units = Unit.objects.filter(active_until__isnull=True).order_by("name")
    page = {
        "folders": list(folders.items()),
        "edited": one,
        "tried": tried or Tried(),
        "kinds": PublicationKind.choices,
        "forms": Snippet.Form.choices,
        "units": units if member.sees_all else units.filter(pk__in=member.unit_ids()),
        "now": now,
    }
    return render(request, "publishing/composer_snippets.html", page, status=status)
