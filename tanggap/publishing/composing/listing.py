"""The list of content: filters as an address, counts by state, pages, newest change first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db import models
from django.db.models import Count, Q

from tanggap.agencies.models import Member
from tanggap.publishing.models import Publication, PublicationState, Variant

PAGE = 40
_S = PublicationState
RUNNING = (_S.DRAFT, _S.REVIEW, _S.APPROVED, _S.FAILED)
"""States in which somebody still has something to do or to wait for."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked of the list; the same as the page's address. `state` may be `running` or `all`."""

    state: str = "running"
    q: str = ""
    channel: str = ""
    unit: str = ""
    kind: str = ""
    mine: str = ""
    page: str = ""

    @classmethod
    def from_query(cls, values: Mapping[str, str]) -> Filters:
        """This will read filters from an address; what it does not know is left out."""
        return cls(**{name: str(values[name])[:200] for name in cls.__slots__ if values.get(name)})

    def as_query(self, **changes: str) -> str:
        """This will write the filters as an address, with some of them changed."""
        made = replace(self, **changes)
        return urlencode({name: getattr(made, name) for name in self.__slots__ if getattr(made, name)})

    @property
    def active(self) -> dict[str, str]:
        """The filters in force beside state and page."""
        return {
            name: getattr(self, name)
            for name in self.__slots__
            if name not in {"state", "page"} and getattr(self, name)
        }


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[Publication]
    number: int
    more: bool


def page(member: Member, filters: Filters) -> Page:
    """This will return one page of what a member sees, what changed last first."""
    number = min(max(int(filters.page), 1), 500) if filters.page.isdecimal() else 1
    channels = models.Prefetch("variants", Variant.objects.select_related("channel").order_by("channel_id"))
    rows = select(member, filters).order_by("-changed_at", "-id")
    rows = rows.select_related("author__user", "unit", "campaign").prefetch_related(channels)
    begin = (number - 1) * PAGE
    found = list(rows[begin : begin + PAGE + 1])
    return Page(found[:PAGE], number, len(found) > PAGE)


def select(member: Member, filters: Filters) -> models.QuerySet[Publication]:
    """This will return the query behind a page, without its order."""
    rows = _but_state(member, filters)
    if filters.state in _S.values:
        return rows.filter(state=filters.state)
    return rows if filters.state == "all" else rows.filter(state__in=RUNNING)


def counts(member: Member, filters: Filters) -> dict[str, int]:
    """This will count by state what the other filters leave, with `running` and `all`."""
    found = dict.fromkeys(_S.values, 0)
    found |= dict(
        _but_state(member, filters).values_list("state").annotate(n=Count("pk", distinct=True)).order_by()
    )
    return found | {
        "running": sum(found[one] for one in RUNNING),
        "all": sum(found[one] for one in _S.values),
    }


def _but_state(member: Member, filters: Filters) -> models.QuerySet[Publication]:
    rows = Publication.objects.seen_by(member)
    if filters.channel.isdecimal():
        rows = rows.filter(variants__channel_id=int(filters.channel)).distinct()
    if filters.unit.isdecimal():
        rows = rows.filter(unit_id=int(filters.unit))
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.mine:
        rows = rows.filter(author=member)
    for word in filters.q.split():
        own = Variant.objects.filter(publication=models.OuterRef("pk"), linked=False, text__icontains=word)
        rows = rows.filter(Q(title__icontains=word) | Q(text__icontains=word) | Q(models.Exists(own)))
    return rows
