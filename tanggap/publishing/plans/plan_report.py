"""Compares a plan with what was done: on time, late, dropped, still to come, and what nobody had planned.

A number that no platform told is unknown, never zero; no share is given of fewer than 30.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanggap.agencies.models import Unit
from tanggap.publishing.models import (
    Campaign,
    Delivery,
    DeliveryState,
    Figures,
    PlanItem,
    Publication,
    PublicationKind,
)
from tanggap.publishing.plans.tables import Cell

ENOUGH = 30
"""Shares of fewer say more than they know (reference of the field: no percent of small samples)."""
STATES = {
    "on_time": gettext_lazy("Terbit tepat waktu"),
    "late": gettext_lazy("Terbit terlambat"),
    "overdue": gettext_lazy("Lewat tanggal, belum terbit"),
    "planned": gettext_lazy("Belum waktunya"),
    "dropped": gettext_lazy("Dibatalkan"),
    "unplanned": gettext_lazy("Terbit tanpa rencana"),
}
NUMBERS = {
    "views": gettext_lazy("Tayangan"), "reach": gettext_lazy("Jangkauan"), "likes": gettext_lazy("Suka"),
    "comments": gettext_lazy("Komentar"), "shares": gettext_lazy("Dibagikan"), "clicks": gettext_lazy("Klik"),
    "saves": gettext_lazy("Disimpan"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One planned item, or a publication that was not planned, with what became of it.

    `numbers` are sums over the posts that told them; `told` of `posts` told any.
    """

    state: str
    title: str
    kind: str
    unit: Unit
    platforms: Sequence[str]
    planned_on: date | None
    out_on: date | None
    why: str = ""
    item: PlanItem | None = None
    publication: Publication | None = None
    posts: int = 0
    told: int = 0
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Count:
    """How many items of an office or on a platform came to what; `share` on time of those due, None below ENOUGH."""

    name: str
    by_state: Mapping[str, int]

    @property
    def planned(self) -> int:
        return sum(many for state, many in self.by_state.items() if state != "unplanned")

    @property
    def due(self) -> int:
        """How many should be out by now."""
        return sum(self.by_state.get(state, 0) for state in ("on_time", "late", "overdue"))

    @property
    def share(self) -> int | None:
        """The percentage of those due that was out on time."""
        return round(100 * self.by_state.get("on_time", 0) / self.due) if self.due >= ENOUGH else None

    @property
    def cells(self) -> list[int]:
        """The counts in the order of STATES."""
        return [self.by_state.get(state, 0) for state in STATES]


@dataclass(frozen=True, slots=True)
class Report:
    """A campaign's plan against what was done at a moment."""

    campaign: Campaign
    at: datetime
    lines: Sequence[Line]
    whole: Count
    units: Sequence[Count]
    platforms: Sequence[Count]
    posts: int
    told: int
    numbers: Mapping[str, int]


def report(campaign: Campaign, now: datetime) -> Report:
    """This will compare a campaign's plan with what was done until now."""
    items = list(campaign.items.select_related("unit", "publication").order_by("planned_on", "id"))
    planned = {one.publication_id for one in items}
    others = campaign.publications.exclude(pk__in=[pk for pk in planned if pk]).exclude(out_at=None)
    extra = list(others.select_related("unit").order_by("out_at"))
    involved = [one.publication_id for one in items if one.publication_id] + [one.pk for one in extra]
    posts = _posts(involved)
    zone = campaign.government.zone
    today = timezone.localtime(now, zone).date()
    lines = [_of_item(one, posts, today) for one in items] + [_unplanned(one, posts) for one in extra]
    return Report(
        campaign, now, lines, _count("", lines),
        [_count(str(unit), rows) for unit, rows in _by_unit(lines)],
        [_count(code, rows) for code, rows in _by_platform(lines)],
        sum(one.posts for one in lines), sum(one.told for one in lines), _sum(one.numbers for one in lines),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Post:
    platform: str
    numbers: Mapping[str, int] | None


def _posts(publications: Sequence[int]) -> dict[int, list[_Post]]:
    """What stands of each publication, with the newest numbers that its platform told."""
    rows = Delivery.objects.filter(variant__publication_id__in=publications, part=0, state=DeliveryState.SENT)
    newest = {
        one.delivery_id: one.numbers
        for one in Figures.objects.filter(delivery__in=rows)
        .order_by("delivery_id", "-day")
        .distinct("delivery_id")
    }
    found: dict[int, list[_Post]] = {}
    for pk, publication, platform in rows.values_list("pk", "variant__publication_id", "channel__platform"):
        found.setdefault(publication, []).append(_Post(platform, newest.get(pk)))
    return found


def _of_item(item: PlanItem, posts: Mapping[int, Sequence[_Post]], today: date) -> Line:
    publication = item.publication
    out_on = _out_on(publication) if publication is not None else None
    if out_on is not None:
        state = "on_time" if out_on <= item.planned_on else "late"
    elif item.dropped_at is not None:
        state = "dropped"
    else:
        state = "overdue" if item.planned_on < today else "planned"
    mine = posts.get(publication.pk, ()) if publication is not None else ()
    platforms = item.platforms or sorted({one.platform for one in mine})
    return Line(
        state, item.title, item.kind, item.unit, platforms, item.planned_on, out_on, item.dropped_why, item,
        publication, len(mine), *_told(mine),
    )  # fmt: skip


def _unplanned(one: Publication, posts: Mapping[int, Sequence[_Post]]) -> Line:
    mine = posts.get(one.pk, ())
    platforms = sorted({post.platform for post in mine})
    return Line(
        "unplanned", str(one), one.kind, one.unit, platforms, None, _out_on(one), "", None, one, len(mine), *_told(mine)
    )  # fmt: skip


def _told(posts: Sequence[_Post]) -> tuple[int, dict[str, int]]:
    told = [one.numbers for one in posts if one.numbers]
    return len(told), _sum(told)


def _sum(numbers: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Sums by name; a name that nobody told is absent."""
    total: Counter[str] = Counter()
    for one in numbers:
        total.update({key: value for key, value in one.items() if isinstance(value, int)})
    return dict(total)


def _out_on(one: Publication) -> date | None:
    return timezone.localtime(one.out_at, one.government.zone).date() if one.out_at else None


def _by_unit(lines: Sequence[Line]) -> list[tuple[Unit, list[Line]]]:
    units = {one.unit.pk: one.unit for one in lines}
    return [(unit, [one for one in lines if one.unit.pk == pk]) for pk, unit in units.items()]


def _by_platform(lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    codes = sorted({code for one in lines for code in one.platforms})
    return [(code, [one for one in lines if code in one.platforms]) for code in codes]


def _count(name: str, lines: Sequence[Line]) -> Count:
    return Count(name, Counter(one.state for one in lines))


def headings() -> list[str]:
    """This will return the headings of the report's table."""
    return [
        _("Judul"), _("Jenis"), _("Perangkat daerah"), _("Platform"), _("Rencana"), _("Terbit"), _("Keadaan"),
        _("Alasan"), _("Terbitan"), _("Terbitan dengan angka"), *(str(name) for name in NUMBERS.values()),
    ]  # fmt: skip


def rows(found: Report) -> list[list[Cell]]:
    """This will return the report as rows; an unknown number is an empty cell."""
    return [
        [
            one.title, str(PublicationKind(one.kind).label) if one.kind in PublicationKind.values else one.kind,
            str(one.unit), ", ".join(one.platforms), one.planned_on, one.out_on, str(STATES[one.state]), one.why,
            one.posts, one.told, *(one.numbers.get(key) for key in NUMBERS),
        ]
        for one in found.lines
    ]  # fmt: skip


def summary(found: Report) -> tuple[list[str], list[list[Cell]]]:
    """This will return headings and rows of the counts: whole, by office, by platform."""
    names = [_("Bagian"), *(str(name) for name in STATES.values()), _("Tepat waktu (%)")]
    parts = [(_("Seluruhnya"), found.whole), *((one.name, one) for one in (*found.units, *found.platforms))]
    return names, [[name, *one.cells, one.share] for name, one in parts]
