"""Facebook Pages: every event kind read, fetched pages, and sends that leave once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given

from tanggap.channels.connector import (
    Account,
    Action,
    Attachment,
    CannotTell,
    Developer,
    Fetched,
    Item,
    NeedsLogin,
    OutcomeUnknown,
    Outgoing,
    Permanent,
    Temporary,
    Unreadable,
)  # fmt: skip
from tanggap.channels.connectors.facebook import Facebook
from tanggap.core import http
from tanggap.simulator.platforms.facebook import Facebook as Simulated
from tests.connectors.conformance.stages import LONG_AGO, Wire
from tests.connectors.payloads import mutated, payload, raw, reads_or_refuses

PAGE = "104700000000001"
POST = f"{PAGE}_122101"
JPEG = Attachment(b"\xff\xd8\xff\xe0 a picture", "image/jpeg", alt="Warga kerja bakti", name="a.jpg")


def read(name: str) -> Item:
    (item,) = Facebook.parse(raw(payload("facebook", name)))
    return item


@pytest.fixture
def platform() -> Iterator[Simulated]:
    simulated = Simulated()
    with http.swapped(Wire({"facebook.simulated": simulated})):
        yield simulated


def facebook(platform: Simulated) -> Facebook:
    developer = Developer(platform.client_id, platform.client_secret, "https://facebook.simulated")
    return Facebook(Account(platform.official.id, token=platform.official.token, developer=developer))


def out(kind: str, text: str = "Sudah kami teruskan.", target: str = "", **more: Any) -> Outgoing:
    return Outgoing(kind, text, "ref-1", target, created_at=datetime.now(UTC), **more)


# -- reading -----------------------------------------------------------------------------------------------------
def test_a_comment() -> None:
    item = read("comment_add")
    assert item == Item(
        platform="facebook", external_id="122101_122455", kind="comment",
        text="Lampu jalan di Gang Kenanga padam sejak Senin 🙏", account=PAGE, thread=POST, in_reply_to=POST,
        created_at=datetime.fromtimestamp(1795316398, UTC), author=item.author,
        url=f"https://www.facebook.com/{POST}?comment_id=122455", media=[],
    )  # fmt: skip
    assert item.author
    assert (item.author.external_id, item.author.name) == ("24900000000000011", "Sri Wahyuni")


def test_an_answer_with_a_picture_and_no_words() -> None:
    item = read("comment_reply_with_photo")
    assert (item.text, item.in_reply_to, item.thread) == ("", "122101_122455", POST)
    assert item.media == [{"type": "image", "url": "https://scontent.example/122456.jpg", "alt": ""}]


def test_an_edit_and_a_deletion_name_the_same_comment() -> None:
    edited, gone = read("comment_edited"), read("comment_remove")
    assert edited.external_id == gone.external_id == read("comment_add").external_id
    assert (edited.action, edited.edited_at) == (Action.EDIT, datetime.fromtimestamp(1795316500, UTC))
    assert edited.created_at == read("comment_add").created_at
    assert (gone.action, gone.text) == (Action.DELETE, "")


@pytest.mark.fault(13)
def test_what_the_page_says_is_its_own() -> None:
    for name, kind in [("own_comment", "comment"), ("own_status", "post"), ("own_photo", "post")]:
        item = read(name)
        assert item.author
        assert (item.author.external_id, item.kind) == (PAGE, kind)
    assert read("own_photo").media == [{"type": "image", "url": "https://scontent.example/9.jpg", "alt": ""}]


def test_visitors_posts_and_mentions_are_addressed_to_the_page() -> None:
    visitor, mention, named = read("visitor_post"), read("mention_post"), read("mention_comment")
    assert {visitor.kind, mention.kind, named.kind} == {"mention"}
    assert mention.url == "https://www.facebook.com/24900000000000011_888"
    assert (named.external_id, named.text, named.in_reply_to) == (
        "888_999", "Pemerintah Kota Sukamaju tolong dicek", "55_888",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["comment_hide", "reaction", "unknown_field", "waiting_photo"])
def test_what_concerns_nobodys_words_gives_no_item(name: str) -> None:
    assert Facebook.parse(raw(payload("facebook", name))) == []


def test_fetched_nodes_tell_counts_and_pictures() -> None:
    comment, post = read("fetched_comment"), read("fetched_post")
    assert (comment.in_reply_to, comment.thread) == ("122101_122455", POST)
    assert comment.metrics == {"likes": 4, "comments": 0}
    assert [one["url"] for one in comment.media] == ["https://scontent.example/122456.jpg"]
    assert post.metrics == {"likes": 31, "comments": 12, "shares": 7}
    assert len(post.media) == 2
    assert (post.kind, read("fetched_without_author").author) == ("post", None)


@pytest.mark.fault(11)
@given(mutated("facebook"))
def test_a_changed_payload_is_read_or_refused(body: Any) -> None:
    reads_or_refuses(Facebook.parse, body)


@pytest.mark.fault(11)
@pytest.mark.parametrize(
    "value",
    [
        {},
        {"item": "comment", "verb": "add"},
        {"item": "comment", "verb": "add", "comment_id": "", "post_id": "1"},
        {"item": "comment", "verb": "add", "comment_id": "1_2", "post_id": "1_1", "created_time": 10**40},
        {"item": "comment", "verb": "add", "comment_id": "1_2", "post_id": "1_1", "message": "x" * 100_001},
    ],
)
def test_a_broken_event_is_put_aside(value: Mapping[str, Any]) -> None:
    body = {
        "object": "page",
        "entry": [{"id": PAGE, "time": 1, "changes": [{"field": "feed", "value": value}]}],
    }
    with pytest.raises(Unreadable):
        Facebook.parse(raw(body))


# -- fetching ----------------------------------------------------------------------------------------------------
def drained(
    one: Facebook, cursor: Mapping[str, Any], way: str = "fetch"
) -> tuple[list[Item], Mapping[str, Any]]:
    found: list[Item] = []
    for _ in range(60):
        page: Fetched = getattr(one, way)(cursor)
        cursor, found = (
            page.cursor,
            found + [item for body in page.bodies for item in Facebook.parse(raw(body))],
        )
        if not page.more:
            return found, cursor
    raise AssertionError("no end")


def test_a_viral_post_is_read_in_pages_and_then_not_again(platform: Simulated) -> None:
    one = facebook(platform)
    cursor = one.fetch({}).cursor
    said = {platform.say(f"Laporan {number}").text for number in range(1234)}
    assert one.fetch(cursor).more
    found, after = drained(one, cursor)
    assert {item.text for item in found if item.kind == "comment"} == said
    calls = len(platform.calls)
    later, _ = drained(one, {"since": int(after["since"]) + 3600})
    assert not later
    assert len(platform.calls) - calls == 2


def test_a_comment_on_an_old_post_and_one_below_it_are_found(platform: Simulated) -> None:
    old = datetime.now(UTC).timestamp() - 40 * 24 * 3600
    post = platform.add("post", "official", "Lama", account=PAGE, at=old)
    for number in range(60):
        platform.add("post", "official", f"Baru {number}", account=PAGE, at=old + 60 * number)
    first = platform.say("Komentar pada kiriman lama", parent=post.id)
    platform.say("Balasan di bawahnya", parent=first.id)
    found, _ = drained(facebook(platform), {"since": int(datetime.now(UTC).timestamp()) - 60})
    texts = {item.text: item for item in found}
    assert texts["Komentar pada kiriman lama"].thread == post.id
    assert texts["Balasan di bawahnya"].in_reply_to == first.id


def test_mentions_are_fetched(platform: Simulated) -> None:
    platform.say("Menyebut Halaman kota", kind="mention")
    found, _ = drained(facebook(platform), {"since": int(datetime.now(UTC).timestamp()) - 60})
    assert [item.kind for item in found if item.text == "Menyebut Halaman kota"] == ["mention"]


def test_history_goes_back_as_far_as_asked(platform: Simulated) -> None:
    now = datetime.now(UTC)
    for days in (1, 5, 20, 45, 90):
        at = (now - timedelta(days=days)).timestamp()
        post = platform.add("post", "official", f"Kiriman {days}", account=PAGE, at=at)
        platform.add("comment", "warga1", f"Komentar {days}", parent=post.id, account=PAGE, at=at + 60)
    found, cursor = drained(facebook(platform), {"until": LONG_AGO}, "backfill")
    texts = {item.text for item in found}
    assert {"Kiriman 1", "Komentar 1", "Kiriman 20", "Komentar 20"} <= texts
    assert not {"Kiriman 45", "Komentar 90"} & texts
    assert cursor["until"] == LONG_AGO


@pytest.mark.fault(12)
def test_a_post_that_vanishes_in_the_middle_of_a_sweep_holds_up_nothing(platform: Simulated) -> None:
    one = facebook(platform)
    state = {
        "since": 0,
        "pending": [f"{PAGE}_999", platform.say("Masih ada").root],
        "after": None,
        "newest": 5,
    }
    found, _ = drained(one, state)
    assert [item.text for item in found] == ["Masih ada"]


# -- sending -----------------------------------------------------------------------------------------------------
def test_an_answer_to_an_answer_is_looked_up_where_facebook_puts_it(platform: Simulated) -> None:
    first = platform.say("Pertama")
    second = platform.say("Kedua", parent=first.id)
    third = platform.say("Ketiga", parent=second.id)
    assert third.parent == first.id
    platform.faults.lose_answer = 1
    answer = out("reply", target=third.id)
    with pytest.raises(OutcomeUnknown):
        facebook(platform).send(answer)
    found = facebook(platform).look_up(answer)
    assert found
    assert found.external_id == platform.answers(first.id)[0].id
    assert facebook(platform).look_up(replace(answer, options={"taken": [found.external_id]})) is None


def test_an_answer_to_a_deleted_comment_will_never_work(platform: Simulated) -> None:
    said = platform.say("Hilang")
    platform.delete(said.id)
    with pytest.raises(Permanent):
        facebook(platform).send(out("reply", target=said.id))


@pytest.mark.fault(36)
def test_a_private_reply_is_let_through_once_and_for_seven_days(platform: Simulated) -> None:
    one, said = facebook(platform), platform.say("Nomor saya salah")
    assert one.look_up(out("private_reply", target=said.id)) is None
    sent = one.send(out("private_reply", target=said.id))
    with pytest.raises(Permanent, match="sudah pernah"):
        one.send(out("private_reply", "Lagi", target=said.id))
    found = one.look_up(out("private_reply", target=said.id))
    assert found
    assert found.external_id == sent.external_id
    old = platform.say("Lama sekali", at=datetime.now(UTC).timestamp() - 8 * 24 * 3600)
    with pytest.raises(Permanent, match="7 hari"):
        one.send(out("private_reply", target=old.id))


def test_hiding_is_looked_up(platform: Simulated) -> None:
    one, said = facebook(platform), platform.say("Kata kotor")
    hide = out("hide", "", said.id)
    assert one.look_up(hide) is None
    platform.faults.lose_answer = 1
    with pytest.raises(OutcomeUnknown):
        one.send(hide)
    assert one.look_up(hide)
    assert one.look_up(replace(hide, options={"hidden": False})) is None


def test_a_link_and_a_picture_are_published(platform: Simulated) -> None:
    one = facebook(platform)
    one.send(out("post", "Baca di sini", options={"link": "https://kota.example/berita"}))
    sent = one.send(out("post", "Kerja bakti", media=[JPEG]))
    assert platform.pieces[sent.external_id].media[0]["alt"] == "Warga kerja bakti"
    found = one.look_up(out("post", "Kerja bakti"))
    assert found
    assert found.external_id == sent.external_id


def test_several_pictures_stand_in_one_post(platform: Simulated) -> None:
    one = facebook(platform)
    sent = one.send(out("post", "Dua gambar", media=[JPEG, JPEG]))
    assert len(platform.pieces[sent.external_id].media) == 2
    assert not platform.waiting


@pytest.mark.fault(38)
def test_a_picture_that_was_not_taken_published_nothing(platform: Simulated) -> None:
    platform.faults.lose_answer = 1
    with pytest.raises(Temporary, match="belum ada yang terbit"):
        facebook(platform).send(out("post", "Dua gambar", media=[JPEG, JPEG]))
    assert not [one for one in platform.pieces.values() if one.text == "Dua gambar"]
    broken = Attachment(b"text", "text/plain", name="a.txt")
    with pytest.raises(Permanent):
        facebook(platform).send(out("post", "Rusak", media=[broken]))


def test_a_film_goes_alone_and_has_a_posts_id(platform: Simulated) -> None:
    film = Attachment(b"\x00\x00\x00 ftypmp42", "video/mp4", name="a.mp4")
    sent = facebook(platform).send(out("post", "Film", media=[film]))
    assert platform.pieces[sent.external_id].text == "Film"
    with pytest.raises(Permanent, match="satu video"):
        facebook(platform).send(out("post", "Film", media=[film, JPEG]))


def test_a_person_must_decide_where_too_much_came_after(platform: Simulated) -> None:
    said = platform.say("Ramai")
    for number in range(600):
        platform.say(f"Balasan {number}", parent=said.id)
    with pytest.raises(CannotTell):
        facebook(platform).look_up(out("reply", target=said.id))
    with pytest.raises(CannotTell):
        facebook(platform).look_up(replace(out("reply", target=said.id), created_at=None))


def test_publishing_without_review_asks_for_a_permission(platform: Simulated) -> None:
    platform.granted.discard("pages_manage_posts")
    with pytest.raises(NeedsLogin, match="pages_manage_posts"):
        facebook(platform).send(out("post"))


def test_people_whom_the_app_may_not_see_have_no_name(platform: Simulated) -> None:
    said = platform.say("Siapa saya")
    node = facebook(platform).line.read(f"/{said.id}", {"fields": "id,from,message"})
    assert "from" in node
    platform.granted.discard("pages_read_user_content")
    assert "from" not in facebook(platform).line.read(f"/{said.id}", {"fields": "id,from,message"})
