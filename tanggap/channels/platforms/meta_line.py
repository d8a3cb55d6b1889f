"""A line to a Meta product whose own error subcodes say more than the Graph API's codes do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tanggap.channels.connector import Account, Developer, Identity
from tanggap.channels.errors import ConnectorError
from tanggap.channels.platforms.meta_graph import Graph
from tanggap.core import http

Table = Mapping[int, Callable[[str], ConnectorError]]
"""What a refusal means by its error_subcode; each is called with what the platform said."""


class Line(Graph):
    """Graph for one product and account; a subcode of `table` goes before the usual meaning of its code.

    No appsecret_proof: the products with a log-in of their own do not document it.
    """

    def __init__(self, account: Account, host: str, version: str, name: str, table: Table) -> None:
        base = (account.api_base or account.developer.api_base or host).rstrip("/")
        trusted = account.trusted_base or account.developer.trusted_base
        super().__init__(f"{base}/{version}", account.token, name=name, trusted=trusted)
        self._table = table

    def _means(self, answer: http.Answer, sent: bool) -> ConnectorError | None:
        try:
            error = answer.json()["error"]
            make = self._table.get(error.get("error_subcode"))
        except (ValueError, KeyError, TypeError, AttributeError):
            make = None
        if make is None:
            return super()._means(answer, sent)
        return make(str(error.get("error_user_msg") or error.get("message") or "")[:200])


def door(name: str, host: str, developer: Developer, account: Account | None = None) -> Graph:
    """This will open a line to where a product gives out tokens, which has no version in its address."""
    base = (account.api_base if account else "") or developer.api_base or host
    trusted = developer.trusted_base or bool(account and account.trusted_base)
    return Graph(base.rstrip("/"), "", name=name, trusted=trusted)


def ending(identity: Identity, told: Mapping[str, Any]) -> Identity:
    """This will note when a token ends, by what the platform says with it; as it was where it says nothing."""
    seconds = told.get("expires_in")
    if not isinstance(seconds, int) or seconds <= 0:
        return identity
    return replace(identity, expires_at=datetime.now(UTC) + timedelta(seconds=seconds))
