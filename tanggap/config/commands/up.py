"""tanggap up: everything in one process group."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tanggap.config.attach import data_option, database
from tanggap.config.supervisor import Child, Supervisor
from tanggap.config.supervisor import command as own

if TYPE_CHECKING:
    from tanggap.config.demo import Demo
    from tanggap.core.postgres import Server

_LOOK = 0.5
_START_SECONDS = 90.0


@click.command(
    "up", short_help="Everything at once: database, web server, workers; with --demo a city to try it on."
)
@data_option
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, envvar="TANGGAP_PORT")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for every one."
)
@click.option(
    "--workers", type=click.IntRange(1, 64), help="How many worker processes; by the number of cores."
)
@click.option(
    "--demo",
    "demo_wanted",
    is_flag=True,
    help="A fictional city with accounts, and citizens on simulated platforms.",
)
@click.option(
    "--check", "check_wanted", is_flag=True, help="Run a simulated day through everything, judge it, and end."
)
@click.option(
    "--posts",
    type=click.IntRange(20, 5000),
    default=200,
    show_default=True,
    help="With --check: how many posts.",
)
@click.option("--rate", type=click.FloatRange(0.1, 600), default=12.0, show_default=True,
              help="With --demo: posts a minute, on average.")  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another city day.")
def command(
    data: Path, port: int, host: str, workers: int | None, demo_wanted: bool, check_wanted: bool, posts: int,
    rate: float, seed: int,
) -> None:  # fmt: skip
    """Run Tanggap until Ctrl-C: PostgreSQL, the web server, the workers. What crashes is started again."""
    from tanggap.config.ports import unused_port
    from tanggap.core import postgres

    demo_wanted = demo_wanted or check_wanted
    if demo_wanted:
        os.environ["TANGGAP_DEMO"] = "1"
    os.environ.setdefault("TANGGAP_URL", f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}")  # noqa: S104
    with postgres.claimed(data, "up"), unused_port(host, port), database(data) as server:
        from tanggap.config import guard

        guard.refuse_unsafe()
        run = _Up(data, server, host, port, workers or _worker_count())
        raise SystemExit(run.go(seed=seed, rate=rate, posts=posts, demo=demo_wanted, check=check_wanted))


def _worker_count() -> int:
    return (
        min(max((os.cpu_count() or 1) // 2, 1), 6)
        if (os.cpu_count() or 1) > 4
        else min(os.cpu_count() or 1, 2)
    )


class _Up:
    """One run of `tanggap up`."""

    def __init__(self, data: Path, server: Server, host: str, port: int, workers: int) -> None:
        self.server = server
        self.data, self.host, self.port, self.workers = data, host, port, workers
        self.asked = threading.Event()
        self.supervisor = Supervisor(data / "log", _say)
        self.demo: Demo | None = None

    def go(self, *, seed: int, rate: float, posts: int, demo: bool, check: bool) -> int:
        """This will run until asked to stop (or until the check is done) and return the exit status."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.asked.set())
        try:
            if demo:
                self._start_demo()
            self._start_own()
            if self.asked.is_set():
                return 0
            if check:
                return self._rehearse(posts, seed)
            self._announce()
            if self.demo:
                self.demo.let_citizens_speak(self.supervisor, seed, rate)
            while not self.asked.wait(_LOOK):
                self._look()
            _say("ending …")
            return 0
        finally:
            self.supervisor.end()
            _say("ended; everything is kept in " + str(self.data))

    @property
    def _address(self) -> str:
        return os.environ["TANGGAP_URL"]

    def _start_own(self) -> None:
        web = self.supervisor.start(
            Child("web", own("web", "--host", self.host, "--port", str(self.port), "--data", str(self.data)))
        )
        for number in range(1, self.workers + 1):
            self.supervisor.start(Child(f"worker-{number}", own("work", "--data", str(self.data))))
        self._wait_for_web(web)

    def _wait_for_web(self, web: Child) -> None:
        from urllib.error import URLError
        from urllib.request import urlopen

        until = time.monotonic() + _START_SECONDS
        local = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104
        while not self.asked.wait(0.1):
            try:
                with urlopen(f"http://{local}:{self.port}/healthz", timeout=3):
                    return
            except (URLError, OSError):
                self._look()
            if time.monotonic() > until or web.crashes > 3:
                raise click.ClickException(
                    f"The web server does not come up. What is stored is kept. See {self.supervisor.logs / 'web.log'}."
                )

    def _start_demo(self) -> None:
        from tanggap.config.demo import Demo

        self.demo = Demo(self.data)
        self.demo.start_platforms(self.supervisor, self._address)
        self.demo.prepare()

    def _announce(self) -> None:
        click.echo(f"Tanggap runs at {self._address}   (Ctrl-C ends it; logs in {self.supervisor.logs})")
        if self.demo:
            for line in self.demo.lines():
                click.echo(line)

    def _look(self) -> None:
        """A PostgreSQL that was killed comes back at the same address, and its log gives back what was committed."""
        self.supervisor.look()
        if not self.server.alive():
            from tanggap.core import postgres

            _say("PostgreSQL ended and is started again")
            self.server = postgres.revive(self.data)

    def _rehearse(self, posts: int, seed: int) -> int:
        from tanggap.config.rehearsal import Rehearsal

        assert self.demo is not None
        rehearsal = Rehearsal(self.demo, self.supervisor, posts=posts, seed=seed)
        table = rehearsal.go(self._look, self.asked)
        for line in table.lines():
            click.echo(line)
        return 0 if table.good else 1


def _say(text: str) -> None:
    click.echo(f"{time.strftime('%H:%M:%S')} {text}", err=True)
