"""The queue as people see it: every publication's deliveries with how they stand, why, and what can be done now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.dateparse import parse_date

from tanggap.agencies.models import Member
from tanggap.channels.models import Channel, Health
from tanggap.publishing import alarms, releasing
from tanggap.publishing.models import Delivery, DeliveryKind, DeliveryState, Publication
from tanggap.publishing.sending import FOR_A_PERSON
from tanggap.publishing.stopping import stopped

PAGE = 20
_S = DeliveryState
OPEN = (_S.WAITING, _S.HELD, _S.SENDING, _S.UNKNOWN, _S.FAILED)
VIEWS = ("open", "person", "scheduled", "unknown", "held", "failed", "sent", "all")
Rows = models.QuerySet[Any]
"""Deliveries with the publication (its id) and the minute that they speak for."""
DEEDS: Mapping[str, tuple[str, ...]] = {
    "scheduled": ("cancel",),
    "due": ("cancel",),
    "again": ("cancel",),
    "stopped": ("cancel",),
    "login": ("mark", "cancel"),
    "paused": ("mark", "cancel"),
    "rests": ("cancel",),
    "closed": ("cancel",),
    "hand": ("mark", "cancel"),
    "held": ("confirm", "cancel"),
    "unknown": ("settle",),
    "failed": ("retry", "cancel"),
}
"""What a person may do with a delivery, by how it stands; nothing where it is not named."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked of the queue; the same as the page's address."""

    state: str = "open"
    q: str = ""
    channel: str = ""
    since: str = ""
    until: str = ""
    page: str = ""

    @classmethod
    def from_query(cls, values: Mapping[str, str]) -> Filters:
        """This will read filters from an address; what it does not know is left out."""
        kept = {name: str(values[name]).strip()[:100] for name in cls.__slots__ if values.get(name)}
        if kept.get("state") not in VIEWS:
            kept.pop("state", None)
        return cls(**kept)

    def as_query(self, **changes: str) -> str:
        """This will write the filters as an address, with some of them changed."""
        made = replace(self, **changes)
        return urlencode({name: getattr(made, name) for name in self.__slots__ if getattr(made, name)})

    @property
    def any(self) -> bool:
        """Whether something is asked for beside the state."""
        return bool(self.q or self.channel or self.since or self.until)

    @property
    def number(self) -> int:
        """The page, from 1."""
        return min(max(int(self.page), 1), 500) if self.page.isdecimal() and len(self.page) < 6 else 1


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery of a publication: how it stands (a key of DEEDS, or sending, sent, cancelled), and its next try."""

    row: Delivery
    standing: str
    late: bool
    next_try: datetime | None = None

    @property
    def deeds(self) -> tuple[str, ...]:
        """What a person may do with it now."""
        return DEEDS.get(self.standing, ())

    @property
    def withdraws(self) -> bool:
        """Whether it takes something away."""
        return self.row.kind == DeliveryKind.WITHDRAW

    @property
    def comments(self) -> bool:
        """Whether it is the first comment below the post, not a part of its thread."""
        last = len(self.row.variant.thread) if self.row.variant else 0
        return not self.withdraws and self.row.part > last


@dataclass(slots=True)
class Group:
    """A publication at one minute, with its deliveries in the order of leaving."""

    publication: Publication
    minute: datetime | None
    jobs: list[Job] = field(default_factory=list)

    @property
    def posts(self) -> list[Job]:
        """The post itself on each channel, those that were given up left out."""
        return [
            one
            for one in self.jobs
            if one.row.part == 0 and not one.withdraws and one.standing != "cancelled"
        ]

    @property
    def out(self) -> int:
        """On how many channels it stands."""
        return sum(1 for one in self.posts if one.standing == "sent")

    @property
    def troubled(self) -> list[Job]:
        """Whatever keeps some of it from being out, for people to read; first those that a person must look at."""
        return [one for one in self.jobs if one.row.error and one.standing not in {"sent", "cancelled"}]

    @property
    def late(self) -> bool:
        return any(one.late for one in self.jobs)


@dataclass(frozen=True, slots=True)
class Page:
    groups: list[Group]
    number: int
    more: bool


def page(member: Member, filters: Filters, now: datetime) -> Page:
    """This will return one page of what a member sees: what is late or due first, what is out newest first."""
    rows = _asked(member, filters, now).values("publication", "minute").order_by()
    past = filters.state in {"sent", "all"}
    ordered = (
        rows.annotate(at=Max("minute")).order_by("-at")
        if past
        else rows.annotate(at=Min("minute")).order_by("at")
    )
    begin = (filters.number - 1) * PAGE
    keys = [(one["publication"], one["minute"]) for one in ordered[begin : begin + PAGE + 1]]
    return Page(_groups(member, keys[:PAGE], now), filters.number, len(keys) > PAGE)


def counts(member: Member, filters: Filters, now: datetime) -> dict[str, int]:
    """This will count the publications of each view that the other filters leave."""
    rows = _narrowed(member, filters)
    told = {
        name: Count("publication", filter=_view(name, now), distinct=True)
        for name in VIEWS
        if name not in {"all", "sent"}
    }
    return {name: int(n) for name, n in rows.aggregate(**told).items()}


def chosen(member: Member, ids: list[int]) -> list[Delivery]:
    """This will return the deliveries with these ids that the member may see, in their order."""
    rows = (
        _seen(member)
        .filter(pk__in=ids)
        .select_related("channel__app", "variant__publication", "after__variant")
    )
    return list(rows.order_by("due_at", "pk"))


def failed(member: Member, filters: Filters, now: datetime) -> list[Delivery]:
    """This will return what failed among the deliveries of a filter, to try all of it again."""
    rows = _asked(member, filters, now).filter(state=_S.FAILED)
    return list(
        rows.select_related("channel__app", "variant__publication", "after__variant").order_by("due_at", "pk")
    )


def waiting(government_id: int) -> int:
    """This will count what the stop switch would hold, or holds: answers to citizens too."""
    return Delivery.objects.filter(government_id=government_id, state__in=[_S.WAITING, _S.HELD]).count()


def of(publication: Publication, now: datetime) -> list[Group]:
    """This will return the deliveries of one publication, by the minutes that they were meant for, newest first."""
    rows = _rows().filter(publication=publication.pk)
    keys = sorted(
        {(one["publication"], one["minute"]) for one in rows.values("publication", "minute")}, key=str
    )
    return _filled({publication.pk: publication}, keys[::-1], rows, now)


def _rows() -> Rows:
    ours = Q(variant__isnull=False) | Q(kind=DeliveryKind.WITHDRAW, after__variant__isnull=False)
    return Delivery.objects.filter(ours).annotate(
        publication=Coalesce(F("variant__publication_id"), F("after__variant__publication_id")),
        minute=Coalesce(F("occurrence"), F("after__occurrence")),
    )


def _seen(member: Member) -> Rows:
    return _rows().filter(publication__in=Publication.objects.seen_by(member).values("pk"))


def _narrowed(member: Member, filters: Filters) -> Rows:
    rows = _seen(member)
    if filters.channel:
        rows = rows.filter(channel__key=filters.channel)
    since, until = _day(filters.since), _day(filters.until)
    if since:
        rows = rows.filter(minute__gte=timezone.make_aware(datetime.combine(since, time())))
    if until:
        rows = rows.filter(minute__lte=timezone.make_aware(datetime.combine(until, time.max)))
    asked = filters.q.removeprefix("#")
    if asked.isdecimal() and len(asked) < 19:
        return rows.filter(publication=int(asked))
    if asked:
        words = Q(title__icontains=asked) | Q(text__icontains=asked)
        rows = rows.filter(publication__in=Publication.objects.filter(words).values("pk"))
    return rows


def _asked(member: Member, filters: Filters, now: datetime) -> Rows:
    return _narrowed(member, filters).filter(_view(filters.state, now))


def _view(name: str, now: datetime) -> Q:
    stuck = Q(channel__health__in=[Health.NEEDS_LOGIN, Health.PAUSED, Health.MANUAL]) | Q(
        channel__closed_at__isnull=False
    )
    return {
        "open": Q(state__in=OPEN),
        "person": Q(state__in=[_S.HELD, _S.FAILED])
        | Q(state=_S.UNKNOWN) & (Q(due_at__gt=now + FOR_A_PERSON / 2) | stuck)
        | Q(state=_S.WAITING, due_at__lte=now)
        & (stuck | Q(manual=True) | Q(after__state=_S.SENT, after__external_id=""))
        | alarms.is_late(now),
        "scheduled": Q(state=_S.WAITING),
        "unknown": Q(state=_S.UNKNOWN),
        "held": Q(state=_S.HELD),
        "failed": Q(state=_S.FAILED),
        "sent": Q(state=_S.SENT),
        "all": Q(),
    }[name]


def _groups(member: Member, keys: list[tuple[int, datetime]], now: datetime) -> list[Group]:
    publications = (
        Publication.objects.seen_by(member)
        .select_related("unit", "author__user")
        .in_bulk([key for key, _at in keys])
    )
    rows = _rows().filter(publication__in=list(publications))
    return _filled(publications, keys, rows, now)


def _filled(
    publications: Mapping[int, Publication],
    keys: list[tuple[int, datetime]],
    rows: Rows,
    now: datetime,
) -> list[Group]:
    found = {key: Group(publications[key[0]], key[1]) for key in keys if key[0] in publications}
    known = rows.select_related("channel__app", "variant", "after__variant", "after__after").order_by(
        "channel__name", "channel_id", "kind", "part", "id"
    )
    stop = {pk: stopped(pk) is not None for pk in {one.government_id for one in publications.values()}}
    broken: dict[tuple[int | None, datetime | None], bool] = defaultdict(bool)
    listed = list(known)
    for row in listed:
        broken[row.variant_id, row.occurrence] |= row.state == _S.FAILED
    for row in listed:
        key = (row.publication, row.minute)
        if key in found:
            below = broken[row.variant_id, row.occurrence]
            found[key].jobs.append(_job(row, now, stop=stop[row.government_id], broken=below))
    return [one for one in found.values() if one.jobs]


def _job(row: Delivery, now: datetime, *, stop: bool, broken: bool) -> Job:
    late = (
        row.state in OPEN
        and row.state != _S.FAILED
        and row.occurrence is not None
        and row.occurrence < now - alarms.GRACE
    )
    standing = _standing(row, now, stop=stop, broken=broken)
    tries = standing in {"again", "rests"} or row.state == _S.UNKNOWN and row.due_at < now + FOR_A_PERSON / 2
    rests = row.channel.rest_until
    soonest = max(row.due_at, rests) if rests and standing == "rests" else row.due_at
    return Job(row, standing, late and standing != "stopped", soonest if tries else None)


def _standing(row: Delivery, now: datetime, *, stop: bool, broken: bool) -> str:
    if row.state != _S.WAITING:
        return row.state
    channel: Channel = row.channel
    if channel.closed_at is not None:
        return "closed"
    if row.after is not None and row.after.state != _S.SENT:
        return "broken" if broken else "thread"
    if releasing.by_hand(row):
        return "hand" if row.due_at <= now else "scheduled"
    if stop and row.due_at <= now:
        return "stopped"
    held = {Health.NEEDS_LOGIN: "login", Health.PAUSED: "paused"}.get(Health(channel.health))
    if held:
        return held
    if row.due_at > now:
        return "again" if row.error else "scheduled"
    return "rests" if channel.rest_until and channel.rest_until > now else "due"


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
