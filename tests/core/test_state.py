from __future__ import annotations

import pytest

from tanggap.core.state import Flow, ForbiddenMove, Lost
from tanggap.core.work import Job, JobState
from tests.city import NOW


def test_a_flow_refuses_undeclared_and_unreachable_states() -> None:
    with pytest.raises(ValueError, match="undeclared"):
        Flow("state", "a", {"a": {"b"}})
    with pytest.raises(ValueError, match="never reached"):
        Flow("state", "a", {"a": set(), "b": {"a"}})


@pytest.mark.django_db
def test_of_two_who_move_the_same_row_one_loses() -> None:
    row = Job.objects.create(kind="x", title="x", started_by="t", created_at=NOW)
    stale = Job.objects.get(pk=row.pk)
    Job.flow.move(row, JobState.RUNNING, done=3)
    assert (row.state, row.done) == (JobState.RUNNING, 3)
    with pytest.raises(Lost):
        Job.flow.move(stale, JobState.CANCELLED)
    row.refresh_from_db()
    assert row.state == JobState.RUNNING


@pytest.mark.django_db
def test_a_move_that_is_not_declared_is_refused() -> None:
    row = Job.objects.create(kind="x", title="x", started_by="t", created_at=NOW)
    with pytest.raises(ForbiddenMove):
        Job.flow.move(row, JobState.DONE)
