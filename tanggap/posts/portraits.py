"""What is known of clusters of posts that say nearly the same, from those posts that a member sees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Count, Exists, F, Func, Max, Min, OuterRef, Q
from django.db.models.functions import TruncDay, TruncHour

from tanggap.agencies.models import Member
from tanggap.posts.clusters import Cluster
from tanggap.posts.models import Post

MOST_COUNTED = 100
COLUMNS = 48
"""Columns of growth at most, the newest."""
_HOURLY = timedelta(hours=COLUMNS)
_BUSIEST = 3
_NEW = timedelta(days=7)
_CLUSTER = "likeness__cluster"


@dataclass(frozen=True, slots=True)
class Portrait:
    """A cluster as a member sees it.

    `growth` counts posts by hour, or by day (`per_day`) where they span more than two days, oldest first. `busiest` is
    the share of the three accounts that wrote most, `new_accounts` those first seen less than a week before they wrote;
    `platforms` and `sentiments` are codes with how many posts, the most first.
    """

    cluster: Cluster
    first: Post
    posts: int
    accounts: int
    new_accounts: int
    busiest: float
    first_at: datetime
    last_at: datetime
    last_hour: int
    growth: list[int]
    per_day: bool
    platforms: list[tuple[str, int]]
    sentiments: list[tuple[str, int]]
    open: int
    deleted: int


def seen_by(member: Member) -> models.QuerySet[Cluster]:
    """This will return the clusters of which a member sees posts, the newest first."""
    posts = Post.objects.seen_by(member).filter(**{_CLUSTER: OuterRef("pk")})
    return Cluster.objects.filter(Exists(posts)).order_by(F("last_at").desc(nulls_last=True), "-pk")


def posts_of(cluster: Cluster, member: Member) -> models.QuerySet[Post]:
    """This will return the posts of a cluster that a member sees."""
    return Post.objects.seen_by(member).filter(**{_CLUSTER: cluster})


def many_seen(clusters: Iterable[int], member: Member) -> dict[int, int]:
    """This will count the posts of each cluster that a member sees, up to a hundred, with one query."""
    ids = set(clusters)
    if not ids:
        return {}
    seen = Post.objects.seen_by(member).filter(**{_CLUSTER: OuterRef("pk")}).order_by()
    many = Func(
        ArraySubquery(seen.values("pk")[:MOST_COUNTED]),
        function="cardinality",
        output_field=models.IntegerField(),
    )
    return dict(Cluster.objects.filter(pk__in=ids).annotate(many=many).values_list("pk", "many"))


def portraits(
    clusters: Sequence[Cluster], member: Member, now: datetime, *, whole: bool = True
) -> list[Portrait]:
    """This will describe clusters, in their order, with seven queries; those without posts to see are left out.

    Unless `whole`, without what only the page of one cluster shows: sentiments and the busiest accounts.
    """
    seen = Post.objects.seen_by(member).filter(**{f"{_CLUSTER}__in": [one.pk for one in clusters]}).order_by()
    sums = {row[_CLUSTER]: row for row in seen.values(_CLUSTER).annotate(**_sums(now))}
    found = (
        seen.order_by(_CLUSTER, "created_at", "pk").distinct(_CLUSTER).select_related("author", "likeness")
    )
    firsts = {post.likeness.cluster_id: post for post in found.defer("search")}
    platforms, growth = _shares(seen, "platform"), _growth(seen, sums, member)
    sentiments = _shares(seen, "sentiment") if whole else defaultdict(list)
    busiest = _busiest(seen) if whole else defaultdict(list)
    made = []
    for cluster in clusters:
        if (said := sums.get(cluster.pk)) is None or cluster.pk not in firsts:
            continue
        most = sum((busiest[cluster.pk] + [1] * _BUSIEST)[: min(_BUSIEST, said["accounts"])])
        made.append(
            Portrait(
                cluster=cluster, first=firsts[cluster.pk], posts=said["posts"], accounts=said["accounts"],
                new_accounts=said["new"], busiest=most / said["posts"],
                first_at=said["first"], last_at=said["last"], last_hour=said["hour"], growth=growth[cluster.pk],
                per_day=_by_day(said), platforms=platforms[cluster.pk], sentiments=sentiments[cluster.pk],
                open=said["open"], deleted=said["deleted"],
            )
        )  # fmt: skip
    return made


def _sums(now: datetime) -> dict[str, models.Aggregate]:
    return {
        "posts": Count("pk"),
        "accounts": Count("author", distinct=True),
        "new": Count("author", distinct=True, filter=Q(author__first_seen_at__gte=F("created_at") - _NEW)),
        "first": Min("created_at"),
        "last": Max("created_at"),
        "hour": Count("pk", filter=Q(created_at__gt=now - timedelta(hours=1), created_at__lte=now)),
        "open": Count("pk", filter=Q(desk="open")),
        "deleted": Count("pk", filter=Q(deleted_at__isnull=False)),
    }


def _shares(seen: models.QuerySet[Post], name: str) -> dict[int, list[tuple[str, int]]]:
    shares: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for cluster, code, many in seen.values_list(_CLUSTER, name).annotate(n=Count("pk")).order_by("-n", name):
        shares[cluster].append((code, many))
    return shares


def _busiest(seen: models.QuerySet[Post]) -> dict[int, list[int]]:
    """How many posts the busiest accounts wrote, of those that wrote more than one."""
    several = (
        seen.exclude(author=None).values_list(_CLUSTER, "author").annotate(n=Count("pk")).filter(n__gt=1)
    )
    most: dict[int, list[int]] = defaultdict(list)
    for cluster, _author, many in several.order_by("-n"):
        if len(most[cluster]) < _BUSIEST:
            most[cluster].append(many)
    return most


def _by_day(said: dict[str, datetime]) -> bool:
    return said["last"] - said["first"] > _HOURLY


def _growth(
    seen: models.QuerySet[Post], sums: dict[int, dict[str, datetime]], member: Member
) -> dict[int, list[int]]:
    growth: dict[int, list[int]] = {}
    zone = member.government.zone
    for per_day, width in ((False, timedelta(hours=1)), (True, timedelta(days=1))):
        some = [pk for pk, said in sums.items() if _by_day(said) == per_day]
        if not some:
            continue
        cut = TruncDay("created_at", tzinfo=zone) if per_day else TruncHour("created_at", tzinfo=zone)
        columns: dict[int, dict[datetime, int]] = defaultdict(dict)
        rows = seen.filter(**{f"{_CLUSTER}__in": some}).annotate(cut=cut).values_list(_CLUSTER, "cut")
        for cluster, at, many in rows.annotate(n=Count("pk")):
            columns[cluster][at] = many
        growth |= {cluster: _filled(counted, width) for cluster, counted in columns.items()}
    return growth


def _filled(counted: dict[datetime, int], width: timedelta) -> list[int]:
    """The newest columns, with zeros where nothing was said."""
    last = max(counted)
    steps = min(COLUMNS - 1, round((last - min(counted)) / width))
    line = [0] * (steps + 1)
    for at, many in counted.items():
        back = round((last - at) / width)
        if back <= steps:
            line[steps - back] = many
    return line
