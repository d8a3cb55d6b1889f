"""One row for many posts that say the same: none is hidden that nothing else on the list stands for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tanggap.agencies.models import Government, Member, Role
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.posts import alike, inbox
from tanggap.posts.clusters import Cluster
from tanggap.posts.models import Post
from tests.city import NOW, a_channel, a_government, a_member, a_post, a_unit

CALL = "Tolak relokasi pasar Ngasem, pedagang kecil jangan digusur demi investor"


@pytest.fixture
def town(db: None) -> Iterator[Government]:
    made = a_government()
    with scope.government(made.pk):
        yield made


@pytest.fixture
def member(town: Government) -> Member:
    return a_member(a_unit(town, "KOMINFO"), Role.COORDINATOR)


@pytest.fixture
def posts(member: Member) -> list[Post]:
    """Five that say the same, and another between them; each a minute after the one before."""
    channel: Channel = a_channel(member.unit)
    made = [
        a_post(channel, text, received_at=NOW + timedelta(minutes=number))
        for number, text in enumerate(
            [CALL, CALL, "lampu di depan pasar mati sejak kemarin", CALL, CALL, CALL]
        )
    ]
    alike.enqueue([post.pk for post in made])
    work.run("alike")
    return made


def shown(member: Member, **filters: str) -> list[int]:
    """The rows of all pages, two a page."""
    found, before = [], ""
    while True:
        page = inbox.page(member, inbox.Filters(**filters, before=before), NOW, size=2)
        found += [post.pk for post in page.rows]
        before = page.next
        if not before:
            return found


def test_folded_the_newest_of_a_cluster_stands_for_it(member: Member, posts: list[Post]) -> None:
    assert shown(member) == [post.pk for post in reversed(posts)]
    assert shown(member, fold="1") == [posts[5].pk, posts[2].pk]


def test_one_that_fits_alone_is_shown_though_newer_ones_do_not_fit(member: Member, posts: list[Post]) -> None:
    Post.objects.filter(pk__in=[post.pk for post in posts[3:]]).update(desk="done")
    assert shown(member, fold="1") == [posts[2].pk, posts[1].pk]
    Post.objects.filter(pk=posts[1].pk).update(opened_at=NOW)
    assert shown(member, fold="1", unread="1") == [posts[2].pk, posts[0].pk]
    assert shown(member, fold="1", view="selesai") == [posts[5].pk]


def test_posts_at_the_same_moment_leave_one(member: Member, posts: list[Post]) -> None:
    Post.objects.update(received_at=NOW)
    Cluster.objects.get().members.update(received_at=NOW)
    assert shown(member, fold="1") == [posts[5].pk, posts[2].pk]


def test_a_cluster_is_asked_for_by_itself(member: Member, posts: list[Post]) -> None:
    number = str(Cluster.objects.get().pk)
    assert shown(member, alike=number, view="semua") == [
        post.pk for post in reversed(posts) if post is not posts[2]
    ]
    assert shown(member, alike="999999") == []
    assert (
        inbox.Filters.from_query({"alike": number, "fold": "1"}).as_query()
        == f"view=baru&alike={number}&fold=1"
    )
