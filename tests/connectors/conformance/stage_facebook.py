"""Facebook Pages: the app at Meta takes the deliveries."""

from __future__ import annotations

from tanggap.channels.connectors.facebook import Facebook
from tanggap.channels.connectors.meta import MetaApp
from tanggap.simulator.platforms.facebook import Facebook as Simulated
from tests.connectors.conformance.stages import Stage

STAGE = Stage(connector=Facebook, simulated=Simulated, app=MetaApp)
