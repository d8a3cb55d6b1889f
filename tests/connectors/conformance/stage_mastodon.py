"""Mastodon on an independent server (mastodon-mock); what goes wrong happens on the line to it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
from mastodon_mock.testing.server import MockServer

from tanggap.channels.connector import Account, Fetched, Item
from tanggap.channels.connectors.mastodon import Mastodon
from tanggap.channels.html_text import plain
from tanggap.core import http
from tanggap.simulator.platforms.base import OFFICIAL, Faults, Official, Piece
from tests.connectors.conformance.stages import Play, Stage

NAMED = "@bob "
"""Mastodon tells an account only of statuses that name it."""


@functools.cache
def server() -> MockServer:
    running = MockServer(shutdown_timeout=0.5)
    running.__enter__()
    return running


class Town:
    """The server with its citizen alice, as the stories drive a simulated platform."""

    platform = "mastodon"

    def __init__(self) -> None:
        self.base = server().base_url
        httpx.post(f"{self.base}/api/v1/_mock/reset").raise_for_status()
        self.host = self.base.removeprefix("http://")
        self.official = Official(f"bob@{self.host}", "@bob", "Bob", "bob_token")
        self.faults = Faults()
        self.said: dict[str, Piece] = {}

    def say(self, text: str, *, parent: str = "", **_: Any) -> Piece:
        made = server().client("alice").status_post(NAMED + text, in_reply_to_id=parent or None)
        self.said[str(made.id)] = Piece(str(made.id), "mention", "alice", text, made.created_at.timestamp())
        return self.said[str(made.id)]

    def edit(self, key: str, text: str) -> None:
        server().client("alice").status_update(key, NAMED + text)

    def delete(self, key: str) -> None:
        server().client("alice").status_delete(key)

    def look(self, key: str, **numbers: int | None) -> dict[str, int | None]:
        """On this server people really like and pass on: at most alice does."""
        alice, there = server().client("alice"), server().client("bob").status(key)
        if not there.favourites_count:
            alice.status_favourite(key)
            alice.status_reblog(key)
        stood = server().client("bob").status(key)
        return {
            "likes": stood.favourites_count,
            "comments": stood.replies_count,
            "shares": stood.reblogs_count,
        }

    @property
    def pieces(self) -> dict[str, Piece]:
        return self.said | {one.id: one for one in self._ours()}

    def answers(self, key: str = "") -> list[Piece]:
        return [one for one in self._ours() if one.parent and key in {"", one.parent}]

    def _ours(self) -> list[Piece]:
        bob = server().client("bob")
        return [
            Piece(
                str(one.id), "message" if one.visibility == "direct" else "post", OFFICIAL, plain(one.content),
                one.created_at.timestamp(), parent=str(one.in_reply_to_id or ""),
            )
            for one in bob.account_statuses(bob.me().id)
        ]  # fmt: skip

    def deliveries(self) -> list[Any]:
        return []

    def expire(self) -> None:
        self.official.revoked = True

    revoke = expire

    def restore(self) -> None:
        self.official.revoked = False


class Line(httpx.BaseTransport):
    """The line to the server, with the faults that a story asks for."""

    def __init__(self, town: Town) -> None:
        self._town, self._inner = town, httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        faults = self._town.faults
        if faults.fail:
            faults.fail -= 1
            return httpx.Response(503, json={"error": "Service temporarily unavailable"})
        if faults.refuse:
            faults.refuse -= 1
            headers = {"Retry-After": faults.retry_after} if faults.retry_after else {}
            return httpx.Response(429, json={"error": "Too many requests"}, headers=headers)
        if self._town.official.revoked:
            return httpx.Response(401, json={"error": "The access token was revoked"})
        answer = self._inner.handle_request(request)
        if faults.lose_answer and request.method in {"POST", "DELETE"}:
            faults.lose_answer -= 1
            answer.read()
            raise httpx.ReadError("the line broke")
        return answer


class MastodonPlay(Play):
    def items(self, page: Fetched) -> list[Item]:
        return [replace(item, text=item.text.removeprefix(NAMED)) for item in super().items(page)]


class MastodonStage(Stage):
    @contextmanager
    def open(self) -> Iterator[Play]:
        town = Town()
        with http.swapped(Line(town)):
            yield MastodonPlay(self, town)

    def account(self, platform: Any) -> Account:
        return Account(
            external_id=platform.official.id, handle="@bob", api_base=platform.base, token="bob_token",
            trusted_base=True,
        )  # fmt: skip


STAGE = MastodonStage(Mastodon, Town)
