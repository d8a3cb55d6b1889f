"""Keeps the processes of one installation running: starts them, starts a crashed one again, ends them all."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tanggap.config.leash import PARENT

_LOG_BYTES = 20_000_000
_LONGEST_WAIT = 30.0
_CALM = 60.0
"""Seconds after which a process counts as healthy, so that its next crash is answered at once."""
_END_SECONDS = 32.0
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One process. `argv` is asked for at every start; `again` is false for one that ends when its work is done."""

    name: str
    argv: Callable[[], Sequence[str]]
    again: bool = True
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    crashes: int = 0
    due: float = 0.0

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """The children of `tanggap up`: one log file each below `logs`, a short line to the terminal for what happens."""

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self.logs, self.say = logs, say
        self.children: list[Child] = []
        self.stopping = False

    def start(self, child: Child) -> Child:
        """This will start a process and look after it from now on."""
        self.children.append(child)
        self._launch(child)
        return child

    def look(self) -> None:
        """This will start again what ended and should not have; call it every half second or so."""
        now = time.monotonic()
        for child in self.children:
            if self.stopping or child.running():
                continue
            if child.process is not None:
                self._note_end(child, child.process.returncode, now)
            if child.again and child.due <= now:
                self._launch(child)

    def end(self) -> None:
        """This will ask all to end, wait as long as a worker may take, and kill what is left."""
        self.stopping = True
        alive = [child for child in self.children if child.running()]
        for child in alive:
            self._signal(child, signal.SIGTERM)
        until = time.monotonic() + _END_SECONDS
        for child in alive:
            assert child.process is not None
            try:
                child.process.wait(max(until - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                self.say(
                    f"{child.name} did not end in time and was killed; what it had not finished is taken up again"
                )
                child.process.kill()
                child.process.wait()

    def _launch(self, child: Child) -> None:
        environment = {**os.environ, PARENT: str(os.getpid()), **child.environment}
        with _log(self.logs / f"{child.name}.log").open("ab") as out:
            # preexec_fn: the hook is one system call and takes no lock, so threads of this process do not matter.
            child.process = subprocess.Popen(
                list(child.argv()), stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )  # fmt: skip
        child.started = time.monotonic()

    def _note_end(self, child: Child, code: int, now: float) -> None:
        child.process = None
        if not child.again:
            return
        if code == 0:
            child.crashes, child.due = 0, now
            return
        child.crashes = 1 if now - child.started > _CALM else child.crashes + 1
        wait = 0.0 if child.crashes == 1 else min(2.0 ** (child.crashes - 2), _LONGEST_WAIT)
        child.due = now + wait
        later = f" in {wait:.0f} s" if wait else ""
        self.say(
            f"{child.name} ended ({_reason(code)}) and is started again{later}; see {self.logs / child.name}.log"
        )

    @staticmethod
    def _signal(child: Child, number: int) -> None:
        assert child.process is not None
        try:
            child.process.send_signal(number)
        except ProcessLookupError:
            pass


def command(*words: str) -> Callable[[], list[str]]:
    """This will return the command line of one of our own commands, run by this Python."""
    return lambda: [sys.executable, "-m", "tanggap.config.cli", *words]


def _end_with_parent() -> None:
    """Linux ends the child when this process dies, also by kill -9."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _log(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path


def _reason(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
