"""Signatures of the webhook, with the library of the Standard Webhooks authors as the other side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook as Oracle

from tanggap.channels.connector import BadSignature
from tanggap.channels.connectors.webhook import Webhook, sign

NEW, OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
BODY = b'{"platform": "x"}\n{"platform": "y"}'


def headers(secret: str = NEW, at: datetime = NOW, body: bytes = BODY) -> dict[str, str]:
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Oracle(secret).sign("msg_1", at, body.decode()),
    }


def test_ours_is_the_signature_of_the_specification() -> None:
    assert sign(NEW, "msg_1", NOW, BODY) == headers()


def test_both_secrets_fit_while_they_rotate() -> None:
    Webhook.verify([NEW, OLD], headers(NEW), BODY, NOW)
    Webhook.verify([NEW, OLD], headers(OLD), BODY, NOW)
    both = headers(OLD)["webhook-signature"] + " " + headers(NEW)["webhook-signature"]
    Webhook.verify([NEW], {**headers(), "webhook-signature": both}, BODY, NOW)


@pytest.mark.fault(3)
@pytest.mark.parametrize(
    ("sent", "body", "now"),
    [
        (headers(OLD), BODY, NOW),
        (headers(), BODY + b" ", NOW),
        (headers(), BODY[:-1], NOW),
        ({}, BODY, NOW),
        ({**headers(), "webhook-id": "msg_2"}, BODY, NOW),
        ({**headers(), "webhook-signature": ""}, BODY, NOW),
        ({**headers(), "webhook-signature": "v1,"}, BODY, NOW),
        ({**headers(), "webhook-signature": "v1,%%%"}, BODY, NOW),
        ({**headers(), "webhook-signature": headers()["webhook-signature"].replace("v1,", "v2,")}, BODY, NOW),
        ({**headers(), "webhook-timestamp": "9" * 400}, BODY, NOW),
        ({**headers(), "webhook-timestamp": "١٢"}, BODY, NOW),
        ({**headers(), "webhook-timestamp": str(int(NOW.timestamp()) + 1)}, BODY, NOW),
        (headers(), BODY, NOW + timedelta(seconds=301)),
        (headers(), BODY, NOW - timedelta(seconds=301)),
        (headers(), BODY, NOW + timedelta(days=30)),
    ],
)
def test_anything_else_is_refused(sent: dict[str, str], body: bytes, now: datetime) -> None:
    with pytest.raises(BadSignature):
        Webhook.verify([NEW], sent, body, now)


def test_no_secret_means_no_entry() -> None:
    with pytest.raises(BadSignature):
        Webhook.verify([], headers(), BODY, NOW)
