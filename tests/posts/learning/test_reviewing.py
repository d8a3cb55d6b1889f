"""The review of labels draws fairly, keeps answers, measures the reader and how far officers agree."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from tanggap.agencies.models import Member, NotAllowed, Role
from tanggap.core.refusal import Refusal
from tanggap.posts.learning import quality, reviewing
from tanggap.posts.models import Post
from tanggap.posts.taught import Correction
from tests.city import a_member, a_unit
from tests.posts.learning.conftest import ORDINARY

pytestmark = pytest.mark.django_db


@pytest.fixture
def posts(read_posts: Callable[[list[str]], list[Post]]) -> list[Post]:
    made = read_posts([*ORDINARY[::6][:6], *ORDINARY[1::6][:6]])
    Post.objects.update(received_at=timezone.now())
    for post in made[:4]:
        post.reading["topic"]["score"] = 0.2
        post.save()
    return made


def review(member: Member, label: str | None = None) -> reviewing.Question:
    asked = reviewing.question(member, "topic")
    assert asked
    reviewing.answer(asked.post, "topic", label or asked.post.topic or "none", member, asked.sample)
    return asked


def test_half_is_drawn_at_random_and_half_is_what_the_reader_is_unsure_of(
    officer: Member, posts: list[Post]
) -> None:
    first = reviewing.question(officer, "topic")
    assert first == reviewing.question(officer, "topic"), "the same until it is answered"
    asked = [review(officer) for _ in range(4)]
    assert [one.sample for one in asked] == ["random", "uncertain", "random", "uncertain"]
    assert len({one.post.pk for one in asked}) == 4
    assert all(one.post.reading["topic"]["score"] == 0.2 for one in asked if one.sample == "uncertain")
    assert 1 <= len(asked[0].choices) <= 3
    assert "jalan_rusak" in asked[0].choices or "pju" in asked[0].choices


def test_every_fifth_is_a_colleague_s_and_shows_nothing_of_it(
    officer: Member, coordinator: Member, posts: list[Post]
) -> None:
    theirs = {review(coordinator, "pasar").post.pk for _ in range(3)}
    asked = [review(officer) for _ in range(5)]
    assert asked[4].sample == "second"
    assert asked[4].post.pk in theirs
    asked[4].post.refresh_from_db()
    assert asked[4].post.topic == "pasar", "the first word stays"


def test_an_empty_sample_and_a_skipped_one(officer: Member, posts: list[Post]) -> None:
    everything = [post.pk for post in posts]
    asked = reviewing.question(officer, "topic", everything[:-1])
    assert asked
    assert asked.post.pk == everything[-1]
    assert reviewing.question(officer, "topic", everything) is None


def test_an_answer_sets_the_label_and_undo_takes_it_back(officer: Member, posts: list[Post]) -> None:
    asked = reviewing.question(officer, "topic")
    assert asked
    before = asked.post.topic
    reviewing.answer(asked.post, "topic", "none", officer, asked.sample)
    asked.post.refresh_from_db()
    assert asked.post.topic == ""
    assert reviewing.undo(officer, "topic").pk == asked.post.pk
    asked.post.refresh_from_db()
    assert (asked.post.topic, Correction.objects.count()) == (before, 0)
    with pytest.raises(Refusal, match="sepuluh menit"):
        reviewing.undo(officer, "topic")


def test_wrong_heads_labels_and_roles_are_refused(officer: Member, posts: list[Post]) -> None:
    with pytest.raises(Refusal):
        reviewing.answer(posts[0], "topic", "kosmos", officer, "random")
    with pytest.raises(Refusal):
        reviewing.question(officer, "area_code")
    with pytest.raises(NotAllowed):
        reviewing.question(a_member(officer.unit, Role.LEADER), "topic")


def test_an_officer_is_only_asked_about_posts_of_the_own_part(officer: Member, posts: list[Post]) -> None:
    stranger = a_member(a_unit(officer.government, "DLH"), Role.OFFICER)
    assert reviewing.question(stranger, "topic") is None


def test_the_reader_is_measured_by_class_and_language_on_what_was_drawn_at_random(
    officer: Member, coordinator: Member, posts: list[Post]
) -> None:
    for number, post in enumerate(posts[4:8]):
        reviewing.answer(post, "topic", post.topic if number else "pasar", officer, "random")
    reviewing.answer(posts[0], "topic", "pasar", officer, "uncertain")
    for post in posts[4:6]:
        reviewing.answer(post, "topic", "pasar", coordinator, "second")
    found = quality.quality("topic")
    # One is wrong, and on another the two officers are at odds, so that it says nothing.
    assert (found.overall.right, found.overall.of) == (2, 3)
    assert found.overall.low < 2 / 3 < found.overall.high
    assert sum(one.of for one in found.classes) == 3
    assert [(one.label, one.of) for one in found.languages] == [("id", 3)]
    assert (found.unsure.right, found.unsure.of) == (0, 1)
    assert found.compared == 2
    assert found.agreement is not None


def test_languages_are_weighed_by_how_often_they_come(officer: Member, posts: list[Post]) -> None:
    Post.objects.filter(pk=posts[0].pk).update(language="jv")
    for post in posts[:4]:
        post.refresh_from_db()
        right = "pasar" if post.language == "jv" else post.topic or "none"
        reviewing.answer(post, "topic", right, officer, "random")
    overall = quality.quality("topic").overall
    assert (overall.right, overall.of) == (3, 4)
    assert overall.share == pytest.approx(11 / 12)


def test_nothing_reviewed_gives_no_figure(officer: Member) -> None:
    found = quality.quality("topic")
    assert (found.overall.share, found.agreement, found.classes) == (None, None, [])
