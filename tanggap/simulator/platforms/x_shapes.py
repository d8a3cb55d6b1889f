"""Forms that a simulated X speaks in: ids, posts and people as API v2 shows them, problems, pages, queries."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Response

Json = dict[str, Any]
EPOCH_MS = 1288834974657
_LINK = re.compile(r"https?://[^\s<>\"']+")


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """This will put a JSON answer together; an empty body for 204."""
    return Response(
        json.dumps(body) if body is not None else b"", status, dict(headers or {}), content_type="application/json"
    )  # fmt: skip


def problem(status: int, title: str, detail: str, kind: str = "", **more: Any) -> Response:
    """This will refuse as X does, with a problem document."""
    named = f"https://api.twitter.com/2/problems/{kind}" if kind else "about:blank"
    return answer({"title": title, "detail": detail, "type": named, "status": status, **more}, status)


def missing(key: str) -> Json:
    """This will say in a list of errors that a post is not there."""
    return {
        "resource_id": key, "resource_type": "tweet", "parameter": "ids", "value": key, "title": "Not Found Error",
        "detail": f"Could not find tweet with ids: [{key}].",
        "type": "https://api.twitter.com/2/problems/resource-not-found",
    }  # fmt: skip


def user_id(author: str) -> str:
    """This will return the account id of a person."""
    return str(10**18 + int.from_bytes(hashlib.sha256(author.encode()).digest()[:7], "big"))


def user(key: str, handle: str, name: str) -> Json:
    """This will show an account."""
    return {
        "id": key, "username": handle, "name": name, "protected": False, "verified": False,
        "public_metrics": {"followers_count": 120, "following_count": 80, "tweet_count": 900, "listed_count": 1},
    }  # fmt: skip


def shown(text: str) -> tuple[str, list[Json]]:
    """This will shorten a text's links and escape it, as X stores it; the entities name the links."""
    entities: list[Json] = []

    def short(match: re.Match[str]) -> str:
        link = "https://t.co/" + hashlib.sha256(match[0].encode()).hexdigest()[:10]
        entities.append({"url": link, "expanded_url": match[0], "display_url": match[0].partition("//")[2]})
        return link

    return html.escape(_LINK.sub(short, text), quote=False), entities


def page(rows: Sequence[Json], most: int, token: str) -> Json:
    """This will cut a list that is newest first; its token names the last one shown."""
    left = [one for one in rows if not token or int(one["id"]) < int(token.rpartition("z")[2])]
    cut = list(left[:most])
    meta: Json = {"result_count": len(cut)}
    if cut:
        meta |= {"newest_id": cut[0]["id"], "oldest_id": cut[-1]["id"]}
    if len(left) > most:
        meta["next_token"] = f"7140dibdnow9c7btz{cut[-1]['id']}"
    return {**({"data": cut} if cut else {}), "meta": meta}


def matches(query: str, text: str) -> bool:
    """This will say whether a text is what a query asks for: words, phrases, OR within brackets, and exclusions."""
    low = text.lower()

    def has(term: str) -> bool:
        if term.startswith("lang:"):
            return term == "lang:in"
        if term == "is:retweet":
            return False
        return term.strip('"').lower() in low

    parts = re.findall(r'\([^)]*\)|-?(?:"[^"]*"|[^\s"]+)', query)
    for part in parts:
        if part.startswith("("):
            if not any(has(one) for one in re.findall(r'"[^"]*"|\S+', part[1:-1]) if one != "OR"):
                return False
        elif has(part.lstrip("-")) == part.startswith("-"):
            return False
    return True


def stamp(at: float) -> str:
    """This will write a time as X does."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(given: str) -> float:
    """This will read a time that was asked for."""
    return datetime.fromisoformat(given).timestamp()
