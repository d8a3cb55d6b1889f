from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanggap.channels.connectors.rss import Rss
from tanggap.simulator.platforms.base import Simulated
from tanggap.simulator.platforms.rss import Rss as SimulatedRss
from tests.connectors.conformance.stages import Stage


class FeedStage(Stage):
    def settings(self, platform: Simulated) -> Mapping[str, Any]:
        return {"feed_url": platform.official.id}


STAGE = FeedStage(Rss, SimulatedRss)
