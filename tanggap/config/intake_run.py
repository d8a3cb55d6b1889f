"""Runs an import here and now, with a progress bar: the same job that a worker would run, claimed by this process."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tanggap.channels.models import Channel
from tanggap.core import audit, work
from tanggap.core.work import Job, JobState
from tanggap.posts import importing
from tanggap.posts.models import RawItem, RawState

OPERATOR = audit.System("operator")
_LOOK = 0.3
_WAITING = (
    "Another process works on this import, or died over it: waiting for it, a dead one for a minute at most."
)


@dataclass(frozen=True)
class Outcome:
    """How an import ended; `waiting` deliveries are stored and not read yet."""

    job: Job
    waiting: int

    @property
    def whole(self) -> bool:
        return self.job.state == JobState.DONE and not self.job.failed

    def lines(self) -> Iterator[str]:
        job = self.job
        good = job.done - job.failed
        if job.state == JobState.DONE:
            yield f"{good} of {job.done} lines were taken in."
        elif job.state == JobState.WAITING:
            yield f"Stopped after {job.done} of {job.total} lines; they are kept. The same command goes on from there."
        else:
            yield f"The import ended ({job.state}) after {job.done} lines; they are kept. {job.error}"
            yield "The same command goes on from there."
        if job.failed:
            yield f"{job.failed} lines could not be read; they stand with the reason in {job.result['rejected_file']}"
        if self.waiting:
            yield f"{self.waiting} deliveries wait to be read: a worker does that (tanggap work)."


def import_file(kept: Path, name: str, channel: Channel, form: str) -> Outcome:
    """This will import a file that lies in the data folder and read what came in; goes on with one cut off before."""
    job = _unfinished(kept, channel) or importing.start(OPERATOR, kept, name, channel, form)
    with _stoppable():
        job = _run(job)
        waiting = RawItem.objects.filter(channel=channel, state=RawState.RECEIVED)
        if job.state == JobState.DONE:
            _digest(waiting)
        return Outcome(job, waiting.count())


def _unfinished(kept: Path, channel: Channel) -> Job | None:
    same = Job.objects.filter(kind="import", params__file=str(kept), params__channel=channel.pk)
    return same.exclude(state=JobState.DONE).order_by("-id").first()


def _run(job: Job) -> Job:
    """Claims the job and runs it; where a worker has it, watches. The lease of a dead one ends after a minute."""
    told = False
    with _progress("Storing", lambda: (job.done, job.total)):
        while job.state != JobState.DONE and not work.STOPPING.is_set():
            if _claim(job):
                work.run_job(job)
                break
            if not told:
                told = True
                click.echo(_WAITING, err=True)
            work.STOPPING.wait(_LOOK)
            job.refresh_from_db()
    job.refresh_from_db()
    return job


def _claim(job: Job) -> bool:
    now = timezone.now()
    with transaction.atomic():
        stale = Q(state=JobState.RUNNING, lease_until__lt=now)
        idle = Q(state__in=[JobState.WAITING, JobState.FAILED, JobState.CANCELLED])
        claimed = Job.objects.filter(stale | idle, pk=job.pk).update(
            state=JobState.RUNNING, lease_until=now + work.LEASE, begun_at=job.begun_at or now, cancel_asked=False,
            error="", ended_at=None,
        )  # fmt: skip
    if claimed:
        job.refresh_from_db()
    return bool(claimed)


def _digest(waiting: Any) -> None:
    total = waiting.count()
    read = 0
    with _progress("Reading", lambda: (read, total)):
        while not work.STOPPING.is_set() and work.run("digest", limit=1):
            read = total - waiting.count()


# -- what is seen --------------------------------------------------------------------------------------------
@contextmanager
def _progress(label: str, look: Callable[[], tuple[int, int | None]]) -> Iterator[None]:
    """A bar on standard error where somebody looks; nothing is written into files and pipes."""
    ended = threading.Event()
    stream = sys.stderr

    def draw() -> None:
        while not ended.wait(_LOOK):
            done, total = look()
            if total:
                full = int(30 * min(done / total, 1))
                stream.write(f"\r{label} [{'#' * full}{'.' * (30 - full)}] {done}/{total} ")
                stream.flush()

    if not stream.isatty():
        yield
        return
    thread = threading.Thread(target=draw, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        stream.write("\r\033[K")


@contextmanager
def _stoppable() -> Iterator[None]:
    """Ctrl-C and SIGTERM end the job after the piece at hand."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: work.STOPPING.set())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        work.STOPPING.clear()
