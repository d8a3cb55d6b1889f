"""Bluesky: an app password and its sessions; what was deleted shows when it is looked at again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tanggap.channels.connector import Item
from tanggap.channels.connectors.bluesky import Bluesky
from tanggap.channels.platforms.bluesky_api import forget_sessions
from tanggap.core import http
from tanggap.simulator.platforms import bluesky
from tanggap.simulator.platforms.base import Simulated
from tests.connectors.conformance.stages import Play, Stage, Wire


class BlueskyPlay(Play):
    known: tuple[Item, ...] = ()

    def said(self, text: str = "Jalan Melati berlubang, mohon diperbaiki", **more: Any) -> Item:
        item = super().said(text, **more)
        self.known = (*self.known, item)
        return item

    def fetched(self) -> list[Item]:
        self.cursor = {**self.cursor, "slow": 0}
        return super().fetched()

    def brought(self) -> list[Item]:
        return [*super().brought(), *self.looked(*self.known)]


class BlueskyStage(Stage):
    @contextmanager
    def open(self) -> Iterator[Play]:
        platform = self.simulated()
        forget_sessions()
        with http.swapped(Wire({f"{self.simulated.platform}.simulated": platform})):
            yield BlueskyPlay(self, platform)

    def settings(self, platform: Simulated) -> Mapping[str, Any]:
        return {**super().settings(platform), "messages": True}


STAGE = BlueskyStage(Bluesky, bluesky.Bluesky)
