"""The product's settings with a data folder of the test run's own; `conftest.py` removes it at the end."""

import os
import tempfile
from pathlib import Path

if "TANGGAP_TEST_DATA" not in os.environ:  # workers inherit it, so they share one folder and one PostgreSQL
    folder = Path(tempfile.mkdtemp(prefix="tanggap-test-"))
    folder.chmod(0o711)  # as root, PostgreSQL runs as another user and must pass through
    os.environ["TANGGAP_TEST_DATA"] = str(folder)
os.environ["TANGGAP_DATA"] = os.environ["TANGGAP_TEST_DATA"]

from tanggap.config.settings import *  # noqa: F403

TANGGAP_DEEP_PER_SECOND = 0  # a budget by the clock would make readings depend on the machine
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one takes 0.2 s a log-in
