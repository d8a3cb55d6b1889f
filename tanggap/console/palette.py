"""The palette (Ctrl+K): places, and what was typed as a case number or a search."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tanggap.cases.models import Case
from tanggap.console import chrome
from tanggap.console.doors import screen
from tanggap.console.membership import StaffRequest

_MOST_CASES = 5


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the palette; `press` names a key that the page answers, else `url` leads away."""

    label: str | Promise
    icon: str
    url: str = ""
    key: str = ""
    press: str = ""
    detail: str = ""


@screen()
def palette(request: StaffRequest) -> HttpResponse:
    """This will list what fits the typed text."""
    typed = request.GET.get("q", "").strip()
    items = [item for item in _places(request) + _actions() if typed.lower() in str(item.label).lower()]
    if typed:
        items = _cases(request, typed) + items + _search(typed)
    return render(request, "parts/palette_items.html", {"items": items})


def _places(request: StaffRequest) -> list[Item]:
    return [
        Item(place["label"], place["icon"], place["url"], f"g {place['key']}" if place["key"] else "")
        for place in chrome.places(request.member)
    ] + [Item(_("Profil dan tampilan"), "circle-user", reverse("profile"))]


def _actions() -> list[Item]:
    """Deeds of the page that is open; the page presses the key where it has one."""
    return [
        Item(_("Balas percakapan ini"), "reply", key="r", press="r"),
        Item(_("Buat kasus dari percakapan ini"), "folder-plus", key="c", press="c"),
        Item(_("Tandai selesai"), "check", key="e", press="e"),
        Item(_("Lihat semua pintasan"), "keyboard", key="?", press="?"),
    ]


def _cases(request: StaffRequest, typed: str) -> list[Item]:
    try:
        return [
            Item(case.number, "folder-open", reverse("case", args=[case.number]), detail=case.title)
            for case in Case.objects.seen_by(request.member)
            .filter(number__icontains=typed)
            .order_by("-opened_at")[:_MOST_CASES]
        ]
    except NoReverseMatch:
        return []


def _search(typed: str) -> list[Item]:
    address = reverse("inbox") + "?" + urlencode({"view": "semua", "q": typed})
    return [Item(_("Cari “%(text)s” di Kotak Masuk") % {"text": typed}, "search", address)]
