"""A simulated news site: an Atom feed, an RSS 2.0 feed, article pages, robots.txt, and conditional requests.

After RFC 4287 (Atom), https://www.rssboard.org/rss-specification (RSS 2.0), RFC 9309 (robots.txt) and RFC 9110,
section 13 (ETag, Last-Modified, 304), seen 2026-11-22. Citizens' deeds are the newsroom's: say, edit, delete an
article. `blocked` paths are disallowed for programs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree as ET

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from tanggap.simulator.platforms.base import Piece, Simulated

_ATOM = "http://www.w3.org/2005/Atom"
_SITE = "https://rss.simulated"
_MOST = 50


class Rss(Simulated):
    """A news site with one feed."""

    platform = "rss"
    has_hooks = False
    kinds = ("article",)

    def __init__(self, **more: Any) -> None:
        self.blocked: list[str] = []
        super().__init__(**more)

    def begin(self) -> None:
        self.open_account(f"{_SITE}/feed.xml", f"{_SITE}/feed.xml", "Kabar Melati", "")

    def settings(self) -> dict[str, str]:
        """This will return what names the feed: its path on this site."""
        return {"feed_url": "/feed.xml"}

    def secrets(self) -> dict[str, str]:
        """This will return nothing: whoever comes may read."""
        return {}

    def rules(self) -> Iterable[Rule]:
        return [
            Rule("/", endpoint=self._front),
            Rule("/feed.xml", endpoint=self._atom),
            Rule("/rss.xml", endpoint=self._rss),
            Rule("/berita/<key>", endpoint=self._page),
            Rule("/robots.txt", endpoint=self._robots),
        ]

    def _articles(self) -> list[Piece]:
        there = [one for one in self.pieces.values() if not one.deleted]
        return sorted(there, key=lambda one: (one.at, one.id), reverse=True)[:_MOST]

    def _front(self, request: Request) -> Response:
        head = '<link rel="alternate" type="application/atom+xml" href="/feed.xml">'
        return Response(
            f"<html><head>{head}</head><body>Kabar Melati</body></html>", content_type="text/html"
        )

    def _robots(self, request: Request) -> Response:
        lines = ["User-agent: *", *(f"Disallow: {path}" for path in self.blocked)]
        return Response("\n".join(lines), content_type="text/plain")

    def _atom(self, request: Request) -> Response:
        ET.register_namespace("", _ATOM)
        feed = ET.Element(f"{{{_ATOM}}}feed")
        _add(feed, "title", self.official.name)
        _add(feed, "id", f"{_SITE}/")
        for one in self._articles():
            entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
            _add(entry, "id", f"tag:rss.simulated,2026:{one.id}")
            _add(entry, "title", one.text)
            ET.SubElement(entry, f"{{{_ATOM}}}link", href=f"{request.script_root}/berita/{one.id}")
            _add(ET.SubElement(entry, f"{{{_ATOM}}}author"), "name", one.author)
            _add(entry, "published", _iso(one.at))
            _add(entry, "updated", _iso(one.edited_at or one.at))
        return self._conditional(request, ET.tostring(feed, encoding="utf-8"), "application/atom+xml")

    def _rss(self, request: Request) -> Response:
        root = ET.Element("rss", version="2.0")
        channel = ET.SubElement(root, "channel")
        ET.SubElement(channel, "title").text = self.official.name
        for one in self._articles():
            item = ET.SubElement(channel, "item")
            ET.SubElement(item, "guid", isPermaLink="false").text = one.id
            ET.SubElement(item, "title").text = one.text
            ET.SubElement(item, "link").text = f"{_SITE}/berita/{one.id}"
            ET.SubElement(item, "pubDate").text = format_datetime(datetime.fromtimestamp(one.at, UTC))
        return self._conditional(request, ET.tostring(root, encoding="utf-8"), "application/rss+xml")

    def _conditional(self, request: Request, content: bytes, kind: str) -> Response:
        answer = Response(content, content_type=kind)
        answer.set_etag(hashlib.sha256(content).hexdigest()[:16])
        newest = max((one.edited_at or one.at for one in self.pieces.values()), default=0.0)
        answer.last_modified = datetime.fromtimestamp(newest, UTC)
        return answer.make_conditional(request.environ)

    def _page(self, request: Request, key: str) -> Response:
        one = self.pieces.get(key)
        if one is None or one.deleted:
            return Response("gone", 410)
        body = f"<nav>Beranda Politik Olahraga</nav><article><h1>{one.text}</h1>" + "".join(
            f"<p>Paragraf {number}: {one.text}. Warga berharap pemerintah segera menanganinya.</p>"
            for number in range(1, 5)
        )
        return Response(
            f"<html><body>{body}</article></body></html>", content_type="text/html; charset=utf-8"
        )


def _add(under: ET.Element, name: str, text: str) -> None:
    ET.SubElement(under, f"{{{_ATOM}}}{name}").text = text


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
