"""For platforms whose hooks tell of new things only: edits and deletions are found by looking again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tanggap.channels.connector import Item
from tanggap.core import http
from tests.connectors.conformance.stages import Play, Stage, Wire


class LookingAgain(Play):
    """A story in which the sweep comes by after everything that is said, as it does every quarter of an hour."""

    def said(self, text: str = "Jalan Melati berlubang, mohon diperbaiki", **more: Any) -> Item:
        self.platform.say(text, **more)
        item = next(one for one in self.told() if one.text == text)
        self._swept = super().fetched()
        return item

    def fetched(self) -> list[Item]:
        swept, self._swept = getattr(self, "_swept", []), []
        return [*swept, *super().fetched()]

    def brought(self) -> list[Item]:
        self._swept = []
        return [*self.told(), *super().fetched()]


class LookedAtAgain(Stage):
    """A stage for such a platform."""

    @contextmanager
    def open(self) -> Iterator[Play]:
        platform = self.simulated()
        with http.swapped(Wire({f"{self.simulated.platform}.simulated": platform})):
            yield LookingAgain(self, platform)
