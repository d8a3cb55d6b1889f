"""Connections to the database for the bare handlers: psycopg, without Django's ORM."""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import connections


class Unavailable(Exception):
    """The database does not answer; nothing was kept."""


def parameters() -> dict[str, Any]:
    """This will return what psycopg connects with, from Django's settings (the test database in tests)."""
    found = connections["default"].settings_dict
    named = {
        "dbname": found["NAME"], "user": found["USER"], "password": found["PASSWORD"],
        "host": found["HOST"], "port": found["PORT"],
    }  # fmt: skip
    options = {key: value for key, value in found.get("OPTIONS", {}).items() if isinstance(value, str | int)}
    return {**options, **{key: value for key, value in named.items() if value}}


async def connect(*, statement_ms: int = 1500) -> psycopg.AsyncConnection[Any]:
    """This will open a connection that commits every statement and cuts long ones; psycopg.Error where it cannot."""
    return await psycopg.AsyncConnection.connect(
        **{**parameters(), "connect_timeout": 2},
        autocommit=True,
        options=f"-c statement_timeout={statement_ms}",
    )
