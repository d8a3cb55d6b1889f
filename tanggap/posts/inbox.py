"""The inbox: which posts wait for an officer, by view and filter, newest first, page by page.

Pages are cut by (received_at, id), so that new arrivals never shift what an officer is reading, and page 20 costs what
page 1 costs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tanggap.agencies.models import Member
from tanggap.posts.models import DeskState, Post
from tanggap.posts.search import query

PAGE = 50
MOST_COUNTED = 1000

_Rows = models.QuerySet[Post]


def _open(rows: _Rows) -> _Rows:
    return rows.filter(desk=DeskState.OPEN)


@dataclass(frozen=True, slots=True)
class View:
    """A named part of the inbox."""

    name: Any
    keep: Callable[[_Rows, Member], _Rows]


VIEWS: dict[str, View] = {
    "baru": View(_("Baru"), lambda rows, member: _open(rows)),
    "belum_ditugaskan": View(
        _("Belum ditugaskan"), lambda rows, member: _open(rows).filter(assignee__isnull=True)
    ),
    "milik_saya": View(_("Milik saya"), lambda rows, member: _open(rows).filter(assignee=member)),
    "mendesak": View(
        _("Mendesak"), lambda rows, member: _open(rows).filter(urgency__in=["emergency", "high"])
    ),
    "perlu_dipilah": View(_("Perlu dipilah"), lambda rows, member: _open(rows).filter(triage="unsure")),
    "pesan": View(_("Pesan"), lambda rows, member: _open(rows).filter(kind="message")),
    "komentar": View(_("Komentar"), lambda rows, member: _open(rows).filter(kind="comment")),
    "sebutan": View(_("Sebutan"), lambda rows, member: _open(rows).filter(kind="mention")),
    "sensitif": View(
        _("Sensitif"),
        lambda rows, member: _open(rows).filter(Q(has_personal_data=True) | Q(confidential=True)),
    ),
    "ditunda": View(_("Ditunda"), lambda rows, member: rows.filter(desk=DeskState.SNOOZED)),
    "spam": View(_("Spam"), lambda rows, member: rows.filter(desk=DeskState.SPAM)),
    "pantauan": View(_("Pembicaraan"), lambda rows, member: rows.filter(desk=DeskState.LISTENING)),
    "selesai": View(_("Selesai"), lambda rows, member: rows.filter(desk=DeskState.DONE)),
    "semua": View(_("Semua"), lambda rows, member: rows),
}
_PLAIN = ("platform", "sentiment", "topic", "intent", "urgency", "language")


@dataclass(frozen=True, slots=True)
class Filters:
    """What an officer asked for; the same as the page's address, so that it can be shared and goes back."""

    view: str = "baru"
    q: str = ""
    platform: str = ""
    sentiment: str = ""
    topic: str = ""
    intent: str = ""
    urgency: str = ""
    language: str = ""
    area: str = ""
    assignee: str = ""
    channel: str = ""
    since: str = ""
    until: str = ""
    unread: str = ""
    before: str = ""

    @classmethod
    def from_query(cls, values: Mapping[str, str]) -> Filters:
        """This will read filters from an address; unknown names are left out, an unknown view is `baru`."""
        known = {name: str(values[name])[:200] for name in cls.__slots__ if values.get(name)}
        made = cls(**known)
        return made if made.view in VIEWS else replace(made, view="baru")

    def as_query(self, **changes: str) -> str:
        """This will write the filters as an address, with some of them changed."""
        made = replace(self, **changes)
        values = {name: getattr(made, name) for name in self.__slots__ if getattr(made, name)}
        return urlencode(values)

    @property
    def active(self) -> dict[str, str]:
        """The filters in force beside view and page, for the chips above the list."""
        return {
            name: getattr(self, name)
            for name in self.__slots__
            if name not in {"view", "before"} and getattr(self, name)
        }


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and where the next page begins (empty at the end)."""

    rows: list[Post]
    next: str


def page(member: Member, filters: Filters, now: datetime, size: int = PAGE) -> Page:
    """This will return the posts that a member sees with these filters, newest first."""
    rows = select(member, filters).select_related("author", "channel", "assignee__user", "case_link__case")
    if filters.before:
        at, pk = _read_cursor(filters.before)
        # A row comparison, so that the index is entered at the very place.
        rows = rows.filter(received_at__lte=at).exclude(received_at=at, pk__gte=pk)
    found = list(rows.order_by("-received_at", "-id")[: size + 1])
    more = len(found) > size
    found = found[:size]
    return Page(found, _write_cursor(found[-1]) if more else "")


def select(member: Member, filters: Filters) -> _Rows:
    """This will return the query behind a page, without its order."""
    rows: _Rows = VIEWS[filters.view].keep(Post.objects.seen_by(member), member)
    for name in _PLAIN:
        value = getattr(filters, name)
        if value:
            rows = rows.filter(**{name: "" if value == "?" else value})
    if filters.area:
        rows = (
            rows.filter(area_code="")
            if filters.area == "?"
            else rows.filter(area_code__startswith=filters.area)
        )
    if filters.channel.isdigit():
        rows = rows.filter(channel_id=int(filters.channel))
    if filters.assignee:
        rows = (
            rows.filter(assignee_id=int(filters.assignee))
            if filters.assignee.isdigit()
            else rows.filter(assignee=None)
        )
    if filters.unread:
        rows = rows.filter(opened_at__isnull=True)
    zone = member.government.zone
    if since := _day(filters.since, zone):
        rows = rows.filter(received_at__gte=since)
    if until := _day(filters.until, zone):
        rows = rows.filter(received_at__lt=until + timedelta(days=1))
    if filters.q.strip():
        rows = rows.filter(search=query(filters.q))
    return rows


def counts(member: Member) -> dict[str, int]:
    """This will count each view up to 1,000: beyond that an officer only needs to know that it is many."""
    seen = Post.objects.seen_by(member)
    return {
        key: view.keep(seen, member).order_by()[:MOST_COUNTED].count()
        for key, view in VIEWS.items()
        if key not in {"selesai", "semua", "pantauan"}
    }


def _day(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), zone) if text else None
    except ValueError:
        return None


def _write_cursor(post: Post) -> str:
    return f"{post.received_at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{post.pk}"


def _read_cursor(text: str) -> tuple[datetime, int]:
    try:
        at, _dash, pk = text.partition("-")
        return datetime.strptime(at, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC), int(pk)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC), 0
