"""The worker: every step of core.work as a procrastinate task with a schedule, woken at once by NOTIFY.

The rows are the queue. A procrastinate job is only a wake-up: one waits per step (queueing lock), a lost one is
repeated by the schedule, and an error inside a step is logged and met again by the schedule.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import psycopg
from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection, transaction
from django.utils import timezone
from procrastinate import App
from procrastinate.contrib.django import app as current_app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.psycopg_connector import PsycopgConnector
from psycopg import sql

from tanggap.config import steps
from tanggap.core import live, work

log = logging.getLogger(__name__)

SLICE = 2.0
"""Seconds that a step may hold a slot before it goes back into the queue, so that sending never waits for reading."""
CONCURRENCY = 3
GRACE = 25.0
"""Seconds that running steps get to end after SIGTERM; after GRACE + 3 the process ends as it is."""
_COALESCE = 0.05


def on_app_ready(app: App) -> None:
    """This will register the tasks once Django's apps are loaded."""
    steps.load()
    for step in work.STEPS.values():
        _register(app, step)


def _register(app: App, step: work.Step) -> None:
    def task(timestamp: int | None = None) -> None:
        work_off(step.name)

    name = f"step:{step.name}"
    registered = app.task(name=name, queue=step.name, queueing_lock=name)(task)
    app.periodic(cron=cron(step.every))(registered)


def cron(every: int) -> str:
    """This will return the schedule for "every so many seconds"; the sixth field is seconds."""
    if every < 60:
        return f"* * * * * */{every}"
    if every < 3600:
        return f"*/{every // 60} * * * *"
    if every < 24 * 3600:
        return f"0 */{every // 3600} * * *"
    return "30 2 * * *"


# -- working -------------------------------------------------------------------------------------------------
_mutex = threading.Lock()
_active: set[str] = set()
_again: set[str] = set()


def work_off(name: str) -> None:
    """This will work a step off for a slice of time, and put it back into the queue where more is due.

    In one process a step runs once at a time (Python would not be faster); other processes take their share,
    because a second batch defers the step for them.
    """
    with _mutex:
        if name in _active:
            _again.add(name)
            return
        _active.add(name)
    more = False
    try:
        more = _slice(name)
    except Exception:
        log.exception(
            "step %s failed; what it had claimed is free again and the schedule tries it again", name
        )
    finally:
        with _mutex:
            _active.discard(name)
            more = more or name in _again
            _again.discard(name)
    if more and not work.STOPPING.is_set():
        defer(name)


def _slice(name: str) -> bool:
    until, batches = time.monotonic() + SLICE, 0
    while not work.STOPPING.is_set():
        if not work.STEPS[name].run(timezone.now()):
            return False
        batches += 1
        if batches == 2:
            defer(name)
        if time.monotonic() > until:
            return True
    return False


def defer(name: str) -> None:
    """This will queue a step unless it already waits."""
    with connection.cursor() as cursor:
        # Asking first keeps PostgreSQL's log free of one "duplicate key" per wake-up.
        cursor.execute(
            "select 1 from procrastinate_jobs where queueing_lock = %s and status = 'todo'", [f"step:{name}"]
        )
        if cursor.fetchone():
            return
    deferring = current_app.with_connector(DjangoConnector())
    with suppress(AlreadyEnqueued), transaction.atomic():
        deferring.configure_task(f"step:{name}", queue=name, queueing_lock=f"step:{name}").defer()


# -- the process ---------------------------------------------------------------------------------------------
def run(names: Iterable[str] = (), streams: Callable[[threading.Event], None] | None = None) -> None:
    """This will work until SIGTERM or SIGINT: these steps, or all; `streams` runs in a thread of its own.

    It outlives a restart of the database, and ends at most 30 s after it was asked to.
    """
    chosen = sorted(names) or None
    listening = threading.Thread(target=_streaming, args=(streams,), name="streams") if streams else None
    if listening:
        listening.start()
    try:
        asyncio.run(_work(chosen))
    finally:
        work.STOPPING.set()
        if listening:
            listening.join(timeout=GRACE)


def streams() -> Callable[[threading.Event], None]:
    """This will return what keeps the live connections of channels open."""
    from tanggap.posts.taking_in import run_streams

    return run_streams


def _streaming(streams: Callable[[threading.Event], None]) -> None:
    wait = 1.0
    while not work.STOPPING.is_set():
        try:
            streams(work.STOPPING)
            wait = 1.0
        except Exception:
            log.exception(
                "the live streams broke off; fetching goes on and they are opened again in %.0f s", wait
            )
            wait = min(wait * 2, 60)
        close_old_connections()
        work.STOPPING.wait(wait)


async def _work(names: list[str] | None) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(CONCURRENCY + 2, thread_name_prefix="step"))
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, stopping)
    wait = 1.0
    while not stopping.is_set():
        began = time.monotonic()
        try:
            await _until(stopping, _worker(names))
        except (ConnectorException, psycopg.Error, OSError) as error:
            log.warning("the worker lost the database and tries again: %s", error)
        if not stopping.is_set():
            wait = 1.0 if time.monotonic() - began > 30 else min(wait * 2, 8.0)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), wait)


def _stop(stopping: asyncio.Event) -> None:
    work.STOPPING.set()
    stopping.set()
    last = threading.Timer(GRACE + 3, _give_up)
    last.daemon = True
    last.start()


def _give_up() -> None:
    log.warning("a step did not end in time; its rows are taken up again by the next worker")
    os._exit(1)


async def _until(stopping: asyncio.Event, main: asyncio.Task[None]) -> None:
    """This will run `main` until it ends or until stopping; errors of `main` are raised."""
    told = asyncio.create_task(stopping.wait())
    await asyncio.wait({main, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if not main.done():
        main.cancel()
    with suppress(asyncio.CancelledError):
        await main


def _worker(names: list[str] | None) -> asyncio.Task[None]:
    return asyncio.create_task(_worker_and_listener(names))


async def _worker_and_listener(names: list[str] | None) -> None:
    _schedule_only(names)
    params = connector_params("default")
    connector = PsycopgConnector(kwargs=params, min_size=1, max_size=4, timeout=10)
    with current_app.replace_connector(connector) as app:
        async with app.open_async():
            listener = asyncio.create_task(_listen(params, frozenset(names or work.STEPS)))
            try:
                await app.run_worker_async(
                    queues=names or sorted(work.STEPS),
                    name=f"worker-{os.getpid()}",
                    concurrency=CONCURRENCY,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=GRACE,
                )
            finally:
                listener.cancel()
                with suppress(asyncio.CancelledError, psycopg.Error):
                    await listener


def _schedule_only(names: list[str] | None) -> None:
    """A worker for some steps leaves the schedule of the others to those that work on them."""
    scheduled = current_app.periodic_registry.periodic_tasks
    for key in [key for key in scheduled if names and key[0].removeprefix("step:") not in names]:
        del scheduled[key]


async def _listen(params: dict[str, Any], names: frozenset[str]) -> None:
    """This will defer steps that are woken; many wake-ups within 50 ms are one. It listens again after a cut."""
    waiting: set[str] = set()
    running: set[asyncio.Task[None]] = set()
    while True:
        with suppress(psycopg.Error):
            async for name in _heard(params):
                if name in names and name not in waiting:
                    waiting.add(name)
                    task = asyncio.create_task(_defer_soon(name, waiting))
                    running.add(task)
                    task.add_done_callback(running.discard)
        await asyncio.sleep(1)


async def _heard(params: dict[str, Any]) -> AsyncIterator[str]:
    async with await psycopg.AsyncConnection.connect(**params, autocommit=True) as connected:
        await connected.execute(sql.SQL("listen {}").format(sql.Identifier(live.WAKE)))
        async for note in connected.notifies():
            yield note.payload


async def _defer_soon(name: str, waiting: set[str]) -> None:
    await asyncio.sleep(_COALESCE)
    waiting.discard(name)
    try:
        await sync_to_async(_defer_in_thread, thread_sensitive=False)(name)
    except Exception as error:
        log.warning("a wake-up of %s was lost, the schedule repeats it: %s", name, error)


def _defer_in_thread(name: str) -> None:
    close_old_connections()
    defer(name)
