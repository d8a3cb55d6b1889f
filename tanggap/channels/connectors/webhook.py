"""Signed webhook: any program posts lines of the public format, signed by the Standard Webhooks rules.

The signature (header webhook-signature, one or several "v1,<base64>") is HMAC-SHA256 over
"<webhook-id>.<webhook-timestamp>.<raw body>" with the bytes of the "whsec_" secret; see
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md. A timestamp more than five
minutes away is refused, as the specification asks: a sender that tries again later signs again. What arrives twice
within that time is known by (platform, external_id) and stored once.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from tanggap.channels.connector import Ability, BadSignature, Connector, Item, Raw
from tanggap.channels.contract_lines import pieces, read_body
from tanggap.channels.limits import Limits

TOLERANCE_SECONDS = 300


class Webhook(Connector):
    """Lines of the public format by signed POST."""

    platform = "webhook"
    name = "Webhook bertanda tangan"
    abilities = frozenset({Ability.HOOK, Ability.EDITS, Ability.DELETES})
    limits = Limits(most=100_000)

    @classmethod
    def verify(cls, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """This will accept a signature by any of the secrets within five minutes; BadSignature else."""
        identity, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        given = headers.get("webhook-signature", "")
        if not (identity and stamp and given):
            raise BadSignature("Kiriman tanpa webhook-id, webhook-timestamp, atau webhook-signature.")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            raise BadSignature("webhook-timestamp bukan detik Unix.")
        if abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
            raise BadSignature("webhook-timestamp lebih dari lima menit dari jam server ini.")
        signed = f"{identity}.{stamp}.".encode("utf-8", "surrogateescape") + body
        wanted = [hmac.digest(_key(secret), signed, "sha256") for secret in secrets]
        offered = [_decoded(one[3:]) for one in given.split(" ")[:10] if one.startswith("v1,")]
        # Every pair is compared, so that the time taken tells nothing about which one fits.
        fits = [hmac.compare_digest(one, other) for one in offered for other in wanted]
        if not any(fits):
            raise BadSignature("Tanda tangan tidak cocok dengan rahasia aplikasi ini.")

    @classmethod
    def pieces(cls, body: bytes) -> list[bytes]:
        """This will part a body of one object a line, so that a broken line holds up no other."""
        return pieces(body)

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        """This will read one object, an array, or one object a line."""
        return read_body(raw)


def sign(secret: str, identity: str, at: datetime, body: bytes) -> dict[str, str]:
    """This will return the three headers of a signed delivery, for senders and tests."""
    stamp = str(int(at.timestamp()))
    digest = hmac.digest(_key(secret), f"{identity}.{stamp}.".encode() + body, "sha256")
    signature = "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": identity, "webhook-timestamp": stamp, "webhook-signature": signature}


@lru_cache(maxsize=256)
def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return secret.encode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
