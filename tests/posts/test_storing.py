"""The final state of posts does not depend on the order, the batches or the number in which deliveries come."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tanggap.cases import digest as digesting
from tanggap.cases.models import Case
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.posts import intake
from tanggap.posts.models import Post, RawItem, RawState, Version
from tests.city import NOW, a_channel, a_government, a_unit, hear

assert digesting.digest  # registers the step


@dataclass(frozen=True)
class Told:
    """One delivery: the post's number, and what is said of it."""

    post: int
    action: str
    text: str = ""
    minute: int = 0

    def to(self, channel: Channel) -> RawItem:
        identity = f"s{self.post}"
        if self.action == "delete":
            return hear(channel, "", external_id=identity, action="delete")
        edited = {"edited_at": (NOW + timedelta(minutes=self.minute)).isoformat()} if self.minute else {}
        author = {"id": f"w{self.post}", "handle": f"w{self.post}"}
        return hear(channel, self.text, external_id=identity, action=self.action, author=author, **edited)


@st.composite
def histories(draw: st.DrawFn) -> list[Told]:
    """What happened to three posts, in the order in which it did; some edits change no word."""
    told = []
    for post in range(3):
        told.append(Told(post, "create", f"{post} awal"))
        for minute in range(1, draw(st.integers(0, 3)) + 1):
            text = draw(st.sampled_from([f"{post} awal", f"{post} satu", f"{post} dua", f"{post} tiga"]))
            told.append(Told(post, "edit", text, minute))
        if draw(st.booleans()):
            told.append(Told(post, "delete"))
    return told


def replay(channel: Channel, told: Sequence[Told], batches: Sequence[int]) -> dict[str, Any]:
    """The state after these deliveries, digested in batches of these sizes; nothing of it stays."""
    with transaction.atomic():
        waiting = list(told)
        for size in [*batches, len(waiting)]:
            for one in waiting[:size]:
                one.to(channel)
            del waiting[:size]
            work.run("digest")
        assert not RawItem.objects.exclude(state=RawState.DIGESTED).exists()
        with scope.government(channel.government_id):
            state = {
                post.external_id: (
                    post.text,
                    post.deleted_at is not None,
                    post.author and post.author.external_id,
                    set(Version.objects.filter(post=post).values_list("text", flat=True)) - {post.text},
                )
                for post in Post.objects.select_related("author")
            }
        transaction.set_rollback(True)
    return state


@pytest.fixture
def channel() -> Channel:
    return a_channel(a_unit(a_government(), "A"))


@pytest.mark.django_db
@pytest.mark.fault(1)
@pytest.mark.fault(2)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=histories(), seed=st.integers(0, 10_000))
def test_any_order_ends_as_the_true_one(channel: Channel, told: list[Told], seed: int) -> None:
    dice = random.Random(seed)
    shuffled = told + dice.choices(told, k=4)  # some come twice
    dice.shuffle(shuffled)
    batches = [dice.randint(1, 4) for _ in range(dice.randint(0, 4))]
    assert replay(channel, shuffled, batches) == replay(channel, told, [1] * len(told))


@pytest.mark.django_db
@pytest.mark.fault(2)
def test_an_edit_that_comes_before_its_post(channel: Channel) -> None:
    state = replay(channel, [Told(1, "edit", "sesudah", 5), Told(1, "create", "sebelum")], [1, 1])
    assert state == {"s1": ("sesudah", False, "w1", {"sebelum"})}


@pytest.mark.django_db
@pytest.mark.fault(2)
@pytest.mark.parametrize("batches", [[2], [1, 1]])
@pytest.mark.parametrize("first", ["create", "edit"])
def test_an_edit_within_the_second_in_which_it_was_made(
    channel: Channel, batches: list[int], first: str
) -> None:
    told = [
        Told(1, "create", "sebelum"),
        Told(1, "edit", "sesudah"),
    ]  # without a time of its own: that of the post
    state = replay(channel, told if first == "create" else told[::-1], batches)
    assert state == {"s1": ("sesudah", False, "w1", {"sebelum"})}


@pytest.mark.django_db
@pytest.mark.fault(2)
def test_a_deletion_that_comes_before_its_post(channel: Channel) -> None:
    state = replay(channel, [Told(1, "delete"), Told(1, "create", "sebelum")], [1, 1])
    assert state == {"s1": ("sebelum", True, "w1", set())}


@pytest.mark.django_db
@pytest.mark.fault(2)
def test_an_edit_without_a_changed_word_still_counts_as_the_newest(channel: Channel) -> None:
    told = [Told(1, "create", "a"), Told(1, "edit", "a", 9), Told(1, "edit", "b", 5)]
    assert replay(channel, told, [1, 1, 1])["s1"] == ("a", False, "w1", {"b"})


@pytest.mark.django_db
@pytest.mark.fault(4)
def test_the_same_delivery_a_hundred_times(channel: Channel) -> None:
    told = [Told(1, "create", "jalan berlubang di depan SD")] * 100
    assert len(replay(channel, told, [1, 60])) == 1


@pytest.mark.django_db
@pytest.mark.fault(43)
def test_text_that_no_database_holds(channel: Channel) -> None:
    RawItem.objects.create(
        source="hook", channel=channel, received_at=NOW,
        body=b'{"platform":"scripted","external_id":"n","kind":"mention","created_at":"2026-11-20T10:00:00+07:00",'
             b'"text":"a\\u0000b \\ud800 c","author":{"id":"w","name":"\\u0000\\udfff"},"media":[{"alt":"\\u0000"}]}',
    )  # fmt: skip
    assert work.run("digest") == 1
    with scope.government(channel.government_id):
        post = Post.objects.select_related("author").get()
    assert post.text == "a\ufffdb \ufffd c"
    assert post.author
    assert post.author.name == "\ufffd\ufffd"
    assert post.media == [{"alt": "\ufffd"}]


@pytest.mark.django_db
@pytest.mark.fault(11)
def test_what_our_own_code_stumbles_over_holds_nobody_up(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tanggap.posts import storing

    whole = storing.put_reading

    def stumbling(post: Post, reading: Any) -> None:
        if "sandungan" in post.text:
            raise RecursionError("too deep")
        whole(post, reading)

    monkeypatch.setattr(storing, "put_reading", stumbling)
    for text in ("jalan rusak", "sandungan", "lampu mati"):
        hear(channel, text)
    work.run("digest")
    with scope.government(channel.government_id):
        assert sorted(Post.objects.values_list("text", flat=True)) == ["jalan rusak", "lampu mati"]
    failed = RawItem.objects.get(state=RawState.FAILED)
    assert b"sandungan" in bytes(failed.body)
    assert "RecursionError" in failed.reason


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault(1)
def test_two_workers_at_once_on_the_same_posts(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(1)
    told = [Told(number, "create", f"jalan rusak parah di depan sekolah {number}") for number in range(40)]
    told += [Told(number, "edit", f"jalan rusak, sudah setahun {number}", 3) for number in range(20)]
    told += told[:60]
    dice.shuffle(told)
    for one in told:
        one.to(channel)
    claim = intake.take
    monkeypatch.setattr(intake, "take", lambda: claim(7))
    failures = at_once([lambda: work.run("digest")] * 3)
    assert not failures
    work.run("digest")
    assert set(RawItem.objects.values_list("state", flat=True)) == {RawState.DIGESTED}
    with scope.government(channel.government_id):
        assert Post.objects.count() == 40
        assert Post.objects.filter(text__contains="setahun").count() == 20
        cases = Case.objects.all()
        assert cases.count() == len(set(cases.values_list("links__post_id", flat=True)))
        assert len(set(cases.values_list("number", flat=True))) == cases.count()


def at_once(deeds: Sequence[Callable[[], object]]) -> list[BaseException]:
    """Runs each in a thread with a connection of its own; returns what went wrong."""
    failures: list[BaseException] = []
    barrier = threading.Barrier(len(deeds))

    def work_off(deed: Callable[[], object]) -> None:
        try:
            barrier.wait()
            deed()
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work_off, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures
