"""Who is on the simulated WhatsApp, and how it says that something went wrong (support/error-codes)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from werkzeug.wrappers import Response


@dataclass(frozen=True, slots=True)
class Citizen:
    """A person on WhatsApp: number, lasting id, and a user name where the number is hidden from businesses."""

    number: str
    user: str
    name: str
    username: str = ""


def citizen(author: str, *, hidden: bool) -> Citizen:
    """This will return the person behind a name of the city, always the same."""
    digest = int(hashlib.sha256(author.encode()).hexdigest(), 16)
    return Citizen(
        f"6281{digest % 10**9:09d}", f"ID.{digest % 10**17:017d}", author.replace("_", " ").title(),
        f"@{author.lower()}" if hidden else "",
    )  # fmt: skip


NO_OBJECT = "Unsupported get request. Object with ID '{}' does not exist"

ERRORS = {
    2: (503, "Service temporarily unavailable", "Temporary due to downtime or due to being overloaded."),
    100: (400, "Invalid parameter", "The request included one or more unsupported or misspelled parameters."),
    190: (401, "Access token has expired", "Your access token has expired."),
    80007: (400, "Rate limit issues", "The WhatsApp Business Account has reached its rate limit."),
    130429: (400, "Rate limit hit", "Cloud API message throughput has been reached."),
    131026: (400, "Message undeliverable", "Unable to deliver message."),
    131047: (
        400,
        "Re-engagement message",
        "More than 24 hours have passed since the recipient last replied.",
    ),
    131056: (
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Too many messages sent from the sender phone number to the same recipient phone number.",
    ),
    132000: (
        400,
        "Template Param Count Mismatch",
        "The number of variable values does not match the template.",
    ),
    132001: (
        404,
        "Template does not exist",
        "The template does not exist in the specified language or is not approved.",
    ),
}
"""Status, title and details of the documented error codes that are played here."""


def names(who: Citizen) -> set[str]:
    """This will return what a message to a person may be addressed to."""
    return {who.number, who.user}


def error(code: int, message: str = "", *, subcode: int = 0, status: int = 0) -> Response:
    """This will answer with a documented error body."""
    usual, title, details = ERRORS[code]
    body: dict[str, Any] = {
        "message": message or f"(#{code}) {title}", "type": "OAuthException", "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": details},
        "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam",
    }  # fmt: skip
    if subcode:
        body["error_subcode"] = subcode
    return json_answer({"error": body}, status or usual)


def json_answer(value: Any, status: int = 200) -> Response:
    """This will answer with JSON."""
    return Response(json.dumps(value), status, content_type="application/json; charset=UTF-8")
