"""What every staff page shows around its content: places, counts, health."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, resolve, reverse
from django.utils import timezone
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from tanggap.agencies.models import Member, Notice, Role
from tanggap.channels.models import Channel, Health
from tanggap.publishing import stopping


@dataclass(frozen=True, slots=True)
class Place:
    """A place that the rail, the bar of the phone and the palette lead to; shown where its route exists."""

    route: str
    label: str | Promise
    icon: str
    key: str = ""
    phone: bool = False


PLACES = (
    Place("today", _("Hari ini"), "house", "h", phone=True),
    Place("inbox", _("Kotak Masuk"), "inbox", "i", phone=True),
    Place("add", _("Tambah"), "circle-plus", "n", phone=True),
    Place("cases", _("Kasus"), "folder-open", "k", phone=True),
    Place("tasks", _("Tugas"), "clipboard-list", "t", phone=True),
    Place("publications", _("Konten"), "megaphone", "p"),
    Place("alike", _("Kiriman serupa"), "copy", "s"),
    Place("review", _("Tinjau label"), "tag", "l"),
    Place("models", _("Pembaca"), "gauge", "b"),
    Place("channels", _("Kanal"), "plug", "c"),
    Place("jobs", _("Impor"), "file-up", "m"),
    Place("members", _("Anggota"), "users", "a"),
    Place("offices", _("Perangkat daerah"), "building-2", "o"),
    Place("settings", _("Pengaturan"), "settings", ","),
)
PHONE_PLACES = 4
# Routes of pages that open from a place.
_BELONGS = {
    "thread": "inbox", "case": "cases", "task": "tasks", "mfa": "profile", "account": "profile",
    **dict.fromkeys(
        (
            "publication", "calendar", "approvals", "queue", "library", "campaigns", "archive", "alerts", "rules",
            "routes",
        ),
        "publications",
    ),
}  # fmt: skip
_STALE = timedelta(minutes=15)
_VERY_STALE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sync:
    """How fresh the channels are: `level` is ok, warn or bad; `at` the oldest of the newest fetches."""

    level: str
    at: datetime | None
    troubled: int
    url: str


def chrome(request: HttpRequest) -> dict[str, Any]:
    """This will add the member and what surrounds a page to every template."""
    member: Member | None = getattr(request, "member", None)
    base: dict[str, Any] = {
        "member": member,
        "demo": settings.TANGGAP_DEMO,
        "debug_styles": settings.DEBUG or settings.TANGGAP_DEMO,
    }
    if member is None:
        return base
    return base | {
        "places": SimpleLazyObject(lambda: places(member)),
        "phone_places": SimpleLazyObject(lambda: phone_places(member)),
        "here": _here(request),
        "stopped": SimpleLazyObject(lambda: stopping.stopped(member.government_id)),
        "may_lift": member.may("publishing.stop"),
        "sync": SimpleLazyObject(lambda: sync(member, timezone.now())),
        # A template calls it when it is shown; a lazy object would not compare as a number.
        "unread_notices": cache(lambda: _unread(member)),
    }


def places(member: Member) -> list[dict[str, Any]]:
    """This will return the places that exist and that the member may enter, with their addresses."""
    found = []
    for place in PLACES:
        try:
            url = reverse(place.route)
        except NoReverseMatch:
            continue
        rule = getattr(resolve(url).func, "rule", None)
        if rule is not None and not rule.admits(member.role):
            continue
        found.append(
            {
                "route": place.route,
                "label": place.label,
                "icon": place.icon,
                "key": place.key,
                "url": url,
                "phone": place.phone,
            }
        )
    return found


def phone_places(member: Member) -> list[dict[str, Any]]:
    """This will return the four places of the phone's bar; the fifth is the menu with the rest."""
    mine = [place for place in places(member) if place["phone"]]
    if member.role in {Role.LIAISON, Role.REPORTER}:
        mine.sort(key=lambda place: place["route"] == "cases")  # tasks before the list of cases
    return mine[:PHONE_PLACES]


def sync(member: Member, now: datetime) -> Sync:
    """This will sum up how the connected channels fare."""
    channels = list(
        Channel.objects.filter(closed_at=None)
        .exclude(health__in=[Health.MANUAL, Health.PAUSED])
        .exclude(fetch_due_at=None, health=Health.OK)
        .values_list("health", "last_sync_at")
    )
    troubled = sum(1 for health, _at in channels if health in {Health.FAILING, Health.NEEDS_LOGIN})
    times = [at for _health, at in channels if at]
    oldest = min(times) if times else None
    age = now - oldest if oldest else timedelta()
    level = "bad" if troubled or age > _VERY_STALE else "warn" if age > _STALE else "ok"
    try:
        url = reverse("channels")
    except NoReverseMatch:
        url = ""
    return Sync(level, oldest, troubled, url)


def _unread(member: Member) -> int:
    return int(Notice.objects.filter(member=member, read_at=None).count())


def _here(request: HttpRequest) -> str:
    """The route of the place that is marked as the current one."""
    match = getattr(request, "resolver_match", None)
    name = (match.url_name or "") if match else ""
    first = name.split("_")[0]
    return _BELONGS.get(first, first)
