"""Asks the web server for lists of the inbox as a member's browser does, and takes the time of each."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from bench.parts import many_posts
from bench.parts.server import HOST
from bench.parts.staff import session_of
from tanggap.agencies.models import Member

_MORE = re.compile(r"[?&;]before=([0-9T]+-\d+)")
_TOPICS = ("jalan_rusak", "sampah", "pju", "kemacetan", "air_bersih", "drainase")
_PLATFORMS = ("instagram", "facebook", "x", "whatsapp")


@dataclass(frozen=True, slots=True)
class Ask:
    """How to ask for a kind of list: filters of round `n`, and on which page."""

    filters: Callable[[int], dict[str, str]]
    page: int = 1


def _word(word: str) -> Ask:
    return Ask(lambda _round: {"view": "semua", "q": word})


def _week(number: int) -> dict[str, str]:
    since = date.today() - timedelta(days=20 + 53 * number % 600)  # noqa: DTZ011  any day will do
    return {"view": "semua", "since": since.isoformat(), "until": (since + timedelta(days=7)).isoformat()}


KINDS: dict[str, Ask] = {
    "newest": Ask(lambda _round: {}),
    "newest of all": Ask(lambda _round: {"view": "semua"}),
    "unread": Ask(lambda _round: {"unread": "1"}),
    "three filters": Ask(
        lambda number: {
            "view": "semua", "topic": _TOPICS[number % 6], "sentiment": "negative", "platform": _PLATFORMS[number % 4],
        }
    ),
    "date range": Ask(_week),
    "rare word": _word(many_posts.RARE),
    "absent word": _word(many_posts.ABSENT),
    "common word": _word(many_posts.COMMON),
    "page 20": Ask(lambda _round: {"view": "semua"}, page=20),
}  # fmt: skip
"""What the goals name."""

TRIALS: dict[str, Ask] = {
    "word in 1 of 200": _word(many_posts.MIDDLING),
    "word out of use for a year": _word(many_posts.BYGONE),
    "two words": _word(f"{many_posts.COMMON} {many_posts.MIDDLING}"),
    "rare filters": Ask(
        lambda _round: {"view": "semua", "language": "su", "urgency": "emergency", "intent": "aspiration"}
    ),
    "word in a week": Ask(lambda number: _week(number) | {"q": many_posts.COMMON}),
}
"""What else could be slow; shown, but no goal names it."""


class Reader:
    """A member's browser: one kept connection and a session."""

    def __init__(self, port: int, member: Member) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=120)
        self._cookie = f"{settings.SESSION_COOKIE_NAME}={session_of(member)}"
        self._path = reverse("inbox")

    def times(self, ask: Ask, rounds: int) -> list[float]:
        """This will ask `rounds` times, after one that does not count, and return the milliseconds of each."""
        self._connection.close()  # the server ends what was idle for long; the first request opens it again
        taken = []
        for number in range(rounds + 1):
            filters = ask.filters(number)
            for _page in range(1, ask.page):
                filters = self._next(filters)
            began = time.perf_counter()
            self.get(filters)
            taken.append(1000 * (time.perf_counter() - began))
        return taken[1:]

    def get(self, filters: dict[str, str], *, part: bool = False) -> str:
        """This will fetch the whole page, or the list alone as htmx does; SystemExit where it is not a page."""
        headers = {"cookie": self._cookie} | ({"hx-request": "true"} if part else {})
        self._connection.request("GET", f"{self._path}?{urlencode(filters)}", headers=headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise SystemExit(f"The inbox answered {answer.status} for {filters}.")
        return text

    def _next(self, filters: dict[str, str]) -> dict[str, str]:
        """The filters of the page behind this one; the last page again for a member who sees so little."""
        found = _MORE.search(unescape(self.get(filters, part=True)))
        return filters | {"before": found[1]} if found else filters
