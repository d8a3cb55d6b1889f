"""Gives a command its database: found or started, reachable through Django, migrated."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click


def data_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """This will add --data, as an absolute path, to a command."""
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path, resolve_path=True),
        envvar="TANGGAP_DATA",
        default="data",
        show_default="./data, or TANGGAP_DATA",
        help="The folder that holds the database, stored files, keys and logs.",
    )(command)


def folder() -> Path:
    """This will return the data folder that this process last worked with."""
    return _folders[-1] if _folders else Path(os.environ.get("TANGGAP_DATA", "data")).resolve()


_folders: list[Path] = []


@contextmanager
def database(data: Path, *, migrated: bool = True, quiet: bool = True) -> Iterator[Any]:
    """This will find or start the folder's PostgreSQL, set Django up on it and bring the tables up to date.

    Yields core.postgres.Server. `quiet` keeps log lines below warnings off standard error (TANGGAP_LOG wins).
    PostgresError where there is no usable database.
    """
    from tanggap.core import postgres

    _folders[:] = [data]
    with postgres.running(data) as server, _environment(data, server.url, quiet):
        import django

        django.setup()
        from django.db import connections

        from tanggap.config import migrating

        try:
            if migrated:
                with migrating.as_owner(server.owner_url):
                    migrating.bring_up_to_date()
            yield server
        finally:
            connections.close_all()


@contextmanager
def _environment(data: Path, url: str, quiet: bool) -> Iterator[None]:
    """Settings are read from the environment when Django is set up; children read the same."""
    wanted = {
        "TANGGAP_DATA": str(data),
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tanggap.config.settings",
    }
    if quiet and "TANGGAP_LOG" not in os.environ:
        wanted["TANGGAP_LOG"] = "WARNING"
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
