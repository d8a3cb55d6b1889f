"""An inbox left open in a browser: listens to /events and asks again, as the page's own script does."""

from __future__ import annotations

import http.client
import json
import threading
import time

from django.conf import settings
from django.db.models import Max
from django.urls import reverse

from bench.parts.server import HOST
from bench.parts.staff import session_of
from tanggap.agencies.models import Member
from tanggap.core import scope
from tanggap.posts.models import Post

GATHER_SECONDS = 0.4
"""live.js gathers what it hears for so long before it asks."""


class OpenInbox:
    """Notes for each post when the screen had been told of it and had asked for what is new."""

    def __init__(self, port: int, member: Member) -> None:
        self._port, self._government_id = port, member.government_id
        self._cookie = {"cookie": f"{settings.SESSION_COOKIE_NAME}={session_of(member)}"}
        self._heard = threading.Event()
        self._ended = threading.Event()
        self._shown: dict[int, float] = {}
        with scope.government(self._government_id):
            self._before = Post.objects.aggregate(newest=Max("pk"))["newest"] or 0

    def open(self) -> None:
        """This will connect to /events and begin to listen."""
        events = http.client.HTTPConnection(HOST, self._port, timeout=60)
        events.request("GET", "/events", headers=self._cookie)
        stream = events.getresponse()
        if stream.status != 200:
            raise SystemExit(f"/events answered {stream.status}.")
        for work in (lambda: self._listen(stream), self._ask):
            threading.Thread(target=work, daemon=True).start()

    def wait_for(self, many: int, seconds: float) -> dict[str, float]:
        """This will wait until so many posts were shown, and return when, by their external id."""
        until = time.monotonic() + seconds
        while len(self._shown) < many and time.monotonic() < until:
            time.sleep(0.2)
        self._ended.set()
        with scope.government(self._government_id):
            names = dict(Post.objects.filter(pk__gt=self._before).values_list("pk", "external_id"))
        return {names[pk]: at for pk, at in self._shown.items() if pk in names}

    def _listen(self, stream: http.client.HTTPResponse) -> None:
        while line := stream.readline():
            if line.startswith(b"data:") and json.loads(line[5:])["k"] == "post":
                self._heard.set()
            if self._ended.is_set():
                return

    def _ask(self) -> None:
        """Asks for what is new; everything that was committed before it asked is on the screen when it is answered."""
        connection = http.client.HTTPConnection(HOST, self._port, timeout=60)
        newest = self._before
        while not self._ended.is_set():
            if not self._heard.wait(0.5):
                continue
            time.sleep(GATHER_SECONDS)
            self._heard.clear()
            with scope.government(self._government_id):
                came = Post.objects.filter(pk__gt=self._before).exclude(pk__in=self._shown)
                fresh = list(came.values_list("pk", flat=True))
            connection.request("GET", f"{reverse('inbox_fresh')}?newest={newest}", headers=self._cookie)
            connection.getresponse().read()
            now = time.time()
            self._shown |= dict.fromkeys(fresh, now)
            newest = max(fresh, default=newest)
