"""Letters as they are written in the world, and a mail server that does what the test says."""

from __future__ import annotations

import email
import email.policy
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.channels.connector import (
    Action,
    CannotTell,
    Item,
    NeedsLogin,
    OutcomeUnknown,
    Permanent,
    Raw,
    Receipt,
    Temporary,
    Unreadable,
)
from tanggap.channels.connectors.email import Email
from tanggap.channels.platforms import mail_lines, mail_writing
from tests.connectors.conformance.stage_email import STAGE
from tests.connectors.conformance.stages import LONG_AGO, Play
from tests.connectors.mail_town import DOMAIN, MailTown

FOLDER = Path(__file__).parent / "fixtures" / "email"
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
LETTERS = [one.read_bytes() for one in sorted(FOLDER.glob("*.eml"))]


def read(body: bytes) -> list[Item]:
    return Email.parse(Raw(body, {}, NOW))


def letter(name: str) -> Item:
    (item,) = read((FOLDER / f"{name}.eml").read_bytes())
    return item


@pytest.fixture
def play() -> Iterator[Play]:
    with STAGE.open() as opened:
        opened.begin()
        yield opened


def town(play: Play) -> MailTown:
    assert isinstance(play.platform, MailTown)
    return play.platform


# -- reading -------------------------------------------------------------------------------------------------
def test_a_plain_letter() -> None:
    item = letter("plain")
    assert item.text == (
        "Jalan berlubang di Melati 😕\n\nSelamat pagi,\njalan di depan SD Melati 2 berlubang besar. Sudah dua motor "
        "jatuh — mohon diperbaiki."
    )
    assert item.author is not None
    assert (item.author.external_id, item.author.name) == ("sri.rahayu@warga.example", "Sri Rāhayu")
    assert (item.external_id, item.kind, item.thread) == ("CAF0001@warga.example", "message", "")
    assert item.created_at == datetime(2026, 11, 22, 1, 15, tzinfo=UTC)


def test_an_answer_without_what_it_quotes() -> None:
    item = letter("reply_gmail")
    assert item.text == "Lokasinya persis di depan gerbang. Foto terlampir."
    assert (item.thread, item.in_reply_to) == ("CAF0001@warga.example", "6f1c1a52@kota-uji.go.id")
    assert [(one["type"], one["alt"]) for one in item.media] == [("image", "foto jalan.jpg")]


def test_html_alone_in_a_charset_that_means_another() -> None:
    assert letter("html_outlook").text == "Masih padam – sudah seminggu."


def test_what_programs_answer_is_no_message() -> None:
    assert read((FOLDER / "vacation.eml").read_bytes()) == []
    assert read((FOLDER / "delayed.eml").read_bytes()) == []


def test_a_bounce_is_a_receipt_of_our_letter() -> None:
    item = letter("bounce")
    assert (item.action, item.receipt) == (Action.RECEIPT, Receipt.FAILED)
    assert item.external_id == "6f1c1a52-0000-4000-8000-000000000001@kota-uji.go.id"
    assert "user unknown" in item.text


def test_a_circular_is_marked_and_not_lost() -> None:
    assert letter("list").metrics == {"to_many": 1, "spam_flag": 1}


def test_a_forwarded_letter_and_a_formal_one_stay_whole() -> None:
    head = b"From: a@b.example\r\nSubject: x\r\n\r\nYth. Dinas PU\r\n"
    formal = head + b"Dari: Budi\r\nTanggal: 1\r\nKepada: Dinas\r\nSubjek: y"
    assert read(formal)[0].text.endswith("Subjek: y")
    forwarded = (
        b"From: a@b.example\r\n\r\nTolong\r\n---------- Forwarded message ---------\r\nDari: c\r\n> isi"
    )
    assert read(forwarded)[0].text.endswith("> isi")


def test_only_a_quotation_is_kept_rather_than_nothing() -> None:
    body = b"From: a@b.example\r\nIn-Reply-To: <x@y>\r\n\r\n> benar\r\n"
    assert read(body)[0].text == "> benar"


@pytest.mark.parametrize(
    ("charset", "content", "text"),
    [
        ("utf-8", "jalan é".encode("cp1252"), "jalan é"),
        ("x-tidak-ada", "jalan é".encode(), "jalan é"),
        ("utf-16", "jalan é".encode("utf-16"), "jalan é"),
        ("us-ascii", "jalan 😕".encode(), "jalan 😕"),
        ("utf-7", b"\xff\xfe\x00", "ÿþ"),
    ],
)
def test_charsets_that_lie(charset: str, content: bytes, text: str) -> None:
    head = f"From: a@b.example\r\nContent-Type: text/plain; charset={charset}\r\n\r\n".encode()
    assert read(head + content)[0].text == text


def test_a_letter_without_an_id_has_the_same_one_each_time() -> None:
    body = b"From: a@b.example\r\n\r\nhalo"
    taken = b"X-Tanggap-Taken: folder=inbox; account=x@y.example; at=\r\n" + body
    assert read(body)[0].external_id == read(taken)[0].external_id
    assert read(body)[0].external_id != read(body + b"!")[0].external_id


@pytest.mark.parametrize(
    "date", ["Thu, 1 Jan 1970 00:00:00 +0000", "Mon, 23 Nov 2099 00:00:00 +0000", "kemarin", ""]
)
def test_a_clock_that_lies_gives_way_to_the_servers(date: str) -> None:
    taken = b"X-Tanggap-Taken: folder=inbox; account=p@k.example; at=2026-11-23T01:00:00+00:00\r\n"
    item = read(taken + f"From: a@b.example\r\nDate: {date}\r\n\r\nhalo".encode())[0]
    assert item.created_at == datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def test_nobody_is_taken_for_us_who_only_says_so() -> None:
    line = "X-Tanggap-Taken: folder={}; account=p@k.example; at=\r\n"
    forged = (
        "X-Tanggap-Taken: folder=sent; account=p@k.example; at=\r\nFrom: P <P@k.example>\r\n\r\nsudah beres"
    )
    inbox, sent = (read((line.format(one) + forged).encode())[0].author for one in ("inbox", "sent"))
    assert inbox is not None
    assert inbox.external_id == "mengaku:p@k.example"
    assert sent is not None
    assert sent.external_id == "p@k.example"


@pytest.mark.fault(44)
@pytest.mark.parametrize(
    "body",
    [
        b"To: " + b"a@b.example, " * 80_000 + b"\r\n\r\nhalo",
        b"From: " + b"(" * 200_000 + b"\r\n\r\nhalo",
        b"Subject: " + b"=?utf-8?q?a?= " * 50_000 + b"\r\n\r\nhalo",
        b"References: " + b"<a@b> " * 100_000 + b"\r\n\r\nhalo",
        b"From: a@b.example\r\n\r\n" + b"pada " * 200_000,
        b"From: a@b.example\r\nIn-Reply-To: <x@y>\r\n\r\n" + b"pada x\r\n" * 100_000,
        b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + b"<div>" * 100_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(3000)),
    ],
    ids=["addresses", "comments", "words", "references", "line", "lines", "html", "nested"],
)
def test_hostile_letters_are_read_or_refused_soon(body: bytes) -> None:
    begun = time.monotonic()
    try:
        read(body)
    except Unreadable:
        pass
    assert time.monotonic() - begun < 8


@pytest.mark.fault(11)
@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LETTERS), st.integers(0, 3000), st.binary(max_size=40), st.integers(0, 60))
def test_a_mutated_letter_is_read_or_refused(body: bytes, at: int, junk: bytes, cut: int) -> None:
    at %= len(body)
    try:
        items = read(body[:at] + junk + body[at + cut :])
    except Unreadable:
        return
    assert all(isinstance(one, Item) and one.external_id for one in items)


@pytest.mark.fault(11)
@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        assert all(isinstance(one, Item) for one in read(body))
    except Unreadable:
        pass


# -- the mailbox ---------------------------------------------------------------------------------------------
def test_letters_stay_unread_and_where_they_are(play: Play) -> None:
    play.said("Lampu padam")
    box = town(play).server.client(town(play).official.id, town(play).official.token)
    box.select("INBOX", readonly=True)
    assert box.uid("SEARCH", "UNSEEN")[1] == [b"1"]
    box.logout()


def test_pages_are_bounded_and_the_rest_follows(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tanggap.channels.connectors.email._PAGE", 3)
    said = [play.platform.say(f"surat {number}").text for number in range(8)]
    first = play.connector.fetch(play.cursor)
    assert (len(first.bodies), first.more) == (3, True)
    assert [one.text for one in play.fetched()] == said


def test_numbers_that_begin_anew_lose_nothing(play: Play) -> None:
    play.said("Surat sebelum pindah server")
    old = {**play.cursor, "inbox": {"valid": 1, "uid": 999_999}}
    play.platform.say("Surat sesudah pindah server")
    found = play.connector.fetch(old)
    assert {one.text for one in play.items(found)} >= {"Surat sesudah pindah server"}
    assert found.cursor["inbox"]["valid"] != 1


@pytest.mark.fault(13)
def test_an_answer_from_somebodys_mail_program_comes_in_as_ours(play: Play) -> None:
    item = play.said("Air mati")
    box = town(play).server.client(town(play).official.id, town(play).official.token)
    head = f"From: {town(play).official.id}\r\nMessage-ID: <hp@x>\r\nIn-Reply-To: <{item.external_id}>\r\n"
    box.append("Terkirim", "", "", f"{head}\r\nSudah nyala".encode())
    box.logout()
    (own,) = play.fetched()
    assert own.author is not None
    assert (own.author.external_id, own.in_reply_to) == (town(play).official.id, item.external_id)


def test_an_answer_is_a_letter_in_the_thread(play: Play) -> None:
    item = play.said("Jalan rusak")
    sent = play.connector.send(play.outgoing("reply", item, "Terima kasih.\n.\nTitik di atas tetap ada."))
    (content,) = town(play).letters
    answer = email.message_from_bytes(content, policy=email.policy.default)
    assert answer["Message-ID"] == f"<{sent.external_id}>"
    assert answer["In-Reply-To"] == answer["References"] == f"<{item.external_id}>"
    assert answer["Subject"].startswith("Re: ")
    assert answer["To"] == "warga1@warga.example"
    assert answer["From"] == f"Pengaduan Kota Uji <{town(play).official.id}>"
    assert answer.get_content().splitlines() == ["Terima kasih.", ".", "Titik di atas tetap ada."]
    echo = next(one for one in play.fetched() if one.external_id == sent.external_id)
    assert echo.text == "Terima kasih.\n.\nTitik di atas tetap ada."
    assert echo.reference == "6f1c1a52-0000-4000-8000-000000000001"


def test_a_copy_that_the_server_keeps_is_not_kept_twice(play: Play) -> None:
    town(play).keeps_sent = True
    play.connector.send(play.outgoing("reply", play.said(), "Baik."))
    assert len([one for one in play.fetched() if one.text == "Baik."]) == 1


def test_a_letter_that_was_archived_or_has_no_id_is_answered(play: Play) -> None:
    server, user = town(play).server, town(play).official
    server.drop(user.id, b"From: tua@warga.example\r\nSubject: lama\r\n\r\nTanpa nomor surat")
    item = play.fetched()[0]
    assert item.external_id.startswith("sha256:")
    play.connector.send(play.outgoing("reply", item, "Kami baca."))
    assert b"To: tua@warga.example" in town(play).letters[0]
    filed = play.said("Diarsipkan")
    box = server.client(user.id, user.token)
    box.select("INBOX")
    box.uid("COPY", "2", "Arsip")
    box.uid("STORE", "2", "+FLAGS", "\\Deleted")
    box.expunge()
    box.logout()
    play.connector.send(play.outgoing("reply", filed, "Kami jawab.", reference="lain"))
    assert len(town(play).letters) == 2
    with pytest.raises(Permanent, match="tidak ada lagi"):
        play.connector.send(
            play.outgoing("reply", replace(filed, external_id="tidak@ada"), "x", reference="z")
        )


def test_history_ends_and_covers_both_folders(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tanggap.channels.connectors.email._PAGE", 2)
    item = play.said("pertama")
    play.connector.send(play.outgoing("reply", item, "jawaban"))
    for number in range(4):
        play.platform.say(f"surat {number}")
    cursor, texts, pages = {"until": LONG_AGO}, list[str](), 0
    more = True
    while more:
        page = play.connector.backfill(cursor)
        cursor, more, pages = dict(page.cursor), page.more, pages + 1
        texts += [one.text for one in play.items(page)]
        assert pages < 10
    assert sorted(texts) == ["jawaban", "pertama", *(f"surat {number}" for number in range(4))]


@pytest.mark.parametrize(
    ("command", "answer", "error", "everywhere"),
    [
        ("RCPT", "450 4.2.0 Greylisted", Temporary, False),
        ("RCPT", "550 5.1.1 User unknown", Permanent, None),
        ("MAIL", "421 4.3.2 Closing", Temporary, True),
        ("MAIL", "452 4.3.1 Insufficient storage", Temporary, True),
        ("MAIL", "530 5.7.0 Authentication required", NeedsLogin, None),
        ("DATA", "451 4.7.1 Try again", Temporary, False),
        ("DATA", "554 5.7.1 Spam", Permanent, None),
        ("DATA", "hang up", OutcomeUnknown, None),
    ],
)
def test_what_the_server_answers(
    play: Play, command: str, answer: str, error: type[Exception], everywhere: bool | None
) -> None:
    item = play.said()
    town(play).answers_smtp[command] = answer
    with pytest.raises(error) as raised:
        play.connector.send(play.outgoing("reply", item, "Baik."))
    assert town(play).letters == []
    assert getattr(raised.value, "everywhere", None) == everywhere


@pytest.mark.fault(29)
def test_a_letter_whose_outcome_is_unknown_is_found_where_it_left_a_trace(play: Play) -> None:
    item = play.said()
    out = play.outgoing("reply", item, "Baik.")
    town(play).faults.lose_answer = 1
    with pytest.raises(OutcomeUnknown):
        play.connector.send(out)
    with pytest.raises(CannotTell):
        play.connector.look_up(out)
    own = mail_writing.id_of(out.reference, f"x@{DOMAIN}")
    thanks = f"From: warga1@warga.example\r\nMessage-ID: <t@w>\r\nIn-Reply-To: <{own}>\r\n\r\nTerima kasih"
    town(play).server.drop(town(play).official.id, thanks.encode())
    found = play.connector.look_up(out)
    assert found is not None
    assert found.external_id == own


def test_no_header_of_ours_carries_a_second_one() -> None:
    hostile = email.message_from_bytes(
        b"From: =?utf-8?q?a=0D=0ABcc:_x@y.example?= <a@b.example>\r\nMessage-ID: <q@b.example>\r\n"
        b"Subject: =?utf-8?q?halo=0D=0ABcc:_semua@kota.example?=\r\nReferences: <1@b>\r\n <2@b>\r\n\r\n"
    )
    made = mail_writing.answer(
        hostile, "Baik", sender="p@k.example", name="P\r\nBcc: z@z.example", reference="r", at=NOW
    )
    answer = email.message_from_bytes(made.content)
    assert answer["Bcc"] is None
    assert answer["References"] == "<1@b> <2@b> <q@b.example>"
    with pytest.raises(Permanent):
        mail_writing.answer(hostile, "x", sender="a@b.example", name="", reference="r", at=NOW)


# -- whom we speak to ----------------------------------------------------------------------------------------
@pytest.mark.fault(50)
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "169.254.169.254", "10.0.0.7", "0x7f000001", "::1"]
)
def test_no_mail_server_of_an_inner_network_is_reached(host: str) -> None:
    with pytest.raises((Permanent, Temporary)):
        mail_lines.connected(host, 993, trusted=False)


@pytest.mark.fault(50)
def test_only_ports_of_mail_are_reached() -> None:
    with pytest.raises(Permanent, match="port surel"):
        mail_lines.connected("example.com", 6379, trusted=False)


def test_a_server_without_encryption_gets_no_password(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    account = play.stage.account(play.platform)
    monkeypatch.setattr("tanggap.core.http.is_public", lambda _: True)
    monkeypatch.setattr(mail_lines, "_MAIL_PORTS", {town(play).door.port, town(play).smtp.port})
    with pytest.raises(Permanent, match="terenkripsi"):
        Email(replace(account, trusted_base=False)).identify()
