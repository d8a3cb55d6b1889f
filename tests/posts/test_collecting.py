"""Public talk that nobody addressed to the government, and history: collected, counted, and no case by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, Role
from tanggap.cases.models import Case
from tanggap.channels import collections, quotas
from tanggap.channels import connector as registry
from tanggap.channels.connector import (
    Ability,
    Author,
    Connector,
    ConnectorError,
    Fetched,
    Item,
    NeedsLogin,
    Quota,
    Raw,
    Temporary,
)
from tanggap.channels.limits import Limits
from tanggap.channels.models import Channel, Collection, Health, Query
from tanggap.core import scope, work
from tanggap.core.refusal import Refusal
from tanggap.posts import history
from tanggap.posts.collected import Hit
from tanggap.posts.models import Post, RawItem
from tests.city import a_channel, a_government, a_member, a_unit

pytestmark = pytest.mark.django_db
SAID = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


class Searched(Connector):
    """A platform of 100 units a day, 10 for a search; `pages` are what search and history give in turn."""

    platform: ClassVar[str] = "searched"
    name: ClassVar[str] = "Cari"
    abilities: ClassVar[frozenset[Ability]] = frozenset({Ability.SEARCH, Ability.FETCH, Ability.BACKFILL})
    limits: ClassVar[Limits] = Limits(most=500)
    quota: ClassVar[Quota | None] = Quota(100, {"search": 10, "backfill": 1})
    search_lacks: ClassVar[str] = "Hanya tujuh hari terakhir."
    pages: ClassVar[list[Fetched | ConnectorError]] = []
    asked: ClassVar[list[tuple[str, Mapping[str, Any]]]] = []

    @classmethod
    def parse(cls, raw: Raw) -> list[Item]:
        said = json.loads(raw.body)
        return [
            Item("searched", said["id"], said.get("kind", "post"), said["text"], SAID, author=Author("warga"))
        ]

    @classmethod
    def compile(cls, words: Sequence[str], excluded: Sequence[str]) -> list[str]:
        return [" OR ".join(words) + "".join(f" -{one}" for one in excluded)]

    def search(self, query: str, cursor: Mapping[str, Any]) -> Fetched:
        self.asked.append((query, cursor))
        return self._next()

    def backfill(self, cursor: Mapping[str, Any]) -> Fetched:
        self.asked.append(("", cursor))
        return self._next()

    def _next(self) -> Fetched:
        page = self.pages.pop(0) if self.pages else Fetched([], {"after": "0"})
        if isinstance(page, ConnectorError):
            raise page
        return page


@pytest.fixture(autouse=True)
def _platform(monkeypatch: pytest.MonkeyPatch) -> None:
    registry.all_connectors()
    monkeypatch.setitem(registry._found, "searched", Searched)
    monkeypatch.setattr(Searched, "pages", [])
    monkeypatch.setattr(Searched, "asked", [])


@pytest.fixture
def by() -> Any:
    member = a_member(a_unit(a_government(), "DISKOMINFO"), Role.ADMINISTRATOR)
    with scope.government(member.government_id):
        yield member


@pytest.fixture
def channel(by: Member) -> Channel:
    return a_channel(by.unit, "searched")


def body(number: int, text: str = "Jembatan Kali Bening retak, bahaya sekali", **more: Any) -> bytes:
    return json.dumps({"id": str(number), "text": text, **more}).encode()


def collect() -> None:
    Query._base_manager.update(due_at=timezone.now())
    work.run("collect", limit=1)
    work.run("digest")


def test_words_become_queries_and_what_they_find_is_read_counted_and_no_case(
    by: Member, channel: Channel
) -> None:
    collection = collections.define(by, "Jembatan", ["jembatan retak", "Kali Bening"], ["iklan"])
    Searched.pages = [
        Fetched([body(1), body(2, "Pemerintah korupsi dana jembatan, saya lapor")], {"after": "2"})
    ]
    collect()
    assert Searched.asked == [("jembatan retak OR Kali Bening -iklan", {})]
    posts = list(Post.objects.order_by("id"))
    assert [(one.desk, one.triage) for one in posts] == [("listening", "collected")] * 2
    assert posts[0].intent or posts[0].topic or posts[0].model
    assert not Case.objects.exists()
    assert set(Hit.objects.values_list("collection", "post")) == {(collection.pk, one.pk) for one in posts}
    query = Query.objects.get()
    assert (query.cursor, query.found, query.lease_until) == ({"after": "2"}, 2, None)


def test_talk_that_turns_out_to_be_said_to_the_government_is_triaged_as_if_new(
    by: Member, channel: Channel
) -> None:
    collections.define(by, "Jalan", ["jalan"], [])
    text = "Min @pemkot tolong jalan Melati depan SD rusak parah, banyak yang jatuh, mohon segera diperbaiki"
    Searched.pages = [Fetched([body(1, text)], {"after": "1"})]
    collect()
    assert not Case.objects.exists()
    RawItem.objects.create(channel=channel, source="fetch", body=body(1, text, kind="mention"))
    work.run("digest")
    post = Post.objects.get()
    assert (post.kind, post.desk, post.triage) == ("mention", "open", "complaint")
    assert Case.objects.count() == 1
    Searched.pages = [Fetched([body(1, text)], {"after": "1"})]
    collect()
    assert Case.objects.count() == Post.objects.count() == 1


def test_a_quota_paces_the_queries_and_leaves_units_for_answers(by: Member, channel: Channel) -> None:
    collections.define(by, "Satu", ["satu"], [])
    collections.define(by, "Dua", ["dua"], [])
    # Half of 100 units are five searches a day; two queries share them.
    assert collections.interval(channel) == timedelta(seconds=24 * 3600 * 2 / 5)
    for _ in range(4):
        collect()
    channel.refresh_from_db()
    assert quotas.used(channel, timezone.now()) == 50
    assert len(Searched.asked) == 5
    assert quotas.allows(channel, Ability.REPLY, timezone.now())
    assert not quotas.allows(channel, Ability.SEARCH, timezone.now())


def test_a_refused_search_holds_the_query_and_not_the_channel(by: Member, channel: Channel) -> None:
    collections.define(by, "Satu", ["satu"], [])
    Searched.pages = [NeedsLogin("Izin pencarian belum ada."), Temporary("mati")]
    collect()
    query = Query.objects.get()
    assert (query.error, query.failures, query.lease_until) == ("Izin pencarian belum ada.", 1, None)
    collect()
    channel.refresh_from_db()
    assert channel.health == Health.OK
    assert Query.objects.get().failures == 2


def test_changing_words_keeps_what_stays_and_an_ended_collection_asks_nothing(
    by: Member, channel: Channel
) -> None:
    collection = collections.define(by, "Satu", ["satu"], [])
    Query.objects.update(cursor={"after": "9"})
    collections.define(by, "Satu sekali", ["satu"], [], collection)
    assert Query.objects.get().cursor == {"after": "9"}
    collections.define(by, "Satu", ["lain"], [], collection)
    assert (Query.objects.get().text, Query.objects.get().cursor) == ("lain", {})
    collections.end(collection, by)
    collect()
    assert not Searched.asked
    assert Collection.objects.get().active is False


@pytest.mark.parametrize(
    ("name", "words", "field"), [("", ["a"], "name"), ("A", [" "], "words"), ("A", ["x" * 81], "words")]
)
def test_words_that_cannot_be_collected_are_refused(
    by: Member, name: str, words: list[str], field: str
) -> None:
    with pytest.raises(Refusal) as refused:
        collections.define(by, name, words, [])
    assert refused.value.field == field
    assert not Collection.objects.exists()


def test_the_reach_says_what_each_platform_gives_and_cannot_show(by: Member, channel: Channel) -> None:
    mine = next(
        one for one in collections.reach(by.government_id, ["jalan"], []) if one.platform == "searched"
    )
    assert (mine.connected, mine.queries, mine.lacks) == (True, ("jalan",), "Hanya tujuh hari terakhir.")
    assert mine.every == timedelta(seconds=24 * 3600 / 5)


def test_history_comes_page_after_page_and_is_no_case(by: Member, channel: Channel) -> None:
    text = "Jalan Melati rusak parah, mohon diperbaiki"
    Searched.pages = [
        Fetched([body(1, text, kind="comment"), body(2, text, kind="comment")], {"p": 2}, more=True, cost=1),
        Fetched([body(3, text, kind="comment")], {"p": 3}, cost=1),
    ]
    until = timezone.now() - timedelta(days=90)
    job = history.begin(channel, by, until)
    with pytest.raises(Refusal, match="sedang diambil"):
        history.begin(channel, by, until)
    work.run("jobs")
    work.run("digest")
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 3)
    assert [cursor.get("until") for _, cursor in Searched.asked] == [until.isoformat()] * 2
    assert {(one.history, one.triage, one.desk) for one in Post.objects.all()} == {(True, "backfill", "done")}
    assert not Case.objects.exists()


@pytest.mark.fault(8)
def test_history_waits_when_asked_goes_on_where_it_was_and_leaves_a_ring_of_pages(
    by: Member, channel: Channel
) -> None:
    Searched.pages = [Fetched([body(1)], {"p": 2}, more=True), Temporary("penuh", retry_after=600)]
    job = history.begin(channel, by, timezone.now() - timedelta(days=9))
    work.run("jobs")
    job.refresh_from_db()
    assert (job.state, job.done, job.error, job.cursor["p"]) == ("running", 1, "penuh", 2)
    assert job.lease_until is not None
    assert job.lease_until > timezone.now() + timedelta(seconds=500)
    assert work.run("jobs") == 0
    work.Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    Searched.pages = [Fetched([body(1)], {"p": 2}, more=True) for _ in range(9)]
    work.run("jobs", limit=1)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    assert len(Searched.pages) == 6
