"""The row of tabs that the pages of content share."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.translation import gettext_lazy as _

register = template.Library()

TABS = (
    ("publications", _("Konten"), "square-pen"),
    ("calendar", _("Kalender"), "calendar-clock"),
    ("approvals", _("Persetujuan"), "stamp"),
    ("queue", _("Antrean"), "send"),
    ("library", _("Pustaka"), "image"),
    ("campaigns", _("Rencana"), "clipboard-list"),
    ("archive", _("Arsip"), "archive"),
    ("alerts", _("Peringatan"), "siren"),
)
SETTINGS = (
    ("rules", _("Aturan pemeriksaan"), "shield-check"),
    ("routes", _("Jalur persetujuan"), "workflow"),
)


@register.inclusion_tag("publishing/tabs.html", takes_context=True)
def konten_tabs(context: dict[str, Any], here: str) -> dict[str, Any]:
    """This will show the tabs that the member may open; `here` is the route of the present one."""
    role = context["member"].role
    return {"here": here, "tabs": _shown(TABS, role), "settings": _shown(SETTINGS, role)}


def _shown(tabs: tuple[tuple[str, Any, str], ...], role: str) -> list[dict[str, Any]]:
    found = []
    for route, label, icon in tabs:
        try:
            url = reverse(route)
        except NoReverseMatch:
            continue
        rule = getattr(resolve(url).func, "rule", None)
        if rule is None or rule.admits(role):
            found.append({"route": route, "label": label, "icon": icon, "url": url})
    return found
