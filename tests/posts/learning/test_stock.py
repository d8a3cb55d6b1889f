"""Reading the stock again: what officers said stays, nothing else happens, and a job that stopped goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tanggap.agencies.models import Member, NotAllowed, Notice
from tanggap.cases.models import Case
from tanggap.core import work
from tanggap.core.refusal import Refusal
from tanggap.posts import desk
from tanggap.posts.learning import stock
from tanggap.posts.models import Post
from tests.city import a_case
from tests.posts.learning.conftest import ORDINARY

pytestmark = pytest.mark.django_db
UNREAD = {"topic": "parkir", "intent": "", "urgency": "", "sentiment": "", "reading": {}, "model": "lama-0"}


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock, "PIECE", 4)


def everything() -> list[tuple[object, ...]]:
    return list(Post.objects.order_by("pk").values_list(*stock.READ, "desk", "triage", "units", "search"))


def test_every_post_is_read_again_once_and_nothing_else_happens(
    coordinator: Member, officer: Member, read_posts: Callable[[list[str]], list[Post]]
) -> None:
    posts = read_posts(ORDINARY[::6][:9])
    wanted = everything()
    case = a_case(posts[0], coordinator, coordinator.unit)
    before = Case.objects.values().get()
    notices = Notice.objects.count()
    Post.objects.update(**UNREAD)
    with pytest.raises(NotAllowed):
        stock.read_again(officer)
    job = stock.read_again(coordinator)
    with pytest.raises(Refusal, match="sedang berjalan"):
        stock.read_again(coordinator)
    work.run("jobs")
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.result) == ("done", 9, 9, {"changed": 9})
    assert [row[: len(stock.READ)] for row in everything()] == [row[: len(stock.READ)] for row in wanted]
    assert (Case.objects.values().get(), Notice.objects.count()) == (before, notices)
    assert case.pk == before["id"]

    again = stock.read_again(coordinator)
    work.run("jobs")
    again.refresh_from_db()
    assert (again.done, again.result) == (9, {"changed": 0})


def test_what_an_officer_said_of_a_label_stays(
    coordinator: Member, officer: Member, read_posts: Callable[[list[str]], list[Post]]
) -> None:
    wrong, none, right = read_posts(ORDINARY[::6][:3])
    desk.correct(wrong, "topic", "pasar", officer)
    desk.correct(wrong, "topic", "parkir", officer)
    desk.correct(none, "topic", "", officer)
    desk.correct(right, "area_code", "99.71.01.1001", officer)
    Post.objects.update(sentiment="", model="lama-0")
    stock.read_again(coordinator)
    work.run("jobs")
    for post in (wrong, none, right):
        post.refresh_from_db()
    assert (wrong.topic, none.topic, right.area_code) == ("parkir", "", "99.71.01.1001")
    assert wrong.reading["topic"]["label"] == "jalan_rusak"
    assert wrong.sentiment


def test_a_job_that_is_paused_goes_on_where_it_was(
    coordinator: Member, read_posts: Callable[[list[str]], list[Post]]
) -> None:
    read_posts(ORDINARY[::6][:9])
    Post.objects.update(**UNREAD)
    job = stock.read_again(coordinator)
    pieces = stock.run_reading_again(job)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    work.Job.flow.move(job, "running")
    job.cancel(coordinator)
    work.run_job(work.Job.objects.get(pk=job.pk))
    job.refresh_from_db()
    assert (job.state, job.done) == ("cancelled", 8)
    assert Post.objects.filter(model="lama-0").count() == 1
    job.resume(coordinator)
    work.run("jobs")
    job.refresh_from_db()
    assert (job.state, job.done, job.result["changed"]) == ("done", 9, 9)


def test_another_reader_in_use_meanwhile_begins_from_the_start(
    coordinator: Member, read_posts: Callable[[list[str]], list[Post]]
) -> None:
    read_posts(ORDINARY[::6][:9])
    Post.objects.update(**UNREAD)
    job = stock.read_again(coordinator)
    job.cursor = {"after": Post.objects.order_by("pk")[7].pk, "model": "lain-1", "last": 10**9}
    job.done = 8
    job.save()
    work.run("jobs")
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", 9)
    assert not Post.objects.filter(model="lama-0").exists()


def test_posts_that_come_meanwhile_are_left_to_the_digest(
    coordinator: Member, read_posts: Callable[[list[str]], list[Post]]
) -> None:
    read_posts(ORDINARY[::6][:5])
    job = stock.read_again(coordinator)
    pieces = stock.run_reading_again(job)
    next(pieces)
    (late,) = read_posts(ORDINARY[1:2])
    Post.objects.filter(pk=late.pk).update(model="baru-9")
    list(pieces)
    assert (job.done, job.total) == (5, 5)
    late.refresh_from_db()
    assert late.model == "baru-9"
