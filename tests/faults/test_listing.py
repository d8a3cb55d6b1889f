from __future__ import annotations

import subprocess
import sys

from tests.faults.listing import ROOT


def test_the_page_of_faults_is_in_step_with_the_tests_and_names_known_cases() -> None:
    # In a process of its own: in a long one, Python 3.11's parser now and then fails with "AST constructor recursion
    # depth mismatch" (github.com/python/cpython/issues/106905).
    check = [sys.executable, "-m", "tests.faults.listing", "--check"]
    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
