"""Corrections, clarifications and withdrawals: in the open, never silent, and taken away where the platform lets us."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from tanggap.agencies.models import Member, NotAllowed, Role
from tanggap.channels.connector import Ability, Gone, NeedsLogin, OutcomeUnknown, Permanent, Sent
from tanggap.channels.models import Channel, Health
from tanggap.core import scope, work
from tanggap.core.audit import Entry
from tanggap.core.refusal import Refusal
from tanggap.publishing import amending, checks, public_log, queue, stopping
from tanggap.publishing.models import Amendment, Delivery, DeliveryState, Publication, PublicationState
from tests.city import Scripted, a_channel, a_government, a_member, a_publication, a_unit, agreed

pytestmark = pytest.mark.django_db
WRONG = "Loket buka sampai pukul 16.00, bukan 17.00."


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Member]:
    Scripted.answers, Scripted.sent = [], []
    monkeypatch.setattr(Scripted, "abilities", Scripted.abilities | {Ability.WITHDRAW})
    unit = a_unit(a_government(), "KOM")
    with scope.government(unit.government_id):
        yield a_member(unit, Role.OFFICER)


@pytest.fixture
def chief(writer: Member) -> Member:
    return a_member(writer.unit, Role.COORDINATOR)


@pytest.fixture
def channel(writer: Member) -> Channel:
    return a_channel(writer.unit)


def published(writer: Member, chief: Member, *channels: Channel, **fields: Any) -> Publication:
    one = agreed(a_publication(writer, *channels, **fields), chief)
    for _ in range(3):
        work.run("send")
    work.run("publications")
    Scripted.sent = []
    one.refresh_from_db()
    return one


def the_log(client: Client, path: str = "/publik/koreksi/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_correction_is_public_at_once_on_record_and_changes_nothing_that_stands(
    client: Client, writer: Member, chief: Member, channel: Channel
) -> None:
    Scripted.answers = [Sent("1", "https://panggung/1")]
    one = published(writer, chief, channel)
    made = amending.amend(one, chief, "correction", WRONG)
    one.refresh_from_db()
    assert (one.state, Scripted.sent) == (PublicationState.OUT, [])
    shown = the_log(client)
    for words in (WRONG, "Koreksi", "https://panggung/1", "Besok air mati di Kelurahan Baru.", "Dinas KOM"):
        assert words in shown
    for hidden in (str(writer), str(chief), writer.user.email):
        assert hidden not in shown
    entry = Entry.objects.get(action="publication.amend")
    assert WRONG not in str(entry.fields)
    assert made.follow_up is None


def test_a_withdrawal_takes_everything_away_once_and_says_nothing_of_it_again(
    client: Client, writer: Member, chief: Member, channel: Channel
) -> None:
    Scripted.answers = [Sent("1", "https://panggung/1"), Sent("2")]
    one = published(writer, chief, channel, comment="Info: 112")
    amending.amend(one, chief, "withdrawal", "Jadwal perbaikan pipa itu batal.")
    one.refresh_from_db()
    assert one.state == PublicationState.WITHDRAWN
    Scripted.answers = [Gone("sudah tidak ada"), Sent("")]
    for _ in range(2):
        work.run("send")
        work.run("withdraw_late")
    assert sorted((out.kind, out.target_external_id) for out in Scripted.sent) == [
        ("withdraw", "1"),
        ("withdraw", "2"),
    ]
    taken = Delivery.objects.filter(kind="withdraw")
    assert {row.state for row in taken} == {"sent"}
    shown = the_log(client)
    assert "Jadwal perbaikan pipa itu batal." in shown
    assert "air mati" not in shown
    assert "https://panggung/1" not in shown
    with pytest.raises(Refusal):
        amending.amend(one, chief, "withdrawal", "Lagi.")


def test_an_unknown_outcome_of_taking_away_is_simply_tried_again(
    writer: Member, chief: Member, channel: Channel
) -> None:
    Scripted.answers = [Sent("1")]
    one = published(writer, chief, channel)
    amending.amend(one, chief, "withdrawal", "Jadwal perbaikan pipa itu batal.")
    Scripted.answers = [OutcomeUnknown("waktu habis")]
    work.run("send")
    row = Delivery.objects.get(kind="withdraw")
    assert row.state == DeliveryState.WAITING
    Delivery.objects.filter(pk=row.pk).update(state="sending", sending_since="2026-01-01T00:00:00Z")
    work.run("settle")
    Scripted.answers = [Sent("")]
    work.run("send")
    row.refresh_from_db()
    assert (row.state, len(Scripted.sent)) == ("sent", 2)


def test_where_the_platform_does_not_let_us_a_person_deletes_and_marks(
    writer: Member, chief: Member, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand = a_channel(writer.unit, health=Health.MANUAL)
    one = published(writer, chief, channel, by_hand)
    queue.mark_by_hand(Delivery.objects.get(channel=by_hand), writer, "https://panggung/h")
    monkeypatch.setattr(Scripted, "abilities", Scripted.abilities - {Ability.WITHDRAW})
    amending.amend(one, chief, "withdrawal", "Jadwal perbaikan pipa itu batal.")
    work.run("send")
    rows = list(Delivery.objects.filter(kind="withdraw"))
    assert ([row.manual for row in rows], Scripted.sent) == ([True, True], [])
    for row in rows:
        queue.mark_by_hand(row, writer)
    assert {row.state for row in Delivery.objects.filter(kind="withdraw")} == {"sent"}


def test_what_had_not_left_never_does_and_what_turns_out_to_stand_is_taken_away_later(
    writer: Member, chief: Member, channel: Channel
) -> None:
    other = a_channel(writer.unit)
    one = agreed(a_publication(writer, channel, other, comment="Info"), chief)
    Delivery.objects.filter(channel=other).update(due_at="2030-01-01T00:00:00Z")
    Scripted.answers = [OutcomeUnknown("waktu habis")]
    work.run("send")
    one.refresh_from_db()
    amending.amend(one, chief, "withdrawal", "Jadwal perbaikan pipa itu batal.")
    assert {row.state for row in Delivery.objects.filter(channel=other)} == {"cancelled"}
    assert not Delivery.objects.filter(kind="withdraw").exists()
    lost = Delivery.objects.get(channel=channel, part=0)
    queue.conclude(lost, "sent", chief, timezone.now(), external_id="9")
    work.run("withdraw_late")
    assert Delivery.objects.get(kind="withdraw").target_external_id == "9"
    assert work.run("withdraw_late") == 0


def test_a_revoked_token_and_the_stop_switch_hold_a_withdrawal_as_everything_else(
    writer: Member, chief: Member, channel: Channel
) -> None:
    Scripted.answers = [Sent("1")]
    one = published(writer, chief, channel)
    amending.amend(one, chief, "withdrawal", "Jadwal perbaikan pipa itu batal.")
    stopping.stop(chief, "Gempa")
    work.run("send")
    assert Scripted.sent == []
    stopping.lift(chief)
    Scripted.answers = [NeedsLogin("token dicabut")]
    work.run("send")
    assert Delivery.objects.get(kind="withdraw").state == DeliveryState.WAITING
    Channel.objects.update(health=Health.OK)
    Scripted.answers = [Permanent("Terlalu lama di sana.")]
    work.run("send")
    row = Delivery.objects.get(kind="withdraw")
    assert (row.state, row.error) == ("failed", "Terlalu lama di sana.")
    queue.retry(row, chief)
    work.run("send")
    row.refresh_from_db()
    assert row.state == "sent"


def test_a_follow_up_is_a_draft_on_the_same_channels_and_shows_once_it_is_out(
    client: Client, writer: Member, chief: Member, channel: Channel
) -> None:
    one = published(writer, chief, channel)
    made = amending.amend(one, chief, "clarification", WRONG, follow_up=True)
    draft = made.follow_up
    assert draft is not None
    assert (draft.state, draft.follows_id, draft.kind) == ("draft", one.pk, "clarification")
    assert [row.channel_id for row in draft.variants.all()] == [channel.pk]
    assert "Penggantinya" not in the_log(client)


def test_the_note_is_checked_and_needs_something_that_stands(
    writer: Member, chief: Member, channel: Channel
) -> None:
    draft = a_publication(writer, channel)
    with pytest.raises(Refusal, match="belum terbit"):
        amending.amend(draft, chief, "correction", WRONG)
    one = published(writer, chief, channel, text="Loket buka pukul 17.00.")
    for text in ("", " ", "x" * 1001, "Hubungi Ibu Sri, NIK 3471014101900001."):
        with pytest.raises(Refusal):
            amending.amend(one, chief, "correction", text)
    with pytest.raises(Refusal):
        amending.amend(one, chief, "lainnya", WRONG)
    with pytest.raises(NotAllowed):
        amending.amend(one, a_member(writer.unit, Role.REPORTER), "correction", WRONG)
    assert not Amendment.objects.exists()


def test_a_finding_is_answered_for_by_who_may_and_on_record(
    writer: Member, chief: Member, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = published(writer, chief, channel)
    rules = {
        may: next(check.id for check in checks.all_checks() if checks.may_answer(check, chief.role) == may)
        for may in (True, False)
    }

    def found(rule: str) -> list[checks.Finding]:
        return [checks.Finding(rule, checks.Severity.BLOCKS, 0, 3, "Air", "Keliru.")]

    monkeypatch.setattr(checks, "run", lambda *_: found(rules[False]))
    with pytest.raises(Refusal):
        amending.amend(one, chief, "correction", WRONG, reason="Sudah diperiksa")
    monkeypatch.setattr(checks, "run", lambda *_: found(rules[True]))
    with pytest.raises(Refusal):
        amending.amend(one, chief, "correction", WRONG)
    amending.amend(one, chief, "correction", WRONG, reason="Sudah diperiksa")
    assert Entry.objects.get(action="publication.amend").fields["answered"] == [rules[True]]


@pytest.mark.parametrize(
    "statement", ["delete from publishing_amendment", "update publishing_amendment set text = 'x'"]
)
def test_the_database_keeps_what_was_noted(
    writer: Member, chief: Member, channel: Channel, statement: str
) -> None:
    amending.amend(published(writer, chief, channel), chief, "correction", WRONG)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_log_is_by_government_in_pages_and_as_a_feed(
    client: Client, writer: Member, chief: Member, channel: Channel
) -> None:
    assert "Belum ada koreksi" in the_log(client)
    one = published(writer, chief, channel)
    for number in range(32):
        amending.amend(one, chief, "correction", f"Catatan <b>nomor</b> {number}.")
    first, second = the_log(client), the_log(client, "/publik/koreksi/?hal=2")
    assert ("nomor&lt;/b&gt; 31." in first, "nomor&lt;/b&gt; 1." in first) == (True, False)
    assert "nomor&lt;/b&gt; 1." in second
    feed = client.get("/publik/koreksi/rss.xml")
    assert feed.headers["Content-Type"].startswith("application/rss+xml")
    assert feed.content.count(b"<item>") == 32
    assert "<script" not in first
    other = a_government("99.72", "Kota Lain")
    assert "nomor" not in the_log(client, f"/publik/koreksi/?kota={other.code}")
    assert len(public_log.amendments(writer.government.code)) == 32
