"""E-mail on a real IMAP server (dovecot) and an SMTP server with faults (aiosmtpd)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tanggap.channels.connector import Account
from tanggap.channels.connectors.email import Email
from tanggap.simulator.platforms.base import Simulated
from tests.connectors.conformance.stages import Play, Stage
from tests.connectors.mail_town import MailTown


class MailStage(Stage):
    @contextmanager
    def open(self) -> Iterator[Play]:
        with MailTown() as town:
            yield Play(self, town)

    def account(self, platform: Simulated) -> Account:
        return Account(
            external_id=platform.official.id, handle=platform.official.handle, trusted_base=True,
            secrets=self.secrets(platform), settings=self.settings(platform),
        )  # fmt: skip

    def secrets(self, platform: Simulated) -> Mapping[str, str]:
        return {"password": platform.official.token}

    def settings(self, platform: Simulated) -> Mapping[str, Any]:
        assert isinstance(platform, MailTown)
        return {
            "address": platform.official.id, "name": platform.official.name, "imap_host": "127.0.0.1",
            "imap_port": str(platform.door.port), "smtp_host": "127.0.0.1", "smtp_port": str(platform.smtp.port),
        }  # fmt: skip


STAGE = MailStage(Email, MailTown)
