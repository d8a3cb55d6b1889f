"""Messenger: every event kind read, windows kept, and answers that leave once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from tanggap.channels.connector import (
    Account,
    Action,
    Attachment,
    CannotTell,
    Developer,
    Item,
    NeedsLogin,
    OutcomeUnknown,
    Outgoing,
    Permanent,
    Receipt,
    Unreadable,
)
from tanggap.channels.connectors.messenger import Messenger
from tanggap.channels.connectors.meta import MetaApp
from tanggap.core import http
from tanggap.simulator.platforms.base import Piece
from tanggap.simulator.platforms.messenger import Messenger as Simulated
from tests.connectors.conformance.stages import LONG_AGO, Wire
from tests.connectors.payloads import mutated, payload, raw, reads_or_refuses

PAGE, PERSON = "104700000000001", "7000000000000042"
DAY = 24 * 3600


def read(name: str) -> list[Item]:
    return Messenger.parse(raw(payload("messenger", name)))


@pytest.fixture
def platform() -> Iterator[Simulated]:
    simulated = Simulated()
    with http.swapped(Wire({"messenger.simulated": simulated})):
        yield simulated


def messenger(platform: Simulated, **settings: Any) -> Messenger:
    developer = Developer(platform.client_id, platform.client_secret, "https://messenger.simulated")
    account = Account(PAGE, token=platform.official.token, developer=developer, settings=settings)
    return Messenger(account)


def told(platform: Simulated) -> list[Item]:
    return [item for one in platform.deliveries() for item in MetaApp.parse(raw(one.body))]


def answer(platform: Simulated, said: Piece, text: str = "Sudah kami teruskan.") -> Outgoing:
    (item,) = [one for one in told(platform) if one.external_id == said.id]
    return Outgoing(
        "reply", text, "6f1c1a52-0000-4000-8000-000000000001", item.external_id, item.thread,
        created_at=datetime.now(UTC),
    )  # fmt: skip


# -- reading -----------------------------------------------------------------------------------------------------
def test_a_message() -> None:
    (item,) = read("text")
    assert (item.external_id, item.kind, item.text) == (
        "m_AbC1",
        "message",
        "Selamat pagi, air PDAM keruh di RT 03",
    )
    assert (item.account, item.thread) == (PAGE, f"{PAGE}:{PERSON}")
    assert item.author
    assert item.author.external_id == PERSON
    assert item.created_at == datetime.fromtimestamp(1795316400.123, UTC)


def test_attachments_and_what_a_message_answers() -> None:
    (item,), (answered,) = read("image"), read("reply_to")
    assert [(one["type"], one["url"]) for one in item.media] == [
        ("image", "https://scontent.example/a.jpg"), ("link", "https://berita.example/1"),
    ]  # fmt: skip
    assert answered.in_reply_to == "m_AbC1"


@pytest.mark.fault(29)
def test_an_echo_brings_our_reference_back() -> None:
    receipt, echo = read("echo")
    assert (receipt.action, receipt.receipt, receipt.external_id) == (Action.RECEIPT, Receipt.SENT, "m_AbC4")
    assert receipt.reference == "6f1c1a52-0000-4000-8000-000000000001"
    assert echo.author
    assert (echo.action, echo.author.external_id, echo.thread) == (Action.CREATE, PAGE, f"{PAGE}:{PERSON}")


@pytest.mark.fault(13)
def test_what_a_colleague_answered_in_the_inbox_is_the_pages_own() -> None:
    (item,) = read("echo_of_an_inbox")
    assert item.author
    assert (item.author.external_id, item.text) == (PAGE, "Dijawab dari kotak masuk Halaman.")


def test_an_edit_names_its_message() -> None:
    (item,) = read("edit")
    assert (item.action, item.external_id, item.text) == (
        Action.EDIT, "m_AbC1", "Selamat pagi, air PDAM keruh di RT 04",
    )  # fmt: skip


def test_receipts_name_each_message() -> None:
    items = read("delivery")
    assert [(one.external_id, one.action, one.receipt) for one in items] == [
        ("m_AbC4", Action.RECEIPT, Receipt.DELIVERED), ("m_AbC5", Action.RECEIPT, Receipt.DELIVERED),
    ]  # fmt: skip
    assert items[0].created_at == datetime.fromtimestamp(1795316470.253, UTC)


def test_a_button_says_its_words() -> None:
    assert [one.text for one in read("postback")] == ["Lapor jalan rusak"]


@pytest.mark.parametrize("name", ["read", "reaction"])
def test_what_says_nothing_gives_no_item(name: str) -> None:
    assert read(name) == []


def test_what_another_app_holds_and_the_test_button_are_read() -> None:
    assert [one.text for one in read("standby")] == ["Halo?"]
    assert [(one.account, one.text) for one in MetaApp.parse(raw(payload("messenger", "test_button")))] == [
        ("0", "test_message")
    ]


def test_a_fetched_message_is_the_same_as_the_delivered_one() -> None:
    (item,), (fetched,) = read("image"), read("fetched")
    assert (fetched.external_id, fetched.thread, fetched.author and fetched.author.external_id) == (
        item.external_id, item.thread, PERSON,
    )  # fmt: skip
    assert fetched.media[0]["url"] == item.media[0]["url"]


@pytest.mark.fault(11)
@given(mutated("messenger"))
def test_a_changed_payload_is_read_or_refused(body: Any) -> None:
    reads_or_refuses(Messenger.parse, body)


@pytest.mark.fault(11)
@pytest.mark.parametrize(
    "event", [{}, {"message": {}}, {"message": {"mid": "m_1"}}, {"message": 4, "sender": {"id": 1}}]
)
def test_a_broken_event_is_put_aside_or_says_nothing(event: dict[str, Any]) -> None:
    body = {"object": "page", "entry": [{"id": PAGE, "time": 1, "messaging": [event]}]}
    if event:
        with pytest.raises(Unreadable):
            Messenger.parse(raw(body))
    else:
        assert Messenger.parse(raw(body)) == []


# -- fetching ----------------------------------------------------------------------------------------------------
def test_many_conversations_are_read_in_pages(platform: Simulated) -> None:
    one = messenger(platform)
    cursor = one.fetch({}).cursor
    said = {platform.say(f"Pesan {number}", author=f"warga{number}").text for number in range(70)}
    texts, pages = set[str](), 0
    while True:
        page = one.fetch(cursor)
        cursor, pages = page.cursor, pages + 1
        texts |= {item.text for body in page.bodies for item in Messenger.parse(raw(body))}
        if not page.more:
            break
    assert (texts, pages) == (said, 4)
    assert set(cursor) == {"since"}


@pytest.mark.fault(9)
def test_what_the_platform_no_longer_gives_is_named(platform: Simulated) -> None:
    one = messenger(platform)
    cursor = one.fetch({}).cursor
    for number in range(25):
        platform.say(f"Pesan {number}")
    page = one.fetch(cursor)
    assert len(page.bodies) == 20
    assert "20 pesan" in page.missed
    assert not one.fetch({"since": int(datetime.now(UTC).timestamp()) + 600}).missed


def test_history_stops_where_it_was_asked_to(platform: Simulated) -> None:
    now = datetime.now(UTC).timestamp()
    platform.say("Lama", author="warga1", at=now - 60 * DAY)
    platform.say("Baru", author="warga2", at=now - 3 * DAY)
    page = messenger(platform).backfill({"until": LONG_AGO})
    texts = [item.text for body in page.bodies for item in Messenger.parse(raw(body))]
    assert (texts, page.more) == (["Baru"], False)


# -- sending -----------------------------------------------------------------------------------------------------
def test_an_answer_goes_to_the_person_of_the_thread_or_of_the_post(platform: Simulated) -> None:
    said = platform.say("Halo")
    reply = answer(platform, said)
    sent = messenger(platform).send(reply)
    assert platform.answers(said.id)[0].id == sent.external_id
    person = reply.thread.rpartition(":")[2]
    again = replace(reply, thread="thread-lain", options={"author": person})
    assert messenger(platform).send(again).external_id != sent.external_id
    with pytest.raises(Permanent, match="Penerima"):
        messenger(platform).send(replace(reply, thread="thread-lain"))


@pytest.mark.fault(36)
def test_after_a_day_only_a_human_agent_may_answer_and_after_a_week_nobody(platform: Simulated) -> None:
    said = platform.say("Kemarin lusa", at=datetime.now(UTC).timestamp() - 2 * DAY)
    reply = answer(platform, said)
    with pytest.raises(Permanent, match="24 jam"):
        messenger(platform).send(reply)
    with pytest.raises(Permanent, match="Human Agent"):
        messenger(platform, human_agent="ya").send(reply)
    assert not platform.answers()
    platform.granted.add("human_agent")
    messenger(platform, human_agent="ya").send(reply)
    assert len(platform.answers()) == 1
    old = platform.say("Minggu lalu", author="warga2", at=datetime.now(UTC).timestamp() - 8 * DAY)
    with pytest.raises(Permanent, match="sudah lewat"):
        messenger(platform, human_agent="ya").send(answer(platform, old))


def test_before_app_review_only_testers_can_be_answered(platform: Simulated) -> None:
    reply = answer(platform, platform.say("Halo"))
    platform.review_passed = False
    with pytest.raises(NeedsLogin, match="reviewed"):
        messenger(platform).send(reply)


def test_a_person_who_takes_no_messages_holds_up_nobody_else(platform: Simulated) -> None:
    reply = answer(platform, platform.say("Halo"))
    platform.blocked.add(reply.thread.rpartition(":")[2])
    with pytest.raises(Permanent, match="tidak menerima pesan"):
        messenger(platform).send(reply)


@pytest.mark.fault(29)
def test_an_answer_whose_outcome_is_unknown_is_settled_by_its_echo(platform: Simulated) -> None:
    reply = answer(platform, platform.say("Halo"))
    platform.faults.lose_answer = 1
    with pytest.raises(OutcomeUnknown):
        messenger(platform).send(reply)
    receipt = next(one for one in told(platform) if one.action == Action.RECEIPT)
    found = messenger(platform).look_up(reply)
    assert found
    assert (receipt.reference, receipt.external_id) == (reply.reference, found.external_id)
    assert messenger(platform).look_up(replace(reply, options={"taken": [found.external_id]})) is None


def test_a_person_must_decide_where_too_much_came_after(platform: Simulated) -> None:
    reply = answer(platform, platform.say("Halo"))
    for number in range(21):
        platform.say(f"Lagi {number}")
    with pytest.raises(CannotTell):
        messenger(platform).look_up(reply)
    with pytest.raises(CannotTell):
        messenger(platform).look_up(replace(reply, created_at=None))


def test_delivered_answers_are_told(platform: Simulated) -> None:
    sent = messenger(platform).send(answer(platform, platform.say("Halo")))
    platform.deliveries()
    platform.receipt("delivered", sent.external_id)
    assert [(one.external_id, one.receipt) for one in told(platform)] == [
        (sent.external_id, Receipt.DELIVERED)
    ]
    platform.receipt("read", sent.external_id)
    assert told(platform) == []


def test_what_messenger_cannot_do_is_refused_with_a_way_out(platform: Simulated) -> None:
    reply = answer(platform, platform.say("Halo"))
    picture = Attachment(b"x", "image/png")
    for out in (
        replace(reply, kind="private_reply"),
        replace(reply, kind="post"),
        replace(reply, media=[picture]),
    ):
        with pytest.raises(Permanent):
            messenger(platform).send(out)
    with pytest.raises(Permanent, match="2000"):
        messenger(platform).send(replace(reply, text="x" * 2001))
    assert not platform.answers()


def test_the_page_is_subscribed_to_its_messages(platform: Simulated) -> None:
    messenger(platform).subscribe()
    assert {"messages", "message_echoes", "message_edits"} <= set(platform.subscribed[PAGE])
