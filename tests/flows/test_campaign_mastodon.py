"""Publications on a real Mastodon server with real workers: each stands once, whatever happens to worker and line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from mastodon_mock.testing.server import MockServer

from tanggap.agencies.models import Member, Role
from tanggap.channels.models import Channel
from tanggap.core import scope
from tanggap.publishing.models import DeliveryState, Publication, PublicationState
from tanggap.simulator.history import mark, mark_of
from tests.city import a_member, a_publication, agreed
from tests.flows.test_mastodon_story import Wire, channel, officer, server, states, wait_until, wire, workers

__all__ = ["channel", "officer", "server", "wire", "workers"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
WORDS = "Mobil pelayanan keliling singgah di balai kelurahan pekan ini."


def published(officer: Member, channel: Channel, many: int) -> list[Publication]:
    with scope.government(officer.government_id):
        chief = a_member(officer.unit, Role.LEADER)
        return [
            agreed(a_publication(officer, channel, text=f"{WORDS} {mark(number)}"), chief)
            for number in range(many)
        ]


def standing(server: MockServer) -> Counter[str]:
    """What the official account says there, as anybody sees it."""
    bob = server.client("bob")
    return Counter(mark_of(one.content) for one in bob.account_statuses(bob.me().id, limit=40))


@pytest.mark.fault(30)
def test_a_few_posts_stand_once_on_a_server_that_asks_for_pauses_and_fails(
    server: MockServer, channel: Channel, officer: Member, workers: Callable[[], Any]
) -> None:
    effects: list[dict[str, Any]] = [
        {"type": "ratelimit", "headers": {"Retry-After": "1"}},
        {"type": "status", "status": 503},
    ]
    for effect in effects:
        rule = {"match": {"path": "/api/v1/statuses", "methods": ["POST"]}, "effect": effect, "count": 1}
        httpx.post(f"{server.base_url}/api/v1/_mock/faults", json=rule).raise_for_status()
    made = published(officer, channel, 5)
    workers()
    wait_until(lambda: states() == [DeliveryState.SENT] * 5, 120)
    assert standing(server) == Counter(mark(number) for number in range(5))
    wait_until(lambda: {one.state for one in Publication._base_manager.all()} == {PublicationState.OUT})
    assert len(made) == 5


@pytest.mark.chaos
@pytest.mark.fault(14)
@pytest.mark.fault(29)
def test_a_worker_killed_after_the_server_took_a_post_does_not_publish_it_again(
    server: MockServer, wire: Wire, channel: Channel, officer: Member, workers: Callable[[], Any]
) -> None:
    worker = workers()
    wire.losing = True
    published(officer, channel, 1)
    assert wire.lost.wait(60)
    worker.kill()
    worker.wait()
    wire.losing = False
    assert states() == [DeliveryState.SENDING]
    workers()
    wait_until(lambda: states() == [DeliveryState.SENT], 200)
    assert standing(server) == Counter([mark(0)])
