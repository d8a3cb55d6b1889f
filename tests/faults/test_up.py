"""`tanggap up`: one at a time per folder, brings back what dies, and leaves nothing behind when it ends."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tanggap.config.ports import free
from tests.faults.installation import Installation, answers, wait_until

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


def of_folder(data: Path) -> dict[int, str]:
    """The web and worker processes of a folder: {pid: command line}."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
            alive = (place / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
        except OSError:
            continue
        if alive and str(data) in words and (" web " in words or " work " in words):
            found[int(place.name)] = words
    return found


@pytest.mark.fault(16)
@pytest.mark.fault(26)
def test_up_brings_the_database_and_a_worker_back_refuses_a_second_and_ends_in_order(
    installation: Installation,
) -> None:
    port = free()
    up = installation.start("up", "--port", str(port), "--workers", "1")
    wait_until(lambda: answers(port) or up.poll() is not None)
    assert up.poll() is None, installation.log.read_text()[-2000:]

    second = installation.run("up", "--port", str(free()))
    assert second.returncode == 1
    assert f"in use by another `tanggap up` (process {up.pid})" in second.stderr
    assert answers(port)

    installation.kill_postgres()
    # Ten seconds are promised; as much again for a machine that does other things too.
    assert wait_until(lambda: answers(port), 20) < 20

    workers = [pid for pid, words in of_folder(installation.data).items() if " work " in words]
    assert workers
    os.kill(workers[0], signal.SIGKILL)
    wait_until(
        lambda: {pid for pid, words in of_folder(installation.data).items() if " work " in words} - {*workers}
    )

    began = time.monotonic()
    up.send_signal(signal.SIGTERM)
    assert up.wait(60) == 0, installation.log.read_text()[-2000:]
    assert time.monotonic() - began < 40
    assert not of_folder(installation.data)


@pytest.mark.fault(15)
def test_what_a_killed_up_leaves_behind_ends_by_itself_and_the_next_one_starts(
    installation: Installation,
) -> None:
    port = free()
    for _ in range(2):
        up = installation.start("up", "--port", str(port), "--workers", "1")
        wait_until(lambda: answers(port) or up.poll() is not None)  # noqa: B023
        assert up.poll() is None, installation.log.read_text()[-2000:]
        os.kill(up.pid, signal.SIGKILL)
        up.wait()
        wait_until(lambda: not of_folder(installation.data), 60)
