"""tanggap web: the web server."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tanggap.config.attach import data_option, database
from tanggap.config.leash import PARENT, follow_parent


@click.command("web", short_help="The web server: console, portal, API, hooks, events.")
@data_option
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, envvar="TANGGAP_PORT")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for every one."
)
def command(data: Path, port: int, host: str) -> None:
    """Serve until Ctrl-C or SIGTERM. Put a proxy with TLS before it and say its address in TANGGAP_URL."""
    follow_parent()
    from tanggap.config.ports import refuse_taken

    refuse_taken(host, port)
    with database(data, quiet=False):
        from tanggap.config import guard

        guard.refuse_unsafe()
        _serve(host, port)


def _serve(host: str, port: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    os.environ[PARENT] = str(os.getpid())  # granian's own workers outlive its kill -9 and would keep the port
    Granian(
        "tanggap.config.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=20,
        respawn_failed_workers=True,
    ).serve()
