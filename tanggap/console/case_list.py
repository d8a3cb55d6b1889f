"""The list of cases: tabs by state, filters as an address, pages, and the same rows as a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanggap.agencies.models import Area, Member, Unit
from tanggap.cases import listing
from tanggap.cases.listing import Filters
from tanggap.cases.models import OPEN_STATES, Case, CaseClass, CaseState
from tanggap.console import labels
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest
from tanggap.console.rows import Said, first_said

MOST_EXPORTED = 20_000
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab above the list; `count` None for those whose number would mean nothing."""

    name: str | Promise
    query: str
    count: int | None
    current: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A case with what the list says beside its own fields."""

    case: Case
    area: str
    said: Said
    open: bool


@screen()
def cases(request: StaffRequest) -> HttpResponse:
    """This will show the cases that the member sees, those due first."""
    filters, now = Filters.from_query(request.GET.dict()), timezone.now()
    areas = dict(Area.objects.values_list("code", "name"))
    page = listing.page(request.member, filters, now)
    shown: dict[str, Any] = {
        "filters": filters,
        "tabs": tabs(listing.counts(request.member, now), filters),
        "rows": rows(request.member, page.rows, areas),
        "page": page,
        "before": filters.as_query(page=str(page.number - 1)) if page.number > 1 else "",
        "after": filters.as_query(page=str(page.number + 1)) if page.more else "",
        "active": _active(filters, areas),
        "fields": _fields(filters, areas),
        "cleared": filters.as_query(**dict.fromkeys(filters.active, ""), page=""),
        "export": reverse("cases_csv") + "?" + filters.as_query(page=""),
        "now": now,
    }
    return render(request, "cases/list.html", shown)


@screen()
def cases_csv(request: StaffRequest) -> StreamingHttpResponse:
    """This will write the filtered cases for a spreadsheet set to Indonesian: semicolons, UTF-8 with a mark."""
    filters = Filters.from_query(request.GET.dict())
    areas = dict(Area.objects.values_list("code", "name"))
    found = listing.select(request.member, filters, timezone.now()).order_by("-opened_at", "-id")
    page = list(found.prefetch_related("assignments__unit")[:MOST_EXPORTED])
    answer = StreamingHttpResponse(_lines(page, areas), content_type="text/csv; charset=utf-8")
    name = f"kasus-{timezone.localdate().isoformat()}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def tabs(counts: dict[str, int], filters: Filters) -> list[Tab]:
    """This will return the tabs: open, late, each state that has cases (and the one that is open), all."""
    wanted = filters.state if filters.state in {*CaseState.values, "all"} else "open"
    late = filters.due == "late" and wanted == "open"
    made = [
        Tab(
            _("Terbuka"),
            filters.as_query(state="open", due="", page=""),
            counts["open"],
            wanted == "open" and not late,
        ),
        Tab(_("Terlambat"), filters.as_query(state="open", due="late", page=""), counts["late"], late),
    ]
    for state in CaseState.values:
        if counts[state] or state == wanted:
            name = labels.CASE_STATES[state].name
            made.append(Tab(name, filters.as_query(state=state, page=""), counts[state], state == wanted))
    return [*made, Tab(_("Semua"), filters.as_query(state="all", page=""), None, wanted == "all")]


def rows(member: Member, page: Iterable[Case], areas: dict[str, str]) -> list[Row]:
    """This will add the place's name and the citizen's first words, masked, to the cases of a page."""
    found = list(page)
    said = first_said(member, found)
    return [
        Row(case, areas.get(case.area_code, ""), said.get(case.pk, Said()), case.state in OPEN_STATES)
        for case in found
    ]


_WHEN = {
    "late": gettext_lazy("Terlambat"),
    "today": gettext_lazy("Jatuh tempo hari ini"),
    "week": gettext_lazy("Jatuh tempo 7 hari"),
}
_SORTS = {"due": gettext_lazy("Tenggat terdekat"), "newest": gettext_lazy("Terbaru dibuka")}


@dataclass(frozen=True, slots=True)
class Field:
    """A choice above the list."""

    name: str
    label: str
    value: str
    options: list[tuple[str, str]]


def _fields(filters: Filters, areas: dict[str, str]) -> list[Field]:
    units = [
        (str(one.pk), str(one))
        for one in Unit.objects.filter(active_until__isnull=True).order_by("short_name")
    ]
    unknown = ("?", _("Belum diketahui"))
    named: list[tuple[str, str, list[tuple[str, str]]]] = [
        ("due", _("Tenggat"), _words(_WHEN)),
        ("topic", _("Topik"), [*_words({code: word.name for code, word in labels.TOPICS.items()}), unknown]),
        ("case_class", _("Golongan"), [(one.value, str(one.label)) for one in CaseClass]),
        ("unit", _("Perangkat daerah"), units),
        ("area", _("Wilayah"), [(code, _indented(code, name)) for code, name in sorted(areas.items())]),
        ("urgency", _("Urgensi"), _words({code: word.name for code, word in labels.URGENCIES.items()})),
    ]
    made = [
        Field(name, label, getattr(filters, name), [("", label), *options]) for name, label, options in named
    ]
    return [*made, Field("sort", _("Urutkan"), filters.sort, _words(_SORTS))]


def _indented(code: str, name: str) -> str:
    return f"  {name}" if code.count(".") > 2 else name


def _words(named: dict[str, Any]) -> list[tuple[str, str]]:
    return [(code, str(name)) for code, name in named.items()]


def _active(filters: Filters, areas: dict[str, str]) -> list[tuple[str, str]]:
    """The filters in force as (words, address without this one)."""
    shown = []
    for name, value in filters.active.items():
        if name == "unit":
            unit = Unit.objects.filter(pk=value).first() if value.isdigit() else None
            words = str(unit or value)
        elif name == "area":
            words = areas.get(value, value)
        elif name == "due":
            words = str(_WHEN.get(value, value))
        elif name == "case_class":
            words = str(dict(CaseClass.choices).get(value, value))
        elif name == "q":
            words = f"“{value}”"
        else:
            words = _("Belum diketahui") if value == "?" else str(labels.word(name, value).name)
        shown.append((words, filters.as_query(**{name: ""}, page="")))
    return shown


class _Echo:
    def write(self, text: str) -> str:
        return text


def _lines(found: Iterable[Case], areas: dict[str, str]) -> Iterator[str]:
    write = csv.writer(_Echo(), delimiter=";").writerow
    head = [
        _("Nomor"), _("Judul"), _("Golongan"), _("Topik"), _("Wilayah"), _("Status"), _("Perangkat daerah"),
        _("Dibuka"), _("Tenggat"), _("Ditutup"),
    ]  # fmt: skip
    yield "\ufeff" + str(write(head))
    for case in found:
        yield str(write([_safe(one) for one in _cells(case, areas)]))


def _cells(case: Case, areas: dict[str, str]) -> list[str]:
    topic = str(labels.word("topic", case.topic).name) if case.topic else ""
    offices = ", ".join(dict.fromkeys(str(one.unit) for one in case.assignments.all()))
    return [
        case.number, case.title, case.get_case_class_display(), topic, areas.get(case.area_code, ""),
        case.get_state_display(), offices, _stamp(case.opened_at), _stamp(case.due_at), _stamp(case.closed_at),
    ]  # fmt: skip


def _stamp(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""


def _safe(text: str) -> str:
    """A cell that a spreadsheet would run as a formula is made a text."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text
