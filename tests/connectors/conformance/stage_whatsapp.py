"""WhatsApp as the stories play on it: one number, whose deliveries come to the Meta app's address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tanggap.channels.connectors.meta import MetaApp
from tanggap.channels.connectors.whatsapp import WhatsApp
from tanggap.simulator.platforms import whatsapp
from tanggap.simulator.platforms.base import Simulated
from tests.connectors.conformance.stages import Stage


class WhatsAppStage(Stage):
    def settings(self, platform: Simulated) -> Mapping[str, Any]:
        return {"phone_number_id": platform.official.id, "waba_id": whatsapp.WABA}


STAGE = WhatsAppStage(WhatsApp, whatsapp.WhatsApp, app=MetaApp)
