"""Reads RSS and Atom into small plain entries, whatever the feed's faults; hostile XML is bounded before it is read.

feedparser gets bytes only, never an address, so it fetches nothing. It drops a document's own entities; expat bounds
what is left (billion laughs). Its cleaning of HTML is not relied upon: texts become plain here.
"""

from __future__ import annotations

import calendar
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from tanggap.channels.html_text import DEEPEST, depth, plain

MOST_ENTRIES = 300
_MOST_TITLE, _MOST_TEXT, _MOST_LINK = 500, 40_000, 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; times are ISO 8601 in UTC or empty. `id` is whole: two feeds of a site name the same article."""

    id: str
    title: str
    text: str
    link: str
    author: str
    published: str
    updated: str
    pictures: Sequence[str] = ()

    @property
    def mark(self) -> str:
        """This will return a short digest of what a reader would see change."""
        seen = "\0".join((self.title, self.text, self.updated)).encode("utf-8", "replace")
        return hashlib.sha256(seen).hexdigest()[:12]

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "pictures": list(self.pictures)}


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's name and entries, newest first as the feed has them; `known` is False for what is no feed."""

    title: str
    link: str
    known: bool
    entries: list[Entry] = field(default_factory=list)


def read(body: bytes, url: str, content_type: str = "") -> Feed:
    """This will read a feed; never raises for what is inside it."""
    body = _bounded(body)
    if depth(body.decode("latin-1")) > DEEPEST:
        return Feed("", "", known=False)
    headers = {"content-location": url, "content-type": content_type}
    try:
        found = feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception:  # feedparser promises not to raise; hostile bytes find ways
        return Feed("", "", known=False)
    head = found.get("feed") or {}
    host = (urlsplit(url).hostname or "").lower()
    entries = [_entry(one, url, host) for one in (found.get("entries") or [])[:MOST_ENTRIES]]
    # A feed that names an entry twice means the newer, which it puts first.
    unique = {one.id: one for one in reversed(entries) if one.title or one.text}
    title = plain(str(head.get("title") or ""))[:200]
    return Feed(title, _link(head.get("link"), url), bool(found.get("version")), list(unique.values())[::-1])


_END = re.compile(rb"</(?:item|entry)\s*>", re.IGNORECASE)


def _bounded(body: bytes) -> bytes:
    """A feed up to the last entry that is taken, where it has very many: 60,000 took 18 s."""
    for number, end in enumerate(_END.finditer(body)):
        if number >= 4 * MOST_ENTRIES:
            return body[: end.end()]
    return body


def _entry(one: Mapping[str, Any], url: str, host: str) -> Entry:
    title = " ".join(plain(str(one.get("title") or "")[:5000]).split())[:_MOST_TITLE]
    contents = [str(part.get("value") or "") for part in one.get("content") or () if isinstance(part, dict)]
    written = (str(one.get("summary") or ""), *contents[:3])
    text = max((plain(part[: 4 * _MOST_TEXT])[:_MOST_TEXT] for part in written), key=len)
    link = _link(one.get("link"), url)
    return Entry(
        id=_id(str(one.get("id") or "").strip() or link, title + text, host),
        title=title,
        text=text,
        link=link,
        author=" ".join(plain(str(one.get("author") or "")[:1000]).split())[:200],
        published=_time(one.get("published_parsed")),
        updated=_time(dict(one).get("updated_parsed")),
        pictures=_pictures(one, url),
    )


def _id(given: str, words: str, host: str) -> str:
    """An id that is whole in the world: addresses and URNs are, a site's own number becomes so by its host."""
    if not given:
        given = f"{host}/sha256:{hashlib.sha256(words.encode('utf-8', 'replace')).hexdigest()}"
    elif not re.match(r"(?:https?://|urn:|tag:)", given, re.IGNORECASE):
        given = f"{host}/{given}"
    clean = "".join(sign for sign in given if sign.isprintable())
    return clean if len(clean) <= 300 else f"{host}/sha256:{hashlib.sha256(clean.encode()).hexdigest()}"


def _time(parsed: Any) -> str:
    try:
        at = datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return ""
    return at.isoformat() if 1990 <= at.year <= 2100 else ""


def _link(value: Any, base: str) -> str:
    try:
        whole = urljoin(base, str(value or "").strip())
        scheme = urlsplit(whole).scheme
    except ValueError:
        return ""
    return whole if value and scheme in {"http", "https"} and len(whole) <= _MOST_LINK else ""


def _pictures(one: Mapping[str, Any], url: str) -> list[str]:
    media = [*(one.get("media_content") or ()), *(one.get("enclosures") or ())]
    links = [
        _link(part.get("url") or part.get("href"), url)
        for part in media
        if isinstance(part, dict) and str(part.get("type") or part.get("medium") or "").startswith("image")
    ]
    return list(dict.fromkeys(link for link in links if link))[:5]


def announced(body: bytes, url: str) -> str:
    """This will return the address of the feed that a web page announces in its head; empty where it names none."""
    finder = _Finder()
    try:
        finder.feed(body[:300_000].decode("utf-8", "replace"))
    except (ValueError, AssertionError):
        return ""
    return next((link for one in finder.found if (link := _link(one, url))), "")


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        kinds = {"application/rss+xml", "application/atom+xml"}
        if (
            tag == "link"
            and "alternate" in told.get("rel", "").lower()
            and told.get("type", "").lower() in kinds
        ):
            self.found.append(told.get("href", ""))
