"""Ways to the test database for programs that take an address."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.config.address import url_of


@pytest.fixture
def database_url(transactional_db: None) -> str:
    return url_of(connection.settings_dict["NAME"])
