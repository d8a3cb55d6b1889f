"""The composer: one master text, own words where a channel needs them; every send of the form keeps what was typed.

Without JavaScript each button sends the whole form, which is saved before anything else is done. With it the same
addresses are asked in the background, and what was typed is saved as it is typed (`publication_save`).
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from tanggap.agencies.models import Member, Unit
from tanggap.channels.models import Channel
from tanggap.console import composer_deeds, composer_form, composer_panel
from tanggap.console.composer_form import LATE
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.console.publications_page import STATES
from tanggap.core.refusal import Refusal
from tanggap.publishing import contents, stopping, writing
from tanggap.publishing.approval import approving
from tanggap.publishing.composing import places, remarks, snippets
from tanggap.publishing.models import (
    Approval,
    Campaign,
    Copy,
    Decision,
    Delivery,
    Publication,
    PublicationKind,
    PublicationState,
)


@screen()
def publication(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show the composer of a draft, or what became of what was handed in; a POST saves and does a deed."""
    one = of(request.member, pk)
    if request.method == "POST":
        return _posted(request, one)
    return _page(request, one)


@require_POST
@screen("publication.write")
def publication_save(request: StaffRequest, pk: int) -> HttpResponse:
    """This will save what was typed and answer with the revision and what is said of it, for the page to show.

    409 where newer words stand (the typed ones are kept aside), 422 where nothing may be changed any more.
    """
    one = of(request.member, pk)
    typed = composer_form.read(request.POST, one)
    try:
        _keep(request, one, typed)
    except writing.Stale as stale:
        return JsonResponse({"stale": True, "text": str(stale)}, status=409)
    except Refusal as refusal:
        return JsonResponse({"text": str(refusal)}, status=422)
    one = of(request.member, pk)
    now = timezone.now()
    overridden = request.POST.getlist("override")
    shown = composer_panel.look(one, request.member, now, overridden, _reasons(request, one))
    page = {
        "one": one,
        "shown": shown,
        "now": now,
        "overridden": overridden,
        "tagged": _tagged(one, _platforms(shown)),
    }
    answer = {
        "revision": one.revision,
        "at": now.isoformat(),
        "panel": render_to_string("publishing/composer_panel.html", page, request),
        "marks": {str(pane.channel.pk): pane.mark for pane in shown.panes},
        "links": render_to_string("publishing/composer_links.html", page, request),
        "browser": shown.browser,
        "stops": shown.stops,
        "problems": typed.problems,
        "title": str(one),
    }
    return JsonResponse(answer)


@screen()
def publication_state(request: StaffRequest, pk: int) -> HttpResponse:
    """This will say which revision stands, for a page that hears of a change."""
    one = of(request.member, pk)
    copies = Copy.objects.filter(publication=one, member=request.member).count()
    return JsonResponse(
        {"revision": one.revision, "state": one.state, "copies": copies, "remarks": remarks.mark(one)}
    )


def of(member: Member, pk: int) -> Publication:
    """This will return a publication that the member sees."""
    rows = Publication.objects.seen_by(member).select_related(
        "unit", "author__user", "campaign", "route", "government", "follows"
    )
    return get_object_or_404(rows, pk=pk)


def _posted(request: StaffRequest, one: Publication) -> HttpResponse:
    """Saves what was typed, then does what the pressed button says; whatever is refused, the words are kept."""
    deed, _, value = request.POST.get("deed", "save").partition(":")
    problems: dict[str, str] = {}
    try:
        if "revision" in request.POST:
            typed = composer_form.read(request.POST, one)
            problems = typed.problems
            one = _keep(request, one, typed)
        answer = composer_deeds.do(request, one, deed, value)
    except writing.Stale as stale:
        return _page(request, of(request.member, one.pk), status=409, wrong=str(stale))
    except approving.Held as held:
        return _page(request, of(request.member, one.pk), status=422, wrong=str(held), held=True)
    except Refusal as refusal:
        again = of(request.member, one.pk)
        return _page(request, again, status=422, wrong=str(refusal), wrong_at=refusal.field)
    if problems and answer is None:
        return _page(request, of(request.member, one.pk), status=422, problems=problems)
    tab = request.POST.get("tab", "")
    to = reverse("publication", args=[one.pk]) + (f"?kanal={tab}" if tab.isdecimal() else "")
    return _gone_on(request, answer or to)


def _gone_on(request: StaffRequest, to: str) -> HttpResponse:
    """Leads on; the page's script follows by itself, so that messages are shown where they are read."""
    if not request.htmx:
        return redirect(to)
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = to
    return response


def _keep(request: StaffRequest, one: Publication, typed: composer_form.Typed) -> Publication:
    """Saves typed words upon the revision that they were typed upon; an open page takes back nothing handed in."""
    return writing.save(
        one, request.member, _revision(request), typed.fields, typed.variants, reopening=False
    )


def _page(request: StaffRequest, one: Publication, *, status: int = 200, **more: Any) -> HttpResponse:
    member, now = request.member, timezone.now()
    writes = member.may("publication.write") and (member.sees_all or one.unit_id in member.unit_ids())
    editable = writes and one.state == PublicationState.DRAFT
    overridden = request.POST.getlist("override") or [given["rule"] for given in one.overrides]
    reasons = _reasons(request, one)
    shown = composer_panel.look(one, member, now, overridden, reasons)
    tab = request.POST.get("tab") or request.GET.get("kanal", "")
    page = {
        "one": one, "shown": shown, "now": now, "state": STATES[one.state], "writes": writes, "editable": editable,
        "overridden": overridden,
        "passing": composer_panel.PASSING, "may_remark": member.may("note.write"),
        "open_tab": composer_panel.pane_of(tab, shown.panes),
        "remarks": remarks.of(one), "remarks_mark": remarks.mark(one), "versions": one.versions.count(),
        "copy": Copy.objects.filter(publication=one, member=member).order_by("-pk").first(),
        "stop": stopping.stopped(member.government_id), "problems": {}, **more,
    }  # fmt: skip
    if editable:
        page |= _choices(member, one)
        page["tagged"] = _tagged(one, _platforms(shown))
    else:
        page |= {"deliveries": _deliveries(one), "stage": approving.stage_of(one), "newest": _newest(one)}
    if page["copy"] is not None:
        page["differences"] = composer_deeds.differing(page["copy"], one)
    template = "publishing/composer.html" if editable else "publishing/composer_read.html"
    return render(request, template, page, status=status)


def _choices(member: Member, one: Publication) -> dict[str, Any]:
    """What the selects of the composer offer."""
    units = Unit.objects.filter(active_until__isnull=True).order_by("name")
    if not member.sees_all:
        units = units.filter(models.Q(pk__in=member.unit_ids()) | models.Q(pk=one.unit_id))
    due = timezone.localtime(one.due_at) if one.due_at else None
    return {
        "channels": places.open_to(member, one),
        "chosen": set(one.variants.values_list("channel_id", flat=True)),
        "units": units,
        "kinds": PublicationKind.choices,
        "campaigns": Campaign.objects.filter(models.Q(closed_at__isnull=True) | models.Q(pk=one.campaign_id)),
        "lates": LATE,
        "due_date": f"{due:%Y-%m-%d}" if due else "",
        "due_time": f"{due:%H:%M}" if due else "",
        "zone": f"{timezone.localtime(timezone.now()):%Z}",
        "blocks": snippets.offered(member),
        "hashtags": snippets.hashtags(member),
        "names": _names(one),
        "accounts": _accounts(),
        "pick_url": _pick_url(),
        "returned": _returned(one),
    }  # fmt: skip


def _tagged(one: Publication, platforms: list[str]) -> list[tuple[str, str]]:
    """The link with its marks as it stands on each platform; one line where all are the same."""
    if not one.link:
        return []
    found = {platform: contents.tagged(one, platform) for platform in platforms} or {
        "": contents.tagged(one, "…")
    }
    same = len(set(found.values())) == 1
    return [("", next(iter(found.values())))] if same else list(found.items())


def _platforms(shown: composer_panel.Shown) -> list[str]:
    return [pane.channel.platform for pane in shown.panes]


def _names(one: Publication) -> dict[str, list[str]]:
    """Names that the office has given before, to choose from."""
    rows = Publication.objects.filter(unit_id=one.unit_id).exclude(pk=one.pk).order_by("-changed_at")[:200]
    return {
        name: list(dict.fromkeys(value for value in rows.values_list(name, flat=True) if value))[:12]
        for name in ("source", "checked_by", "responsible")
    }


def _accounts() -> list[str]:
    """The official accounts that can be named in a text."""
    handles = (
        Channel.objects.filter(closed_at__isnull=True).exclude(handle="").values_list("handle", flat=True)
    )
    return list(
        dict.fromkeys(f"@{one.lstrip('@')}" for one in handles.order_by("handle")[:60] if " " not in one)
    )


def _pick_url() -> str:
    try:
        return reverse("library_pick")
    except NoReverseMatch:
        return ""


def _returned(one: Publication) -> Approval | None:
    """The decision that gave it back, until it is handed in again."""
    newest = one.approvals.select_related("approver__user", "invitation").order_by("-at").first()
    return newest if newest is not None and newest.decision == Decision.RETURNED else None


def _reasons(request: StaffRequest, one: Publication) -> dict[str, str]:
    kept = {given["rule"]: given.get("reason", "") for given in one.overrides}
    typed = {
        key.removeprefix("reason-"): str(value)
        for key, value in request.POST.items()
        if key.startswith("reason-")
    }
    return kept | typed  # fmt: skip


def _deliveries(one: Publication) -> list[Delivery]:
    rows = Delivery.objects.filter(variant__publication=one).select_related("channel")
    return list(rows.order_by("-occurrence", "channel__name", "part", "-pk"))


def _newest(one: Publication) -> Any:
    return one.versions.select_related("author__user").order_by("-number").first()


def _revision(request: StaffRequest) -> int:
    given = request.POST.get("revision", "")
    return int(given) if given.isdecimal() else 0
