"""What is known of how a publication fares: channel by channel, and totals that say how much of it they know."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tanggap.channels.connector import Ability
from tanggap.channels.connector import connector as connector_of
from tanggap.channels.declared import FIGURES
from tanggap.publishing.figures import OLDEST, SCHEDULE
from tanggap.publishing.models import Delivery, DeliveryKind, DeliveryState, Figures, Look, Publication

MOST = 100
_TREND = ("views", "reach", "likes", "comments")


@dataclass(frozen=True, slots=True)
class Post:
    """One published post. `tells` are the numbers that its platform tells at all; `trend` is (day, number) of `by`.

    `next_at` is when it is asked about next: None where it is not asked (any more).
    """

    delivery: Delivery
    numbers: Mapping[str, int]
    tells: frozenset[str]
    at: datetime | None = None
    asked_at: datetime | None = None
    next_at: datetime | None = None
    gone_at: datetime | None = None
    error: str = ""
    by: str = ""
    trend: tuple[tuple[date, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of a number over the posts that tell it: `known` of `posts`. No `count` where none does."""

    name: str
    count: int | None
    known: int
    posts: int


@dataclass(frozen=True, slots=True)
class Board:
    posts: Sequence[Post]
    totals: Sequence[Total]


def of(publication: Publication, now: datetime) -> Board:
    """This will gather the newest 100 posts of a publication with their numbers as they were told last."""
    rows = (
        Delivery.objects.filter(
            variant__publication=publication, kind=DeliveryKind.POST, state=DeliveryState.SENT
        )
        .select_related("channel", "look")
        .order_by("-sent_at", "id")[:MOST]
    )
    days: dict[int, list[Figures]] = defaultdict(list)
    for one in Figures.objects.filter(delivery__in=[row.pk for row in rows]).order_by("day"):
        days[one.delivery_id].append(one)
    posts = [_post(row, days[row.pk], now) for row in rows]
    return Board(posts, [_total(name, posts) for name in FIGURES])


def _post(row: Delivery, days: Sequence[Figures], now: datetime) -> Post:
    declared = connector_of(row.channel.platform)
    asked = Ability.FIGURES in declared.abilities and not row.manual and bool(row.external_id)
    tells = frozenset(declared.told.names) if asked and declared.told else frozenset()
    look: Look | None = getattr(row, "look", None)
    newest = days[-1] if days else None
    by, trend = _trend(days)
    return Post(
        row, newest.numbers if newest else {}, tells, newest.at if newest else None,
        look.asked_at if look else None, look.next_at if look else _first(row, now) if asked else None,
        look.gone_at if look else None, look.error if look else "", by, trend,
    )  # fmt: skip


def _first(row: Delivery, now: datetime) -> datetime | None:
    known = row.sent_at is not None and now - row.sent_at < OLDEST
    return row.sent_at + SCHEDULE[0] if known and row.sent_at else None


def _trend(days: Sequence[Figures]) -> tuple[str, tuple[tuple[date, int], ...]]:
    """The first number of a fixed order that was told on two days at least; a day without it is left out."""
    for name in _TREND:
        told = tuple((one.day, one.numbers[name]) for one in days if name in one.numbers)
        if len(told) > 1:
            return name, told
    return "", ()


def _total(name: str, posts: Sequence[Post]) -> Total:
    known = [one.numbers[name] for one in posts if name in one.numbers]
    return Total(name, sum(known) if known else None, len(known), len(posts))
