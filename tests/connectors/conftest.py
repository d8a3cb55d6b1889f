"""A Mastodon server for the tests: the PyPI package mastodon-mock, an independent stateful stand-in."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from mastodon_mock.testing.server import MockServer

from tanggap.channels.connector import Account
from tanggap.channels.connectors.mastodon import Mastodon


@pytest.fixture(scope="session")
def _server() -> Iterator[MockServer]:
    with MockServer(shutdown_timeout=0.5) as server:
        yield server


@pytest.fixture
def server(_server: MockServer) -> MockServer:
    """The server, emptied: accounts alice, bob and carol."""
    httpx.post(f"{_server.base_url}/api/v1/_mock/reset").raise_for_status()
    httpx.delete(f"{_server.base_url}/api/v1/_mock/faults").raise_for_status()
    return _server


@pytest.fixture
def official(server: MockServer) -> Mastodon:
    """The connector of the official account, which is bob's."""
    return connected(server)


def connected(server: MockServer, token: str = "bob_token") -> Mastodon:
    return Mastodon(Account(api_base=server.base_url, token=token, trusted_base=True))
