"""From a raw delivery to a case: stored once, read, routed, with a deadline."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from tanggap.agencies.joining import load_government
from tanggap.agencies.models import Government, Unit
from tanggap.cases.models import Assignment, Case, CaseState
from tanggap.channels.models import Channel
from tanggap.core import audit, scope, work
from tanggap.posts.importing import import_channel
from tanggap.posts.models import Post, RawItem, RawState

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city() -> Government:
    return load_government("34.71")


@pytest.fixture
def channel(city: Government) -> Channel:
    return import_channel(city, "uji")


def put(channel: Channel, **line: Any) -> RawItem:
    whole = {
        "platform": "x",
        "external_id": "1",
        "kind": "mention",
        "created_at": "2026-11-20T10:00:00+07:00",
    } | line
    return RawItem.objects.create(
        source="import",
        channel=channel,
        history=True,
        body=orjson.dumps(whole),
        received_at=datetime.now(UTC),
    )


def test_a_complaint_becomes_a_case_of_the_right_office(channel: Channel) -> None:
    put(channel, text="Min tolong lampu jalan di Kricak mati sudah 3 bulan, gelap dan rawan begal")
    put(
        channel,
        external_id="2",
        text="Min tolong lampu jalan di Kricak mati sudah 3 bulan, gelap dan rawan begal",
    )
    assert work.run("digest") == 2
    with scope.government(channel.government_id):
        post = Post.objects.get(external_id="1")
        assert post.intent == "complaint"
        assert post.topic == "pju"
        case = Case.objects.get(links__post=post)
        assert case.state == CaseState.DISPATCHED
        assert case.due_at is not None
        assert "hari kerja" in case.due_why
        unit = Unit.objects.get(assignments__case=case)
        assert "penerangan" in unit.roles
        assert Case.objects.count() == 2
        assert set(Case.objects.values_list("number", flat=True)) == {"K26-00001", "K26-00002"}
    assert not RawItem.objects.exclude(state=RawState.DIGESTED).exists()
    assert audit.seal() > 0
    assert audit.verify(channel.government_id) is None


def test_the_same_delivery_again_adds_nothing(channel: Channel) -> None:
    for _ in range(3):
        put(channel, text="jalan depan SD bolong gede, tolong diperbaiki")
        work.run("digest")
    with scope.government(channel.government_id):
        assert Post.objects.count() == 1
        assert Case.objects.count() == Assignment.objects.count() == 1
