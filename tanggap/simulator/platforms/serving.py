"""Puts simulated platforms on a port of this machine, and lets them deliver their hooks.

One server carries several platforms, each under its own path (/<platform>/…); /<platform>/_kota/… is how the city
and the benches tell it what its citizens do.
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
from typing import Any, Self

import httpx
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Request, Response

from tanggap.simulator.platforms.base import AnswerLost, Hooked, Simulated

_TRIES = 8
_LONGEST_WAIT = 20.0


class Town:
    """Several simulated platforms on one port, as a context: `address` is there inside it.

    `hooks` names, by platform, the whole address that its deliveries go to; deliveries are tried again until a 2xx.
    """

    def __init__(
        self, platforms: Iterable[Simulated], *, port: int = 0, hooks: Mapping[str, str] | None = None,
        latency: float = 0.0,
    ) -> None:  # fmt: skip
        self.platforms = {one.platform: one for one in platforms}
        self._hooks, self._latency = dict(hooks or {}), latency
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
        serve = threading.Thread(target=self._server.serve_forever, name="town", daemon=True)
        posts = [
            threading.Thread(target=self._deliver, args=(name, url), name=f"hooks-{name}", daemon=True)
            for name, url in self._hooks.items()
        ]
        self._threads = [serve, *posts]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._server.shutdown()
        for thread in self._threads:
            thread.join(5)
        self._server.server_close()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if self._latency:
            time.sleep(self._latency)
        name, _, rest = environ.get("PATH_INFO", "/").lstrip("/").partition("/")
        if name == "_kota":
            return _json(self.state())(environ, start_response)
        platform = self.platforms.get(name)
        if platform is None:
            return Response("no such platform", 404)(environ, start_response)
        if rest.startswith("_kota/"):
            return self._told(platform, rest.removeprefix("_kota/"), Request(environ))(
                environ, start_response
            )
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = f"/{name}", f"/{rest}"
        try:
            return platform(environ, start_response)
        except AnswerLost:
            cut(environ)
            return []

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
                    self._end.wait(0.05)
                    continue
                waiting = deque(one for one in waiting if one[0] > now)
                for _, tries, hooked in due:
                    if _accepted(client, url + hooked.path, hooked):
                        self.delivered += 1
                    elif tries + 1 >= _TRIES:
                        self.undelivered += 1
                    else:
                        waiting.append((now + min(2.0**tries, _LONGEST_WAIT), tries + 1, hooked))


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
