"""The worker's tasks: one wake-up per step, whoever asks; errors never end it."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
from django.db import connection, models
from procrastinate.contrib.django import app
from procrastinate.periodic import PeriodicDeferrer

from tanggap.config import worker
from tanggap.core import audit, work
from tests.api import asgi_client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_jobs(transactional_db: None) -> None:
    """Django does not empty tables that it does not manage."""
    with connection.cursor() as cursor:
        cursor.execute("truncate procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers")


def _waiting() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select task_name from procrastinate_jobs where status = 'todo' order by id")
        return [name for (name,) in cursor.fetchall()]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A step `counted` that has as many rows due as the list says per call; an empty list means none."""
    batches: list[int] = []

    def run(now: datetime) -> int:
        return batches.pop(0) if batches else 0

    def due(now: datetime) -> models.QuerySet[audit.Entry]:
        return audit.Entry.objects.none()

    monkeypatch.setitem(work.STEPS, "seal", work.Step("seal", run, due, 10, "at"))
    return batches


def test_every_step_is_a_task_with_a_schedule() -> None:
    scheduled = {name for name, _ in app.periodic_registry.periodic_tasks}
    assert {f"step:{name}" for name in work.STEPS} == scheduled
    assert {"digest", "send", "settle", "seal", "forget_raw", "jobs", "fetch"} <= work.STEPS.keys()


@pytest.mark.parametrize(
    ("every", "wanted"),
    [
        (2, "* * * * * */2"),
        (10, "* * * * * */10"),
        (60, "*/1 * * * *"),
        (3600, "0 */1 * * *"),
        (86400, "30 2 * * *"),
    ],
)
def test_schedules(every: int, wanted: str) -> None:
    assert worker.cron(every) == wanted


def test_a_step_waits_once_however_often_it_is_woken() -> None:
    for _ in range(3):
        worker.defer("seal")
    assert _waiting() == ["step:seal"]


@pytest.mark.fault(25)
def test_two_schedulers_defer_once() -> None:
    """Each scheduler would defer the same tasks for the same moment; the database lets only the first through."""

    async def both() -> None:
        connector = worker.PsycopgConnector(kwargs=worker.connector_params("default"), min_size=1, max_size=2)
        with app.replace_connector(connector) as connected:
            async with connected.open_async():
                for _ in range(2):
                    one = PeriodicDeferrer(connected.periodic_registry)
                    await one.defer_jobs(list(one.get_previous_tasks(at=1_795_000_000.0)))

    asgi_client.run(both())
    waiting = _waiting()
    assert len(waiting) == len(set(waiting)) > 3


def test_a_step_works_until_nothing_is_due(counted: list[int]) -> None:
    counted += [500, 500, 20]
    worker.work_off("seal")
    assert counted == []


def test_a_second_batch_calls_other_workers(counted: list[int]) -> None:
    counted += [500]
    worker.work_off("seal")
    assert _waiting() == []
    counted += [500, 500]
    worker.work_off("seal")
    assert _waiting() == ["step:seal"]


def test_a_slice_ends_and_goes_back_into_the_queue(
    counted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SLICE", 0.0)
    counted += [1] * 50
    worker.work_off("seal")
    assert len(counted) == 49
    assert _waiting() == ["step:seal"]


def test_an_error_is_logged_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def run(now: datetime) -> int:
        raise RuntimeError("broken")

    step = work.STEPS["seal"]
    monkeypatch.setitem(work.STEPS, "seal", work.Step("seal", run, step.due, 10, "at"))
    worker.work_off("seal")
    assert "step seal failed" in caplog.text
    assert _waiting() == []


def test_a_wake_up_while_the_step_runs_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, go_on, calls = threading.Event(), threading.Event(), []

    def run(now: datetime) -> int:
        calls.append(threading.current_thread().name)
        inside.set()
        go_on.wait(10)
        return 0

    step = work.STEPS["seal"]
    monkeypatch.setitem(work.STEPS, "seal", work.Step("seal", run, step.due, 10, "at"))

    def first() -> None:
        worker.work_off("seal")
        connection.close()

    thread = threading.Thread(target=first, name="first")
    thread.start()
    inside.wait(10)
    worker.work_off("seal")  # comes while the first runs: returns at once, and is remembered
    assert calls == ["first"]
    go_on.set()
    thread.join(10)
    assert _waiting() == ["step:seal"]


@pytest.mark.fault(26)
def test_a_step_stops_between_batches_when_asked(counted: list[int]) -> None:
    counted += [1, 1, 1]
    work.STOPPING.set()
    try:
        worker.work_off("seal")
    finally:
        work.STOPPING.clear()
    assert counted == [1, 1, 1]
    assert _waiting() == []


def test_jobs_of_dead_workers_are_cleared() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_jobs (queue_name, task_name, args, status) "
            "values ('seal', 'step:seal', '{}', 'doing')"
        )
    work.run("leftovers")
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs")
        assert cursor.fetchone()[0] == 0
