"""A campaign in bad weather on simulated platforms: every post stands exactly once, or is shown as needing a person.

The whole of it, with workers that are really killed, is the benchmark `publish`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from tanggap.agencies.models import Member, Role
from tanggap.channels.models import Channel, Health
from tanggap.channels.platforms.bluesky_api import forget_sessions
from tanggap.config.demo_accounts import connect_all
from tanggap.core import scope, work
from tanggap.publishing import jobs, sending
from tanggap.publishing.models import Delivery, Publication
from tanggap.simulator.history import Send, Verdict, judge, mark
from tanggap.simulator.platforms.bluesky import Bluesky
from tanggap.simulator.platforms.facebook import Facebook
from tanggap.simulator.platforms.serving import Town
from tanggap.simulator.platforms.threads import SimulatedThreads
from tests.city import a_government, a_member, a_publication, a_unit, agreed

pytestmark = pytest.mark.django_db
POSTS, REVOKED = 12, "threads"


@pytest.fixture
def town() -> Iterator[Town]:
    forget_sessions()
    with Town([Bluesky(seed=1), Facebook(seed=2), SimulatedThreads(seed=3)]) as standing:
        yield standing


@pytest.fixture
def writer() -> Iterator[Member]:
    unit = a_unit(a_government(), "KOM")
    with scope.government(unit.government_id):
        yield a_member(unit, Role.OFFICER)


@pytest.fixture
def channels(town: Town, writer: Member) -> list[Channel]:
    return list(connect_all(a_member(writer.unit, Role.ADMINISTRATOR), town.state()).values())


def published(writer: Member, channels: list[Channel]) -> list[Publication]:
    chief = a_member(writer.unit, Role.COORDINATOR)
    words = "Mobil pelayanan keliling singgah di balai kelurahan pekan ini."
    return [
        agreed(a_publication(writer, *channels, text=f"{words} {mark(number)}"), chief)
        for number in range(POSTS)
    ]


def let_time_pass() -> None:
    """Whatever waits for a later try is due, and a worker that died has been dead for long enough."""
    now = timezone.now()
    Channel._base_manager.update(rest_until=None)
    Delivery._base_manager.filter(
        state__in=["waiting", "unknown"], due_at__lt=now + timedelta(days=1)
    ).update(due_at=now)
    Delivery._base_manager.filter(state="sending").update(sending_since=now - timedelta(minutes=3))
    Delivery._base_manager.filter(state="unknown").update(sending_since=now - timedelta(minutes=1))


def rounds(most: int) -> None:
    for _ in range(most):
        for step in ("send", "send_again", "settle"):
            work.run(step, limit=2)
        if not moving():
            break
        let_time_pass()


def workers_die(monkeypatch: pytest.MonkeyPatch) -> None:
    """Now and then a worker says `sending` and is gone before its call, or after it."""
    dice, settle, call = random.Random(5), sending._settle_row, sending._call

    def before(one: Delivery, out: Any) -> Any:
        if dice.random() < 0.05:
            raise SystemExit
        return call(one, out)

    def after(one: Delivery, answer: Any, how: Any) -> None:
        if not isinstance(answer.exception(), SystemExit) and dice.random() > 0.1:
            settle(one, answer, how)

    monkeypatch.setattr(sending, "_call", before)
    monkeypatch.setattr(sending, "_settle_row", after)


def moving() -> bool:
    """Whether anything still happens by itself."""
    stuck, soon = Q(channel__health=Health.NEEDS_LOGIN), timezone.now() + timedelta(days=1)
    asked = Q(state="unknown", due_at__lt=soon)
    rows = Delivery._base_manager.filter(Q(state__in=["waiting", "sending"]) | asked)
    return rows.exclude(stuck).exists()


def history(town: Town) -> Verdict:
    pieces: dict[str, Any] = {
        name: [asdict(one) for one in platform.pieces.values()] for name, platform in town.platforms.items()
    }
    sends = [
        Send(one.channel.platform, one.text, one.state)
        for one in Delivery._base_manager.select_related("channel")
    ]
    none = dict.fromkeys(pieces, False)
    return judge(pieces, [], sends, edits=none, deletes=none)


@pytest.mark.fault(14)
@pytest.mark.fault(29)
@pytest.mark.fault(30)
@pytest.mark.fault(32)
def test_each_post_stands_once_or_is_shown_as_needing_a_person(
    town: Town, writer: Member, channels: list[Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    workers_die(monkeypatch)
    for platform in town.platforms.values():
        platform.faults.answers_lost, platform.faults.refused, platform.faults.retry_after = 0.15, 0.1, "1"
    published(writer, channels)
    rounds(1)
    town.platforms[REVOKED].revoke()
    rounds(80)
    assert not moving()
    found = history(town)
    assert (found.sent_twice, found.never_arrived, found.unclaimed) == ([], [], [])
    states = {platform: _states(platform) for platform in town.platforms}
    assert states["facebook"] == states["bluesky"] == {"sent": POSTS}
    assert set(states[REVOKED]) <= {"sent", "waiting", "unknown"}, "nothing seems to be under way that is not"
    shown = jobs.page(writer, jobs.Filters(state="person"), timezone.now())
    for_a_person = {
        job.row.pk for group in shown.groups for job in group.jobs if job.standing in {"login", "unknown"}
    }
    assert for_a_person == set(Delivery.objects.exclude(state="sent").values_list("pk", flat=True))


@pytest.mark.fault(32)
def test_after_the_log_in_the_rest_goes_out_from_where_it_stopped(
    town: Town, writer: Member, channels: list[Channel]
) -> None:
    from tanggap.channels import connect

    published(writer, channels)
    town.platforms[REVOKED].revoke()
    for step in ("send", "send_again"):
        work.run(step)
    assert _states(REVOKED) == {"waiting": POSTS}
    token = town.platforms[REVOKED].restore()
    channel = next(one for one in channels if one.platform == REVOKED)
    channel.refresh_from_db()
    admin = Member.objects.get(role=Role.ADMINISTRATOR)
    connect.reconnect(channel, admin, {"token": token})
    work.run("send")
    assert _states(REVOKED) == {"sent": POSTS}
    found = history(town)
    assert (found.sent_twice, found.never_arrived, found.unclaimed) == ([], [], [])


def _states(platform: str) -> dict[str, int]:
    rows = Delivery._base_manager.filter(channel__platform=platform).values_list("state", flat=True)
    return {state: list(rows).count(state) for state in set(rows)}
