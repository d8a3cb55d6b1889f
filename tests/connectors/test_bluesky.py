"""Bluesky: what its notifications say, texts and keys, sessions, messages, and that a send stands once."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tanggap.channels.connector import (
    Account,
    Action,
    Attachment,
    ConnectorError,
    Gone,
    Item,
    NeedsLogin,
    OutcomeUnknown,
    Permanent,
    Temporary,
    Unreadable,
)
from tanggap.channels.connectors.bluesky import Bluesky
from tanggap.channels.platforms.bluesky_api import Api, NoMessages, Stale, _refusal, forget_sessions
from tanggap.channels.platforms.bluesky_text import facets, record_key, whole
from tanggap.channels.platforms.bluesky_watch import Seen
from tanggap.core import http
from tanggap.simulator.platforms import bluesky
from tests.connectors.conformance.stage_bluesky import STAGE
from tests.connectors.conformance.stages import Play
from tests.connectors.payloads import mutated, payload, raw, reads_or_refuses

OURS, SEKAR = "did:plc:pemkotmelati2345abcdefgh", "did:plc:sekarmelati23456abcdefgh"
ROOT = f"at://{OURS}/app.bsky.feed.post/3n2vezbpva2aa"


def parse(name: str) -> list[Item]:
    return Bluesky.parse(raw(payload("bluesky", name)))


def one(name: str) -> Item:
    (item,) = parse(name)
    return item


@pytest.fixture
def play() -> Iterator[Play]:
    with STAGE.open() as opened:
        opened.begin()
        yield opened
    forget_sessions()


def simulated(play: Play) -> bluesky.Bluesky:
    assert isinstance(play.platform, bluesky.Bluesky)
    return play.platform


# -- reading ----------------------------------------------------------------------------------------------------
def test_a_mention_is_read_whole() -> None:
    item = one("mention")
    assert (item.external_id, item.kind) == (f"at://{SEKAR}/app.bsky.feed.post/3n2vezbpva22l", "mention")
    assert item.text == (
        "@pemkotmelati.bsky.social lampu jalan 💡 mati, lihat https://foto.example/panjang/sekali?x=1&y=2"
    )
    assert item.created_at == datetime(2026, 11, 22, 1, 2, 3, 456000, tzinfo=UTC)
    assert item.author is not None
    assert (item.author.external_id, item.author.handle, item.author.name) == (
        SEKAR,
        "@sekar.bsky.social",
        "Sekar 🌾",
    )
    assert item.url == "https://bsky.app/profile/sekar.bsky.social/post/3n2vezbpva22l"
    assert item.thread == item.external_id
    assert item.media == [
        {
            "type": "image",
            "url": f"https://cdn.bsky.app/img/feed_fullsize/plain/{SEKAR}/bafkreiabc@jpeg",
            "alt": "Tiang lampu yang padam",
        }
    ]


def test_kinds_follow_what_is_answered_and_who_says_it() -> None:
    reply = one("reply")
    assert (reply.kind, reply.in_reply_to, reply.thread) == ("comment", ROOT, ROOT)
    assert (one("found").kind, one("found").metrics) == ("post", {"likes": 3, "shares": 1, "comments": 0})
    assert one("quote").media[0]["type"] == "video"
    own = one("own")
    assert own.author is not None
    assert (own.kind, own.author.external_id, own.external_id) == ("post", OURS, ROOT)
    message = one("message")
    assert (message.kind, message.external_id, message.thread) == (
        "message", "chat/3n2vezconvo22/3n2vezmsg0022", "chat/3n2vezconvo22",
    )  # fmt: skip
    assert message.author is not None
    assert message.author.handle == "@sekar.bsky.social"
    assert parse("like") == []


@pytest.mark.fault(12)
def test_a_deletion_meets_the_post_by_its_id() -> None:
    assert (one("delete").action, one("delete").external_id) == (Action.DELETE, one("mention").external_id)


@pytest.mark.fault(11)
@settings(max_examples=300, deadline=None)
@given(mutated("bluesky"))
def test_missing_fields_and_wrong_types_are_read_or_refused_in_words(body: Any) -> None:
    reads_or_refuses(Bluesky.parse, body)


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"[" * 5000, b'{"event": "own"}', b"\xff"])
def test_broken_bodies_are_refused_in_words(body: bytes) -> None:
    with pytest.raises(Unreadable, match="Bluesky"):
        Bluesky.parse(raw(body))


@pytest.mark.fault(44)
def test_a_text_beyond_reason_is_put_aside() -> None:
    body = payload("bluesky", "reply")
    body["payload"]["record"]["text"] = "a " * 100_000
    with pytest.raises(Unreadable, match="paling banyak"):
        Bluesky.parse(raw(body))


# -- texts and keys -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Lihat https://a.example/b_(c). Ya", ["https://a.example/b_(c)"]),
        ("💧💧 #AirMati, #2 @warga.bsky.social.", ["#AirMati", "@warga.bsky.social"]),
        ("surel a@b.example bukan sebutan @tidakada.example", []),
        (
            "https://a.example/#bagian dan (https://b.example)",
            ["https://a.example/#bagian", "https://b.example"],
        ),
        ("👨‍👩‍👧‍👦 #keluarga👍", ["#keluarga👍"]),
        ("", []),
    ],
)
def test_facets_lie_over_their_bytes(text: str, wanted: list[str]) -> None:
    found = facets(text, lambda handle: SEKAR if handle == "warga.bsky.social" else "")
    spans = [(one["index"]["byteStart"], one["index"]["byteEnd"]) for one in found]
    assert [text.encode()[start:end].decode() for start, end in spans] == wanted


@given(st.text(alphabet=st.sampled_from("a#@.:/ h💧\u0301é😀ht👨‍👩‍👧tps-b(c)"), max_size=80))
def test_facets_never_cut_a_character_and_never_overlap(text: str) -> None:
    until = 0
    for one in facets(text, lambda _: SEKAR):
        start, end = one["index"]["byteStart"], one["index"]["byteEnd"]
        assert until <= start < end <= len(text.encode())
        assert text.encode()[start:end].decode()
        until = end


def test_a_link_that_stands_whole_stays_as_it_is() -> None:
    text = "Klik di sini dan https://a.example"
    link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://jahat.example"}
    assert whole(text, [{"index": {"byteStart": 0, "byteEnd": 4}, "features": [link]}]) == text


def test_a_record_key_is_the_same_for_a_delivery_and_different_for_another() -> None:
    at = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
    key = record_key("a", at)
    assert record_key("a", at) == key
    assert record_key("b", at) != key
    assert record_key("a", at + timedelta(seconds=1)) > key
    assert record_key("a", None) == record_key("a", None)
    assert len({record_key(f"ref-{number}", at) for number in range(500)}) == 500
    for one in (key, record_key("a", None)):
        assert len(one) == 13
        assert one[0] in "234567abcdefghij"  # atproto.com/specs/tid: the highest bit is never set


# -- what was seen ------------------------------------------------------------------------------------------------
def test_one_whose_clock_is_slow_is_found_among_older_ones() -> None:
    page = [(f"at://{number}", f"2026-11-22T01:{number:02}:00Z") for number in range(50, 20, -1)]
    seen = Seen(json.loads(json.dumps(Seen.begun(page, full=False).kept())))
    late = ("at://slow", "2026-11-22T01:30:30Z")
    assert seen.new([*page[:20], late, *page[20:]], "after") == {"at://slow"}
    assert seen.new([*page[:20], late, *page[20:]], "after") == set()
    assert seen.next == ""


def test_what_was_there_before_we_came_stays_old() -> None:
    page = [(f"at://{number}", f"2026-11-22T01:{number:02}:00Z") for number in range(59, 9, -1)]
    seen = Seen.begun(page, full=True)
    older = ("at://history", "2026-11-22T00:10:00Z")
    assert seen.new([*page[1:], older], "after") == set()


@pytest.mark.fault(10)
def test_a_burst_is_walked_to_its_end_and_not_again(play: Play) -> None:
    said = {play.platform.say(f"Laporan {number}", author=f"warga{number % 5}").id for number in range(333)}
    found = [one.external_id.split("/")[-1] for one in play.fetched() if one.action == Action.CREATE]
    assert sorted(found) == sorted(said)
    calls = len(play.platform.calls)
    assert play.fetched() == []
    assert len(play.platform.calls) - calls < 10
    assert len(json.dumps(play.cursor)) < 20_000


def test_the_stream_brings_what_is_new_and_leaves_a_flood_to_the_fetch(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tanggap.channels.connectors.bluesky._PACE_SECONDS", 0.0)
    play.platform.say("Sebelum kami mendengarkan")
    line = play.connector.stream()
    assert [next(line), next(line)] == [b"", b""]
    play.platform.say("Air mati")
    body = next(line)
    assert [one.text for one in Bluesky.parse(replace(raw({}), body=body))] == ["Air mati"]
    assert [next(line), next(line)] == [b"", b""]
    gone = play.platform.say("Nanti hilang").id
    assert next(line)
    play.platform.delete(gone)
    assert next(line) == b""
    told = Bluesky.parse(replace(raw({}), body=next(line)))
    assert [(one.action, one.external_id.split("/")[-1]) for one in told] == [(Action.DELETE, gone)]
    for number in range(70):
        play.platform.say(f"Laporan {number}")
    assert len([one for one in line if one]) == 50
    play.platform.revoke()
    with pytest.raises(NeedsLogin):
        next(play.connector.stream())


# -- sessions -----------------------------------------------------------------------------------------------------
def logins(play: Play) -> int:
    return sum(path.endswith("createSession") for _, path in play.platform.calls)


def test_one_log_in_serves_all_calls_and_all_threads(play: Play) -> None:
    forget_sessions()
    before, together = logins(play), Barrier(6)

    def ask() -> None:
        together.wait()
        play.connector.identify()

    threads = [Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert logins(play) - before == 1


@pytest.mark.fault(32)
def test_a_session_that_ran_out_is_refreshed_even_in_the_middle_of_a_send(play: Play) -> None:
    item = play.said()
    before = logins(play)
    simulated(play).sessions = {token: (did, 0.0) for token, (did, _) in simulated(play).sessions.items()}
    sent = play.connector.send(play.outgoing("reply", item, "Terima kasih"))
    assert [one.id for one in play.platform.answers()] == [sent.external_id.split("/")[-1]]
    assert logins(play) == before


def test_a_second_factor_asks_for_an_app_password() -> None:
    answer = http.Answer(401, {}, b'{"error": "AuthFactorTokenRequired", "message": "x"}', "")
    assert "sandi aplikasi" in str(_refusal(answer, False))


@pytest.mark.parametrize(
    ("status", "error", "message", "wanted"),
    [
        (400, "ExpiredToken", "Token has expired", Stale),
        (400, "InvalidToken", "Bad token scope", NoMessages),
        (401, "AuthenticationRequired", "Invalid identifier or password", NeedsLogin),
        (400, "AccountTakedown", "Account has been taken down", NeedsLogin),
        (400, "RecordNotFound", "Could not locate record", Gone),
        (400, "InvalidRequest", "Record/text must not be longer than 300 graphemes", Permanent),
        (413, "PayloadTooLarge", "request entity too large", Permanent),
        (429, "RateLimitExceeded", "Rate Limit Exceeded", Temporary),
    ],
)
def test_each_refusal_has_its_meaning(
    status: int, error: str, message: str, wanted: type[ConnectorError]
) -> None:
    body = json.dumps({"error": error, "message": message}).encode()
    assert type(_refusal(http.Answer(status, {}, body, ""), True)) is wanted


@pytest.mark.fault(30)
@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"ratelimit-reset": str(int(time.time()) + 7200)}, 6000, 7200),
        ({"retry-after": "7"}, 7, 7),
        ({"ratelimit-reset": "5"}, 0, 0),
        ({}, None, None),
        ({"ratelimit-reset": "besok"}, None, None),
    ],
)
def test_a_pause_is_as_long_as_the_server_says(
    headers: dict[str, str], least: float | None, most: float | None
) -> None:
    error = _refusal(http.Answer(429, headers, b"<html>", ""), True)
    assert isinstance(error, Temporary)
    assert (error.retry_after is None) == (least is None)
    assert error.retry_after is None or (least or 0) <= error.retry_after <= (most or 0)


# -- sending ------------------------------------------------------------------------------------------------------
@pytest.mark.fault(29)
def test_a_send_tried_again_after_a_lost_answer_still_stands_once(play: Play) -> None:
    item = play.said()
    out = play.outgoing("reply", item, "Regu sedang menuju ke sana")
    play.platform.faults.lose_answer = 1
    with pytest.raises(OutcomeUnknown):
        play.connector.send(out)
    sent = play.connector.send(out)
    found = play.connector.look_up(out)
    assert found is not None
    assert found.external_id == sent.external_id
    assert len(play.platform.answers()) == 1
    other = play.connector.send(replace(out, reference="lain"))
    assert other.external_id != sent.external_id


def test_a_closed_thread_and_a_post_that_is_gone_are_told_before_sending(play: Play) -> None:
    item = play.said()
    play.platform.delete(play.piece(item).id)
    with pytest.raises(Gone):
        play.connector.send(play.outgoing("reply", item, "Halo"))
    assert play.platform.answers() == []


def test_pictures_carry_their_description_and_shape(play: Play) -> None:
    content = io.BytesIO()
    Image.new("RGB", (30, 20)).save(content, "PNG")
    picture = Attachment(content.getvalue(), "image/png", "Peta pemadaman")
    sent = play.connector.send(play.outgoing("post", None, "Pemadaman 💧", media=(picture,)))
    (kept,) = play.platform.pieces[sent.external_id.split("/")[-1]].media
    assert (kept["alt"], kept["aspectRatio"]) == ("Peta pemadaman", {"width": 30, "height": 20})
    for wrong in (
        replace(picture, content=b"x"),
        replace(picture, content=bytes(1_000_001)),
        replace(picture, type="image/tiff"),
    ):
        with pytest.raises(Permanent):
            play.connector.send(play.outgoing("post", None, "Salah", media=(wrong,), reference="salah"))


def test_only_what_stands_under_our_own_post_is_hidden(play: Play) -> None:
    mention = play.said("@kami halo", kind="mention")
    with pytest.raises(Permanent, match="kiriman kita sendiri"):
        play.connector.send(play.outgoing("hide", mention, ""))
    first, second = play.said("kotor"), play.said("kotor sekali")
    for item in (first, second, second):
        play.connector.send(play.outgoing("hide", item, ""))
    assert [play.piece(item).hidden for item in (first, second)] == [True, True]
    play.connector.send(play.outgoing("hide", first, "", options={"hidden": False}))
    assert [play.piece(item).hidden for item in (first, second)] == [False, True]


# -- messages -----------------------------------------------------------------------------------------------------
def test_messages_come_and_are_answered_where_the_app_password_opens_them(play: Play) -> None:
    assert play.connector.identify().settings["messages"] is True
    item = play.said("Ini alamat saya", kind="message")
    assert (item.kind, item.author and item.author.handle) == ("message", "@warga1.warga.test")
    out = play.outgoing("reply", item, "Baik, kami catat")
    assert play.connector.look_up(out) is None
    sent = play.connector.send(out)
    assert play.connector.look_up(out) == sent
    echo = [one for one in play.fetched() if one.external_id == sent.external_id]
    assert [one.author.external_id for one in echo if one.author] == [play.platform.official.id]


def test_who_takes_no_messages_is_answered_openly(play: Play) -> None:
    item = play.said()
    simulated(play).closed.add("warga1")
    with pytest.raises(Permanent, match="jawab terbuka"):
        play.connector.send(play.outgoing("private_reply", item, "Halo"))


def test_an_app_password_without_messages_still_serves_for_posts(play: Play) -> None:
    simulated(play).messages_allowed = False
    assert play.connector.identify().settings["messages"] is False
    with pytest.raises(NeedsLogin, match="izin pesan"):
        play.fetched()  # it was connected with messages: their loss is told, not swallowed
    account = play.stage.account(play.platform)
    without = Bluesky(replace(account, settings={**account.settings, "messages": False}))
    play.platform.say("Air mati")
    assert len(without.fetch({**play.cursor, "slow": 0}).bodies) == 1


def test_a_message_service_that_rests_holds_up_no_posts(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Api.read

    def resting(self: Api, method: str, **query: Any) -> Any:
        if method.startswith("chat."):
            raise Temporary("istirahat")
        return read(self, method, **query)

    play.platform.say("Air mati")
    play.platform.say("Pesan", kind="message")
    with monkeypatch.context() as patched:
        patched.setattr(Api, "read", resting)
        assert [one.text for one in play.fetched()] == ["Air mati"]
    assert [one.text for one in play.fetched()] == ["Pesan"]


# -- search -------------------------------------------------------------------------------------------------------
def test_each_word_is_a_query_and_exclusions_are_left_out_here(play: Play) -> None:
    queries = Bluesky.compile(["banjir", "lampu mati"], ["lomba foto", "iklan"])
    assert queries == ['banjir -"lomba foto" -iklan', '"lampu mati" -"lomba foto" -iklan']
    cursors = {query: play.connector.search(query, {}).cursor for query in queries}
    said = [
        play.platform.say(text, kind="post").id
        for text in ("Banjir lagi", "BANJIR iklan", "banjiriklan", "Lampu mati")
    ]
    found = {
        item.external_id.split("/")[-1]
        for query in queries
        for item in play.items(play.connector.search(query, cursors[query]))
    }
    assert found == {said[0], said[2], said[3]}


def test_private_servers_need_trust() -> None:
    with pytest.raises(Permanent, match="https"):
        Bluesky(Account(api_base="http://127.0.0.1:9")).identify()
