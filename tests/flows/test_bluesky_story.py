"""The main job with real workers and a real server of Bluesky's network, where TANGGAP_TEST_PDS names one for tests."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, Role
from tanggap.cases import replies
from tanggap.channels import connect
from tanggap.channels.models import App, Channel
from tanggap.core import scope
from tanggap.posts.models import Post, RawItem
from tanggap.publishing.models import Delivery, DeliveryState
from tests.city import a_member
from tests.connectors.test_bluesky_network import PDS, Person
from tests.flows.test_mastodon_story import in_the_inbox, officer, streaming, wait_until, workers

__all__ = ["officer", "workers"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
    pytest.mark.skipif(not PDS, reason="TANGGAP_TEST_PDS names no server"),
]
ANSWER = "Terima kasih, laporan ini sudah kami teruskan ke petugas."


@pytest.fixture
def government() -> Person:
    return Person("pemkot")


@pytest.fixture
def channel(officer: Member, government: Person) -> Channel:
    App.objects.create(key="bluesky", platform="bluesky", name="Bluesky", api_base=PDS, trusted_base=True)
    password = government.app_password()
    time.sleep(3)  # a young account is not known to the whole network at once
    with scope.government(officer.government_id):
        administrator = a_member(officer.unit, Role.ADMINISTRATOR)
        return connect.connect(
            administrator, platform="bluesky", name="Akun resmi", unit=officer.unit,
            values={"handle": government.handle, "token": password, "api_base": PDS},
        )  # fmt: skip


def test_a_mention_is_in_the_inbox_within_five_seconds_and_is_answered_in_its_thread(
    government: Person, channel: Channel, officer: Member, workers: Callable[[], Any]
) -> None:  # fmt: skip
    workers()
    wait_until(lambda: streaming(channel))
    citizen, taken = Person("warga"), []
    citizen.say("selamat pagi", to=government)
    wait_until(lambda: in_the_inbox(officer))  # the reader's models are loaded with the first
    for number in range(5):
        citizen.say(f"lampu jalan nomor {number} di depan pasar mati, tolong diperbaiki", to=government)
        before = len(in_the_inbox(officer))
        taken.append(wait_until(lambda before=before: len(in_the_inbox(officer)) > before))  # type: ignore[misc]
    print(f"mention to inbox: {', '.join(f'{one:.2f}' for one in taken)} s")
    assert max(taken) < 5
    post = in_the_inbox(officer)[0]
    with scope.government(officer.government_id):
        reply = replies.submit(replies.draft(post, officer, ANSWER), officer)
    seconds = wait_until(lambda: Delivery._base_manager.get().state == DeliveryState.SENT)
    print(f"approved to sent: {seconds:.2f} s")
    wait_until(lambda: citizen.thread(post.external_id)["replies"])
    said = citizen.thread(post.external_id)["replies"]
    assert [one["post"]["uri"] for one in said] == [Delivery._base_manager.get().external_id]
    assert reply.text in said[0]["post"]["record"]["text"]
    citizen.delete(post.external_id)
    seconds = wait_until(lambda: Post._base_manager.get(pk=post.pk).deleted_at is not None, 90)
    print(f"deleted to told: {seconds:.1f} s")


@pytest.mark.chaos
@pytest.mark.fault(14)
@pytest.mark.fault(29)
def test_a_thousand_mentions_and_workers_killed_again_and_again(
    government: Person, channel: Channel, officer: Member, workers: Callable[[], Any]
) -> None:  # fmt: skip
    citizens = [Person("warga") for _ in range(8)]
    said, answered = list[str](), set[int]()
    worker, born, kills, begun = workers(), time.monotonic(), 0, time.monotonic()
    wait_until(lambda: streaming(channel))
    for number in range(1000):
        made = citizens[number % 8].say(
            f"laporan nomor {number}: lampu jalan padam, mohon diperbaiki", to=government
        )
        said.append(made["uri"])
        time.sleep(0.08)
        if time.monotonic() - born > 12:
            worker.kill()
            worker.wait()
            worker, born, kills = workers(), time.monotonic(), kills + 1
        if number % 25 == 24:
            _answer_some(officer, answered)
    wait_until(lambda: Post._base_manager.filter(external_id__in=said).count() == 1000, 240, pause=0.5)
    print(f"1,000 mentions, {kills} kills, all there after {time.monotonic() - begun:.0f} s")
    assert Post._base_manager.filter(ours=False).count() == 1000
    assert RawItem._base_manager.exclude(state="digested").count() == 0
    _let_time_pass(len(answered))
    for one in Delivery._base_manager.select_related("channel"):
        thread = citizens[0].thread(one.target_external_id)
        uris = [reply["post"]["uri"] for reply in thread["replies"]]
        assert uris == [one.external_id]
    time.sleep(3)
    assert Post._base_manager.filter(ours=True).count() == 0, "our own answers are echoes, no posts"


def _answer_some(officer: Member, answered: set[int]) -> None:
    with scope.government(officer.government_id):
        for post in Post.objects.filter(ours=False, answered_at__isnull=True).exclude(pk__in=answered)[:1]:
            replies.submit(replies.draft(post, officer, ANSWER), officer)
            answered.add(post.pk)


def _let_time_pass(number: int) -> None:
    """Waits for all answers; leases and pauses of killed workers run out at once."""

    def settled() -> bool:
        past, long_ago = timezone.now() - timedelta(minutes=3), timezone.now() - timedelta(seconds=40)
        stuck = Delivery._base_manager.filter(state__in=["sending", "unknown"], sending_since__lt=long_ago)
        stuck.update(sending_since=past, due_at=past)
        return Delivery._base_manager.filter(state=DeliveryState.SENT).count() == number

    wait_until(settled, 240, pause=1)
    assert number > 5
    print(f"{number} answers, each sent once")
