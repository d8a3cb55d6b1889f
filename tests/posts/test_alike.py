"""Posts that say nearly the same are gathered once, whoever compares them, and let go when they change or go."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connections
from django.utils import timezone

from tanggap.agencies.models import Government, Role, Unit
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.core.refusal import Refusal
from tanggap.posts import alike, campaigns, portraits
from tanggap.posts.clusters import Cluster, Likeness, Uncompared
from tanggap.posts.models import Post
from tests.city import NOW, a_channel, a_government, a_member, a_post, a_unit, hear

CALL = "Tolak relokasi pasar Ngasem, pedagang kecil jangan digusur demi investor"
OTHER = "Lampu jalan di depan balai kota mati sejak minggu lalu, gelap sekali"


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    alike._compared.clear()
    yield
    alike._compared.clear()


@pytest.fixture
def town(db: None) -> Iterator[Government]:
    made = a_government()
    with scope.government(made.pk):
        yield made


@pytest.fixture
def office(town: Government) -> Unit:
    return a_unit(town, "KOMINFO")


@pytest.fixture
def channel(office: Unit) -> Channel:
    return a_channel(office)


def compared(channel: Channel, *texts: str, **fields: object) -> list[Post]:
    """Posts with these texts, each compared with those before it."""
    posts = [a_post(channel, text, **fields) for text in texts]
    alike.enqueue([post.pk for post in posts])
    work.run("alike")
    return posts


def clusters() -> list[set[str]]:
    """The texts of every cluster."""
    return [
        set(Post.objects.filter(likeness__cluster=one).values_list("text", flat=True))
        for one in Cluster.objects.order_by("pk")
    ]


def test_a_delivered_post_is_compared_after_it_became_searchable(channel: Channel) -> None:
    for text in (CALL, OTHER, CALL + " https://t.co/1", "@pemkot " + CALL):
        hear(channel, text)
    work.run("digest")
    assert not Cluster.objects.exists(), "the digest waits for no comparison"
    work.run("search")
    work.run("alike")
    assert clusters() == [{CALL, CALL + " https://t.co/1", "@pemkot " + CALL}]
    one = Cluster.objects.get()
    assert (one.posts, one.accounts, one.few_words) == (3, 3, False)
    assert not Uncompared.objects.exists()
    assert work.run("alike") == 0


def test_what_was_said_days_before_and_a_restart_make_no_difference(channel: Channel) -> None:
    compared(channel, CALL, OTHER)
    alike._compared.clear()
    compared(channel, CALL + "!", OTHER + " 😡")
    alike._compared.clear()
    compared(channel, CALL.upper())
    assert clusters() == [{CALL, CALL + "!", CALL.upper()}, {OTHER, OTHER + " 😡"}]


def test_any_batches_give_the_same_clusters(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(2)
    texts = (
        [" ".join(dice.sample(CALL.split(), 9)) for _ in range(20)] + [OTHER] * 3 + ["ok", "ok", "oke min"]
    )

    def found() -> list[set[str]]:
        alike._compared.clear()
        Likeness.objects.all().delete()
        Cluster.objects.all().delete()
        alike.enqueue(list(Post.objects.order_by("pk").values_list("pk", flat=True)))
        work.run("alike")
        return clusters()

    for text in texts:
        a_post(channel, text)
    whole = found()
    monkeypatch.setattr(alike, "_BATCH", 3)
    assert found() == whole
    assert len(whole) >= 3


def test_another_government_is_another_world(channel: Channel) -> None:
    compared(channel, CALL)
    with scope.crossing("a second government"):
        other = a_government("34.71", "Kota Lain")
    with scope.government(other.pk):
        compared(a_channel(a_unit(other, "KOMINFO-LAIN")), CALL)
        assert not Cluster.objects.exists()
    assert not Cluster.objects.exists()


def test_an_edited_post_leaves_its_cluster(channel: Channel) -> None:
    first, second, third = compared(channel, CALL, CALL, CALL)
    Post.objects.filter(pk=first.pk).update(text=OTHER)
    alike.enqueue([first.pk])
    work.run("alike")
    one = Cluster.objects.get()
    assert set(one.members.values_list("post_id", flat=True)) == {second.pk, third.pk}
    assert one.posts == 2
    compared(channel, OTHER)
    assert {CALL} in clusters()
    assert {OTHER} in clusters()


def test_two_that_differ_at_last_are_no_cluster_and_each_is_compared_again(channel: Channel) -> None:
    first, second = compared(channel, CALL, CALL)
    Post.objects.filter(pk=first.pk).update(text=OTHER)
    alike.enqueue([first.pk])
    work.run("alike")
    assert not Cluster.objects.exists()
    third = compared(channel, CALL)[0]
    assert set(Cluster.objects.get().members.values_list("post_id", flat=True)) == {second.pk, third.pk}


def test_an_erased_post_leaves_no_trace(channel: Channel) -> None:
    posts = compared(channel, CALL, CALL, CALL)
    Post.objects.filter(pk=posts[0].pk).delete()
    assert not Likeness.objects.filter(post_id=posts[0].pk).exists()
    work.run("forget_alike", limit=1)
    assert Cluster.objects.get().posts == 2
    Post.objects.filter(pk=posts[1].pk).delete()
    work.run("forget_alike", limit=1)
    assert not Cluster.objects.exists()
    later = compared(channel, CALL)[0]
    assert set(Cluster.objects.get().members.values_list("post_id", flat=True)) == {posts[2].pk, later.pk}


def test_pictures_and_our_own_words_are_compared_with_nothing(channel: Channel) -> None:
    compared(channel, "", "", "   ")
    compared(channel, CALL, CALL, ours=True)
    assert not Likeness.objects.exists()
    assert not Uncompared.objects.exists()


def test_what_is_worn_is_forgotten_and_clusters_stay(channel: Channel) -> None:
    old = timezone.now() - alike.SPAN - timedelta(days=1)
    compared(channel, CALL, CALL, OTHER, received_at=old)
    work.run("forget_alike")
    assert Likeness.objects.count() == 2
    assert not Likeness.objects.exclude(words=None).exists()
    assert clusters() == [{CALL}]
    assert Cluster.objects.get().posts == 2


def test_a_batch_that_fails_leaves_everything_as_it_was(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [a_post(channel, CALL) for _ in range(3)]
    alike.enqueue([post.pk for post in posts])

    def breaks(*_told: object) -> list[int]:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(campaigns, "count", breaks)
        with pytest.raises(OSError, match="disk"):
            work.run("alike")
    assert Uncompared.objects.count() == 3
    assert not Likeness.objects.exists()
    work.run("alike")
    assert Cluster.objects.get().posts == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_put_each_post_in_one_cluster() -> None:
    town = a_government("99.72", "Kota Dua")
    channel = a_channel(a_unit(town, "KOMINFO-2"))
    texts = [f"{CALL} {n}" for n in range(40)] + [f"{OTHER} {n}" for n in range(40)]
    for _round in range(3):
        posts = [a_post(channel, text) for text in texts]
        alike.enqueue([post.pk for post in posts])
        done: list[int] = []

        def worker() -> None:
            done.extend(alike.compare(NOW) for _ in range(20))  # noqa: B023
            connections.close_all()

        both = [threading.Thread(target=worker) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert sum(done) == len(texts)
    with scope.government(town.pk):
        assert sorted(Cluster.objects.values_list("posts", flat=True)) == [120, 120]
        assert Likeness.objects.count() == 240


def test_comparing_many_costs_few_queries(
    channel: Channel, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for number in range(60):
        a_post(channel, CALL if number % 2 else f"{OTHER} {number}")
    alike.enqueue(list(Post.objects.values_list("pk", flat=True)))
    with django_assert_max_num_queries(45):  # type: ignore[attr-defined]
        work.run("alike")


# --- campaigns

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("said", "when"),
    [
        ([(0, 1), (1, 2), (2, 3)], 2),
        ([(0, 1), (1, 1), (2, 1), (3, 2)], None),
        ([(0, 1), (1, 2), (30, 3), (31, 4)], None),
        ([(0, 1), (30, 2), (31, 3), (32, 4)], 32),
        ([(0, None), (1, None), (2, None), (3, None)], None),
        ([], None),
    ],
)
def test_many_by_many_within_a_span_look_sent_together(
    said: list[tuple[int, int | None]], when: int | None
) -> None:
    spoken = [(NOW + hours * HOUR, account) for hours, account in said]
    expected: datetime | None = None if when is None else NOW + when * HOUR
    assert campaigns.sent_together(spoken, 3, 3, 24 * HOUR) == expected


def test_a_campaign_is_marked_once_by_the_thresholds_of_the_government(
    channel: Channel, office: Unit
) -> None:
    admin = a_member(office, Role.ADMINISTRATOR)
    compared(channel, *[CALL] * 4)
    assert Cluster.objects.get().campaign_at is None
    campaigns.change_rule(admin, posts=5, accounts=5, hours=24)
    compared(channel, CALL)
    marked = Cluster.objects.get().campaign_at
    assert marked == NOW
    compared(channel, CALL, created_at=NOW + HOUR)
    assert Cluster.objects.get().campaign_at == marked
    with pytest.raises(Refusal):
        campaigns.change_rule(admin, posts=1, accounts=5, hours=24)
    compared(channel, *["terima kasih min"] * 12)
    assert Cluster.objects.get(few_words=True).campaign_at is None, "few words are said by many"


def test_a_large_campaign_is_counted_up_and_anew_now_and_then(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "_LARGE", 10)
    compared(channel, *[CALL] * 12)
    one = Cluster.objects.get()
    assert (one.posts, one.accounts) == (12, 12)
    compared(channel, *[CALL] * 3, created_at=NOW + HOUR)
    one.refresh_from_db()
    assert (one.posts, one.accounts, one.last_at) == (15, 12, NOW + HOUR)
    post = compared(channel, CALL)[0]
    Post.objects.filter(pk=post.pk).update(text=OTHER)
    alike.enqueue([post.pk])
    work.run("alike")
    one.refresh_from_db()
    assert (one.posts, one.accounts) == (15, 15), "one that leaves has it counted anew"
    compared(channel, *[CALL] * 6)
    one.refresh_from_db()
    assert (one.posts, one.accounts) == (21, 21)


def test_a_portrait_shows_what_a_member_sees(channel: Channel, office: Unit) -> None:
    posts = compared(channel, *[CALL] * 6, sentiment="negative")
    Post.objects.filter(pk=posts[5].pk).update(confidential=True)
    Post.objects.filter(pk__in=[one.pk for one in posts[:2]]).update(author=posts[0].author, desk="done")
    Post.objects.filter(pk=posts[4].pk).update(
        created_at=NOW + 3 * HOUR, sentiment="", deleted_at=NOW, platform="lain"
    )
    member = a_member(office, Role.COORDINATOR)
    (one,) = portraits.portraits(list(portraits.seen_by(member)), member, NOW + 3 * HOUR)
    assert (one.posts, one.accounts, one.new_accounts, one.open, one.deleted) == (5, 4, 4, 3, 1)
    assert one.busiest == pytest.approx(4 / 5)
    assert one.growth == [4, 0, 0, 1]
    assert one.first.pk == posts[0].pk
    assert one.last_hour == 1
    assert one.sentiments == [("negative", 4), ("", 1)]
    assert dict(one.platforms) == {"scripted": 4, "lain": 1}
    assert portraits.many_seen([one.cluster.pk], member) == {one.cluster.pk: 5}
    stranger = a_member(a_unit(office.government, "DINAS-LAIN"), Role.OFFICER)
    assert not portraits.seen_by(stranger).exists()
    assert portraits.portraits([one.cluster], stranger, NOW) == []


def test_long_growth_is_told_by_day_and_ends_where_it_fits(channel: Channel, office: Unit) -> None:
    posts = compared(channel, *[CALL] * 3)
    for post, days in zip(posts, (0, 3, 90), strict=True):
        Post.objects.filter(pk=post.pk).update(created_at=NOW + timedelta(days=days))
    member = a_member(office, Role.COORDINATOR)
    (one,) = portraits.portraits(list(portraits.seen_by(member)), member, NOW)
    assert one.per_day
    assert len(one.growth) == portraits.COLUMNS
    assert sum(one.growth) == 1
