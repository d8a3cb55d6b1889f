"""Messenger: the app at Meta takes the deliveries."""

from __future__ import annotations

from tanggap.channels.connectors.messenger import Messenger
from tanggap.channels.connectors.meta import MetaApp
from tanggap.simulator.platforms.messenger import Messenger as Simulated
from tests.connectors.conformance.stages import Stage

STAGE = Stage(connector=Messenger, simulated=Simulated, app=MetaApp)
