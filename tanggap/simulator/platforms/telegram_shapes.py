"""The shapes of the simulated Telegram: chats, entities, parameters, and answers (core.telegram.org/bots/api)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Request, Response


def private(user: Mapping[str, Any]) -> dict[str, Any]:
    """This will return the private chat of a user."""
    return {
        "id": user["id"], "type": "private", "first_name": user["first_name"], "username": user["username"],
    }  # fmt: skip


def entities(text: str, handle: str) -> list[dict[str, Any]]:
    """This will mark where a text names the bot, in UTF-16 units."""
    at = text.find(handle)
    if at < 0:
        return []
    offset = len(text[:at].encode("utf-16-le", "surrogatepass")) // 2
    return [{"type": "mention", "offset": offset, "length": len(handle)}]


def given_in(request: Request) -> dict[str, Any]:
    """This will read parameters as Telegram takes them: address, form, or JSON; objects in a form are JSON."""
    found: dict[str, Any] = {**request.args, **request.form, **(request.get_json(silent=True) or {})}
    for key in ("reply_parameters", "media", "allowed_updates"):
        if isinstance(found.get(key), str):
            found[key] = json.loads(found[key])
    return found


def result(value: Any, description: str = "") -> Response:
    """This will answer a call that went well."""
    told = {"ok": True, "result": value, **({"description": description} if description else {})}
    return Response(json.dumps(told), content_type="application/json")


def problem(code: int, description: str, **parameters: int) -> Response:
    """This will answer a call that was refused."""
    told: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        told["parameters"] = parameters
    return Response(json.dumps(told), code, content_type="application/json")
