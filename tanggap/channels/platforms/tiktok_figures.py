"""What TikTok tells of own posts.

GET business/video/list with filters {"video_ids"}, at most 20 (business-api.tiktok.com/portal/docs?id=1762228399168514,
as quoted by public client libraries): item_id, likes, comments, shares, favorites, reach, video_views with the scope
video.list; numbers are 24 to 48 hours late and stand still after 365 days. Seen 2026-11-22.

A post is known to us by its publishing task until TikTok has made it (publish/status tells its id then). One that is
left out of the list was deleted or is no longer public: nobody says which, so nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tanggap.channels.errors import NeedsLogin, Permanent
from tanggap.channels.platforms.tiktok_api import Api, rows
from tanggap.channels.platforms.told import numbers

FIELDS = ["item_id", "video_views", "reach", "likes", "comments", "shares", "favorites"]
_TASK = "_pub_"


def figures(api: Api, ids: Sequence[str]) -> dict[str, Mapping[str, int] | None]:
    """This will ask about own posts, by their ids or those of their publishing tasks."""
    videos = {video: key for key in ids if (video := _video(api, key))}
    if not videos:
        return {}
    page = api.read(
        "business/video/list", fields=FIELDS, max_count=len(videos), filters={"video_ids": list(videos)}
    )
    return {
        videos[str(one.get("item_id"))]: numbers(
            views=one.get("video_views"), reach=one.get("reach"), likes=one.get("likes"),
            comments=one.get("comments"), shares=one.get("shares"), saves=one.get("favorites"),
        )
        for one in rows(page, "videos")
        if str(one.get("item_id")) in videos
    }  # fmt: skip


def _video(api: Api, key: str) -> str:
    """The id of a post; "" while its task has made none."""
    if _TASK not in key:
        return key
    try:
        made = api.read("business/publish/status", publish_id=key).get("post_ids")
    except NeedsLogin:
        raise
    except Permanent:  # the task is forgotten
        return ""
    return str(made[0]) if isinstance(made, list) and made else ""
