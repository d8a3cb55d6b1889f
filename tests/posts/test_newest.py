"""Walking by time and then by words and labels finds the same posts, in the same order, as asking plainly."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from tanggap.agencies.models import Member, Role
from tanggap.core import scope, work
from tanggap.posts import inbox, newest
from tanggap.posts.inbox import Filters
from tanggap.posts.models import Post
from tests.city import NOW, a_channel, a_government, a_member, a_post, a_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def members() -> list[Member]:
    """Two offices with 60 posts, the second with every fourth; who sees all, and who one office only."""
    city = a_government()
    first, second = a_unit(city, "A"), a_unit(city, "B")
    channels, dice = [a_channel(first), a_channel(second)], random.Random(3)
    for number in range(60):
        a_post(
            channels[number % 4 == 0], f"jalan {'lubang' if number < 9 else 'sampah'}",
            received_at=NOW + timedelta(minutes=dice.randint(0, 40)), desk=dice.choice(["open", "open", "done"]),
            sentiment=dice.choice(["negative", ""]), area_code=dice.choice(["34.71.01.1001", "34.71.02.1001", ""]),
            opened_at=dice.choice([NOW, None]), confidential=number % 10 == 0,
        )  # fmt: skip
    work.run("search")
    return [a_member(first, Role.COORDINATOR), a_member(first), a_member(second)]


FILTERS = [
    Filters(),
    Filters(view="semua"),
    Filters(view="semua", sentiment="negative"),
    Filters(view="semua", sentiment="?", area="34.71.01"),
    Filters(view="semua", area="?"),
    Filters(view="selesai", area="34.71.02.1001", platform="scripted"),
    Filters(view="semua", q="lubang"),
    Filters(view="semua", q="jalan", unread="1"),
    Filters(view="semua", q="tiadakata"),
]


@pytest.mark.parametrize("filters", FILTERS, ids=lambda one: one.as_query())
@pytest.mark.parametrize("looked_at", [1, 7, 30, 5000])
def test_pages_in_two_ways_are_one_list(
    members: list[Member], filters: Filters, looked_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest, "LOOKED_AT", looked_at)
    for member in members:
        with scope.government(member.government_id):
            plain = list(inbox.select(member, filters).order_by(*newest.ORDER))
            walked: list[Post] = []
            before = ""
            while True:
                page = inbox.page(
                    member, Filters(**(filters.active | {"view": filters.view, "before": before})), NOW, 4
                )
                walked += page.rows
                before = page.next
                if not before:
                    break
            assert walked == plain


def test_the_index_of_labels_is_named_as_it_is_asked(members: list[Member]) -> None:
    """A label that the index names otherwise than the filter would be found by no query."""
    with scope.government(members[0].government_id):
        for post in Post.objects.alias(labels=newest.FACETS).annotate(all=newest.FACETS)[:5]:
            wanted = {newest.facet("sentiment", post.sentiment), newest.facet("district", post.area_code[:8])}
            assert wanted <= set(post.all)


def test_numbers_are_counted_by_what_is_seen(members: list[Member]) -> None:
    for member in members:
        with scope.government(member.government_id):
            counts = inbox.counts(member)
            for view, number in counts.items():
                assert number == inbox.select(member, Filters(view=view)).count(), view
