"""Approved, cancelled, edited, moved and sent at the same moment: one consistent history, whoever was first."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from django.db import connections
from django.utils import timezone

from tanggap.agencies.models import Member, NotAllowed, Role
from tanggap.core import scope, work
from tanggap.core.audit import Entry
from tanggap.core.refusal import Refusal
from tanggap.core.state import ForbiddenMove, Lost
from tanggap.publishing import releasing, writing
from tanggap.publishing.approval import approving
from tanggap.publishing.models import Approval, Delivery, DeliveryState, Publication, PublicationState
from tests.city import Scripted, a_member, a_publication
from tests.publishing.offices import Office, a_route, an_office

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault(34)]
POLITE = (Lost, Refusal, NotAllowed, ForbiddenMove)
ROUNDS = 15
_S = PublicationState


@pytest.fixture
def office(transactional_db: None) -> Iterator[Office]:
    made = an_office()
    with scope.government(made.unit.government_id):
        yield made


def at_once(
    office: Office, deeds: Sequence[Callable[[], object]], chance: random.Random
) -> list[BaseException | None]:
    """This will run each deed in a thread of its own, begun within a few milliseconds; returns what each raised."""
    outcomes: list[BaseException | None] = [None] * len(deeds)
    barrier = threading.Barrier(len(deeds))
    waits = [chance.uniform(0, 0.03) for _ in deeds]

    def work_off(at: int) -> None:
        try:
            with scope.government(office.unit.government_id):
                barrier.wait(30)
                time.sleep(waits[at])
                deeds[at]()
        except BaseException as error:
            outcomes[at] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work_off, args=(at,)) for at in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    rude = [one for one in outcomes if one is not None and not isinstance(one, POLITE)]
    assert not rude, rude
    return outcomes


def check(one: Publication) -> None:
    """This will say whether approvals, deliveries and state tell the same story."""
    one.refresh_from_db()
    standing = Approval.objects.filter(publication=one, voided_at=None, decision="approved")
    live = Delivery.objects.filter(variant__publication=one).exclude(state=DeliveryState.CANCELLED)
    keys = {stage["key"] for stage in one.route.stages} if one.route else set()
    agreed = {row.stage for row in standing if row.hash == one.hash}
    if one.state in {_S.APPROVED, _S.OUT}:
        assert agreed == keys
        assert standing.count() == len(keys)
        assert live.count() == one.variants.count()
        assert {row.hash for row in live} == {one.hash}
        assert {row.text for row in live} == {one.text}
    else:
        assert not live.exists(), (one.state, list(live.values_list("state", flat=True)))
    if one.state in {_S.DRAFT, _S.CANCELLED}:
        assert not standing.exists()
        assert one.stage == ""
    if one.state == _S.REVIEW:
        assert one.stage in keys
        assert agreed < keys
    deeds = Entry.objects.filter(
        target_kind="publication", target_id=str(one.pk), action="publication.approve"
    )
    assert deeds.count() == Approval.objects.filter(publication=one, decision="approved").count()


def decision(one: Publication, by: Member, stage: str = "setuju") -> Callable[[], object]:
    read = one.hash
    return lambda: approving.decide(one, by, hash_=read, stage=stage, approve=True)


def at_the_desk(office: Office, one: Publication, later: datetime) -> list[Callable[[], object]]:
    revision = one.revision
    return [
        decision(one, office.head),
        decision(one, office.second),
        lambda: writing.save(one, office.writer, revision, {"text": "Lusa air mati."}),
        lambda: writing.discard(one, office.writer),
        lambda: releasing.move(one, office.writer, later),
    ]


def while_it_leaves(office: Office, one: Publication) -> list[Callable[[], object]]:
    revision, text = one.revision, f"{one.text} Maaf."
    return [
        lambda: work.run("send", limit=1),
        lambda: work.run("send", limit=1),
        lambda: writing.save(one, office.writer, revision, {"text": text}),
        lambda: writing.discard(one, office.second),
    ]


@pytest.mark.parametrize("seed", range(2))
def test_a_decision_an_edit_and_a_cancel_at_the_same_moment(office: Office, seed: int) -> None:
    chance = random.Random(seed)
    seen: set[str] = set()
    for _ in range(ROUNDS):
        one = a_publication(office.writer, office.channel, office.other)
        one = approving.hand_in(one, office.writer)
        deeds = at_the_desk(office, one, timezone.now() + timedelta(hours=chance.randint(1, 9)))
        kept = chance.sample(deeds, chance.randint(3, 5))
        outcomes = at_once(office, kept, chance)
        check(one)
        both = [outcomes[kept.index(deed)] for deed in deeds[:2] if deed in kept]
        assert both.count(None) <= 1, "two people decided the same stage"
        if deeds[3] in kept and outcomes[kept.index(deeds[3])] is None:
            assert one.state == _S.CANCELLED
        seen.add(one.state)
    assert len(seen) > 1, "the race always ended the same way: it shows nothing"


def test_what_leaves_was_agreed_on_and_what_was_stopped_did_not_leave(office: Office) -> None:
    chance = random.Random(7)
    a_route(office, Role.COORDINATOR, Role.LEADER)
    for number in range(ROUNDS):
        words = f"Besok air mati, putaran {number}."
        one = approving.hand_in(a_publication(office.writer, office.channel, text=words), office.writer)
        one = approving.decide(one, office.second, hash_=one.hash, approve=True)
        one = approving.decide(one, office.head, hash_=one.hash, approve=True)
        deeds = while_it_leaves(office, one)
        stop = chance.choice(deeds[2:])
        outcomes = at_once(office, [*deeds[:2], stop], chance)
        work.run("send")
        said = [out.text for out in Scripted.sent if words in out.text]
        check(one)
        if outcomes[2] is None:
            assert said == []
        else:
            assert said == [words]
    assert not Delivery.objects.filter(state__in=[DeliveryState.WAITING, DeliveryState.SENDING]).exists()


def test_two_officers_who_decide_on_two_stages_at_once(office: Office) -> None:
    chance = random.Random(3)
    a_route(office, Role.LEADER, Role.LEADER, others=True)
    other = a_member(office.unit, Role.LEADER)
    for _ in range(5):
        one = approving.hand_in(a_publication(office.writer, office.channel), office.writer)
        deeds = [decision(one, by, "t1") for by in (office.head, office.head, other)]
        outcomes = at_once(office, deeds, chance)
        assert outcomes.count(None) == 1
        check(one)
        assert one.stage == "t2"
