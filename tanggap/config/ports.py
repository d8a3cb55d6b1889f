"""Ports of this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import click


def refuse_taken(host: str, port: int) -> None:
    """This will raise where something else listens already: a server that starts blindly would only say so later."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} on {host} cannot be used: {error.strerror}. Nothing was started. "
                "Stop the program that uses it, or choose another with --port."
            ) from error


@contextmanager
def unused_port(host: str, port: int) -> Iterator[None]:
    """This will do the same as one of several conditions of a `with`."""
    refuse_taken(host, port)
    yield


def free() -> int:
    """This will return a port of 127.0.0.1 that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
