"""Puts simulated platforms on a port of this machine, and lets them deliver their hooks.

One server carries several platforms, each under its own path (/<platform>/…); /<platform>/_kota/… is how the city
and the benches tell it what its citizens do. /<platform>/ is a page for people, see wall.py.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import httpx
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Request, Response

from tanggap.simulator.platforms import keeping, wall
from tanggap.simulator.platforms.base import AnswerLost, Hooked, Simulated

_TRIES = 8
_LONGEST_WAIT = 20.0
_CHORES_SECONDS = 60.0


class Town:
    """Several simulated platforms on one port, as a context: `address` is there inside it.

    `hooks` names, by platform, the whole address that its deliveries go to; deliveries are tried again until a 2xx.
    `most` is how many pieces each platform keeps (0: all), `folder` where they outlive the process.
    """

    def __init__(
        self, platforms: Iterable[Simulated], *, port: int = 0, hooks: Mapping[str, str] | None = None,
        latency: float = 0.0, most: int = 0, folder: Path | None = None,
    ) -> None:  # fmt: skip
        self.platforms = {one.platform: one for one in platforms}
        self._hooks, self._latency = dict(hooks or {}), latency
        self._most, self._folder = most, folder
        self._stir = {name: threading.Event() for name in self._hooks}
        self._server = ThreadedWSGIServer("127.0.0.1", port, self, handler=_Quiet)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.port}"
        self._end = threading.Event()
        self._threads: list[threading.Thread] = []
        self.delivered = self.undelivered = 0

    def base(self, platform: str) -> str:
        """This will return the address that an App's `api_base` names for a platform."""
        return f"{self.address}/{platform}"

    def state(self) -> dict[str, dict[str, Any]]:
        """This will return, by platform, all that is needed to connect its first account."""
        return {
            name: {
                "api_base": self.base(name), "id": one.official.id, "handle": one.official.handle,
                "name": one.official.name, "settings": one.settings(), "secrets": one.secrets(),
                "signing": one.secret, "verify_token": one.verify_token, "client_id": one.client_id,
                "client_secret": one.client_secret, "hooks": one.has_hooks, "kinds": list(one.kinds),
            }
            for name, one in self.platforms.items()
        }  # fmt: skip

    def __enter__(self) -> Self:
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for one in self.platforms.values():
                keeping.restore(one, self._folder)
        for name, url in self._hooks.items():
            self.platforms[name].told_to(url)
        serve = threading.Thread(target=self._server.serve_forever, name="town", daemon=True)
        posts = [
            threading.Thread(target=self._deliver, args=(name, url), name=f"hooks-{name}", daemon=True)
            for name, url in self._hooks.items()
        ]
        chores = threading.Thread(target=self._look_after, name="chores", daemon=True)
        self._threads = [serve, chores, *posts]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for stir in self._stir.values():
            stir.set()
        self._server.shutdown()
        for thread in self._threads:
            thread.join(5)
        self._server.server_close()
        self._keep()

    def _look_after(self) -> None:
        while not self._end.wait(_CHORES_SECONDS):
            for one in self.platforms.values() if self._most else ():
                keeping.prune(one, self._most)
            self._keep()

    def _keep(self) -> None:
        for one in self.platforms.values() if self._folder else ():
            assert self._folder is not None
            keeping.save(one, self._folder)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if self._latency:
            time.sleep(self._latency)
        name, slash, rest = environ.get("PATH_INFO", "/").lstrip("/").partition("/")
        platform = self.platforms.get(name)
        if name in {"", "_kota"} or platform is None:
            return self._of_the_town(name, rest, Request(environ))(environ, start_response)
        if not rest and environ["REQUEST_METHOD"] == "GET":
            found = Response(
                wall.page(platform, list(self.platforms)), content_type="text/html; charset=utf-8"
            )
            # Its links are relative to a folder.
            there = found if slash else Response(status=308, headers={"Location": f"/{name}/"})
            return there(environ, start_response)
        if rest.startswith("_kota/"):
            told = self._told(platform, rest.removeprefix("_kota/"), Request(environ))
            self._stirred(name)
            return told(environ, start_response)
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = f"/{name}", f"/{rest}"
        try:
            return platform(environ, start_response)
        except AnswerLost:
            cut(environ)
            return []
        finally:
            self._stirred(name)

    def _stirred(self, name: str) -> None:
        """A call may have left something to deliver."""
        if name in self._stir:
            self._stir[name].set()

    def _of_the_town(self, name: str, deed: str, request: Request) -> Response:
        if not name:
            return Response(wall.front(self.platforms), content_type="text/html; charset=utf-8")
        if name != "_kota":
            return Response("no such platform", 404)
        if deed != "answers":
            return _json(self.state())
        since = float((request.get_json(silent=True) or {}).get("since", 0.0))
        return _json(
            {
                name: [asdict(answer) for answer in one.answers() if answer.at > since]
                for name, one in self.platforms.items()
            }
        )

    def _told(self, platform: Simulated, deed: str, request: Request) -> Response:
        given = request.get_json(silent=True) or {}
        if deed == "pieces":
            with platform.lock:
                found: Any = [asdict(one) for one in platform.pieces.values()]
        elif deed == "faults":
            for name, value in given.items():
                setattr(platform.faults, name, value)
            found = asdict(platform.faults)
        elif deed in {"say", "edit", "delete"}:
            found = asdict(getattr(platform, deed)(**given))
        elif deed == "repeat":
            with platform.lock:
                platform.emit("create", platform.pieces[given["key"]])
                found = asdict(platform.pieces[given["key"]])
        elif deed in {"expire", "revoke", "restore"}:
            found = {"token": getattr(platform, deed)()}
        elif deed == "waiting":
            found = {
                "hooks": len(platform.hooks),
                "delivered": self.delivered,
                "undelivered": self.undelivered,
            }
        else:
            return Response("unknown deed", 404)
        return _json(found)

    def _deliver(self, name: str, url: str) -> None:
        waiting: deque[tuple[float, int, Hooked]] = deque()
        with httpx.Client(timeout=10, trust_env=False) as client:
            while not self._end.is_set():
                now = time.monotonic()
                waiting.extend((now, 0, one) for one in self.platforms[name].deliveries())
                due = [one for one in waiting if one[0] <= now]
                if not due:
                    self._stir[name].wait(0.5 if waiting else 1.0)
                    self._stir[name].clear()
                    continue
                waiting = deque(one for one in waiting if one[0] > now)
                for _, tries, hooked in due:
                    if _accepted(client, url + hooked.path, hooked):
                        self.delivered += 1
                    elif tries + 1 >= _TRIES:
                        self.undelivered += 1
                    else:
                        waiting.append((now + min(2.0**tries, _LONGEST_WAIT), tries + 1, hooked))
        with self.platforms[name].lock:
            self.platforms[name].hooks[:0] = [hooked for _, _, hooked in waiting]


def _json(value: Any) -> Response:
    return Response(json.dumps(value), content_type="application/json")


def _accepted(client: httpx.Client, url: str, hooked: Hooked) -> bool:
    try:
        answer = client.post(url, content=hooked.body, headers=dict(hooked.headers))
    except httpx.HTTPError:
        return False
    return answer.is_success


def cut(environ: Mapping[str, Any]) -> None:
    """This will end a request's connection without an answer."""
    line = environ.get("werkzeug.socket")
    if isinstance(line, socket.socket):
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  its base names it so
        """Says nothing: what was asked is counted by the platforms themselves."""
