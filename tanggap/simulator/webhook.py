"""Delivers contract lines to a hook address, signed as Standard Webhooks 1.0 says (standardwebhooks.com).

The signature is worked out here and not by the library that the product uses, so that each checks the other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

SHAPES: Final = ("object", "array", "ndjson")
_TYPES: Final = {"object": "application/json", "array": "application/json", "ndjson": "application/x-ndjson"}
_MARK: Final = "whsec_"


def sign(secret: str, identity: str, timestamp: int, body: bytes) -> str:
    """Signs a delivery: "v1," and the base64 HMAC-SHA256 of `id.timestamp.body`.

    `secret` is base64 with or without "whsec_". Raises ValueError when it is not base64 or empty.
    """
    encoded = secret.removeprefix(_MARK)
    key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    if not key:
        raise ValueError("the webhook secret is empty")
    digest = hmac.new(key, f"{identity}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def body_of(lines: Sequence[dict[str, Any]], shape: str) -> bytes:
    """Writes lines as one JSON object (one line only), a JSON array, or NDJSON."""
    if shape == "object" and len(lines) == 1:
        return json.dumps(lines[0], ensure_ascii=False).encode()
    if shape == "ndjson":
        return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)
    return json.dumps(list(lines), ensure_ascii=False).encode()


def headers_of(
    secret: str, identity: str, body: bytes, shape: str, now: float | None = None
) -> dict[str, str]:
    """The headers of one try: the id stays the same over tries, the timestamp is the moment of the try."""
    timestamp = int(time.time() if now is None else now)
    return {
        "content-type": _TYPES[shape],
        "webhook-id": identity,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, identity, timestamp, body),
    }


@dataclass
class Delivery:
    """One body on its way: tried until a 2xx answer or until the tries are used up, like real platforms do."""

    identity: str
    lines: list[dict[str, Any]]
    numbers: list[int]
    shape: str
    tries: int = 0
    problem: str | None = None
    body: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.body = body_of(self.lines, self.shape)


class Hook:
    """A hook address with its secret. `address` is whole: http://host/hooks/<app key>."""

    def __init__(self, address: str, secret: str, *, timeout: float = 10.0) -> None:
        self._address, self._secret = address, secret
        self._client = httpx.Client(timeout=timeout)

    def try_once(self, delivery: Delivery) -> bool:
        """Sends a delivery once; True for a 2xx answer, else `delivery.problem` says what came instead."""
        delivery.tries += 1
        headers = headers_of(self._secret, delivery.identity, delivery.body, delivery.shape)
        try:
            answer = self._client.post(self._address, content=delivery.body, headers=headers)
        except httpx.HTTPError as error:
            delivery.problem = f"{type(error).__name__}: {error}"
            return False
        delivery.problem = None if answer.is_success else f"HTTP {answer.status_code}: {answer.text[:200]}"
        return answer.is_success

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()
