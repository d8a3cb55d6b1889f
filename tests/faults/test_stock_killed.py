"""Reading all posts again while its worker is killed -9: every post is read, and nothing else came of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.faults.installation import ROOT, Installation, end, wait_until
from tests.faults.test_import_killed import a_file, take_in

READ_AGAIN = "select count(*) from posts_post where topic <> 'belum'"


@pytest.mark.fault(14)
@pytest.mark.chaos
@pytest.mark.timeout(400)
def test_a_worker_is_killed_while_all_posts_are_read_again(installation: Installation) -> None:
    file, _ids = a_file(installation.data.parent, 3000)
    assert take_in(installation, file).wait(timeout=200) == 0
    digest = installation.start("work")
    wait_until(
        lambda: installation.number("select count(*) from posts_rawitem where state <> 'digested'") == 0
    )
    end(digest)
    labels = "select external_id, topic, sentiment, model from posts_post order by external_id"
    before, cases = installation.rows(labels), installation.number("select count(*) from cases_case")
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.stock", str(installation.data)],
        env=installation._environment({}), cwd=ROOT, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    posts = len(before)
    kills = 0
    worker = installation.start("work")
    while installation.number("select count(*) from core_job where state in ('waiting', 'running')"):
        seen = installation.number(READ_AGAIN)
        if kills < 2 and posts // 4 * (kills + 1) <= seen < posts:
            end(worker)
            kills += 1
            # The lease of a dead worker ends after a minute; the test does not wait for it.
            installation.rows("update core_job set lease_until = now() returning 1")
            worker = installation.start("work")
    assert kills >= 1, "too quick to be killed: give it more lines"
    assert installation.rows("select state, done, total from core_job where kind = 'read_stock'") == [
        ("done", posts, posts)
    ]
    assert installation.rows(labels) == before
    assert installation.number("select count(*) from cases_case") == cases
