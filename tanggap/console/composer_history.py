"""The versions of a publication as they were handed in, and what changed from one to the next."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tanggap.agencies.models import Unit
from tanggap.channels.models import Channel
from tanggap.console.composer_page import of
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.publishing import contents
from tanggap.publishing.approval import differences
from tanggap.publishing.models import PublicationKind

FACTS = {
    "kind": _("Jenis"), "unit": _("Perangkat daerah"), "source": _("Sumber"), "checked_by": _("Pemeriksa fakta"),
    "responsible": _("Penanggung jawab"),
}  # fmt: skip


@screen()
def publication_history(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show every version of a publication with what changed since the one before; newest first."""
    one = of(request.member, pk)
    versions = list(one.versions.select_related("author__user").order_by("number"))
    shown = [
        _shown(before.content if before else "", version.content) | {"version": version}
        for before, version in zip([None, *versions], versions, strict=False)
    ]
    standing = contents.canonical(one)
    unsaved = (
        _shown(versions[-1].content, standing) if versions and versions[-1].content != standing else None
    )
    page = {
        "one": one, "versions": shown[::-1], "since": unsaved, "now": timezone.now(),
        "decisions": one.approvals.select_related("approver__user", "invitation").order_by("-at"),
    }  # fmt: skip
    return render(request, "publishing/composer_history.html", page)


def _shown(before: str, after: str) -> dict[str, Any]:
    found = differences.between(before, after)
    names = dict(
        Channel.objects.filter(pk__in={part.channel for part in found.parts}).values_list("pk", "name")
    )
    return {
        "parts": [(names.get(part.channel, ""), part) for part in found.parts],
        "facts": [(FACTS[name], _words(name, old), _words(name, new)) for name, (old, new) in found.facts.items()],
    }  # fmt: skip


def _words(name: str, value: Any) -> str:
    if name == "unit":
        return str(Unit.objects.filter(pk=value).first() or "")
    return (
        str(PublicationKind(value).label)
        if name == "kind" and value in PublicationKind.values
        else str(value or "–")
    )
