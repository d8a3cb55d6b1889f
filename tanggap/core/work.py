"""Step: work that waits as rows in a state. Job: long work with progress, cancel and resume.

The rows are the queue; procrastinate's worker is the only runner. A step's task claims due rows in batches until
none is left. New rows wake it (NOTIFY), a schedule wakes it anyway. Every step is safe to run twice.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils import timezone

from tanggap.core import audit, live
from tanggap.core.state import Flow, Lost

log = logging.getLogger(__name__)
_M = TypeVar("_M", bound=models.Model)

BACKOFF = (10, 60, 300, 900, 3600, 4 * 3600)
"""Seconds before try 2, 3, …; the last value repeats."""


@dataclass(frozen=True)
class Step:
    """A named kind of waiting work.

    `run(now)` works off one batch and returns how many rows it dealt with; 0 means nothing is due. `due(now)` is
    the query of what waits, for the status page. `every` is the schedule in seconds.
    """

    name: str
    run: Callable[[datetime], int]
    due: Callable[[datetime], models.QuerySet[Any]]
    every: int
    oldest: str


STEPS: dict[str, Step] = {}
STOPPING = threading.Event()
"""Set when this process was asked to end: long work stops at its next safe place."""


def step(
    name: str, *, due: Callable[[datetime], models.QuerySet[Any]], every: int = 10, oldest: str
) -> Callable[[Callable[[datetime], int]], Callable[[datetime], int]]:
    """This will register a function as a step; `oldest` names the column that tells since when a row waits."""

    def register(run: Callable[[datetime], int]) -> Callable[[datetime], int]:
        if name in STEPS:
            raise ValueError(f"Two steps are called {name}.")
        STEPS[name] = Step(name, run, due, every, oldest)
        return run

    return register


def run(name: str, *, limit: int | None = None) -> int:
    """This will work a step off until nothing is due (or `limit` batches are done); returns the rows."""
    done, batches = 0, 0
    while limit is None or batches < limit:
        worked = STEPS[name].run(timezone.now())
        if not worked:
            break
        done, batches = done + worked, batches + 1
    return done


def drain() -> dict[str, int]:
    """This will run every step until none has anything due; returns rows by step."""
    total = dict.fromkeys(STEPS, 0)
    while True:
        round_ = {name: run(name) for name in STEPS}
        for name, rows in round_.items():
            total[name] += rows
        if not any(round_.values()):
            return total


def claim(rows: models.QuerySet[_M], most: int) -> list[_M]:
    """This will lock up to `most` rows that nobody else works on; call it inside a transaction."""
    return list(rows.select_for_update(skip_locked=True, of=("self",))[:most])


def next_try(now: datetime, attempts: int, retry_after: float | None = None) -> datetime:
    """This will return when a failed row may be tried again.

    `retry_after` (seconds) is honoured between 1 second and 6 hours: an absurd value from outside must not
    stop a queue for years.
    """
    if retry_after is not None and retry_after >= 0:
        return now + timedelta(seconds=min(max(retry_after, 1), 6 * 3600))
    return now + timedelta(seconds=BACKOFF[min(attempts, len(BACKOFF)) - 1 if attempts else 0])


class JobState(models.TextChoices):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(models.Model):
    """Long work that a person started: progress in numbers, cancel, resume after a crash.

    Its handler is a generator: it reads `job.cursor` to begin where it stopped, does one piece in a
    transaction of its own, updates the job in that same transaction with `advance`, and yields.
    """

    government_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.WAITING)
    cursor = models.JSONField(default=dict)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    failed = models.BigIntegerField(default=0)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    started_by = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    cancel_asked = models.BooleanField(default=False)

    flow = Flow(
        "state",
        JobState.WAITING,
        {
            JobState.WAITING: {JobState.RUNNING, JobState.CANCELLED},
            JobState.RUNNING: {JobState.WAITING, JobState.DONE, JobState.FAILED, JobState.CANCELLED},
            JobState.FAILED: {JobState.WAITING},
            JobState.CANCELLED: {JobState.WAITING},
            JobState.DONE: set(),
        },
    )

    class Meta:
        indexes = [models.Index(fields=["state", "lease_until"], name="job_due")]

    def advance(self, *, done: int, cursor: dict[str, Any], failed: int = 0) -> None:
        """This will note progress; call it in the transaction of the piece that was done."""
        self.done, self.failed, self.cursor = self.done + done, self.failed + failed, cursor
        self.lease_until = timezone.now() + LEASE
        fields = ["done", "failed", "cursor", "total", "lease_until", "result"]
        self.save(update_fields=fields)
        if self.government_id is not None:
            live.tell(self.government_id, "job", [self.pk])

    def cancel(self, by: audit.Actor) -> None:
        """This will stop the job after its current piece; what is done stays done."""
        with transaction.atomic():
            audit.record("job.cancel", self, by)
            if self.state == JobState.WAITING:
                self.flow.move(self, JobState.CANCELLED, ended_at=timezone.now())
            else:
                self.cancel_asked = True
                self.save(update_fields=["cancel_asked"])

    def resume(self, by: audit.Actor) -> None:
        """This will go on from the last piece after a failure or a cancel."""
        with transaction.atomic():
            audit.record("job.resume", self, by)
            self.flow.move(self, JobState.WAITING, cancel_asked=False, error="", ended_at=None)
            live.wake("jobs")


class Later(Exception):
    """Raised by a job's handler: the outside world asks for a pause; the job goes on at `at` where it stopped."""

    def __init__(self, at: datetime, why: str) -> None:
        super().__init__(why)
        self.at = at


LEASE = timedelta(seconds=60)
Handler = Callable[[Job], Iterator[None]]
_handlers: dict[str, Handler] = {}


def job(kind: str) -> Callable[[Handler], Handler]:
    """This will register the generator that does jobs of this kind."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def start(kind: str, title: str, by: audit.Actor, *, government_id: int | None, **params: Any) -> Job:
    """This will put a job into the queue and return it; ValueError for an unknown kind."""
    if kind not in _handlers:
        raise ValueError(f"No handler for jobs of kind {kind}.")
    with transaction.atomic():
        row = Job.objects.create(
            kind=kind, title=title, params=params, government_id=government_id,
            started_by=by.audit_name, created_at=timezone.now(),
        )  # fmt: skip
        audit.record("job.start", row, by, kind=kind)
        live.wake("jobs")
    return row


def _due_jobs(now: datetime) -> models.QuerySet[Job]:
    stale = models.Q(state=JobState.RUNNING, lease_until__lt=now)
    return Job.objects.filter(models.Q(state=JobState.WAITING) | stale).order_by("id")


@step("jobs", due=_due_jobs, every=10, oldest="created_at")
def work_on_jobs(now: datetime) -> int:
    """This will take one waiting job (or one whose worker died) and run it to its end."""
    with transaction.atomic():
        claimed = claim(_due_jobs(now), 1)
        if not claimed:
            return 0
        one = claimed[0]
        one.state, one.lease_until, one.begun_at = JobState.RUNNING, now + LEASE, one.begun_at or now
        one.error = ""
        one.save(update_fields=["state", "lease_until", "begun_at", "error"])
    run_job(one)
    return 1


def run_job(one: Job) -> None:
    """This will run a claimed job here and now, piece by piece, until done, cancelled or failed."""
    try:
        with _closing(_handlers[one.kind](one)) as pieces:
            for _ in pieces:
                if Job.objects.filter(pk=one.pk, cancel_asked=True).exists():
                    _end(one, JobState.CANCELLED)
                    return
                if STOPPING.is_set():
                    Job.flow.move(one, JobState.WAITING, result=one.result)
                    return
        _end(one, JobState.DONE)
    except Later as error:
        # It stays running until its lease ends: then it is due again, as if its worker had died.
        Job.objects.filter(pk=one.pk, state=JobState.RUNNING).update(
            lease_until=error.at, error=str(error)[:2000], failed=one.failed
        )
    except Exception as error:
        log.exception("job %s (%s) failed", one.pk, one.kind)
        _end(one, JobState.FAILED, error=f"{type(error).__name__}: {error}"[:2000])


def _end(one: Job, state: str, **changes: Any) -> None:
    try:
        Job.flow.move(one, state, ended_at=timezone.now(), result=one.result, **changes)
    except Lost:
        log.warning("job %s was ended by another worker", one.pk)
    if one.government_id is not None:
        live.tell(one.government_id, "job", [one.pk])


@contextmanager
def _closing(pieces: Iterator[None]) -> Iterator[Iterator[None]]:
    try:
        yield pieces
    finally:
        getattr(pieces, "close", lambda: None)()
