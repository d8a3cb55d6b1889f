"""Children are started again when they crash, and none is left behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tanggap.config.supervisor import Child, Supervisor

SLEEPS = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"


def _child(program: str, name: str = "child", **options: bool) -> Child:
    return Child(name, lambda: [sys.executable, "-c", program], **options)


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_killed_child_comes_back_and_all_end_together(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(tmp_path, said.append)
    child = supervisor.start(_child(SLEEPS))
    assert child.process is not None
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    child.process.wait()
    supervisor.look()
    assert child.running()
    assert child.process.pid != first
    assert "child ended (signal SIGKILL) and is started again" in said[0]
    supervisor.end()
    assert not child.running()


def test_a_child_that_crashes_again_and_again_is_given_time(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, lambda _: None)
    child = supervisor.start(_child("import sys; sys.exit(3)"))
    waits = []
    while child.crashes < 4:
        _until(lambda: not child.running())
        supervisor.look()
        waits.append(child.due - time.monotonic())
        child.due = 0.0 if child.crashes < 4 else child.due
        supervisor.look()
    assert waits[-1] > waits[0]
    assert child.due > time.monotonic() + 2
    assert not child.running()
    supervisor.look()
    assert child.process is None


def test_a_child_whose_work_is_done_stays_ended(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, lambda _: None)
    child = supervisor.start(_child("print('done')", again=False))
    _until(lambda: not child.running())
    supervisor.look()
    supervisor.look()
    assert not child.running()
    assert (tmp_path / "child.log").read_text() == "done\n"


def test_a_child_that_will_not_end_is_killed(tmp_path: Path) -> None:
    import tanggap.config.supervisor as module

    said: list[str] = []
    supervisor = Supervisor(tmp_path, said.append)
    child = supervisor.start(_child(DEAF))
    _until(lambda: "ready" in (tmp_path / "child.log").read_text())
    before, module._END_SECONDS = module._END_SECONDS, 0.2
    try:
        supervisor.end()
    finally:
        module._END_SECONDS = before
    assert not child.running()
    assert "was killed" in said[0]


def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """kill -9 of `tanggap up` must leave no stray worker on the data folder."""
    program = (
        "import sys, time; from pathlib import Path; from tanggap.config.supervisor import Child, Supervisor\n"
        f"s = Supervisor(Path({str(tmp_path)!r}), print)\n"
        f"c = s.start(Child('child', lambda: [sys.executable, '-c', {SLEEPS!r}]))\n"
        "print(c.process.pid, flush=True); time.sleep(60)"
    )
    import subprocess

    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    _until(lambda: not _alive(pid))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False
