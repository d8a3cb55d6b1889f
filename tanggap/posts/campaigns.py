"""Clusters that may have been sent together: counted, and marked from when on they look so.

Nothing here decides: many people may say the same because the same befell them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.core import audit
from tanggap.core.refusal import Refusal
from tanggap.posts.clusters import CampaignRule, Cluster, Likeness, Uncompared
from tanggap.posts.models import Post

LIMITS = {"posts": (3, 1000), "accounts": (2, 1000), "hours": (1, 168)}
_MOST_LOOKED_AT = 5000
_LARGE = 500
Said = tuple[datetime, int | None]
"""When a post was said, and by which account."""


def count(clusters: Iterable[int], added: Mapping[int, Sequence[datetime]] | None = None) -> list[int]:
    """This will count clusters anew, dissolve those of fewer than two posts, mark campaigns; returns the rest.

    `added` tells of clusters that only grew when their new posts were said: of large ones only these are counted, and
    the accounts anew with every 500 posts.
    """
    touched = sorted(clusters)
    up = _counted_up(added or {})
    if anew := [pk for pk in touched if pk not in up]:
        _count_anew(anew)
        _dissolve(anew)
        _mark(anew)
    return list(Cluster.objects.filter(pk__in=touched).values_list("pk", flat=True))


def miscounted() -> list[int]:
    """This will return the clusters whose posts are no longer as many as they were: some were erased."""
    there = Cluster.objects.annotate(there=Count("members")).exclude(there=F("posts"))
    return list(there.values_list("pk", flat=True))


def sent_together(said: Sequence[Said], posts: int, accounts: int, span: timedelta) -> datetime | None:
    """This will return when so many posts by so many accounts had come within the span, None where they never did.

    `said` is in order of time. A post without an account counts as a post alone.
    """
    first = 0
    now: Counter[int] = Counter()
    for last, (at, account) in enumerate(said):
        if account is not None:
            now[account] += 1
        while said[first][0] < at - span:
            gone = said[first][1]
            if gone is not None:
                now[gone] -= 1
                if not now[gone]:
                    del now[gone]
            first += 1
        if last - first + 1 >= posts and len(now) >= accounts:
            return at
    return None


def rule_of(government_id: int) -> CampaignRule:
    """This will return a government's thresholds: its own, else the defaults."""
    own = CampaignRule.objects.filter(government_id=government_id).first()
    return own or CampaignRule(government_id=government_id)


def change_rule(by: Member, **wanted: int) -> CampaignRule:
    """This will set posts, accounts and hours; Refusal for one beyond its limits. What is marked stays marked."""
    require(by, "member.manage")
    for name, value in wanted.items():
        least, most = LIMITS[name]
        if not least <= value <= most:
            raise Refusal(
                _("Isi angka antara %(least)s dan %(most)s. Belum ada yang diubah.")
                % {"least": least, "most": most},
                name,
            )
    with transaction.atomic():
        rule, _made = CampaignRule.objects.update_or_create(government_id=by.government_id, defaults=wanted)
        audit.record_many([audit.entry("campaign.rule", rule, by, **dict[str, Any](wanted))])
    return rule


def _counted_up(added: Mapping[int, Sequence[datetime]]) -> set[int]:
    large = Cluster.objects.filter(pk__in=added, posts__gte=_LARGE, campaign_at__isnull=False)
    done = set()
    for pk, posts in large.values_list("pk", "posts"):
        said = added[pk]
        if posts // _LARGE == (posts + len(said)) // _LARGE:
            newest = Greatest("last_at", Value(max(said)))
            Cluster.objects.filter(pk=pk).update(posts=F("posts") + len(said), last_at=newest)
            done.add(pk)
    return done


def _count_anew(ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update posts_cluster set posts = coalesce(now.posts, 0), accounts = coalesce(now.accounts, 0), "
            "first_at = now.first_at, last_at = now.last_at from unnest(%s::bigint[]) as one(id) left join ("
            "select cluster_id, count(*) posts, count(distinct author_id) accounts, min(created_at) first_at, "
            "max(created_at) last_at from posts_likeness join posts_post on posts_post.id = post_id "
            "where cluster_id = any(%s) group by cluster_id) now on now.cluster_id = one.id "
            "where posts_cluster.id = one.id",
            [list(ids), list(ids)],
        )


def _dissolve(ids: Sequence[int]) -> None:
    """A post that is left alone is compared again: what it was like may have been all that was remembered of it."""
    small = Cluster.objects.filter(pk__in=ids, posts__lt=2)
    left = Likeness.objects.filter(cluster__in=small)
    Uncompared.objects.bulk_create(
        [Uncompared(government_id=one.government_id, post_id=one.post_id) for one in left],
        ignore_conflicts=True,
    )
    left.update(cluster=None)
    small.delete()


def _mark(ids: Sequence[int]) -> None:
    least = LIMITS["posts"][0]
    unmarked = Cluster.objects.filter(pk__in=ids, campaign_at=None, few_words=False, posts__gte=least)
    rules: dict[int, CampaignRule] = {}
    for one in unmarked:
        if one.government_id not in rules:
            rules[one.government_id] = rule_of(one.government_id)
        rule = rules[one.government_id]
        if one.posts >= rule.posts and one.accounts >= rule.accounts and (at := _together_at(one, rule)):
            Cluster.objects.filter(pk=one.pk).update(campaign_at=at)


def _together_at(cluster: Cluster, rule: CampaignRule) -> datetime | None:
    members = Post.objects.filter(likeness__cluster=cluster).order_by("-created_at", "-id")
    said = list(members.values_list("created_at", "author_id")[:_MOST_LOOKED_AT])
    return sent_together(said[::-1], rule.posts, rule.accounts, timedelta(hours=rule.hours))
