from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tanggap.agencies.models import Member, Role
from tanggap.channels.models import Channel
from tanggap.core import scope
from tanggap.posts import storing
from tanggap.posts.models import Post
from tanggap.understanding.reader import Reader
from tests.city import a_channel, a_government, a_member, a_post, a_unit

STREETS = [
    "Melati",
    "Kenanga",
    "Mawar",
    "Anggrek",
    "Dahlia",
    "Kamboja",
    "Teratai",
    "Cempaka",
    "Seruni",
    "Soka",
]
TIMES = ["tadi pagi", "sejak kemarin", "dari minggu lalu"]
# "Zamzamin" is what people of this town call the refuse lorry; the shipped reader does not know the word.
LOCAL = [f"zamzamin belum lewat gang {street} {time}" for street in STREETS for time in TIMES]
ORDINARY = [
    text.format(street)
    for street in STREETS
    for text in (
        "jalan {} berlubang besar tolong ditambal",
        "lampu jalan di {} mati gelap sekali",
        "air PDAM di {} mati dari subuh",
        "got di {} mampet dan bau",
        "syarat bikin KTP di {} apa saja min",
        "matur nuwun min, taman {} wis apik",
    )
]


@pytest.fixture
def coordinator(settings: pytest.FixtureRequest, tmp_path: object) -> Member:
    settings.TANGGAP_DATA = tmp_path  # type: ignore[attr-defined]
    return a_member(a_unit(a_government(), "KOMINFO"), Role.COORDINATOR)


@pytest.fixture
def officer(coordinator: Member) -> Member:
    return a_member(coordinator.unit, Role.OFFICER)


@pytest.fixture
def channel(coordinator: Member) -> Channel:
    return a_channel(coordinator.unit)


@pytest.fixture
def read_posts(channel: Channel) -> Callable[[list[str]], list[Post]]:
    """Stores posts with what the shipped reader says of them."""

    def stored(texts: list[str]) -> list[Post]:
        posts = []
        for text, reading in zip(texts, Reader.load().read(texts), strict=True):
            post = a_post(channel, text)
            storing.put_reading(post, reading)
            post.save()
            posts.append(post)
        return posts

    return stored


@pytest.fixture(autouse=True)
def inside(coordinator: Member) -> Iterator[None]:
    with scope.government(coordinator.government_id):
        yield
