"""Stories run with every step registered, as a worker has them."""

import pytest

from tanggap.config import steps


@pytest.fixture(autouse=True, scope="session")
def all_steps() -> None:
    steps.load()
