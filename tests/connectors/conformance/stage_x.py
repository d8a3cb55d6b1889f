"""X: hooks tell of what is said; what a citizen takes away shows only to a sweep, which comes by after everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tanggap.channels.connector import Item
from tanggap.channels.connectors.x import X
from tanggap.core import http
from tanggap.simulator.platforms import x
from tanggap.simulator.platforms.base import Simulated
from tests.connectors.conformance.looking_again import LookingAgain
from tests.connectors.conformance.stages import Play, Stage, Wire


class XPlay(LookingAgain):
    known: tuple[Item, ...] = ()

    def said(self, text: str = "Jalan Melati berlubang, mohon diperbaiki", **more: Any) -> Item:
        item = super().said(text, **more)
        self.known = (*self.known, item)
        return item

    def brought(self) -> list[Item]:
        return self.told() or [*Play.fetched(self), *self.looked(*self.known)]


class XStage(Stage):
    @contextmanager
    def open(self) -> Iterator[Play]:
        platform = self.simulated()
        with http.swapped(Wire({f"{self.simulated.platform}.simulated": platform})):
            yield XPlay(self, platform)

    def secrets(self, platform: Simulated) -> Mapping[str, Any]:
        assert isinstance(platform, x.X)
        return {"token": platform.official.token, "refresh_token": platform.refresh_token}


STAGE = XStage(X, x.X)
