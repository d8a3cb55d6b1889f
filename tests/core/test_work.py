from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from tanggap.core import work
from tanggap.core.audit import System
from tests.city import NOW

pytestmark = pytest.mark.django_db
ME = System("test")
pieces_done: list[int] = []


@work.job("test_count")
def count_up(job: work.Job) -> Iterator[None]:
    """Does numbers from the cursor to the total, a transaction each; breaks once at `breaks_at`."""
    job.total = job.params["total"]
    for number in range(job.cursor.get("at", 0), job.params["total"]):
        if number == job.params.get("breaks_at") and not job.cursor.get("broken"):
            job.cursor["broken"] = True
            job.save(update_fields=["cursor"])
            raise OSError("the disk is full")
        with transaction.atomic():
            pieces_done.append(number)
            job.advance(done=1, cursor={**job.cursor, "at": number + 1})
        if number == job.params.get("cancel_at"):
            job.cancel(ME)
        yield


@pytest.fixture(autouse=True)
def fresh() -> None:
    pieces_done.clear()


def test_a_job_runs_to_its_end_and_says_how_far_it_is() -> None:
    job = work.start("test_count", "count", ME, government_id=None, total=3)
    assert work.run("jobs") == 1
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 3, 3)


@pytest.mark.fault(14)
def test_a_job_that_fails_keeps_what_is_done_and_resumes_there() -> None:
    job = work.start("test_count", "count", ME, government_id=None, total=4, breaks_at=2)
    work.run("jobs")
    job.refresh_from_db()
    assert job.state == "failed"
    assert "the disk is full" in job.error
    job.resume(ME)
    work.run("jobs")
    job.refresh_from_db()
    assert job.state == "done"
    assert pieces_done == [0, 1, 2, 3]


def test_a_cancelled_job_stops_after_its_piece_and_resumes() -> None:
    job = work.start("test_count", "count", ME, government_id=None, total=4, cancel_at=1)
    work.run("jobs")
    job.refresh_from_db()
    assert (job.state, job.done) == ("cancelled", 2)
    job.resume(ME)
    work.run("jobs")
    assert pieces_done == [0, 1, 2, 3]


@pytest.mark.fault(14)
def test_a_job_whose_worker_died_is_taken_up_again() -> None:
    job = work.start("test_count", "count", ME, government_id=None, total=2)
    work.Job.objects.filter(pk=job.pk).update(
        state="running", lease_until=NOW - timedelta(days=1), cursor={"at": 1}
    )
    work.run("jobs")
    assert pieces_done == [1]


def test_an_unknown_kind_of_job_is_refused() -> None:
    with pytest.raises(ValueError, match="No handler"):
        work.start("nobody", "x", ME, government_id=None)


@pytest.mark.fault(30)
@pytest.mark.parametrize(
    ("attempts", "retry_after", "seconds"),
    [
        (1, None, 10),
        (2, None, 60),
        (9, None, 4 * 3600),
        (1, 7, 7),
        (1, 10 * 365 * 86400, 6 * 3600),
        (3, -5, 300),
        (1, 0, 1),
    ],
)
def test_the_next_try_honours_a_sane_wait_and_bounds_an_absurd_one(
    attempts: int, retry_after: float | None, seconds: int
) -> None:
    assert work.next_try(NOW, attempts, retry_after) == NOW + timedelta(seconds=seconds)
