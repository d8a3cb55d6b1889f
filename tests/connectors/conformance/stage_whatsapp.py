"""WhatsApp as the stories play on it: one number, whose deliveries come to the Meta app's address."""

from __future__ import annotations

from tanggap.channels.connectors.meta import MetaApp
from tanggap.channels.connectors.whatsapp import WhatsApp
from tanggap.simulator.platforms import whatsapp
from tests.connectors.conformance.stages import Stage

STAGE = Stage(WhatsApp, whatsapp.WhatsApp, app=MetaApp)
