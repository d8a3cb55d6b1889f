"""Telegram with a webhook: Telegram then refuses getUpdates, so the sweep cannot fetch what a delivery lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tanggap.channels.connector import Ability, Developer, Fetched, Item, Raw
from tanggap.channels.connectors.telegram import Telegram
from tanggap.core import http
from tanggap.simulator.platforms import telegram
from tanggap.simulator.platforms.base import Hooked, Simulated
from tests.connectors.conformance.stages import Play, Stage, Wire, raw

HOOK = "https://pemkot.example/hooks/telegram"


class TelegramPlay(Play):
    """Updates do not say which bot they are for: the product tells the reader."""

    def read(self, hooked: Hooked) -> list[Item]:
        super().read(hooked)  # checks, and reads as a stranger would
        return Telegram.parse(self.known(hooked.body))

    def items(self, page: Fetched) -> list[Item]:
        return [item for body in page.bodies for item in Telegram.parse(self.known(body))]

    def known(self, body: bytes) -> Raw:
        account = self.stage.account(self.platform)
        return replace(
            raw(body), account=account.external_id, handle=account.handle, settings=account.settings
        )


class TelegramStage(Stage):
    mode = "webhook"

    def can(self, ability: Ability) -> bool:
        return ability != Ability.FETCH and super().can(ability)

    @contextmanager
    def open(self) -> Iterator[Play]:
        platform = self.simulated()
        assert isinstance(platform, telegram.Telegram)
        if self.mode != "webhook":
            platform.webhook = None
        with http.swapped(Wire({f"{self.simulated.platform}.simulated": platform})):
            yield TelegramPlay(self, platform)

    def settings(self, platform: Simulated) -> Mapping[str, Any]:
        return {**super().settings(platform), "mode": self.mode, "channel_id": telegram.CHANNEL}

    def developer(self, platform: Simulated) -> Developer:
        return Developer("", "", self.base, hook_url=HOOK, hook_secret=platform.secret)


STAGE = TelegramStage(Telegram, telegram.Telegram, hides_for_good=True)
