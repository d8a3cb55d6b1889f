"""The one port: which path goes where, the life of the process, and what /healthz says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from django.db import connections

from tanggap.config.dispatch import Application
from tests.api import asgi_client
from tests.api.asgi_client import Got, call

pytestmark = pytest.mark.django_db(transaction=True)


def run(work: Callable[[Application], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        return await work(Application())

    return asgi_client.run(main())


def get(path: str) -> Got:
    async def work(app: Application) -> Got:
        return await call(app, "GET", path, headers={"host": "127.0.0.1"})

    got: Got = run(work)
    return got


@pytest.mark.parametrize(
    ("path", "status", "part"),
    [
        ("/healthz", 200, b'"ok"'),
        ("/hooks/tidak-ada", 404, b"unknown_app"),
        ("/events", 401, b"login"),
        ("/akun/masuk/", 200, b"<html"),
        ("/healthz/x", 404, b""),
    ],
)
def test_each_path_has_its_handler(path: str, status: int, part: bytes) -> None:
    got = get(path)
    assert got.status == status
    assert part in got.body


def test_health_without_a_database_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections["default"].settings_dict, "PORT", "9")
    monkeypatch.setitem(connections["default"].settings_dict, "HOST", "127.0.0.1")
    got = get("/healthz")
    assert (got.status, got.json()) == (503, {"status": "database_unreachable"})


def test_the_process_starts_and_ends_as_the_server_asks() -> None:
    async def work(app: Application) -> list[str]:
        asked = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
        said: list[str] = []

        async def receive() -> dict[str, str]:
            return next(asked)

        async def send(message: Any) -> None:
            said.append(message["type"])

        await app({"type": "lifespan"}, receive, send)
        return said

    assert run(work) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
