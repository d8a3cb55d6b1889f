from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from tanggap.agencies.models import Government, Member, Role, Unit
from tanggap.channels.models import Channel
from tanggap.core import scope
from tests.city import Scripted, a_channel, a_government, a_member, a_unit

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def town(db: None) -> Government:
    made = a_government()
    made.file = {"calendar": "lima-hari", "salutation": "Bapak/Ibu"}
    made.save()
    return made


@pytest.fixture
def desk(town: Government) -> Unit:
    return a_unit(town, "KOMINFO", "bina_marga", "kominfo")


@pytest.fixture
def inside(town: Government) -> Iterator[None]:
    with scope.government(town.pk):
        yield


@pytest.fixture
def officer(desk: Unit) -> Member:
    return a_member(desk, Role.OFFICER)


@pytest.fixture
def coordinator(desk: Unit) -> Member:
    return a_member(desk, Role.COORDINATOR)


@pytest.fixture
def channel(desk: Unit) -> Channel:
    Scripted.answers, Scripted.sent = [], []
    return a_channel(desk)


@pytest.fixture
def as_member() -> Callable[[Member], Client]:
    """Returns a browser without JavaScript in which the member is logged in."""

    def logged_in(member: Member) -> Client:
        client = Client()
        client.force_login(member.user, backend=BACKEND)
        return client

    return logged_in


@pytest.fixture
def client(officer: Member, as_member: Callable[[Member], Client]) -> Client:
    return as_member(officer)
