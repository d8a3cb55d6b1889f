from __future__ import annotations

import pytest

from tanggap.understanding.area import Area, Place
from tanggap.understanding.reader import Reader

JOGJA_EXTRA = (
    Place(None, "Jalan Malioboro", "street", ("Malioboro",)),
    Place(None, "Pasar Beringharjo", "landmark", ("Beringharjo",)),
    Place("34.71.13", "Terminal Giwangan", "landmark"),
)


@pytest.fixture(scope="session")
def jogja() -> Reader:
    return Reader.load(Area.from_code("34.71", JOGJA_EXTRA))


@pytest.fixture(scope="session")
def depok() -> Reader:
    return Reader.load(Area.from_code("32.76"))
