"""Signed deliveries: the signature that the standard's own library accepts, in every shape of body."""

from __future__ import annotations

import base64
import json
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tanggap.simulator.webhook import SHAPES, body_of, headers_of, sign

KEY = base64.b64encode(bytes(range(32))).decode()
LINES = [{"external_id": "1", "text": "dalane bolong é 🕳️"}, {"external_id": "2", "text": "caah deui"}]


@pytest.mark.parametrize("secret", [KEY, f"whsec_{KEY}", f"whsec_{KEY.rstrip('=')}"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_library_accepts_the_signature(secret: str, shape: str) -> None:
    body = body_of(LINES, shape)
    Webhook(secret).verify(body, headers_of(secret, "msg_1", body, shape), json_parse=False)


def test_a_changed_body_or_another_secret_is_refused() -> None:
    body = body_of(LINES, "array")
    headers = headers_of(KEY, "msg_1", body, "array")
    with pytest.raises(WebhookVerificationError):
        Webhook(KEY).verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(base64.b64encode(b"another").decode()).verify(body, headers)


def test_an_old_timestamp_is_refused() -> None:
    body = body_of(LINES, "array")
    with pytest.raises(WebhookVerificationError, match="old"):
        Webhook(KEY).verify(body, headers_of(KEY, "msg_1", body, "array", now=time.time() - 3600))


@pytest.mark.parametrize("secret", ["", "whsec_", "bukan base64!"])
def test_a_useless_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match=r"empty|base64|Only"):
        sign(secret, "msg_1", 0, b"")


def test_shapes_hold_the_same_lines() -> None:
    assert json.loads(body_of(LINES[:1], "object")) == LINES[0]
    assert json.loads(body_of(LINES, "array")) == LINES
    assert [json.loads(line) for line in body_of(LINES, "ndjson").splitlines()] == LINES
    assert json.loads(body_of(LINES, "object")) == LINES, "two lines do not fit one object"
