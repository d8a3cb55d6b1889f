"""The feed: RFC 5545 as another reader reads it, titles only, and a link that ends when it should."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone
from icalendar import Calendar, Event

from tanggap.agencies.models import AccessToken, Member, Role, User
from tanggap.core import scope
from tanggap.publishing import silence
from tanggap.publishing.models import Campaign
from tanggap.publishing.occurrences import Pattern
from tanggap.publishing.schedule import ics, moving, recurring
from tests.city import a_channel, a_government, a_member, a_publication, a_unit, agreed

pytestmark = pytest.mark.django_db
TEXT = "Rahasia kecil: pilah sampah, dari rumah; mulai hari ini. " * 3


@pytest.fixture
def boss() -> Iterator[Member]:
    boss = a_member(a_unit(a_government(), "KOM"), Role.COORDINATOR)
    with scope.government(boss.government_id):
        yield boss


def read(member: Member) -> list[Event]:
    written = ics.feed(member, timezone.now(), "tanggap.example")
    lines = written.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in written.replace(b"\r\n", b"")
    found = Calendar.from_ical(written)
    assert (found["version"], "prodid" in found) == ("2.0", True)
    return [one for one in found.walk("VEVENT") if isinstance(one, Event)]


def test_titles_and_times_and_no_word_of_the_text(boss: Member) -> None:
    at = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
    titled = "Pilah sampah; bagian 1, “organik” " + "é" * 60
    a_publication(boss, a_channel(boss.unit), text=TEXT, title=titled, due_at=at)
    plain = a_publication(boss, text=TEXT, due_at=at + timedelta(days=1))
    first, second = sorted(read(boss), key=lambda one: one.DTSTART)
    assert str(first["summary"]).startswith(titled)
    assert at == first.DTSTART
    assert (first["status"], first.duration) == ("TENTATIVE", timedelta(minutes=15))
    assert str(second["summary"]) == f"Informasi nomor {plain.pk}"
    assert b"Rahasia" not in ics.feed(boss, timezone.now(), "tanggap.example")
    assert len({one["uid"] for one in (first, second)}) == 2
    assert all("dtstamp" in one for one in (first, second))


def test_a_moved_one_stays_the_same_event(boss: Member) -> None:
    at = timezone.now() + timedelta(days=2)
    one = a_publication(boss, text="Pilah sampah dari rumah.", title="Sampah", due_at=at)
    before = read(boss)[0]
    moving.shift(one, boss, at + timedelta(days=1), sure=True)
    after = read(boss)[0]
    assert before["uid"] == after["uid"]
    assert before.DTSTART != after.DTSTART


def test_the_times_of_a_repetition_silences_and_campaigns_are_in_it(boss: Member) -> None:
    now = timezone.now()
    one = a_publication(boss, a_channel(boss.unit), text="Pilah sampah dari rumah.", title="Sampah")
    recurring.repeat(one, boss, Pattern("day"), first=now.date() + timedelta(days=1), at=time(8),
                     until=now + timedelta(days=10))  # fmt: skip
    agreed(one, a_member(boss.unit, Role.LEADER))
    silence.declare(boss, silence.Wish("Duka", "mourning", now, now + timedelta(days=1)))
    Campaign.objects.create(
        name="Bersih", unit=boss.unit, owner=boss, starts_on=now.date(), ends_on=now.date(), created_at=now
    )
    found = read(boss)
    times = [one for one in found if "Sampah" in str(one["summary"])]
    assert len(times) >= 9
    assert len({one["uid"] for one in times}) == len(times)
    campaign = next(one for one in found if "Bersih" in str(one["summary"]))
    assert (campaign.DTEND - campaign.DTSTART).days == 1
    assert any("Duka" in str(one["summary"]) for one in found)


def test_members_get_their_own_part(boss: Member) -> None:
    other = a_unit(boss.government, "LAIN")
    a_publication(boss, text="Pilah sampah.", title="Milik KOM", due_at=timezone.now() + timedelta(days=1))
    assert read(boss)
    assert not read(a_member(other))


def test_a_link_is_known_by_its_secret_alone_until_it_ends(boss: Member) -> None:
    now = timezone.now()
    secret = ics.make_link(boss)
    assert ics.holder(secret, now) == boss
    assert ics.holder(secret[:-1], now) is None
    assert secret not in str(AccessToken.objects.values())
    assert AccessToken.objects.get().last_used_at is not None
    second = ics.make_link(boss)
    assert (ics.holder(secret, now), ics.holder(second, now)) == (None, boss)
    ics.revoke(boss)
    assert ics.holder(second, now) is None
    assert ics.link_of(boss) is None


def test_a_link_ends_with_its_holders_time(boss: Member) -> None:
    now = timezone.now()
    secret = ics.make_link(boss)
    Member.objects.filter(pk=boss.pk).update(active_until=now.date() - timedelta(days=2))
    assert ics.holder(secret, now) is None
    Member.objects.filter(pk=boss.pk).update(active_until=None)
    assert ics.holder(secret, now) is not None
    User.objects.filter(pk=boss.user_id).update(is_active=False)
    assert ics.holder(secret, now) is None


def test_an_access_token_of_a_program_opens_no_calendar(boss: Member) -> None:
    _row, secret = AccessToken.make(boss, "Program", ["cases.read"], timezone.now())
    assert ics.holder(secret, timezone.now()) is None
