"""Citizens and the official account on real servers: a Mastodon server started here, a Bluesky one that is named."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import httpx

from tanggap.config.ports import free
from tanggap.simulator.city import Citizen, citizens, load_city
from tanggap.simulator.mastodon import Mastodon
from tanggap.simulator.mock_mastodon import STATE_FILE, MockMastodon


class Network(Protocol):
    """A server with citizens on it; `values` connects the official account, `pieces` is what was ever said."""

    platform: str
    api_base: str
    values: Mapping[str, str]

    def say(self, number: int, text: str) -> None:
        """This will let a citizen say something to the official account."""

    def pieces(self) -> list[dict[str, Any]]:
        """This will return what citizens said and how the account answered, as the history checker reads it."""


def _piece(text: str, author: str) -> dict[str, Any]:
    return {"text": text, "author": author, "deleted": False}


@dataclass
class OnMastodon:
    """The Mastodon server of the demo, an independent stateful stand-in."""

    api_base: str
    values: Mapping[str, str]
    people: list[Citizen]
    platform: str = "mastodon"
    _said: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._client = Mastodon(self.api_base)

    def say(self, number: int, text: str) -> None:
        self._client.post(self.people[number % len(self.people)], text, f"bench-{number}")
        self._said.append(_piece(text, "citizen"))

    def pieces(self) -> list[dict[str, Any]]:
        return [*self._said, *(_piece(one.text, "official") for one in self._client.said())]


@contextmanager
def mastodon(folder: Path) -> Iterator[OnMastodon]:
    """This will start the Mastodon server."""
    people = citizens(load_city(), 40)
    with MockMastodon(folder / "mastodon", free(), people) as server:
        state = json.loads((server.folder / STATE_FILE).read_text(encoding="utf-8"))
        values = {"api_base": server.address, "token": state["official"]["token"]}
        yield OnMastodon(server.address, values, list(people))


class OnBluesky:
    """A Bluesky server for tests that lets anybody open accounts (@atproto/dev-env)."""

    platform = "bluesky"
    _names = itertools.count(int(time.time()) % 10_000_000)

    def __init__(self, api_base: str) -> None:
        self.api_base = api_base
        self._official = self._account("pemkot")
        self._citizens = [self._account("warga") for _ in range(5)]
        password = self._call(self._official, "com.atproto.server.createAppPassword", name="tanggap")[
            "password"
        ]
        self.values = {"handle": self._official["handle"], "token": password, "api_base": api_base}
        self._said: list[dict[str, Any]] = []

    def say(self, number: int, text: str) -> None:
        who, name = self._citizens[number % len(self._citizens)], self._official["handle"]
        feature = {"$type": "app.bsky.richtext.facet#mention", "did": self._official["did"]}
        record = {
            "$type": "app.bsky.feed.post", "text": f"@{name} {text}", "createdAt": datetime.now(UTC).isoformat(),
            "facets": [{"index": {"byteStart": 0, "byteEnd": len(name) + 1}, "features": [feature]}],
        }  # fmt: skip
        self._call(
            who,
            "com.atproto.repo.createRecord",
            repo=who["did"],
            collection="app.bsky.feed.post",
            record=record,
        )
        self._said.append(_piece(record["text"], "citizen"))

    def pieces(self) -> list[dict[str, Any]]:
        return [*self._said, *(_piece(text, "official") for text in self._own())]

    def _own(self) -> Iterator[str]:
        cursor: str | None = None
        with httpx.Client(trust_env=False, timeout=30) as client:
            while True:
                asked = {"repo": self._official["did"], "collection": "app.bsky.feed.post", "limit": 100}
                answer = (
                    client.get(
                        f"{self.api_base}/xrpc/com.atproto.repo.listRecords",
                        params=asked | ({"cursor": cursor} if cursor else {}),
                    )
                    .raise_for_status()
                    .json()
                )
                yield from (one["value"]["text"] for one in answer["records"])
                cursor = answer.get("cursor")
                if not cursor or not answer["records"]:
                    return

    def _account(self, role: str) -> dict[str, str]:
        handle = f"{role}{next(self._names)}.test"
        with httpx.Client(trust_env=False, timeout=30) as client:
            made = client.post(
                f"{self.api_base}/xrpc/com.atproto.server.createAccount",
                json={"handle": handle, "email": f"{handle}@example.org", "password": "kata-sandi-uji"},
            )
            return dict(made.raise_for_status().json())

    def _call(self, who: Mapping[str, str], method: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {who['accessJwt']}"}
        with httpx.Client(trust_env=False, timeout=30) as client:
            answer = client.post(f"{self.api_base}/xrpc/{method}", json=body, headers=headers)
            return answer.raise_for_status().json()
