"""The fields of a form for what a connector asks an administrator for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tanggap.channels.connector import Connector

INPUTS = frozenset({"text", "password", "email", "number", "url", "tel", "bool"})
"""Kinds of fields that a connector may declare; a "bool" is a tick whose value is "ya"."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A setting as its form shows it: the kind of field, and what was typed or is known."""

    key: str
    label: str
    help: str
    kind: str
    required: bool
    secret: bool
    value: str = ""


def asked(
    one: type[Connector], typed: Mapping[str, str], known: Mapping[str, Any] | None = None
) -> list[Asked]:
    """This will return a connector's fields; `known` are the settings of an account that goes on with what is empty."""
    return [
        Asked(
            setting.key, setting.label, setting.help,
            "password" if setting.secret else setting.kind if setting.kind in INPUTS else "text",
            setting.required and known is None, setting.secret,
            "" if setting.secret else str(typed.get(setting.key) or (known or {}).get(setting.key) or ""),
        )
        for setting in one.settings
    ]  # fmt: skip
