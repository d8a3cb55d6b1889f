"""An import whose workers, database and own process are killed again and again: every line is there, once."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from tanggap.simulator.generate import generate
from tests.faults.installation import PATIENCE, Installation, end, wait_until

START = datetime(2026, 11, 2, tzinfo=UTC)


def a_file(folder: Path, lines: int) -> tuple[Path, list[str]]:
    """Writes lines of the city; one in twenty comes twice. Returns the file and the ids in it."""
    said = [line for line, _truth in generate(lines, 7, START, days=5)]
    again = random.Random(7).sample(said, lines // 20)
    file = folder / "kota.ndjson"
    file.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in said + again))
    return file, sorted({line["external_id"] for line in said})


def take_in(installation: Installation, file: Path) -> subprocess.Popen[bytes]:
    return installation.start("import", str(file), "--channel", "kota", "--government", "34.71")


def go_on(installation: Installation, file: Path, most: int = 6) -> int:
    """Gives the same command again until it is through, as its error says; returns how often."""
    for tries in range(1, most + 1):
        process = take_in(installation, file)
        if process.wait(timeout=300) == 0:
            return tries
    raise AssertionError(installation.log.read_text()[-3000:])


def everything_is_there_once(installation: Installation, ids: list[str]) -> None:
    drained = installation.run("work", "--drain")
    assert drained.returncode == 0, drained.stderr
    found = installation.facts()
    assert found["ids"] == ids
    assert set(found["raw"]) == {"digested"}, found["reasons"]
    assert found["cases"] == found["numbers"] > len(ids) // 10
    assert (found["linked_twice"], found["without_post"], found["broken_seals"]) == (0, 0, [])
    assert found["sealed"] > found["cases"]


@pytest.mark.fault(14)
@pytest.mark.fault(16)
@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_a_worker_and_the_database_are_killed_while_a_file_is_read(installation: Installation) -> None:
    file, ids = a_file(installation.data.parent, 2000)
    worker = installation.start("work")
    process = take_in(installation, file)
    wait_until(lambda: installation.number("select count(*) from posts_post") > 0)
    end(worker)
    installation.kill_postgres()
    process.wait(PATIENCE)
    assert go_on(installation, file) <= 3
    everything_is_there_once(installation, ids)


@pytest.mark.fault(14)
@pytest.mark.fault(16)
@pytest.mark.fault(24)
@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_twenty_thousand_lines_while_everything_is_killed_every_second(installation: Installation) -> None:
    file, ids = a_file(installation.data.parent, 20_000)
    dice = random.Random(20)
    workers = [installation.start("work") for _ in range(2)]
    process = take_in(installation, file)
    wait_until(lambda: installation.number("select count(*) from posts_rawitem") > 0)
    kills, database_killed, command_killed = 0, False, False
    until = time.monotonic() + 400
    while process.poll() is None and time.monotonic() < until:
        time.sleep(dice.uniform(0.6, 1.4))
        victim = dice.randrange(2)
        end(workers[victim])
        workers[victim] = installation.start("work")
        kills += 1
        stored = installation.number("select count(*) from posts_post")
        if not command_killed and stored > 2_000:
            command_killed = True
            end(process)
            process = take_in(installation, file)
        if not database_killed and stored > 8_000:
            database_killed = True
            installation.kill_postgres()
            process.wait(PATIENCE)
            process = take_in(installation, file)
    process.wait(PATIENCE)
    assert (database_killed, command_killed) == (True, True), "too quick to be killed: give it more lines"
    assert kills >= 3
    go_on(installation, file)
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
        worker.wait(40)
    everything_is_there_once(installation, ids)


@pytest.mark.fault(26)
@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_an_import_that_is_asked_to_end_says_where_it_is_and_goes_on_from_there(
    installation: Installation,
) -> None:
    file, ids = a_file(installation.data.parent, 12_000)
    process = take_in(installation, file)
    wait_until(lambda: installation.number("select count(*) from posts_rawitem") > 0, pause=0.02)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    assert time.monotonic() - began < 30
    kept = installation.number("select count(*) from posts_rawitem")
    said = installation.log.read_text()
    assert process.returncode in {0, 1}, said
    if process.returncode:
        assert (
            f"Stopped after {kept} of 12600 lines; they are kept. The same command goes on from there."
            in said
        )
    assert go_on(installation, file) == 1
    assert installation.number("select count(*) from posts_rawitem") == 12_600
    everything_is_there_once(installation, ids)
