"""Keeps one live stream per channel open, in threads of the worker; of several workers one holds each stream."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Iterator

from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from tanggap.channels import connect
from tanggap.channels.connector import Ability, ConnectorError, NeedsLogin, all_connectors
from tanggap.channels.models import Channel, Health
from tanggap.core import live
from tanggap.posts.models import RawItem

log = logging.getLogger(__name__)
LOOK_SECONDS = 10.0
_LONGEST_WAIT = 60.0
_LAST_WORDS = 3.0
_STREAMED = (Health.OK, Health.LATE, Health.FAILING)


def run_streams(stop: threading.Event) -> None:
    """This will open a stream for every channel that has one, follow what is connected and paused, until `stop`."""
    running: dict[int, tuple[threading.Thread, threading.Event]] = {}
    try:
        while not stop.is_set():
            wanted = _wanted()
            for pk, (thread, end) in list(running.items()):
                if pk not in wanted:
                    end.set()
                if not thread.is_alive():
                    del running[pk]
            for pk in wanted - running.keys():
                end = threading.Event()
                # A daemon: a line that is silent may take its idle time to notice that it should end.
                thread = threading.Thread(target=_stream, args=(pk, end), name=f"stream-{pk}", daemon=True)
                running[pk] = (thread, end)
                thread.start()
            stop.wait(LOOK_SECONDS)
    finally:
        for _, end in running.values():
            end.set()
        for thread, _ in running.values():
            thread.join(_LAST_WORDS / len(running))
        connection.close()


def _wanted() -> set[int]:
    platforms = [name for name, one in all_connectors().items() if Ability.STREAM in one.abilities]
    rows = Channel._base_manager.filter(platform__in=platforms, closed_at__isnull=True, health__in=_STREAMED)
    return set(rows.values_list("pk", flat=True))


def _stream(pk: int, end: threading.Event) -> None:
    """Holds one channel's stream while this process holds its lock; another process takes over when it dies."""
    close_old_connections()
    try:
        with connection.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(hashtext('tanggap.stream'), %s::int)", [pk])
            if not cursor.fetchone()[0]:
                return
        _hold(pk, end)
    except Exception:
        log.exception("the stream of channel %s ended and is opened again", pk)
    finally:
        connection.close()  # and with it the lock


def _hold(pk: int, end: threading.Event) -> None:
    wait = 1.0
    while not end.is_set():
        channel = Channel._base_manager.select_related("app").get(pk=pk)
        try:
            for number, body in enumerate(_bodies(channel)):
                wait = 1.0
                if body:
                    _keep(channel, body)
                elif number == 0:
                    _catch_up(channel)
                if end.is_set():
                    return
        except NeedsLogin as error:
            connect.needs_login(channel, str(error))
            return
        except ConnectorError as error:
            log.info("the stream of channel %s broke off: %s", channel.key, error)
        end.wait(wait * random.uniform(0.8, 1.2))
        wait = min(wait * 2, _LONGEST_WAIT)


def _bodies(channel: Channel) -> Iterator[bytes]:
    return connect.instance(channel).stream()


def _keep(channel: Channel, body: bytes) -> None:
    with transaction.atomic():
        RawItem.objects.create(received_at=timezone.now(), source="stream", channel=channel, body=body)
        live.wake("digest")


def _catch_up(channel: Channel) -> None:
    """Has the channel fetched now that the line stands: what was said while it did not is in no stream."""
    with transaction.atomic():
        Channel._base_manager.filter(pk=channel.pk).update(fetch_due_at=timezone.now())
        live.wake("fetch")
