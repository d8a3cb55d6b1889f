"""Citizens on simulated platforms: what they say stands there, answers are heard, and people react to them."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tanggap.simulator.city import NEWS, WEBHOOK_PLATFORMS
from tanggap.simulator.day import plan
from tanggap.simulator.platforms import all_simulated
from tanggap.simulator.platforms.base import OFFICIAL
from tanggap.simulator.platforms.serving import Town
from tanggap.simulator.run import Bounds, CityRun
from tanggap.simulator.townspeople import TownError, Townspeople
from tanggap.simulator.truth import TruthFile

MIDNIGHT = datetime(2026, 11, 22, tzinfo=timezone(timedelta(hours=7)))
POSTS = 150


@pytest.fixture
def town() -> Iterator[Town]:
    with Town(one() for one in all_simulated().values()) as running:
        yield running


@pytest.fixture
def people(town: Town) -> Iterator[Townspeople]:
    client = Townspeople(town.address)
    yield client
    client.close()


def _run(people: Townspeople, posts: int, **bounds: float) -> tuple[CityRun, list[dict[str, Any]]]:
    """A day on the town goes by as fast as it can; clock and sleep are not real."""
    now, truth = [0.0], io.StringIO()

    def sleep(seconds: float) -> None:
        now[0] += seconds

    day = plan(7, posts, MIDNIGHT, 1e6, platforms=[*WEBHOOK_PLATFORMS, NEWS])
    run = CityRun(
        day,
        1,
        TruthFile(truth),
        Bounds(seconds=600, **bounds),
        town=people,
        clock=lambda: now[0],
        sleep=sleep,
    )
    run.go()
    return run, [json.loads(line) for line in truth.getvalue().splitlines()]


def test_a_day_stands_on_the_platforms_as_the_truth_file_says(town: Town, people: Townspeople) -> None:
    run, truth = _run(people, POSTS)
    assert run.result.failed == Counter()
    said = [line for line in truth if line["what"] in ("post", "reply")]
    assert len(said) >= POSTS
    assert {line["platform"] for line in said} == {*WEBHOOK_PLATFORMS, NEWS}
    last = {
        (line["platform"], line["piece"]): line for line in truth if line["what"] in ("post", "reply", "edit")
    }
    gone = {(line["platform"], line["piece"]) for line in truth if line["what"] == "delete"}
    assert gone
    assert any(line["what"] == "edit" for line in truth)
    for (platform, key), line in last.items():
        piece = town.platforms[platform].pieces[key]
        assert piece.text == line["text"]
        assert piece.deleted is ((platform, key) in gone)
        for mark in line["truth"]["places"]:
            assert line["text"][mark["start"] : mark["end"]].strip()
    ways = {line["way"] for line in said}
    assert ways >= {"comment", "mention", "message", "article"}


def test_people_thank_or_answer_once_the_government_has_spoken(town: Town, people: Townspeople) -> None:
    """Every comment and message is answered while the day goes by; the answers come back below ours."""
    for platform in town.platforms.values():
        platform.say = _answering(platform)  # type: ignore[method-assign]
    run, truth = _run(people, 40, wait=200.0, poll=1.0)
    assert run.result.answered > 20
    reactions = [line for line in truth if line["what"] in ("answer", "thanks")]
    assert {line["what"] for line in reactions} == {"answer", "thanks"}
    for line in reactions:
        pieces = town.platforms[line["platform"]].pieces
        assert not pieces[line["piece"]].ours
        assert line["in_reply_to"] is None or line["in_reply_to"] in pieces


def _answering(platform: Any) -> Any:
    say = platform.say

    def said(text: str, **more: Any) -> Any:
        piece = say(text, **more)
        if (
            not platform.pieces.get(piece.parent)
            or not platform.pieces[piece.parent].ours
            or piece.kind != "message"
        ):
            answer = "Di mana tepatnya?" if len(platform.pieces) % 2 else "Terima kasih, kami tangani."
            platform.add(piece.kind, OFFICIAL, answer, parent=piece.id, account=piece.account)
        return piece

    return said


def test_only_new_answers_are_told(town: Town, people: Townspeople) -> None:
    facebook = town.platforms["facebook"]
    first = people.say("facebook", "Lampu mati")
    facebook.add("comment", OFFICIAL, "Kami cek", parent=first["id"], account=first["account"], at=100.0)
    assert [one["text"] for one in people.answers()["facebook"]] == ["Kami cek"]
    assert people.answers(since=100.0)["facebook"] == []


def test_a_platform_tells_again_what_it_told(town: Town, people: Townspeople) -> None:
    piece = people.say("facebook", "Lampu mati")
    people.repeat("facebook", piece["id"])
    first, second = town.platforms["facebook"].deliveries()
    told = [json.loads(one.body)["entry"][0] for one in (first, second)]
    assert told[0]["changes"] == told[1]["changes"]  # the time beside them is that of the delivery


def test_what_surely_did_not_arrive_may_be_said_again() -> None:
    gone = Townspeople("http://127.0.0.1:9")
    with pytest.raises(TownError) as refused:
        gone.platforms()
    assert refused.value.retry
    gone.close()
