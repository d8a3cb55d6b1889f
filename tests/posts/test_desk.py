from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, NotAllowed, Role
from tanggap.channels.models import Channel
from tanggap.core import scope, work
from tanggap.core.audit import Entry
from tanggap.core.refusal import Refusal
from tanggap.posts import desk, masking
from tanggap.posts.models import Post
from tanggap.posts.taught import Correction
from tests.city import a_channel, a_government, a_member, a_post, a_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> Member:
    return a_member(a_unit(a_government(), "KOMINFO"), Role.OFFICER)


@pytest.fixture
def channel(officer: Member) -> Channel:
    return a_channel(officer.unit)


@pytest.fixture(autouse=True)
def inside(officer: Member):  # type: ignore[no-untyped-def]
    with scope.government(officer.government_id):
        yield


def desks() -> list[str]:
    return list(Post.objects.order_by("id").values_list("desk", flat=True))


def test_many_posts_are_finished_at_once_and_taken_back(channel: Channel, officer: Member) -> None:
    posts = [a_post(channel) for _ in range(3)]
    done = desk.finish([post.pk for post in posts], officer)
    assert (done.count, desks()) == (3, ["done"] * 3)
    assert desk.undo(done.token, officer) == 3
    assert desks() == ["open"] * 3


def test_undo_leaves_alone_what_a_colleague_did_meanwhile(channel: Channel, officer: Member) -> None:
    one, two = a_post(channel), a_post(channel)
    done = desk.finish([one.pk, two.pk], officer)
    desk.mark_spam([two.pk], a_member(officer.unit))
    assert desk.undo(done.token, officer) == 1
    assert desks() == ["open", "spam"]


def test_undo_is_for_the_one_who_did_it(channel: Channel, officer: Member) -> None:
    done = desk.finish([a_post(channel).pk], officer)
    with pytest.raises(Refusal, match="Hanya yang melakukan"):
        desk.undo(done.token, a_member(officer.unit))
    with pytest.raises(Refusal, match="sepuluh menit"):
        desk.undo(done.token + "x", officer)


def test_assigning_gives_a_post_to_a_colleague_and_back(channel: Channel, officer: Member) -> None:
    post, colleague = a_post(channel), a_member(officer.unit)
    done = desk.assign([post.pk], colleague, officer)
    post.refresh_from_db()
    assert post.assignee == colleague
    desk.undo(done.token, officer)
    post.refresh_from_db()
    assert post.assignee is None


def test_a_snoozed_post_comes_back_at_its_time(channel: Channel, officer: Member) -> None:
    post = a_post(channel)
    with pytest.raises(Refusal, match="masih akan datang"):
        desk.snooze([post.pk], timezone.now() - timedelta(minutes=1), officer)
    desk.snooze([post.pk], timezone.now() + timedelta(hours=1), officer)
    assert (work.run("wake_snoozed"), desks()) == (0, ["snoozed"])
    Post.objects.update(snoozed_until=timezone.now() - timedelta(seconds=1))
    assert (work.run("wake_snoozed"), desks()) == (1, ["open"])


@pytest.mark.fault(57)
def test_posts_that_a_member_does_not_see_are_not_touched(channel: Channel, officer: Member) -> None:
    post = a_post(channel)
    stranger = a_member(a_unit(officer.government, "DLH"), Role.OFFICER)
    assert desk.finish([post.pk], stranger).count == 0
    assert desks() == ["open"]


@pytest.mark.parametrize("role", [Role.LEADER, Role.VIEWER, Role.REPORTER, Role.LIAISON])
def test_the_desk_is_for_officers_and_coordinators(channel: Channel, officer: Member, role: str) -> None:
    with pytest.raises(NotAllowed):
        desk.finish([a_post(channel).pk], a_member(officer.unit, role))


def test_a_correction_keeps_what_the_model_said(channel: Channel, officer: Member) -> None:
    post = a_post(channel)
    desk.correct(post, "topic", "drainase", officer)
    post.refresh_from_db()
    row = Correction.objects.get()
    assert (post.topic, row.before, row.after, row.by) == ("drainase", "jalan_rusak", "drainase", officer)
    with pytest.raises(Refusal):
        desk.correct(post, "desk", "done", officer)
    with pytest.raises(Refusal):
        desk.correct(post, "sentiment", "marah", officer)


@pytest.mark.fault(72)
def test_uncovering_personal_data_is_on_record(channel: Channel, officer: Member) -> None:
    text = "NIK saya 3471010101900001 tolong dicek"
    found = [{"type": "nik", "start": 9, "end": 25}]
    post = a_post(channel, text, reading={"personal_data": found})
    assert masking.plain(post) == "NIK saya •••••••• tolong dicek"
    assert desk.unmasked(post, officer) == text
    assert Entry.objects.filter(action="post.unmask", target_id=str(post.pk)).count() == 1
    with pytest.raises(NotAllowed):
        desk.unmasked(post, a_member(officer.unit, Role.LEADER))


def test_handlers_see_where_it_is_and_the_public_does_not() -> None:
    found: list[dict[str, object]] = [
        {"type": "address", "start": 3, "end": 11},
        {"type": "phone", "start": 12, "end": 16},
    ]
    text = "di Jl Mawar 0812"
    assert "".join(span.text for span in masking.mask(text, found, "staff")) == "di Jl Mawar ••••"
    assert "".join(span.text for span in masking.mask(text, found, "public")) == "di •••••••• ••••"
    assert "".join(span.text for span in masking.mask(text, found, "all")) == text
