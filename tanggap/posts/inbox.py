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
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from tanggap.agencies.models import Member
from tanggap.posts import newest
from tanggap.posts.models import DeskState, Post
from tanggap.posts.search import query

PAGE = 30
"""Rows at a time: two screens full; scrolling brings the next. A row takes a millisecond to draw."""
MOST_COUNTED = 1000
MOST_LOOKED_AT = 20_000
RELATED = ("author", "channel", "assignee__user", "case_link__case", "likeness")
"""What a row shows beside the post."""
DEFERRED = ("search", "channel__token", "likeness__words")

_Rows = models.QuerySet[Post]


@dataclass(frozen=True, slots=True)
class View:
    """A named part of the inbox: where its posts stand on the desk (None: anywhere) and what else holds for them."""

    name: Any
    desk: DeskState | None = DeskState.OPEN
    also: Callable[[Member], Q] = lambda _member: Q()


VIEWS: dict[str, View] = {
    "baru": View(_("Baru")),
    "belum_ditugaskan": View(_("Belum ditugaskan"), also=lambda _member: Q(assignee__isnull=True)),
    "milik_saya": View(_("Milik saya"), also=lambda member: Q(assignee=member)),
    "mendesak": View(_("Mendesak"), also=lambda _member: Q(urgency__in=["emergency", "high"])),
    "perlu_dipilah": View(_("Perlu dipilah"), also=lambda _member: Q(triage="unsure")),
    "pesan": View(_("Pesan"), also=lambda _member: Q(kind="message")),
    "komentar": View(_("Komentar"), also=lambda _member: Q(kind="comment")),
    "sebutan": View(_("Sebutan"), also=lambda _member: Q(kind="mention")),
    "sensitif": View(_("Sensitif"), also=lambda _member: Q(has_personal_data=True) | Q(confidential=True)),
    "ditunda": View(_("Ditunda"), DeskState.SNOOZED),
    "spam": View(_("Spam"), DeskState.SPAM),
    "pantauan": View(_("Pembicaraan"), DeskState.LISTENING),
    "selesai": View(_("Selesai"), DeskState.DONE),
    "semua": View(_("Semua"), None),
}
_COUNTED_APART = ("milik_saya", "ditunda", "spam")
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
    alike: str = ""
    collection: str = ""
    fold: str = ""
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
    table, rows = _table(member, filters), select(member, filters)
    if filters.before:
        place = _read_cursor(filters.before)
        table, rows = newest.before(table, *place), newest.before(rows, *place)
    ids = newest.ids(table, rows, _labels(filters), size + 1)
    whole = Post.objects.seen_by(member).select_related(*RELATED).defer(*DEFERRED)
    found = whole.in_bulk(ids[:size])
    listed = [found[pk] for pk in ids[:size] if pk in found]
    return Page(listed, _write_cursor(listed[-1]) if len(ids) > size and listed else "")


def select(member: Member, filters: Filters) -> _Rows:
    """This will return the query behind a page, without its order."""
    rows = _table(member, filters) & Post.objects.seen_by(member).filter(VIEWS[filters.view].also(member))
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
    if filters.q.strip():
        rows = rows.filter(search=query(filters.q))
    if filters.alike.isdigit():
        rows = rows.filter(likeness__cluster_id=int(filters.alike))
    if filters.collection.isdigit():
        rows = rows.filter(hits__collection_id=int(filters.collection))
    return _one_of_each(rows) if filters.fold else rows


def counts(member: Member) -> dict[str, int]:
    """This will count each view up to 1,000: beyond that an officer only needs to know that it is many.

    Of open posts the newest 20,000 that the member sees are looked at, all views in one statement.
    """
    seen = Post.objects.seen_by(member)
    open_ = seen.filter(desk=DeskState.OPEN).order_by(*newest.ORDER)[:MOST_LOOKED_AT]
    together = {
        key: Count("pk", filter=view.also(member))
        for key, view in VIEWS.items()
        if view.desk == DeskState.OPEN and key not in _COUNTED_APART
    }
    counted = open_.aggregate(**together)
    for key in _COUNTED_APART:
        apart = seen.filter(VIEWS[key].also(member), desk=VIEWS[key].desk)
        counted[key] = apart.order_by()[:MOST_COUNTED].count()
    return {key: min(many, MOST_COUNTED) for key, many in counted.items()}


def _table(member: Member, filters: Filters) -> _Rows:
    """What an index in order of time tells apart: the government's posts on one desk, unread, in a range of days."""
    rows: _Rows = Post.objects.filter(government_id=member.government_id)
    if desk := VIEWS[filters.view].desk:
        rows = rows.filter(desk=desk)
    if filters.unread:
        rows = rows.filter(opened_at__isnull=True)
    zone = member.government.zone
    if since := _day(filters.since, zone):
        rows = rows.filter(received_at__gte=since)
    if until := _day(filters.until, zone):
        rows = rows.filter(received_at__lt=until + timedelta(days=1))
    return rows


def _one_of_each(rows: _Rows) -> _Rows:
    """Of posts that say nearly the same the one that came last, among those that fit: no matter is hidden."""
    mine = OuterRef("likeness__received_at")
    later = rows.filter(
        Q(likeness__received_at__gt=mine) | Q(pk__gt=OuterRef("pk")),
        likeness__cluster=OuterRef("likeness__cluster"),
        likeness__received_at__gte=mine,
    )
    return rows.filter(~Exists(later))


def _labels(filters: Filters) -> dict[str, str]:
    """The filters that the index of labels knows; "?" asks for an empty one."""
    labels = {name: getattr(filters, name).replace("?", "") for name in _PLAIN if getattr(filters, name)}
    if filters.area == "?" or len(filters.area) == 13:
        labels["area_code"] = filters.area.replace("?", "")
    elif len(filters.area) == 8:
        labels["district"] = filters.area
    return labels


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
