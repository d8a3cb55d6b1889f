"""X: what its deliveries say, what its refusals mean, tokens, search, and that nothing is sent twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.channels.connector import (
    Ability,
    Account,
    Action,
    Attachment,
    BadSignature,
    ConnectorError,
    Developer,
    Gone,
    Item,
    NeedsLogin,
    OutcomeUnknown,
    Permanent,
    Temporary,
    Unreadable,
)
from tanggap.channels.connectors.x import X
from tanggap.channels.platforms.x_api import Duplicate, _refusal
from tanggap.channels.platforms.x_items import conversation, id_at, time_of
from tanggap.channels.platforms.x_query import MOST
from tanggap.channels.platforms.x_timeline import Walk
from tanggap.core import http
from tanggap.simulator.platforms import x
from tests.connectors.conformance.stage_x import STAGE
from tests.connectors.conformance.stages import Play
from tests.connectors.payloads import mutated, payload, raw, reads_or_refuses

ME, SEKAR, FIRST = "1111111111111111111", "2222222222222222222", "2080765813578191303"


def parse(name: str) -> list[Item]:
    return X.parse(raw(payload("x", name)))


def one(name: str) -> Item:
    (item,) = parse(name)
    return item


@pytest.fixture
def play() -> Iterator[Play]:
    with STAGE.open() as opened:
        opened.begin()
        opened.platform.deliveries()
        yield opened


def simulated(play: Play) -> x.X:
    assert isinstance(play.platform, x.X)
    return play.platform


# -- reading ----------------------------------------------------------------------------------------------------
def test_a_mention_is_read_whole() -> None:
    item = one("mention")
    assert (item.external_id, item.kind, item.action, item.account) == (FIRST, "mention", Action.CREATE, ME)
    assert item.text == (
        "@pemkotmelati lampu jalan di Jl. Melati mati & gelap sekali <tolong> https://foto.example/a?x=1&y=2"
    )
    assert item.created_at == datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
    assert item.author is not None
    assert (item.author.external_id, item.author.handle, item.author.name, item.author.followers) == (
        SEKAR, "@sekar_melati", "Sekar 🌾", 97,
    )  # fmt: skip
    assert item.media == [
        {"type": "image", "url": "https://pbs.twimg.com/media/lampu.jpg", "alt": "Tiang lampu yang padam"}
    ]
    assert item.metrics == {"likes": 6, "shares": 2, "comments": 1, "views": 310}
    assert item.url == f"https://x.com/sekar_melati/status/{FIRST}"
    assert (item.in_reply_to, item.thread) == ("", FIRST)


def test_an_answer_hangs_at_the_first_version_of_what_it_answers() -> None:
    item = one("reply")
    assert (item.kind, item.in_reply_to, item.thread) == (
        "comment",
        "2080700000000000001",
        "2080700000000000001",
    )


def test_an_edit_is_the_same_post_by_its_first_id() -> None:
    item = one("edit")
    assert (item.external_id, item.action) == (FIRST, Action.EDIT)
    assert item.edited_at == datetime(2026, 11, 22, 1, 20, tzinfo=UTC)
    assert item.created_at == time_of(FIRST)
    assert item.url.endswith("/2080765990000000009")


def test_a_long_post_is_read_to_its_end() -> None:
    assert one("long").text.endswith("Laporan panjang. Akhirnya.")
    assert len(one("long").text) > 600


@pytest.mark.fault(13)
def test_what_the_account_says_itself_is_known_by_its_author() -> None:
    for name, kind in (("own_post", "post"), ("dm_sent", "message")):
        item = one(name)
        assert item.author is not None
        assert (item.author.external_id, item.kind) == (ME, kind)


def test_a_quote_of_us_is_talk_with_its_link() -> None:
    assert one("quote").text == "Katanya cepat, mana? https://x.com/pemkotmelati/status/2080761390344937796"


@pytest.mark.fault(12)
@pytest.mark.parametrize("name", ["delete", "older_delete"])
def test_a_deletion_meets_the_post_by_its_id(name: str) -> None:
    gone = one(name)
    assert (gone.action, gone.external_id, gone.account) == (Action.DELETE, one("own_post").external_id, ME)


def test_a_message_keeps_its_conversation_and_its_picture() -> None:
    item = one("dm_received")
    assert (item.external_id, item.kind, item.thread) == (
        "dm/2080765901528535096", "message", f"dm/{ME}-{SEKAR}",
    )  # fmt: skip
    assert item.text == "Halo, ini nomor rumah saya"
    assert item.media == [{"type": "image", "url": "https://ton.twitter.com/dm/1/rumah.jpg", "alt": ""}]
    assert one("dm_sent").thread == item.thread == conversation(SEKAR, ME)
    assert one("older_dm").text == item.text


def test_the_older_interface_tells_of_the_same_post() -> None:
    item, same = one("older_tweet"), one("mention")
    assert (item.external_id, item.author, item.created_at) == (
        same.external_id,
        same.author,
        same.created_at,
    )
    assert item.text == "@pemkotmelati lampu jalan di Jl. Melati mati & gelap sekali, sudah tiga malam."
    assert (item.kind, item.account, item.in_reply_to) == ("comment", ME, "2080700000000000001")
    assert item.media[0]["alt"] == "Tiang lampu"


@pytest.mark.parametrize(
    "name", ["repost", "like", "chat_received", "oauth_revoke", "older_favorite", "older_revoke"]
)
def test_what_says_nothing_gives_no_item(name: str) -> None:
    assert parse(name) == []


@pytest.mark.fault(11)
@settings(max_examples=300, deadline=None)
@given(mutated("x"))
def test_missing_fields_and_wrong_types_are_read_or_refused_in_words(body: Any) -> None:
    reads_or_refuses(X.parse, body)


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"[" * 5000, b'{"data": {}}', b"\xff", b"{}"])
def test_broken_bodies_are_refused_in_words(body: bytes) -> None:
    with pytest.raises(Unreadable, match="X"):
        X.parse(raw(body))


@pytest.mark.fault(44)
def test_a_text_beyond_reason_is_put_aside() -> None:
    body = payload("x", "mention")
    body["data"]["payload"]["text"] = "a " * 100_000
    with pytest.raises(Unreadable, match="paling banyak"):
        X.parse(raw(body))


# -- the address ------------------------------------------------------------------------------------------------
@pytest.mark.fault(3)
def test_signatures_are_checked_over_the_bytes_with_every_valid_secret(play: Play) -> None:
    play.platform.say("Air mati")
    hooked = play.platform.deliveries()[0]
    headers = {name.lower(): value for name, value in hooked.headers.items()}
    now = datetime.now(UTC)
    X.verify(["baru", play.platform.secret], headers, hooked.body, now)
    for secrets, body, sent in (
        ([play.platform.secret], hooked.body + b" ", headers),
        (["lain"], hooked.body, headers),
        ([], hooked.body, headers),
        ([play.platform.secret], hooked.body, {}),
        ([play.platform.secret], hooked.body, {"x-twitter-webhooks-signature": "sha256=é"}),
    ):
        with pytest.raises(BadSignature):
            X.verify(secrets, sent, body, now)


def test_the_challenge_is_answered_with_the_newest_secret(play: Play) -> None:
    query, right = simulated(play).crc()
    said = X.challenge([play.platform.secret, "lama"], "", query)
    assert said is not None
    assert json.loads(said) == {"response_token": right}
    assert X.challenge([play.platform.secret], "", {}) is None


def test_the_account_is_subscribed_once_where_the_app_has_a_webhook(play: Play) -> None:
    plain = play.stage.account(play.platform)
    X(plain).subscribe()
    assert simulated(play).subscriptions == []
    account = replace(plain, developer=replace(plain.developer, app_token="simulated-app-bearer"))
    X(account).subscribe()
    X(account).subscribe()
    events = [one["event_type"] for one in simulated(play).subscriptions]
    assert sorted(events) == sorted(set(events))
    assert {"post.mention.create", "post.reply.create", "dm.received"} <= set(events)
    assert {one["filter"]["user_id"] for one in simulated(play).subscriptions} == {play.platform.official.id}


# -- tokens -----------------------------------------------------------------------------------------------------
@pytest.mark.fault(32)
def test_both_tokens_are_renewed_and_the_old_pair_is_worth_nothing(play: Play) -> None:
    old = play.stage.account(play.platform)
    grant = X(old).refresh()
    assert grant is not None
    assert grant.secrets["token"] != old.token
    assert grant.secrets["refresh_token"] != old.secrets["refresh_token"]
    assert grant.identity.external_id == play.platform.official.id
    assert grant.identity.expires_at is not None
    assert timedelta(hours=1) < grant.identity.expires_at - datetime.now(UTC) <= timedelta(hours=2)
    with pytest.raises(NeedsLogin):
        X(old).identify()
    with pytest.raises(NeedsLogin):
        X(old).refresh()
    assert X(replace(old, secrets={"token": "x"})).refresh() is None


def test_a_log_in_gives_the_account_once(play: Play) -> None:
    developer = play.stage.developer(play.platform)
    (grant,) = X.exchange(developer, "simulated-code", "https://tanggap.example/kembali", "verifier")
    assert grant.identity.handle == "@pemkotmelati"
    assert set(grant.secrets) == {"token", "refresh_token"}
    with pytest.raises(NeedsLogin):
        X.exchange(developer, "simulated-code", "https://tanggap.example/kembali", "verifier")
    with pytest.raises(Permanent, match="aplikasi pengembang"):
        X.exchange(replace(developer, client_secret="salah"), "simulated-code", "https://a.example", "v")


# -- what refusals mean -------------------------------------------------------------------------------------------
def problem(status: int, detail: str = "", kind: str = "about:blank", **headers: str) -> http.Answer:
    body = json.dumps({"title": "x", "detail": detail, "type": kind, "status": status}).encode()
    return http.Answer(status, headers, body, "https://api.x.com/2/tweets")


@pytest.mark.parametrize(
    ("answer", "wanted", "words"),
    [
        (problem(401, "Unauthorized"), NeedsLogin, "token"),
        (problem(402, "no credits", "https://api.twitter.com/2/problems/credits"), Temporary, "Kredit"),
        (problem(429, "cap", "https://api.twitter.com/2/problems/usage-capped"), Temporary, "belanja"),
        (problem(429, "Too Many Requests"), Temporary, "jeda"),
        (problem(403, "enroll", "https://api.twitter.com/2/problems/client-forbidden"), NeedsLogin, "console.x.com"),
        (problem(403, "You are not allowed to create a Tweet with duplicate content."), Duplicate, "sama persis"),
        (problem(403, "Your account is suspended."), NeedsLogin, "ditangguhkan"),
        (problem(403, "You attempted to reply to a Tweet that is deleted or not visible to you"), Gone, "tidak ada"),
        (
            problem(403, "Reply to this conversation is not allowed because you have not been mentioned or otherwise "
                    "engaged by the author of the post you are replying to."),
            Permanent, "Jawab langsung di X",
        ),
        (problem(403, "You cannot send messages to this user."), Permanent, "Jawab terbuka"),
        (problem(403, "Forbidden"), NeedsLogin, "izin"),
        (problem(404, "gone", "https://api.twitter.com/2/problems/resource-not-found"), Gone, "tidak ditemukan"),
        (problem(400, "text is too long"), Permanent, "too long"),
    ],
)  # fmt: skip
def test_each_refusal_says_what_to_do(answer: http.Answer, wanted: type[ConnectorError], words: str) -> None:
    error = _refusal(answer, True)
    assert type(error) is wanted
    assert words in str(error)


@pytest.mark.fault(30)
@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b'{"errors": 1}', b'{"errors": []}'])
def test_a_refusal_without_a_readable_body_has_the_usual_meaning(body: bytes) -> None:
    assert isinstance(_refusal(http.Answer(429, {}, body, ""), True), Temporary)
    assert _refusal(http.Answer(500, {}, body, ""), True) is None


def test_empty_credit_and_a_closed_app_keep_the_queue(play: Play) -> None:
    item = play.said()
    simulated(play).credits = False
    with pytest.raises(Temporary) as raised:
        play.connector.send(play.outgoing("reply", item, "Terima kasih"))
    assert raised.value.everywhere
    simulated(play).credits, simulated(play).enrolled = True, False
    with pytest.raises(NeedsLogin):
        play.connector.send(play.outgoing("reply", item, "Terima kasih"))
    assert play.platform.answers() == []


# -- sending ------------------------------------------------------------------------------------------------------
@pytest.mark.fault(29)
def test_a_refused_duplicate_of_a_lost_answer_is_the_answer(play: Play) -> None:
    item = play.said()
    out = play.outgoing("reply", item, "Regu sedang menuju ke sana, lihat https://pemkot.example/air")
    play.platform.faults.lose_answer = 1
    with pytest.raises(OutcomeUnknown):
        play.connector.send(out)
    sent = play.connector.send(out)
    (answer,) = play.platform.answers()
    assert sent.external_id == answer.id
    with pytest.raises(Permanent, match="ubah kata-katanya"):
        play.connector.send(replace(out, reference="lain", options={"taken": [answer.id]}))
    assert len(play.platform.answers()) == 1


def test_who_did_not_name_us_is_answered_on_x_itself(play: Play) -> None:
    play.platform.say("Jalan rusak di mana-mana", kind="post")
    page = play.connector.search("rusak", {"since": str(id_at(datetime.now(UTC) - timedelta(hours=1)))})
    (item,) = play.items(page)
    assert item.kind == "post"
    with pytest.raises(Permanent, match="Jawab langsung di X"):
        play.connector.send(play.outgoing("reply", item, "Halo"))


def test_a_message_goes_to_the_other_one_of_its_conversation(play: Play) -> None:
    item = play.said("Ini alamat saya", kind="message")
    assert item.kind == "message"
    sent = play.connector.send(play.outgoing("reply", item, "Baik, kami catat"))
    assert sent.external_id.startswith("dm/")
    found = play.connector.look_up(play.outgoing("private_reply", item, "Baik, kami catat"))
    assert found == sent
    assert play.connector.look_up(play.outgoing("private_reply", item, "Belum pernah dikirim")) is None
    simulated(play).closed.add("warga1")
    with pytest.raises(Permanent, match="Jawab terbuka"):
        play.connector.send(play.outgoing("private_reply", item, "Halo"))


def test_a_picture_goes_up_before_and_carries_its_description(play: Play) -> None:
    picture = Attachment(b"\xff\xd8" + bytes(1_500_000), "image/jpeg", "Peta pemadaman")
    out = play.outgoing("post", None, "Pemadaman air", media=(picture,))
    play.platform.faults.fail = 1
    with pytest.raises(Temporary):
        play.connector.send(out)
    sent = play.connector.send(out)
    (kept,) = play.platform.pieces[sent.external_id].media
    assert (kept["bytes"], kept["alt"], kept["media_category"]) == (
        1_500_002,
        "Peta pemadaman",
        "tweet_image",
    )
    film = Attachment(b"0", "video/mp4")
    with pytest.raises(Permanent, match="satu video"):
        play.connector.send(play.outgoing("post", None, "Dua", media=(picture, film)))


# -- walking ------------------------------------------------------------------------------------------------------
@pytest.mark.fault(8)
def test_pages_that_never_end_or_come_again_do(play: Play) -> None:
    walk = Walk({"since": "10"})
    first = {"data": [{"id": "14"}, {"id": "13"}], "meta": {"next_token": "a"}}
    rows, _, more = walk.page(lambda _: first)
    assert ([one["id"] for one in rows], more, walk.since) == (["13", "14"], True, "10")
    again = Walk(json.loads(json.dumps(walk.kept())))
    rows, _, more = again.page(lambda _: {"meta": {"next_token": "b", "result_count": 0}})
    assert (rows, more) == ([], True)
    rows, _, more = again.page(lambda _: {"data": [{"id": "11"}], "meta": {"next_token": "b"}})
    assert (more, again.since) == (False, "14")
    rows, _, _ = Walk({"since": "12"}).page(lambda _: first | {"data": [{"id": "13"}, {"id": "12"}]})
    assert [one["id"] for one in rows] == ["13"]


def test_a_burst_over_many_pages_comes_whole_and_once(play: Play) -> None:
    said = {play.platform.say(f"Laporan {number}", author=f"warga{number % 7}").id for number in range(43)}
    found = [one.external_id for one in play.fetched() if one.action == Action.CREATE]
    assert len(found) == len(set(found))
    assert said <= set(found)


@pytest.mark.fault(12)
def test_edits_and_deletions_that_no_hook_tells_of_are_found_by_asking_again(play: Play) -> None:
    kept = play.platform.say("Tetap").id
    edited, gone = play.platform.say("Lubang").id, play.platform.say("Nanti hilang").id
    play.fetched()
    play.platform.edit(edited, "Lubang besar")
    play.platform.delete(gone)
    again = play.connector.recheck([kept, edited, gone])
    changes = {one.external_id: (one.action, one.text) for one in play.items(again)}
    assert changes == {
        kept: (Action.CREATE, "Tetap"), edited: (Action.EDIT, "Lubang besar"), gone: (Action.DELETE, ""),
    }  # fmt: skip
    calls = play.platform.calls
    assert [path for _, path in calls].count("/2/tweets") == 2, (
        "versions later than the first cost one call more"
    )


# -- search -------------------------------------------------------------------------------------------------------
def test_words_are_joined_into_as_few_queries_as_fit() -> None:
    (query,) = X.compile(["banjir", "lampu mati", "#melati", ""], ["lomba foto"])
    assert query == '(banjir OR "lampu mati" OR #melati) -is:retweet (lang:in OR lang:und) -"lomba foto"'
    words = [f"kelurahan nomor {number}" for number in range(60)]
    queries = X.compile(words, ["iklan"])
    assert len(queries) == 4
    assert all(len(one) <= MOST for one in queries)
    assert all(sum(f'"{word}"' in one for one in queries) == 1 for word in words)
    assert X.compile([], ["iklan"]) == []


@given(st.lists(st.text(max_size=60), max_size=30), st.lists(st.text(max_size=20), max_size=5))
def test_no_operator_hides_in_a_word_and_no_query_is_too_long(words: list[str], excluded: list[str]) -> None:
    for query in X.compile(words, excluded):
        assert len(query) <= MOST
        assert query.count('"') % 2 == 0
    for word in ("a) OR (b", "from:lawan", "OR", 'kata "dalam" kutip'):
        assert f'("{" ".join(word.replace(chr(34), " ").split())}")' in X.compile([word], [])[0]


def test_terms_beyond_what_x_takes_are_refused_in_words() -> None:
    with pytest.raises(Permanent, match="terlalu panjang"):
        X.compile(["kata " * 120], [])
    with pytest.raises(Permanent, match="dikecualikan"):
        X.compile(["banjir"], [f"kata nomor {number}" for number in range(30)])


def test_public_talk_is_found_from_now_on_and_once(play: Play) -> None:
    (query,) = X.compile(["banjir", "lampu mati"], ["lomba"])
    cursor = play.connector.search(query, {}).cursor
    said = [play.platform.say(f"Banjir di gang {number}", kind="post").id for number in range(12)]
    play.platform.say("Banjir lomba foto", kind="post")
    play.platform.say("Cerah sekali", kind="post")
    found: list[str] = []
    for _ in range(10):
        page = play.connector.search(query, cursor)
        cursor, found = page.cursor, found + [one.external_id for one in play.items(page)]
        if not page.more:
            break
    assert sorted(found) == sorted(said)
    assert not play.connector.search(query, cursor).bodies


@pytest.mark.fault(9)
def test_a_search_that_slept_too_long_says_what_is_missing(play: Play) -> None:
    page = play.connector.search("banjir", {"since": str(id_at(datetime.now(UTC) - timedelta(days=9)))})
    assert "tujuh hari" in page.missed
    assert not play.connector.search("banjir", page.cursor).missed


def test_ids_tell_their_time() -> None:
    at = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
    assert time_of(str(id_at(at))) == at
    assert abs(time_of(FIRST) - datetime(2026, 7, 24, 21, 23, 23, tzinfo=UTC)) < timedelta(minutes=1)


def test_what_is_declared() -> None:
    assert {Ability.HOOK, Ability.FETCH, Ability.SEARCH, Ability.HIDE, Ability.LOOK_UP} <= X.abilities
    assert X(Account(developer=Developer())).name == "X"
