"""The address of a database beside the test database, for programs that take one."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from django.db import connection


def url_of(name: str) -> str:
    """This will return the address of a database on the test server."""
    known = connection.settings_dict
    query = urlencode({"host": known["HOST"], "port": known["PORT"]})
    return f"postgresql://{quote(known['USER'])}:{quote(known['PASSWORD'])}@/{name}?{query}"
