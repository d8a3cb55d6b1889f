from __future__ import annotations

from collections.abc import Iterator

import pytest

from tanggap.core import scope
from tests.publishing.offices import Office, an_office


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    made = an_office()
    with scope.government(made.unit.government_id):
        yield made
