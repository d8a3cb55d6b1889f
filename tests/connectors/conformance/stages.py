"""A stage per platform: the connector of an official account, and the platform that it speaks to, both in this process.

A platform's own file in this folder (stage_<platform>.py) defines `STAGE`, an instance of Stage or a subclass of it
where the platform needs more than a token.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tanggap.channels.connector import (
    Ability,
    Account,
    Action,
    Connector,
    Developer,
    Fetched,
    Item,
    Outgoing,
    Raw,
)
from tanggap.core import http
from tanggap.simulator.platforms.base import AnswerLost, Hooked, Piece, Simulated

LONG_AGO = (datetime.now(UTC) - timedelta(days=30)).isoformat()


@dataclass
class Stage:
    """One platform as the stories play on it. `kind` is what citizens say there by default, and `private` in private.

    `app` is the connector whose App takes the deliveries, where it is not the platform's own; `hides_for_good` where
    to hide is to delete, so that nothing can be shown again.
    """

    connector: type[Connector]
    simulated: type[Simulated]
    app: type[Connector] | None = None
    private: str = ""
    hides_for_good: bool = False

    @property
    def name(self) -> str:
        return self.connector.platform

    @property
    def base(self) -> str:
        return f"https://{self.simulated.platform}.simulated"

    def can(self, ability: Ability) -> bool:
        return ability in self.connector.abilities

    @contextmanager
    def open(self) -> Iterator[Play]:
        """This will begin with an empty platform that the connector reaches in this process."""
        platform = self.simulated()
        with http.swapped(Wire({f"{self.simulated.platform}.simulated": platform})):
            yield Play(self, platform)

    def account(self, platform: Simulated) -> Account:
        """This will return the official account as the product keeps it once connected."""
        return Account(
            external_id=platform.official.id, handle=platform.official.handle, token=platform.official.token,
            secrets=self.secrets(platform), settings=self.settings(platform), developer=self.developer(platform),
            api_base=self.base,
        )  # fmt: skip

    def developer(self, platform: Simulated) -> Developer:
        return Developer(platform.client_id, platform.client_secret, self.base)

    def secrets(self, platform: Simulated) -> Mapping[str, str]:
        return platform.secrets()

    def settings(self, platform: Simulated) -> Mapping[str, Any]:
        return platform.settings()

    def target(self, item: Item) -> dict[str, Any]:
        """This will return what an answer to an item carries besides its text, as the product gives it."""
        return {"target_external_id": item.external_id, "thread": item.thread or item.external_id}


class Play:
    """A running story: the platform, and what the product's side does with it."""

    def __init__(self, stage: Stage, platform: Simulated) -> None:
        self.stage, self.platform = stage, platform
        self.cursor: Mapping[str, Any] = {}

    @property
    def connector(self) -> Connector:
        """This will return a fresh connector with the account's token as it is now."""
        return self.stage.connector(self.stage.account(self.platform))

    def told(self) -> list[Item]:
        """This will take all waiting deliveries as the hook address does: check, part, and read them."""
        return [item for hooked in self.platform.deliveries() for item in self.read(hooked)]

    def read(self, hooked: Hooked) -> list[Item]:
        app = self.stage.app or self.stage.connector
        headers = {name.lower(): value for name, value in hooked.headers.items()}
        app.verify([self.platform.secret], headers, hooked.body, datetime.now(UTC))
        return [item for piece in app.pieces(hooked.body) for item in app.parse(raw(piece))]

    def begin(self) -> None:
        """This will take the first, empty fetch: from here on everything is new."""
        if self.stage.can(Ability.FETCH):
            self.cursor = self.connector.fetch({}).cursor

    def fetched(self) -> list[Item]:
        """This will fetch until nothing more is there, as the sweep does."""
        found: list[Item] = []
        for _ in range(50):
            page = self.connector.fetch(self.cursor)
            self.cursor = page.cursor
            found += self.items(page)
            if not page.more:
                return found
        raise AssertionError("the fetch finds no end")

    def looked(self, *known: Item) -> list[Item]:
        """This will look again at known items as the sweep does, or fetch where the fetch finds changes by itself."""
        if not self.stage.can(Ability.RECHECK):
            return self.fetched()
        asked = [one.external_id for one in known if self.connector.rechecks(one.kind, one.in_reply_to)]
        return self.items(self.connector.recheck(asked))

    def brought(self) -> list[Item]:
        """This will bring in what is new by the fastest way that the platform has."""
        return self.told() if self.stage.can(Ability.HOOK) else self.fetched()

    def items(self, page: Fetched) -> list[Item]:
        return [item for body in page.bodies for item in self.stage.connector.parse(raw(body))]

    def said(self, text: str = "Jalan Melati berlubang, mohon diperbaiki", **more: Any) -> Item:
        """This will let a citizen say something and return it as it came in."""
        self.platform.say(text, **more)
        return next(one for one in self.brought() if one.text == text and one.action == Action.CREATE)

    def outgoing(self, kind: str, item: Item | None, text: str, **more: Any) -> Outgoing:
        target = self.stage.target(item) if item else {}
        target |= {"target_external_id": key} if (key := more.pop("target_external_id", "")) else {}
        return Outgoing(
            kind=kind, text=text, reference=more.pop("reference", "6f1c1a52-0000-4000-8000-000000000001"),
            created_at=datetime.now(UTC), **target, **more,
        )  # fmt: skip

    def piece(self, item: Item) -> Piece:
        """This will return what stands on the platform for an item."""
        found = [one for one in self.platform.pieces.values() if one.id in item.external_id]
        return max(found, key=lambda one: len(one.id))


class Wire(httpx.BaseTransport):
    """Leads requests by host name to simulated platforms; a lost answer is a line that breaks while reading."""

    def __init__(self, hosts: Mapping[str, Simulated]) -> None:
        self._hosts = {host: httpx.WSGITransport(app=platform) for host, platform in hosts.items()}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        transport = self._hosts.get(request.url.host)
        if transport is None:
            raise httpx.ConnectError(f"no such host: {request.url.host}")
        try:
            return transport.handle_request(request)
        except AnswerLost as error:
            raise httpx.ReadError("the line broke") from error


def raw(body: bytes) -> Raw:
    return Raw(body=body, headers={}, received_at=datetime.now(UTC))


def stages() -> list[Stage]:
    """This will return the stages of this folder."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return [
        importlib.import_module(f"{__package__}.{name}").STAGE for name in names if name.startswith("stage_")
    ]
