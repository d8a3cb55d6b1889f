"""What X tells of own posts, and taking them away.

Sources, seen 2026-11-22: docs.x.com/x-api/fundamentals/metrics (public_metrics; non_public_metrics, which only the
author sees, of the last 30 days), …/x-api/posts/lookup (100 ids), …/x-api/posts/manage-tweets (DELETE, 50 in a quarter
of an hour; with a post all its edits go). Each post that is read costs credits, once a day however often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tanggap.channels.connector import Outgoing, Sent
from tanggap.channels.errors import Gone, OutcomeUnknown
from tanggap.channels.platforms.told import altogether, numbers
from tanggap.channels.platforms.x_api import Api, Json
from tanggap.channels.platforms.x_items import id_at
from tanggap.channels.platforms.x_timeline import standing
from tanggap.channels.values import inside

_PRIVATE = timedelta(days=30) - timedelta(hours=1)


def figures(api: Api, ids: Sequence[str]) -> dict[str, Mapping[str, int] | None]:
    """This will ask about own posts: once for those of the last 30 days, whose clicks X tells, once for older ones."""
    since = id_at(datetime.now(UTC) - _PRIVATE)
    young = [key for key in ids if key.isdecimal() and int(key) >= since]
    old = [key for key in ids if key.isdecimal() and int(key) < since]
    return _asked(api, young, "public_metrics,non_public_metrics") | _asked(api, old, "public_metrics")


def _asked(api: Api, ids: Sequence[str], fields: str) -> dict[str, Mapping[str, int] | None]:
    if not ids:
        return {}
    told = api.read("/2/tweets", {"ids": ",".join(ids), "tweet.fields": fields})
    found: dict[str, Mapping[str, int] | None] = {
        str(one.get("resource_id")): None for one in told.get("errors") or () if _missing(one)
    }
    for one in told.get("data") or ():
        found[str(one.get("id"))] = _numbers(one)
    return {key: found[key] for key in ids if key in found}


def _missing(error: Json) -> bool:
    return str(error.get("type") or "").endswith("/resource-not-found")


def _numbers(post: Json) -> Mapping[str, int]:
    public: Any = inside(post, "public_metrics") or {}
    return numbers(
        views=public.get("impression_count"), likes=public.get("like_count"), comments=public.get("reply_count"),
        shares=altogether(public.get("retweet_count"), public.get("quote_count")), saves=public.get("bookmark_count"),
        clicks=inside(post, "non_public_metrics", "url_link_clicks"),
    )  # fmt: skip


def withdraw(api: Api, out: Outgoing) -> Sent:
    """This will delete once; what is gone already is taken away."""
    try:
        told = api.delete(f"/2/tweets/{out.target_external_id}")
    except Gone:
        return Sent(out.target_external_id)
    if told.get("deleted") is not True:
        raise OutcomeUnknown("Jawaban X sesudah penarikan tidak terbaca.")
    return Sent(out.target_external_id)


def withdrawn(api: Api, out: Outgoing) -> Sent | None:
    """This will look whether it is gone."""
    lost, _, _ = standing(api, [out.target_external_id])
    return Sent(out.target_external_id) if lost else None
