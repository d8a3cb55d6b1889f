"""What is due is told of once: before its deadline, after it, and when its minute has passed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tanggap.agencies.models import Notice
from tanggap.core import work
from tanggap.publishing.approval import approving
from tanggap.publishing.models import Publication
from tests.city import a_publication
from tests.publishing.offices import Office

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def waiting(office: Office) -> Publication:
    return approving.hand_in(a_publication(office.writer, office.channel), office.writer)


def told(kind: str) -> set[int]:
    return set(Notice.objects.filter(kind=kind).values_list("member_id", flat=True))


def deadline_in(hours: float) -> None:
    Publication.objects.update(stage_due_at=timezone.now() + hours * HOUR)


def long_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version cannot be made older: the hour in which it is fresh is made shorter."""
    monkeypatch.setattr("tanggap.publishing.approval.reminding.FRESH", timedelta(0))


def test_deciders_before_the_deadline_once(
    waiting: Publication, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadline_in(3)
    assert work.run("approval_reminders") == 0
    deadline_in(1)
    assert work.run("approval_reminders") == 0, "just handed in"
    long_waiting(monkeypatch)
    assert work.run("approval_reminders") == 1
    assert told("publication_decide_soon") == {office.second.pk, office.head.pk}
    assert work.run("approval_reminders") == 0


def test_coordinators_after_it_once(waiting: Publication, office: Office) -> None:
    deadline_in(-1)
    assert work.run("approval_reminders") == 1
    assert told("publication_decide_late") == {office.second.pk}
    assert work.run("approval_reminders") == 0
    deadline_in(-0.5)
    assert work.run("approval_reminders") == 1, "another deadline"


def test_author_and_deciders_when_the_minute_has_passed(waiting: Publication, office: Office) -> None:
    Publication.objects.update(due_at=timezone.now() - HOUR)
    assert work.run("approval_reminders") == 1
    assert told("publication_slot_passed") == {office.writer.pk, office.second.pk, office.head.pk}
    assert work.run("approval_reminders") == 0


def test_what_no_longer_waits_is_not_reminded_of(waiting: Publication, office: Office) -> None:
    deadline_in(-1)
    approving.decide(waiting, office.head, hash_=waiting.hash, approve=False, note="Lagi.")
    assert work.run("approval_reminders") == 0
