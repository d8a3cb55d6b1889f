"""What stands on the calendar between two days: publications, their times and conflicts, and what surrounds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from tanggap.agencies import calendar_file
from tanggap.agencies.calendars import CalendarError
from tanggap.agencies.models import Government, Member, Unit
from tanggap.agencies.national_holidays import Holiday, national_holidays
from tanggap.channels.models import Channel
from tanggap.publishing import commemorations, silence
from tanggap.publishing.commemorations import Commemoration
from tanggap.publishing.models import (
    AGREED,
    Campaign,
    Delivery,
    DeliveryState,
    Publication,
    PublicationKind,
    PublicationState,
    Recurrence,
    SilentPeriod,
)
from tanggap.publishing.occurrences import Times

_D, _P = DeliveryState, PublicationState
GAP: Final = timedelta(minutes=15)
"""Two publications nearer than this on one channel are in each other's way, unless the government's file says else."""
_LATE: Final = timedelta(minutes=1)
_GONE: Final = (_P.CANCELLED, _P.WITHDRAWN)
_WORST: Final = (_D.FAILED, _D.HELD, _D.UNKNOWN, _D.SENDING, _D.WAITING, _D.SENT)
MOVABLE: Final = frozenset({"draft", "review", "approved", "waiting", "held"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which publications are asked for; None means all."""

    channel: int | None = None
    unit: int | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One time of one publication. `state`: draft, review, approved, paused, planned (a later time of a repetition), or
    the worst state of its deliveries; `late` where its minute has passed and it is not out; `part_out` where some
    channels have it and others do not."""

    publication: Publication
    at: datetime
    state: str
    channels: tuple[Channel, ...]
    late: bool = False
    part_out: bool = False
    repeats: bool = False
    conflicts: tuple[str, ...] = ()

    @property
    def movable(self) -> bool:
        """Whether it may be given another minute."""
        return self.state in MOVABLE and not self.repeats and not self.part_out


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something stands in time, as far as conflicts are concerned."""

    pk: int
    at: datetime
    channels: frozenset[int]
    unit: int
    office: str
    name: str = ""


@dataclass(slots=True)
class Day:
    """One day with all that it carries."""

    date: date
    holiday: Holiday | None = None
    commemorations: list[Commemoration] = field(default_factory=list)
    silences: list[SilentPeriod] = field(default_factory=list)
    campaigns: list[Campaign] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def days(member: Member, first: date, last: date, wanted: Wanted, now: datetime) -> list[Day]:
    """This will return the days from `first` to `last`, both included, as a member sees them."""
    government = member.government
    zone = government.zone
    since, until = midnight(first, zone), midnight(last + timedelta(days=1), zone)
    found = {day: Day(day) for day in _days(first, last)}
    for day, one in commemorations.between(first, last):
        found[day].commemorations.append(one)
    for day, holiday in holidays(government, first, last).items():
        found[day].holiday = holiday
    periods = silence.standing(since, until)
    for period in periods:
        begin, end = period.starts_at.astimezone(zone), period.ends_at.astimezone(zone) - timedelta(seconds=1)
        for day in _days(max(first, begin.date()), min(last, end.date())):
            found[day].silences.append(period)
    for campaign in campaigns(member, first, last):
        for day in _days(max(first, campaign.starts_on), min(last, campaign.ends_on)):
            found[day].campaigns.append(campaign)
    listed = entries(member, since, until, wanted, now)
    off = {day: each.holiday for day, each in found.items() if each.holiday}
    for one_entry in with_conflicts(
        listed, _spots(since - GAP, until + GAP, listed), periods, off, government
    ):
        found[one_entry.at.astimezone(zone).date()].entries.append(one_entry)
    return list(found.values())


def entries(member: Member, since: datetime, until: datetime, wanted: Wanted, now: datetime) -> list[Entry]:
    """This will return each time of a member's publications from `since` up to `until`, in order, no conflicts."""
    in_time = Q(due_at__gte=since, due_at__lt=until)
    queued = Delivery.objects.filter(variant__isnull=False, occurrence__gte=since, occurrence__lt=until)
    queued = queued.exclude(state=_D.CANCELLED)
    with_queue = Q(pk__in=queued.values("variant__publication"))
    again = Q(recurrence__next_at__lt=until)
    rows = _seen(member, wanted).filter(in_time | with_queue | again).distinct()
    states: dict[int, dict[datetime, list[str]]] = defaultdict(lambda: defaultdict(list))
    for pk, occurrence, state in queued.values_list("variant__publication", "occurrence", "state"):
        if occurrence is not None:
            states[pk][occurrence].append(state)
    found = [one for row in rows for one in _times(row, states.get(row.pk, {}), since, until, now)]
    return sorted(found, key=lambda one: (one.at, one.publication.pk))


def undated(member: Member, wanted: Wanted, most: int = 50) -> list[Publication]:
    """This will return the drafts that have no minute yet, the last touched first."""
    rows = _seen(member, wanted).filter(due_at=None, state__in=[_P.DRAFT, _P.REVIEW])
    return list(rows.order_by("-changed_at", "-pk")[:most])


def overdue(member: Member, now: datetime) -> list[datetime]:
    """This will return the minutes of the member's publications that have passed without their being out."""
    open_ = [_P.DRAFT, _P.REVIEW, _P.APPROVED, _P.FAILED]
    passed = Publication.objects.seen_by(member).filter(due_at__lt=now - _LATE, state__in=open_)
    waits = Delivery.objects.filter(
        variant__publication=models.OuterRef("pk"), state__in=[_D.WAITING, _D.HELD, _D.FAILED, _D.UNKNOWN],
        occurrence__lt=now - _LATE,
    )  # fmt: skip
    late = passed.filter(~Q(state=_P.APPROVED) | models.Exists(waits))
    return [at for at in late.values_list("due_at", flat=True) if at]


def holidays(government: Government, first: date, last: date) -> dict[date, Holiday]:
    """This will return the days off between two days: national, joint leave, and the government's own."""
    code = (government.file or {}).get("calendar")
    own = None
    if code:
        try:
            own = calendar_file.load(code, government.timezone)
        except CalendarError:
            own = None
    found = {}
    for day in _days(first, last):
        try:
            holiday = own.holiday(day) if own else national_holidays(day.year).get(day)
        except CalendarError:
            holiday = None
        if holiday is not None:
            found[day] = holiday
    return found


def campaigns(member: Member, first: date, last: date) -> list[Campaign]:
    """This will return the campaigns that the member sees and that touch the days."""
    rows = Campaign.objects.filter(starts_on__lte=last, ends_on__gte=first, closed_at=None)
    if not member.sees_all:
        rows = rows.filter(unit__in=member.unit_ids())
    return list(rows.order_by("starts_on", "pk"))


def with_conflicts(
    listed: Sequence[Entry], spots: Sequence[Spot], periods: Sequence[SilentPeriod], off: Mapping[date, Holiday],
    government: Government,
) -> list[Entry]:  # fmt: skip
    """This will say at each entry that is not out what is in its way."""
    gap = timedelta(minutes=int((government.file or {}).get("calendar_gap", GAP.total_seconds() / 60)))
    zone = government.zone
    names = {channel.pk: channel.name for one in listed for channel in one.channels}
    found = []
    for one in listed:
        if one.state == _D.SENT:
            found.append(one)
            continue
        said = [_near(one, spot, gap, names) for spot in spots if spot.pk != one.publication.pk]
        period = silence.silencing(one.publication.kind, one.at, periods, zone)
        if period is not None:
            said.append(_("Jatuh dalam masa hening “%(name)s”: akan ditahan.") % {"name": period.name})
        holiday = off.get(one.at.astimezone(zone).date())
        if holiday is not None and one.publication.kind == PublicationKind.SERVICE:
            said.append(
                _("Hari libur (%(name)s): pastikan layanan yang diumumkan memang buka.")
                % {"name": holiday.name}
            )
        found.append(_replaced(one, tuple(dict.fromkeys(text for text in said if text))))
    return found


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """This will return the beginning of a day in a zone."""
    return datetime.combine(day, time(), tzinfo=zone)


def _near(one: Entry, spot: Spot, gap: timedelta, names: Mapping[int, str]) -> str:
    apart = abs(spot.at - one.at)
    shared = sorted(channel.pk for channel in one.channels if channel.pk in spot.channels)
    other = spot.name or _("konten %(office)s") % {"office": spot.office}
    if shared and apart < gap:
        minutes = int(apart.total_seconds() // 60)
        what = {"n": minutes, "other": other, "channel": ", ".join(names[pk] for pk in shared)}
        if not minutes:
            return _("Pada menit yang sama dengan %(other)s di %(channel)s.") % what
        return _("Hanya %(n)s menit dari %(other)s di %(channel)s.") % what
    if spot.unit != one.publication.unit_id and apart < timedelta(minutes=1):
        return _("Pada menit yang sama dengan konten %(office)s.") % {"office": spot.office}
    return ""


def _replaced(one: Entry, conflicts: tuple[str, ...]) -> Entry:
    return Entry(
        one.publication, one.at, one.state, one.channels, one.late, one.part_out, one.repeats, conflicts
    )


def _spots(since: datetime, until: datetime, listed: Iterable[Entry]) -> list[Spot]:
    """All of the government's: what the member may not see is named by its office alone."""
    seen = {one.publication.pk for one in listed}
    found = [
        Spot(one.publication.pk, one.at, frozenset(channel.pk for channel in one.channels), one.publication.unit_id,
             one.publication.unit.short_name, f"“{one.publication}”")
        for one in listed
    ]  # fmt: skip
    others = Publication.objects.filter(due_at__gte=since, due_at__lt=until).exclude(state__in=_GONE)
    others = others.exclude(pk__in=seen).annotate(on=ArrayAgg("variants__channel_id", default=[]))
    for pk, at, on, unit, office in others.values_list("pk", "due_at", "on", "unit_id", "unit__short_name"):
        if at is not None:
            found.append(Spot(pk, at, frozenset(channel for channel in on if channel), unit, office))
    return found


def _times(
    row: Publication, queued: Mapping[datetime, list[str]], since: datetime, until: datetime, now: datetime
) -> list[Entry]:
    channels = tuple(variant.channel for variant in row.variants.all())
    kept = _recurrence(row)
    shown: dict[datetime, Entry] = {}

    def put(at: datetime, state: str, **more: Any) -> None:
        late = at < now - _LATE and state not in {_D.SENT, _D.SENDING, "planned", "paused"}
        shown[at] = Entry(row, at, state, channels, late=late, repeats=kept is not None, **more)

    for at, states in queued.items():
        worst = next(str(state) for state in _WORST if state in states)
        part = _D.SENT in states and worst != _D.SENT
        put(at, worst, part_out=part)
    if kept is not None and kept.next_at is not None:
        times = Times(kept.rule, kept.starts_at, kept.until, row.government.zone)
        begin = max(kept.next_at, since)
        for at in times.between(begin, until - timedelta(seconds=1)):
            if at not in shown:
                put(at, "planned" if row.state in AGREED else "paused")
    elif row.due_at and since <= row.due_at < until and row.due_at not in shown and row.state not in _GONE:
        put(
            row.due_at,
            row.state if row.state in {_P.DRAFT, _P.REVIEW, _P.APPROVED, _P.FAILED} else str(_D.SENT),
        )
    return list(shown.values())


def _recurrence(row: Publication) -> Recurrence | None:
    try:
        return row.recurrence
    except Recurrence.DoesNotExist:
        return None


def _seen(member: Member, wanted: Wanted) -> models.QuerySet[Publication]:
    rows = Publication.objects.seen_by(member).exclude(state=_P.CANCELLED)
    if wanted.channel:
        rows = rows.filter(variants__channel=wanted.channel)
    if wanted.unit:
        unit = Unit.objects.filter(pk=wanted.unit).first()
        rows = rows.filter(unit__in=unit.with_descendants() if unit else [])
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    return rows.select_related("unit", "government", "recurrence", "author").prefetch_related(
        "variants__channel"
    )


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))
