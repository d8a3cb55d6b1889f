"""TikTok's stage: what a delivery only announces is fetched, as the product does when it is nudged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from tanggap.channels.connector import Action, Item, Raw
from tanggap.channels.connectors.tiktok import TikTok
from tanggap.core import http
from tanggap.simulator.platforms.base import Hooked, Piece, Simulated
from tanggap.simulator.platforms.tiktok import TikTok as Platform
from tests.connectors.conformance.stages import Play, Stage, Wire


class Nudged(Play):
    """A story in which a delivery may nudge; what it brings is told apart from what the sweep finds."""

    def __init__(self, stage: Stage, platform: Simulated) -> None:
        super().__init__(stage, platform)
        self.live: Mapping[str, Any] = {}

    def begin(self) -> None:
        super().begin()
        self.live = self.cursor

    def told(self) -> list[Item]:
        delivered = self.platform.deliveries()
        items = [item for hooked in delivered for item in self.read(hooked) if item.action != Action.RECEIPT]
        if any(self.nudged(one) for one in delivered):
            swept, self.cursor = self.cursor, self.live
            items += self.fetched()
            self.live, self.cursor = self.cursor, swept
        return items

    def nudged(self, hooked: Hooked) -> bool:
        account = ("tiktok", self.platform.official.id)
        return account in TikTok.nudges(Raw(hooked.body, {}, datetime.now(UTC)))

    def piece(self, item: Item) -> Piece:
        return self.platform.pieces[item.external_id.rpartition("/")[2]]


class TikTokStage(Stage):
    """TikTok, where ids are whole with their video's."""

    @contextmanager
    def open(self) -> Iterator[Play]:
        platform = self.simulated()
        with http.swapped(Wire({f"{self.simulated.platform}.simulated": platform})):
            yield Nudged(self, platform)


STAGE = TikTokStage(TikTok, Platform)
