"""Ways to the test database for programs that take an address."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from django.db import connection


@pytest.fixture
def database_url(transactional_db: None) -> str:
    return url_of(connection.settings_dict["NAME"])


def url_of(name: str) -> str:
    """This will return the address of a database beside the test database."""
    known = connection.settings_dict
    query = urlencode({"host": known["HOST"], "port": known["PORT"]})
    return f"postgresql://{quote(known['USER'])}:{quote(known['PASSWORD'])}@/{name}?{query}"
