"""How a publication fares on each channel: a block for pages of what is out, and a page of its own without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tanggap.channels.declared import FIGURES
from tanggap.console import moments
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.publishing import numbers
from tanggap.publishing.figures import SCHEDULE
from tanggap.publishing.models import Publication
from tanggap.publishing.numbers import Post

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

NAMES: Mapping[str, StrPromise] = {
    "views": gettext_lazy("Tayangan"), "reach": gettext_lazy("Jangkauan"), "likes": gettext_lazy("Suka"),
    "comments": gettext_lazy("Komentar"), "shares": gettext_lazy("Dibagikan"), "clicks": gettext_lazy("Klik"),
    "saves": gettext_lazy("Disimpan"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of a post; without one, why there is none."""

    name: StrPromise
    value: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Line:
    """A post with its numbers; `drawn` and `said` are its trend as columns and in words."""

    post: Post
    cells: list[Cell]
    drawn: list[int]
    said: str


@screen()
def publication_figures(request: StaffRequest, pk: int) -> HttpResponse:
    """This will show the numbers of a publication's posts, and what is not known of them."""
    one = get_object_or_404(Publication.objects.seen_by(request.member), pk=pk)
    board = numbers.of(one, timezone.now())
    page = {
        "one": one, "lines": [_line(post) for post in board.posts],
        "totals": [(NAMES[total.name], total) for total in board.totals], "names": NAMES.values(),
        "ages": _ages(), "now": timezone.now(),
    }  # fmt: skip
    htmx = request.headers.get("HX-Request") == "true"
    return render(request, f"publishing/figures{'' if htmx else '_page'}.html", page)


def _line(post: Post) -> Line:
    cells = [Cell(NAMES[name], post.numbers.get(name), _why(post, name)) for name in FIGURES]
    return Line(post, cells, [count for _day, count in post.trend], _said(post))


def _why(post: Post, name: str) -> str:
    if name in post.numbers:
        return ""
    if name in post.tells and post.asked_at is None and post.gone_at is None:
        return _("belum ditanyakan")
    return _("tidak diberi platform")


def _said(post: Post) -> str:
    if not post.trend:
        return ""
    told = ", ".join(f"{moments.day(day)} {count}" for day, count in post.trend)
    return _("%(what)s menurut hari: %(told)s") % {"what": NAMES[post.by], "told": told}


def _ages() -> str:
    """The schedule in words: "1 jam, 6 jam, 1 hari"."""
    return ", ".join(_age(one) for one in SCHEDULE)


def _age(age: timedelta) -> str:
    if age.days:
        return ngettext("%(n)s hari", "%(n)s hari", age.days) % {"n": age.days}
    hours = age.seconds // 3600
    return ngettext("%(n)s jam", "%(n)s jam", hours) % {"n": hours}
