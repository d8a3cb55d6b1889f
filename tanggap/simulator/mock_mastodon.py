"""Starts the mastodon-mock server (PyPI, extra `demo`) with the citizens of the city and the official account.

It stands in for a Mastodon server in demos and tests: stateful, with streaming and fault injection, without federation.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from tanggap.simulator.city import OFFICIAL_HANDLE, Citizen
from tanggap.simulator.mastodon import token_of

CONFIG_FILE: Final = "mastodon-mock.toml"
STATE_FILE: Final = "mastodon-mock.json"
LOG_FILE: Final = "mastodon-mock.log"
_HOST: Final = "127.0.0.1"


class MockError(RuntimeError):
    """The mock server did not start; the text ends with the tail of its log."""


def write_config(folder: Path, port: int, people: Sequence[Citizen]) -> Path:
    """Writes configuration and state file of the server into `folder` (made if missing), for the owner's eyes only.

    The state file names address, official account with token, and the citizens' tokens. Returns the configuration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    accounts = [(OFFICIAL_HANDLE, "Pemerintah Kota Tirtakencana"), *((p.handle, p.name) for p in people)]
    lines = [
        f"[database]\npath = {json.dumps(str(folder / 'mastodon-mock.sqlite'))}",
        f'[server]\nhost = "{_HOST}"\nport = {port}',
        "[auth]\nenforce_scopes = true",
    ]
    for handle, name in accounts:
        lines.append(
            f'[[seed.accounts]]\nusername = "{handle}"\ndisplay_name = {json.dumps(name, ensure_ascii=False)}\n'
            f'access_token = "{token_of(handle)}"\nemail = "{handle}@warga.example"'
        )
    state = {
        "address": f"http://{_HOST}:{port}",
        "official": {"handle": OFFICIAL_HANDLE, "token": token_of(OFFICIAL_HANDLE)},
        "citizens": {person.handle: token_of(person.handle) for person in people},
    }
    _write_private(folder / STATE_FILE, json.dumps(state, ensure_ascii=False, indent=1) + "\n")
    _write_private(folder / CONFIG_FILE, "\n\n".join(lines) + "\n")
    return folder / CONFIG_FILE


def command(config: Path, port: int) -> list[str]:
    """The command line of the server. The domain is given so that status addresses name the port that answers."""
    serve = [
        "serve",
        "--host",
        _HOST,
        "--port",
        str(port),
        "--domain",
        f"{_HOST}:{port}",
        "--log-level",
        "warning",
    ]
    return [sys.executable, "-m", "mastodon_mock", *serve, "--config", str(config)]


def wait_until_up(base: str, seconds: float = 60.0) -> bool:
    """Waits until the server answers; False when it does not within `seconds`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if httpx.get(f"{base}/api/v2/instance", timeout=2).is_success:
                return True
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    return False


class MockMastodon:
    """The server as a child process: started on entering, ended in order on leaving.

    `folder` keeps its data, so a second start goes on where the first ended. Raises MockError when it does not come up.
    """

    def __init__(self, folder: Path, port: int, people: Sequence[Citizen], *, patience: float = 60.0) -> None:
        self.address = f"http://{_HOST}:{port}"
        self.folder, self._port, self._people, self._patience = folder, port, people, patience
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        # Another server on the port would answer our question whether ours is up.
        if _taken(self._port):
            raise MockError(f"mastodon-mock did not come up: port {self._port} of {_HOST} is taken")
        config = write_config(self.folder, self._port, self._people)
        with (self.folder / LOG_FILE).open("ab") as log:
            self._process = subprocess.Popen(
                command(config, self._port), stdout=log, stderr=log, cwd=self.folder
            )
        if not self._up():
            self.stop()
            tail = (self.folder / LOG_FILE).read_text(encoding="utf-8", errors="replace")[-1500:]
            raise MockError(f"mastodon-mock did not come up at {self.address}\n{tail}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Asks the server to end and waits; ends it by force after ten seconds."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _up(self) -> bool:
        """Waits in short spells, so that a server that died at once (port taken) is noticed at once."""
        until = time.monotonic() + self._patience
        while time.monotonic() < until and self._process is not None and self._process.poll() is None:
            if wait_until_up(self.address, 0.5):
                return True
        return False


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((_HOST, port)) == 0


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600, exist_ok=True)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")
