"""What Meta's products tell of own posts: counts on the object itself, and insights, which need a permission more.

Sources, seen 2026-11-22:
- Facebook: developers.facebook.com/docs/graph-api/reference/insights (post_media_view, post_total_media_view_unique,
  post_clicks; read_insights; Pages with 100 likes or more, most of them once a day, two years) and …/documentation/
  pages-api/platforminsights/page/deprecated-metrics: post_impressions* ended on 2025-06-15 and 2025-11-15, others by
  2026-06-15; one that has ended fails the whole question ("The value must be a valid insights metric").
- Instagram: …/documentation/instagram-platform/reference/instagram-media/insights (views, reach, likes, comments,
  shares, saved of feed posts and reels; instagram_business_manage_insights; up to 48 hours late; an empty set, not 0,
  for what does not exist). impressions, plays and video_views ended on 2025-04-21.
- Threads: …/documentation/threads/insights (views, likes, replies, reposts, quotes, shares; threads_manage_insights).

A missing permission for insights leaves their numbers unknown; it is no reason to log in anew.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from tanggap.channels.errors import Gone, NotPermitted, Permanent
from tanggap.channels.platforms.meta_again import answers_to, one_by_one
from tanggap.channels.platforms.meta_graph import Graph
from tanggap.channels.platforms.told import Numbers, altogether, numbers
from tanggap.channels.values import inside, members

Figures = dict[str, Mapping[str, int] | None]

_SECONDS = 60.0
_PAGE_FIELDS = (
    "reactions.limit(0).summary(total_count),comments.filter(stream).limit(0).summary(total_count),shares"
)
_PAGE_METRICS = "post_media_view,post_total_media_view_unique,post_clicks"
_MEDIA_METRICS = "views,reach,likes,comments,shares,saved"
_THREAD_METRICS = "views,likes,replies,reposts,quotes,shares"


def of_page(line: Graph, ids: Sequence[str]) -> Figures:
    """This will ask about a Page's posts, both questions of each in one batch; a post that nobody shared tells no
    number of shares."""
    posts = [f"{quote(key, safe='')}?fields={quote(_PAGE_FIELDS)}" for key in ids]
    insights = [f"{quote(key, safe='')}/insights?metric={_PAGE_METRICS}&period=lifetime" for key in ids]
    told = answers_to(line, [*posts, *insights])
    found: Figures = {}
    for key, post, more in zip(ids, told, told[len(ids) :], strict=False):
        if isinstance(post, Gone):
            found[key] = None
        elif isinstance(post, Mapping):
            seen = _metrics(more)
            found[key] = numbers(
                views=seen.get("post_media_view"), reach=seen.get("post_total_media_view_unique"),
                clicks=seen.get("post_clicks"), shares=inside(post, "shares", "count"),
                likes=inside(post, "reactions", "summary", "total_count"),
                comments=inside(post, "comments", "summary", "total_count"),
            )  # fmt: skip
    return found


def of_media(line: Graph, ids: Sequence[str]) -> Figures:
    """This will ask about Instagram media, one after the other: its likes and comments need no further permission."""
    found: Figures = {}
    may, until = True, time.monotonic() + _SECONDS
    for key, node in one_by_one(line, ids, "like_count,comments_count").items():
        if node is None:
            found[key] = None
            continue
        seen: Mapping[str, Any] = {}
        if may and time.monotonic() < until:
            seen, may = _insights(line, key, _MEDIA_METRICS)
        found[key] = numbers(
            views=seen.get("views"), reach=seen.get("reach"), shares=seen.get("shares"), saves=seen.get("saved"),
            likes=seen.get("likes", node.get("like_count")),
            comments=seen.get("comments", node.get("comments_count")),
        )  # fmt: skip
    return found


def of_threads(line: Graph, ids: Sequence[str]) -> Figures:
    """This will ask about posts on Threads, one after the other; without the permission nothing is known."""
    found: Figures = {}
    until = time.monotonic() + _SECONDS
    for key in ids:
        if time.monotonic() > until:
            break
        try:
            seen, may = _insights(line, key, _THREAD_METRICS)
        except Gone:
            found[key] = None
            continue
        if not may:
            raise Permanent(
                f"{line.name} belum memberi izin membaca angka kiriman. Sambungkan lagi dengan izin itu."
            )
        found[key] = numbers(
            views=seen.get("views"), likes=seen.get("likes"), comments=seen.get("replies"),
            shares=altogether(seen.get("reposts"), seen.get("quotes"), seen.get("shares")),
        )  # fmt: skip
    return found


def _insights(line: Graph, key: str, metrics: str) -> tuple[Numbers, bool]:
    """The metrics of one object, and whether the token may see them at all."""
    try:
        return _metrics(line.read(f"/{quote(key, safe='')}/insights", {"metric": metrics})), True
    except NotPermitted:
        return {}, False
    except Gone:
        raise
    except Permanent:  # this kind of media has none of them, or too few people saw it
        return {}, True


def _metrics(told: Any) -> Numbers:
    found = {
        str(one.get("name")): inside(one, "total_value", "value")
        if "total_value" in one
        else next((inside(value, "value") for value in members(one, "values")), None)
        for one in members(told, "data")
    }
    return numbers(**found)
