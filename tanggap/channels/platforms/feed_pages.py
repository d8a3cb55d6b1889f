"""Fetches the page of an article and takes its text out, as its site allows: robots.txt, pauses, caps."""

from __future__ import annotations

import base64
import threading
import time
import zlib
from typing import Any
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from tanggap.channels.html_text import DEEPEST, depth
from tanggap.core import http

AGENT = "Tanggap"
_ROBOTS_SECONDS = 24 * 3600.0
"""RFC 9309, 2.4: rules are not kept for longer than a day."""
_MOST_ROBOTS = 500 * 1024
_MOST_HOSTS = 500
_PAUSE, _LONGEST_PAUSE = 1.0, 10.0
_MOST_KEPT = 300 * 1024
_MOST_TEXT = 100_000
_MOST_READ, _MOST_TAGS = 2 * 1024 * 1024, 40_000


class Manners:
    """What sites ask of programs: their rules, and when each host was last asked. Safe in several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: dict[str, tuple[float, RobotFileParser]] = {}
        self._next: dict[str, float] = {}

    def allows(self, client: http.Client, url: str) -> bool:
        """This will tell whether a page may be fetched by programs (RFC 9309)."""
        return self._of(client, url).can_fetch(AGENT, url)

    def wait(self, client: http.Client, url: str) -> None:
        """This will wait until the page's host may be asked again."""
        asked = self._of(client, url).crawl_delay(AGENT)
        pause = min(max(float(asked or 0), _PAUSE), _LONGEST_PAUSE)
        host = urlsplit(url).netloc
        with self._lock:
            now = time.monotonic()
            begin = max(self._next.get(host, 0.0), now)
            self._next = {name: at for name, at in self._next.items() if at > now} | {host: begin + pause}
        if begin > now:
            time.sleep(min(begin - now, _LONGEST_PAUSE))

    def _of(self, client: http.Client, url: str) -> RobotFileParser:
        parts = urlsplit(url)
        origin, now = f"{parts.scheme}://{parts.netloc}", time.monotonic()
        with self._lock:
            at, rules = self._rules.get(origin, (0.0, None))
        if rules is None or now - at > _ROBOTS_SECONDS:
            rules = _rules(client, origin)
            with self._lock:
                if len(self._rules) >= _MOST_HOSTS:
                    self._rules.clear()
                self._rules[origin] = (now, rules)
        return rules


def _rules(client: http.Client, origin: str) -> RobotFileParser:
    """RFC 9309, 2.3.1: no file means that all is allowed, a failing server that nothing is."""
    rules = RobotFileParser()
    try:
        answer = client.request("GET", f"{origin}/robots.txt")
    except http.HttpError:
        rules.disallow_all = True  # type: ignore[attr-defined]
        return rules
    if answer.ok:
        rules.parse(answer.body[:_MOST_ROBOTS].decode("utf-8", "replace").splitlines())
    elif answer.status >= 500 or answer.status == 429:
        rules.disallow_all = True  # type: ignore[attr-defined]
    else:
        rules.allow_all = True  # type: ignore[attr-defined]
    return rules


def page(client: http.Client, manners: Manners, url: str) -> dict[str, Any]:
    """This will fetch an article's page: what it said, packed, and its text; `why` says why there is none."""
    told: dict[str, Any] = {"url": url}
    try:
        if not manners.allows(client, url):
            return {**told, "why": "robots.txt"}
        manners.wait(client, url)
        answer = client.request("GET", url)
    except (http.HttpError, ValueError) as error:
        return {**told, "why": type(error).__name__}
    told |= {
        "status": answer.status,
        "type": answer.headers.get("content-type", "")[:100],
        "at": answer.url[:2000],
    }
    if not answer.ok or "html" not in told["type"]:
        return {**told, "why": "not a page"}
    packed = base64.b64encode(zlib.compress(answer.body, 6)).decode()
    told["html"] = packed if len(packed) <= _MOST_KEPT else ""
    return {**told, "text": text_of(answer.body, url)}


def text_of(body: bytes, url: str) -> str:
    """This will return an article's own words on a page, without menus and advertisements; empty where none are."""
    body = body[:_MOST_READ]
    if body.count(b"<") > _MOST_TAGS or depth(body.decode("latin-1")) > DEEPEST:
        return ""
    import trafilatura  # takes a second to load, and most feeds are read without it

    try:
        found = trafilatura.extract(body, url=url, include_comments=False, include_tables=False, fast=True)
    except Exception:  # of a broken page; the entry itself is still good
        return ""
    return (found or "")[:_MOST_TEXT]
