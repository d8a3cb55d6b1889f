"""What tests may ask for: a PostgreSQL of our own, with fsync off and shared by all workers; and a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    from django.conf import settings

    from tanggap.config.database import database
    from tanggap.core.postgres import running

    with running(Path(os.environ["TANGGAP_TEST_DATA"]), durable=False) as server:
        settings.DATABASES["default"].update(database(server.owner_url))
        yield


@pytest.fixture(scope="session", autouse=True)
def all_steps() -> None:
    """This will register every step and job, as a worker has them."""
    from tanggap.config import steps

    steps.load()


@pytest.fixture(autouse=True)
def indonesian() -> Iterator[None]:
    """This will begin every test in Indonesian, whatever language the one before it left behind."""
    from django.utils import translation

    with translation.override("id"):
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """This will give a Chromium; mark tests that use it with `browser`."""
    from playwright.sync_api import Error, sync_playwright

    installed = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    # Playwright's own loop runs in this thread; Django would refuse its database here.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        try:
            # Chromium's sandbox refuses to run as root.
            chromium = playwright.chromium.launch(
                executable_path=installed, args=["--no-sandbox"] if os.geteuid() == 0 else []
            )
        except Error as error:
            missing = (
                f"NO BROWSER, so this was not tested: install Chromium ({error.message.splitlines()[0]})"
            )
            if os.environ.get("CI") == "true":
                pytest.fail(missing)
            pytest.skip(missing)
        yield chromium
        chromium.close()


def pytest_unconfigure(config: pytest.Config) -> None:
    data = os.environ.get("TANGGAP_TEST_DATA")
    if data and not hasattr(config, "workerinput"):
        shutil.rmtree((Path(data) / "postgres").resolve(), ignore_errors=True)
        shutil.rmtree(data, ignore_errors=True)
