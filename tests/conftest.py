"""A PostgreSQL for the tests that ask for one: the product's own, with fsync off, shared by all workers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    from django.conf import settings

    from tanggap.config.database import database
    from tanggap.core.postgres import running

    with running(Path(os.environ["TANGGAP_TEST_DATA"]), durable=False) as server:
        settings.DATABASES["default"].update(database(server.url))
        yield


def pytest_unconfigure(config: pytest.Config) -> None:
    data = os.environ.get("TANGGAP_TEST_DATA")
    if data and not hasattr(config, "workerinput"):
        shutil.rmtree((Path(data) / "postgres").resolve(), ignore_errors=True)
        shutil.rmtree(data, ignore_errors=True)
