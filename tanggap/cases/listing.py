"""Lists of cases and tasks: with filters as an address, counts by state, and what waits for a member today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db import models
from django.db.models import Count, Q

from tanggap.agencies.models import Member
from tanggap.cases.models import OPEN_STATES, Assignment, AssignmentState, Case, CaseState, Reply, ReplyState
from tanggap.channels.models import Channel, Health
from tanggap.posts.models import DeskState, Post
from tanggap.publishing.models import Delivery, DeliveryState

PAGE = 50
_LIVE = [AssignmentState.SENT, AssignmentState.ACCEPTED]
WHEN = ("late", "today", "week")


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked of the case list; the same as the page's address. `state` may be `open`."""

    state: str = "open"
    q: str = ""
    topic: str = ""
    case_class: str = ""
    area: str = ""
    unit: str = ""
    urgency: str = ""
    due: str = ""
    sort: str = "due"
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
        """The filters in force beside state, order and page."""
        return {
            name: getattr(self, name)
            for name in self.__slots__
            if name not in {"state", "sort", "page"} and getattr(self, name)
        }


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[Case]
    number: int
    more: bool


def page(member: Member, filters: Filters, now: datetime) -> Page:
    """This will return one page of the cases that a member sees, those due first unless asked otherwise."""
    number = int(filters.page) if filters.page.isdigit() else 1
    order = {"due": ["due_at", "id"], "newest": ["-opened_at", "-id"]}.get(filters.sort, ["due_at", "id"])
    live = models.Prefetch(
        "assignments", Assignment.objects.filter(state__in=_LIVE).select_related("unit"), to_attr="live_tasks"
    )
    rows = select(member, filters, now).order_by(*order).prefetch_related(live)
    begin = (min(number, 200) - 1) * PAGE
    found = list(rows[begin : begin + PAGE + 1])
    return Page(found[:PAGE], number, len(found) > PAGE)


def select(member: Member, filters: Filters, now: datetime) -> models.QuerySet[Case]:
    """This will return the query behind a page, without its order."""
    rows = Case.objects.seen_by(member)
    if filters.state == "open":
        rows = rows.filter(state__in=OPEN_STATES)
    elif filters.state in CaseState.values:
        rows = rows.filter(state=filters.state)
    for name in ("topic", "case_class", "urgency"):
        if value := getattr(filters, name):
            rows = rows.filter(**{name: "" if value == "?" else value})
    if filters.area:
        rows = rows.filter(area_code__startswith=filters.area)
    if filters.unit.isdigit():
        rows = rows.filter(assignments__unit_id=int(filters.unit), assignments__state__in=_LIVE).distinct()
    if filters.due in WHEN:
        rows = _due(rows.filter(state__in=OPEN_STATES), filters.due, member, now)
    if words := filters.q.strip():
        rows = rows.filter(Q(number__iexact=words) | Q(title__icontains=words) | Q(place__icontains=words))
    return rows


def _due(rows: models.QuerySet[Case], when: str, member: Member, now: datetime) -> models.QuerySet[Case]:
    if when == "late":
        return rows.filter(due_at__lt=now)
    midnight = now.astimezone(member.government.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    end = midnight + timedelta(days=1 if when == "today" else 7)
    return rows.filter(due_at__gte=now, due_at__lt=end)


def counts(member: Member, now: datetime) -> dict[str, int]:
    """This will count the member's cases by state, and those open and late."""
    seen = Case.objects.seen_by(member)
    by_state = dict(seen.order_by().values_list("state").annotate(n=Count("id")))
    late = seen.filter(state__in=OPEN_STATES, due_at__lt=now).count()
    return {**{state: by_state.get(state, 0) for state in CaseState.values}, "late": late,
            "open": sum(n for state, n in by_state.items() if state in OPEN_STATES)}  # fmt: skip


def box(member: Member, *, ended: bool = False) -> models.QuerySet[Assignment]:
    """This will return the tasks of the member's own offices: those to do, late ones first, or those ended."""
    rows = Assignment.objects.filter(unit_id__in=member.unit_ids(), case__in=Case.objects.seen_by(member))
    rows = rows.exclude(state__in=_LIVE) if ended else rows.filter(state__in=_LIVE)
    return rows.select_related("case", "unit").order_by(*(["-ended_at"] if ended else ["due_at", "id"]))


@dataclass(frozen=True, slots=True)
class Today:
    """What a member must do now, what is late, what is new: numbers that lead to lists."""

    overdue: int
    due_today: int
    waiting_approval: int
    mine: int
    unread: int
    emergencies: int
    tasks: int
    unknown_deliveries: int
    troubled_channels: list[Channel]
    received_24h: int
    answered_24h: int
    cases_24h: int
    closed_24h: int


def today(member: Member, now: datetime) -> Today:
    """This will gather a member's first screen."""
    cases, posts = Case.objects.seen_by(member), Post.objects.seen_by(member)
    open_cases, open_posts = cases.filter(state__in=OPEN_STATES), posts.filter(desk=DeskState.OPEN)
    day = now - timedelta(hours=24)
    approvals = Reply.objects.filter(state=ReplyState.WAITING_APPROVAL).exclude(author=member)
    unknown = Delivery.objects.filter(state=DeliveryState.UNKNOWN, reply__post__in=posts)
    return Today(
        overdue=open_cases.filter(due_at__lt=now).count(),
        due_today=_due(open_cases, "today", member, now).count(),
        waiting_approval=approvals.count() if member.may("reply.approve") else 0,
        mine=open_posts.filter(assignee=member)[:1000].count(),
        unread=open_posts.filter(opened_at__isnull=True)[:1000].count(),
        emergencies=open_cases.filter(urgency="emergency", responded_at__isnull=True, history=False).count(),
        tasks=box(member).count(),
        unknown_deliveries=unknown.count(),
        troubled_channels=list(
            Channel.objects.filter(
                health__in=[Health.FAILING, Health.NEEDS_LOGIN, Health.LATE], closed_at__isnull=True
            )
        ),
        received_24h=posts.filter(received_at__gte=day, history=False).count(),
        answered_24h=posts.filter(answered_at__gte=day).count(),
        cases_24h=cases.filter(opened_at__gte=day, history=False).count(),
        closed_24h=cases.filter(closed_at__gte=day).count(),
    )
