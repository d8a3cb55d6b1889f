"""The list of content: what is written, waits, is due and is out, with filters as an address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanggap.agencies.models import Member, Unit
from tanggap.channels.models import Channel
from tanggap.console.doors import screen
from tanggap.console.labels import Word
from tanggap.console.membership import StaffRequest
from tanggap.publishing.composing import listing
from tanggap.publishing.composing.listing import Filters
from tanggap.publishing.models import Delivery, DeliveryState, Publication, PublicationKind, PublicationState

_S = PublicationState
STATES: dict[str, Word] = {
    _S.DRAFT: Word(gettext_lazy("Draf"), "pencil-line"),
    _S.REVIEW: Word(gettext_lazy("Menunggu persetujuan"), "stamp", "blue"),
    _S.APPROVED: Word(gettext_lazy("Disetujui"), "calendar-clock", "teal"),
    _S.OUT: Word(gettext_lazy("Terbit"), "circle-check", "green"),
    _S.FAILED: Word(gettext_lazy("Gagal terbit"), "octagon-alert", "red"),
    _S.CANCELLED: Word(gettext_lazy("Dibatalkan"), "ban"),
    _S.WITHDRAWN: Word(gettext_lazy("Ditarik"), "undo-2", "amber"),
}


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab above the list, with the number that the other filters leave."""

    name: str | Promise
    query: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter above the list: its options as (value, words)."""

    name: str
    label: str
    value: str
    options: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Row:
    """A publication with its state in words; `late` where its minute passed and nothing left."""

    one: Publication
    state: Word
    late: bool
    troubled: int


@screen()
def publications(request: StaffRequest) -> HttpResponse:
    """This will show the publications that the member sees, what changed last first."""
    filters, member = Filters.from_query(request.GET.dict()), request.member
    page = listing.page(member, filters)
    shown = {
        "filters": filters,
        "tabs": _tabs(listing.counts(member, filters), filters),
        "rows": _rows(page.rows),
        "page": page,
        "before": filters.as_query(page=str(page.number - 1)) if page.number > 1 else "",
        "after": filters.as_query(page=str(page.number + 1)) if page.more else "",
        "fields": (choices := _choices(member, filters)),
        "active": _active(filters, choices),
        "cleared": filters.as_query(**dict.fromkeys(filters.active, ""), page=""),
        "may_write": member.may("publication.write"),
        "now": timezone.now(),
    }
    return render(request, "publishing/list.html", shown)


def _tabs(counts: dict[str, int], filters: Filters) -> list[Tab]:
    wanted = filters.state if filters.state in {*_S.values, "all"} else "running"
    named: list[tuple[str, str | Promise]] = [("running", _("Berjalan"))]
    named += [(code, word.name) for code, word in STATES.items() if counts[code] or code == wanted]
    return [
        Tab(name, filters.as_query(state=code, page=""), counts[code], code == wanted)
        for code, name in [*named, ("all", _("Semua"))]
    ]


def _rows(page: Iterable[Publication]) -> list[Row]:
    found, now = list(page), timezone.now()
    bad = [DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.HELD]
    troubled: dict[int, int] = {}
    for pk in Delivery.objects.filter(variant__publication__in=found, state__in=bad).values_list(
        "variant__publication_id", flat=True
    ):
        troubled[pk] = troubled.get(pk, 0) + 1
    open_ = {_S.DRAFT, _S.REVIEW, _S.APPROVED}
    return [
        Row(
            one,
            STATES[one.state],
            one.due_at is not None and one.due_at < now and one.state in open_,
            troubled.get(one.pk, 0),
        )
        for one in found
    ]


def _choices(member: Member, filters: Filters) -> list[Choice]:
    mine = None if member.sees_all else member.unit_ids()
    channels = Channel.objects.filter(variants__isnull=False).distinct().order_by("name")
    units = Unit.objects.filter(active_until__isnull=True).order_by("short_name")
    if mine is not None:
        channels, units = channels.filter(unit_id__in=mine), units.filter(pk__in=mine)
    made = [
        ("channel", _("Kanal"), [(str(one.pk), f"{one.name} ({one.platform})") for one in channels]),
        ("unit", _("Perangkat daerah"), [(str(one.pk), str(one)) for one in units]),
        ("kind", _("Jenis"), [(code, str(label)) for code, label in PublicationKind.choices]),
        ("mine", _("Penulis"), [("1", _("Saya sendiri"))]),
    ]
    return [
        Choice(name, label, getattr(filters, name), [("", label), *options]) for name, label, options in made
    ]


def _active(filters: Filters, choices: list[Choice]) -> list[tuple[str, str]]:
    """The filters in force as (words, address without this one)."""
    words = {one.name: dict(one.options) for one in choices}
    return [
        (
            f"“{value}”" if name == "q" else words[name].get(value, value),
            filters.as_query(**{name: ""}, page=""),
        )
        for name, value in filters.active.items()
    ]
