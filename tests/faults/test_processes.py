"""Processes are killed while they work: nothing that was accepted is lost, nothing is done twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tanggap.core import postgres
from tanggap.simulator.generate import generate

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]
POSTS = 4000


@pytest.fixture(scope="module")
def posts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from datetime import UTC, datetime

    file = tmp_path_factory.mktemp("posts") / "posts.ndjson"
    with file.open("w", encoding="utf-8") as out:
        for line, _ in generate(POSTS, 7, datetime(2026, 11, 20, tzinfo=UTC)):
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    return file


class Place:
    """A data folder of its own, its commands and its database."""

    def __init__(self, data: Path, url: str) -> None:
        self.data, self.url = data, url
        self.begun: list[subprocess.Popen[bytes]] = []

    def begin(self, *words: str) -> subprocess.Popen[bytes]:
        log = (self.data / f"test-{len(self.begun)}.log").open("ab")
        command = [sys.executable, "-m", "tanggap.config.cli", *words, "--data", str(self.data)]
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
        }
        self.begun.append(subprocess.Popen(command, stdout=log, stderr=log, env=environment))
        return self.begun[-1]

    def do(self, *words: str) -> None:
        assert self.begin(*words).wait(180) == 0, self.said()

    def said(self) -> str:
        return (self.data / f"test-{len(self.begun) - 1}.log").read_text()[-3000:]

    def ask(self, query: str) -> Any:
        with psycopg.connect(self.url) as connection:
            row = connection.execute(query).fetchone()  # type: ignore[call-overload]
            assert row is not None
            return row[0]

    def until(self, true: Callable[[], bool], seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if true():
                    return
            except psycopg.Error:
                pass
            time.sleep(0.05)
        pytest.fail(f"did not happen within {seconds} s; the last program said: {self.said()}")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    tmp_path.chmod(0o711)
    data = tmp_path / "data"
    with postgres.running(data) as server:
        here = Place(data, server.url)
        here.do("government", "load", "34.71")
        yield here
        for one in here.begun:
            if one.poll() is None:
                one.kill()
                one.wait()


def _all_there(place: Place) -> None:
    assert place.ask("select count(*) from posts_post") == POSTS
    assert place.ask("select count(distinct (platform, external_id)) from posts_post") == POSTS
    assert place.ask("select count(*) from posts_post where model = ''") == 0
    assert place.ask("select count(*) from posts_rawitem where state <> 'digested'") == 0
    assert place.ask("select count(*) - count(distinct number) from cases_case") == 0
    assert place.ask("select count(*) - count(distinct post_id) from cases_casepost") == 0


@pytest.mark.fault(14)
@pytest.mark.fault(5)
def test_killing_importer_and_worker_in_the_middle_loses_and_doubles_nothing(
    place: Place, posts: Path
) -> None:
    importer = place.begin("import", str(posts), "--channel", "uji")
    place.until(lambda: place.ask("select count(*) from posts_rawitem") > 0)
    importer.send_signal(signal.SIGKILL)
    importer.wait()
    # The lease of the killed importer ends after a minute; here it is over now.
    with psycopg.connect(place.url) as connection:
        connection.execute(
            "update core_job set lease_until = now() - interval '1 second' where state = 'running'"
        )
    worker = place.begin("work")
    place.until(lambda: place.ask("select count(*) from posts_post") > 0)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert place.ask("select count(*) from posts_post") <= POSTS
    place.do("work", "--drain")
    _all_there(place)
    place.do("import", str(posts), "--channel", "uji")
    _all_there(place)


@pytest.mark.fault(26)
def test_sigterm_ends_an_import_at_a_safe_place_and_the_same_command_goes_on(
    place: Place, posts: Path
) -> None:
    importer = place.begin("import", str(posts), "--channel", "uji")
    place.until(lambda: place.ask("select count(*) from posts_rawitem") > 0)
    asked = time.monotonic()
    importer.send_signal(signal.SIGTERM)
    importer.wait(30)
    assert time.monotonic() - asked < 30
    if place.ask("select state from core_job") != "done":
        assert "goes on from there" in place.said()
    place.do("import", str(posts), "--channel", "uji")
    _all_there(place)
    assert place.ask("select count(*) from core_job") <= 2


@pytest.mark.fault(26)
def test_a_worker_ends_within_thirty_seconds_of_sigterm(place: Place, posts: Path) -> None:
    worker = place.begin("work")
    place.until(lambda: place.ask("select count(*) from procrastinate_workers") == 1)
    asked = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0, place.said()
    assert time.monotonic() - asked < 10


@pytest.mark.fault(16)
def test_a_worker_outlives_a_database_that_is_killed(place: Place, posts: Path) -> None:
    worker = place.begin("work")
    place.until(lambda: place.ask("select count(*) from procrastinate_workers") == 1)
    server = postgres.revive(place.data)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    place.until(lambda: not postgres.Server(place.url, cluster=server.cluster).alive())
    postgres.revive(place.data)
    back = time.monotonic()
    place.do("import", str(posts), "--channel", "uji")
    place.until(lambda: place.ask("select count(*) from posts_post where search is null") == 0)
    assert worker.poll() is None
    assert time.monotonic() - back < 120
    _all_there(place)


@pytest.mark.fault(27)
def test_a_migration_that_was_cut_off_is_applied_by_the_next_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    tmp_path.chmod(0o711)
    with postgres.running(tmp_path / "data") as server:
        here = Place(tmp_path / "data", server.url)
        first = here.begin("migrate")
        here.until(lambda: here.ask("select count(*) from django_migrations") > 3)
        first.send_signal(signal.SIGKILL)
        first.wait()
        here.do("status")
        here.do("migrate")
        assert "up to date" in here.said()


@pytest.mark.fault(25)
def test_a_second_up_is_refused_by_name(place: Place) -> None:
    with postgres.claimed(place.data, "up"):
        second = place.begin("up", "--port", "18999")
        assert second.wait(30) == 1
        assert "in use by another `tanggap up`" in place.said()
