"""YouTube's stage: the simulated channel, asked as the connector asks."""

from __future__ import annotations

from tanggap.channels.connectors.youtube import YouTube
from tanggap.simulator.platforms.youtube import YouTube as Simulated
from tests.connectors.conformance.stages import Stage

STAGE = Stage(YouTube, Simulated)
