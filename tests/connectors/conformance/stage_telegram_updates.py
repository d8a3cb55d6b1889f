"""Telegram without a webhook: the same bot, its updates fetched with getUpdates."""

from __future__ import annotations

from tanggap.channels.connector import Ability
from tanggap.channels.connectors.telegram import Telegram
from tanggap.simulator.platforms import telegram
from tests.connectors.conformance.stage_telegram import TelegramStage
from tests.connectors.conformance.stages import Stage


class UpdatesStage(TelegramStage):
    mode = "getUpdates"

    def can(self, ability: Ability) -> bool:
        return ability != Ability.HOOK and Stage.can(self, ability)


STAGE = UpdatesStage(Telegram, telegram.Telegram, hides_for_good=True)
