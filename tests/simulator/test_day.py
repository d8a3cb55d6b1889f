"""A planned day: decided by the seed alone, and lifelike enough to test the whole path."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest

from tanggap.simulator.city import NEWS, NEWSPAPER
from tanggap.simulator.day import ALL_PLATFORMS, Day, counts, plan
from tanggap.simulator.phrasing import load_phrasings

MIDNIGHT = datetime(2026, 11, 22, tzinfo=timezone(timedelta(hours=7)))


@pytest.fixture(scope="module")
def day() -> Day:
    return plan(7, 300, MIDNIGHT)


def test_the_seed_decides_the_day(day: Day) -> None:
    assert plan(7, 300, MIDNIGHT) == day
    assert plan(8, 300, MIDNIGHT).events != day.events


def test_posts_and_replies_are_as_many_as_asked(day: Day) -> None:
    assert counts(day)["post"] + counts(day)["reply"] == 300
    assert all(counts(day).values()), counts(day)


@pytest.mark.parametrize("seed", range(5))
def test_every_topic_comes_up(seed: int) -> None:
    said = [event.said for event in plan(seed, 120, MIDNIGHT).events if event.said]
    assert {one.phrasing.topic for one in said} >= set(load_phrasings().topics)


def test_all_tongues_are_heard(day: Day) -> None:
    tongues = Counter(event.said.phrasing.language for event in day.events if event.said)
    share = {tongue: times / tongues.total() for tongue, times in tongues.items()}
    assert share["id"] > 0.5
    assert share["jv"] > 0.08
    assert share["su"] > 0.05


def test_events_lie_in_order_and_follow_what_they_refer_to(day: Day) -> None:
    at = {event.number: event.at for event in day.events}
    assert [event.at for event in day.events] == sorted(at.values())
    for event in day.events:
        assert event.about is None or at[event.about] <= event.at
        assert event.platform in event.citizen.channels


def test_people_only_change_what_is_theirs_and_delete_nothing_that_was_answered(day: Day) -> None:
    by_number = {event.number: event for event in day.events}
    joined = {event.about for event in day.events if event.kind == "reply"}
    for event in day.events:
        if event.kind in ("edit", "delete", "answer", "thanks") and event.about is not None:
            assert event.citizen is by_number[event.about].citizen
            assert event.platform == by_number[event.about].platform
        if event.awaits_answer:
            assert event.platform != "rss"
        if event.kind == "delete":
            assert event.about not in joined


def test_an_incident_gathers_reports_of_one_place(day: Day) -> None:
    assert day.incident is not None
    topic, ward = day.incident
    said = [event for event in day.events if event.incident and event.kind == "post" and event.said]
    assert len(said) >= 20
    assert {(one.said.phrasing.topic, one.said.ward.code) for one in said if one.said} == {(topic, ward)}
    assert max(one.at for one in said) - min(one.at for one in said) <= timedelta(hours=2)


def test_a_campaign_is_one_text_by_many_accounts_within_the_hour(day: Day) -> None:
    joined = [event for event in day.events if event.said and event.said.phrasing.role == "campaign"]
    sent = [event for event in joined if event.kind == "post"]
    assert len(sent) == 12
    assert len({event.citizen.handle for event in sent}) == 12
    assert max(event.at for event in sent) - min(event.at for event in sent) <= timedelta(hours=1)
    texts = [event.said.text for event in sent if event.said]
    shared = min(texts, key=len)
    assert all(text.startswith(shared.rstrip(".! ")) for text in texts)
    assert len(set(texts)) > 3


def test_the_newspaper_writes_about_the_incident_and_puts_more_into_it_later() -> None:
    news = plan(7, 300, MIDNIGHT, platforms=[*ALL_PLATFORMS, NEWS])
    articles = [event for event in news.events if event.platform == NEWS]
    assert Counter(event.kind for event in articles) == {"post": 3, "edit": 1}
    assert {event.citizen.name for event in articles} == {NEWSPAPER}
    first = min(event.at for event in news.events if event.incident)
    assert all(event.at > first for event in articles)
    assert news.incident is not None
    assert all(event.said and event.said.ward.code == news.incident[1] for event in articles)
    counted = counts(news)
    assert counted["post"] + counted["reply"] == 300 + 3


def test_nobody_edits_where_a_platform_knows_no_edits(day: Day) -> None:
    unedited = {"instagram", "tiktok", "x", "bluesky", "whatsapp"}
    assert not unedited & {event.platform for event in day.events if event.kind == "edit"}


def test_nights_are_quiet(day: Day) -> None:
    hours = Counter(event.at.hour for event in day.events if not event.awaits_answer and not event.incident)
    assert sum(hours[hour] for hour in range(5)) < sum(hours[hour] for hour in range(17, 22)) / 2


def test_speed_shortens_the_day() -> None:
    fast = plan(7, 30, MIDNIGHT, speed=1440)
    assert max(fast.delay(event) for event in fast.events if not event.awaits_answer) <= 4 * 60


def test_only_the_wanted_platforms_are_used() -> None:
    assert {event.platform for event in plan(1, 50, MIDNIGHT, platforms=["mastodon"]).events} == {"mastodon"}


@pytest.mark.parametrize(
    "wrong", [{"posts": 0}, {"speed": 0.0}, {"platforms": ["faksimile"]}, {"platforms": ["rss"]}]
)
def test_an_impossible_day_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="at least one post"):
        plan(**({"seed": 1, "posts": 10, "start": MIDNIGHT} | wrong))  # type: ignore[arg-type]
