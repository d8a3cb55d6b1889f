"""What Bluesky tells of own posts, and taking them away.

Sources, seen 2026-11-22: github.com/bluesky-social/atproto/blob/main/lexicons: app/bsky/feed/getPosts.json (25 at
once), app/bsky/feed/defs.json#postView (likeCount, replyCount, repostCount, quoteCount, bookmarkCount, each optional),
com/atproto/repo/deleteRecord.json ("or ensure it doesn't exist").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tanggap.channels.connector import Outgoing, Sent
from tanggap.channels.errors import Gone, Permanent
from tanggap.channels.platforms.bluesky_api import Api
from tanggap.channels.platforms.bluesky_watch import gone
from tanggap.channels.platforms.told import altogether, numbers

_AT_ONCE = 25


def figures(api: Api, ids: Sequence[str]) -> dict[str, Mapping[str, int] | None]:
    """This will ask about own posts; of one that the network does not show its record is asked for."""
    found: dict[str, Mapping[str, int] | None] = {}
    for start in range(0, len(ids), _AT_ONCE):
        asked = list(ids[start : start + _AT_ONCE])
        for one in api.read("app.bsky.feed.getPosts", uris=asked)["posts"]:
            found[str(one["uri"])] = numbers(
                likes=one.get("likeCount"), comments=one.get("replyCount"), saves=one.get("bookmarkCount"),
                shares=altogether(one.get("repostCount"), one.get("quoteCount")),
            )  # fmt: skip
    missing = [uri for uri in ids if uri not in found]
    return found | dict.fromkeys(gone(api, missing) if missing else ())


def withdraw(api: Api, out: Outgoing) -> Sent:
    """This will delete a record once; one that is gone already is taken away."""
    repo, collection, key = _parted(out.target_external_id)
    if repo != api.me.did:
        raise Permanent("Hanya kiriman akun ini sendiri yang dapat ditarik.")
    api.write("com.atproto.repo.deleteRecord", {"repo": repo, "collection": collection, "rkey": key})
    return Sent(out.target_external_id)


def withdrawn(api: Api, out: Outgoing) -> Sent | None:
    """This will ask for the record."""
    try:
        api.record(*_parted(out.target_external_id))
    except Gone:
        return Sent(out.target_external_id)
    return None


def _parted(uri: str) -> tuple[str, str, str]:
    parts = uri.removeprefix("at://").split("/")
    if len(parts) != 3 or not all(parts):
        raise Permanent("Ini bukan kiriman Bluesky.")
    return parts[0], parts[1], parts[2]
