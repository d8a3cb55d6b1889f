"""Instagram: every event kind read, mentions completed, what leaves once and what is refused in words."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from tanggap.channels.connector import (
    Account,
    Action,
    Attachment,
    CannotTell,
    ConnectorError,
    Developer,
    Item,
    NeedsLogin,
    OutcomeUnknown,
    Outgoing,
    Permanent,
    Receipt,
    Temporary,
    Unreadable,
)  # fmt: skip
from tanggap.channels.connectors.instagram import Instagram
from tanggap.channels.connectors.meta import MetaApp
from tanggap.channels.platforms import meta_containers
from tanggap.channels.platforms.instagram_sending import SUBCODES
from tanggap.channels.platforms.meta_graph import WindowClosed
from tanggap.channels.platforms.meta_line import Line
from tanggap.core import http
from tanggap.simulator.platforms.instagram import SimulatedInstagram
from tests.connectors.conformance.stages import LONG_AGO, Wire
from tests.connectors.payloads import mutated, payload, raw, reads_or_refuses

ME = "17841405822304914"
MEDIA = "17918195224117851"
SEKAR = "1287654321098765"
PICTURE = Attachment(
    b"", "image/jpeg", alt="Warga kerja bakti", name="a.jpg", url="https://berkas.example/a.jpg"
)
FILM = Attachment(b"", "video/mp4", name="b.mp4", url="https://berkas.example/b.mp4")


def read(name: str) -> Item:
    (item,) = Instagram.parse(raw(payload("instagram", name)))
    return item


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedInstagram]:
    monkeypatch.setattr(meta_containers, "PAUSE_SECONDS", 0)
    simulated = SimulatedInstagram()
    with http.swapped(Wire({"instagram.simulated": simulated})):
        yield simulated


def instagram(platform: SimulatedInstagram, **settings_: Any) -> Instagram:
    developer = Developer(platform.client_id, platform.client_secret, "https://instagram.simulated")
    return Instagram(
        Account(
            platform.official.id, platform.official.handle, token=platform.official.token, developer=developer,
            secrets={"token": platform.official.token, "search_token": platform.official.token}, settings=settings_,
        )
    )  # fmt: skip


def told(platform: SimulatedInstagram) -> list[Item]:
    return [item for one in platform.deliveries() for item in Instagram.parse(raw(one.body))]


def out(kind: str, item: Item | None = None, text: str = "Sudah kami teruskan.", **more: Any) -> Outgoing:
    more.setdefault("target_external_id", item.external_id if item else "")
    return Outgoing(
        kind, text, "ref-1", thread=item.thread if item else "", created_at=datetime.now(UTC), **more
    )


# -- reading -----------------------------------------------------------------------------------------------------
def test_a_comment_is_read_whole() -> None:
    item = read("comment")
    assert (item.external_id, item.kind, item.text) == (
        "17865799348089039", "comment", "Lampu di Jl. Kenanga padam 💡",
    )  # fmt: skip
    assert (item.thread, item.in_reply_to, item.account) == (MEDIA, MEDIA, ME)
    assert item.author is not None
    assert (item.author.external_id, item.author.handle) == (SEKAR, "@sekar.wulandari")
    assert item.created_at == datetime.fromtimestamp(1763776923, UTC)


def test_an_entry_without_changes_is_read_too() -> None:
    assert (read("comment_flat").external_id, read("comment_flat").text) == (
        "17865799348089040",
        "Kapan diperbaiki?",
    )


def test_answers_stand_below_their_comment_and_ours_are_known() -> None:
    answer, mine = read("comment_reply"), read("own_comment")
    assert (answer.in_reply_to, answer.thread) == ("17865799348089039", MEDIA)
    assert mine.author is not None
    assert mine.author.external_id == mine.account == ME
    assert read("live_comment").kind == "comment"


def test_messages_of_all_kinds_are_read() -> None:
    message = read("message")
    assert (message.kind, message.thread, message.account) == ("message", f"dm:{SEKAR}", ME)
    assert message.created_at == datetime.fromtimestamp(1763776923.456, UTC)
    assert read("message_image").media == [
        {"type": "image", "url": "https://lookaside.example/ig_messaging_cdn/?asset_id=1", "alt": ""}
    ]
    assert read("story_mention").text.startswith("[Menyebut akun ini")
    assert (read("story_reply").in_reply_to, read("story_reply").text) == (
        "17858893269000001",
        "Ini di mana?",
    )
    assert read("unsupported").text.startswith("[Pesan jenis ini")
    assert (read("ephemeral").text[0], read("ephemeral").media) == ("[", [])
    assert read("postback").text == "Cara mengurus KTP"


@pytest.mark.fault(12)
def test_an_unsent_or_edited_message_meets_the_message_by_its_id() -> None:
    message, gone, edited = read("message"), read("unsend"), read("edit")
    assert message.external_id == gone.external_id == edited.external_id
    assert (gone.action, edited.action) == (Action.DELETE, Action.EDIT)
    assert (edited.text, edited.edited_at) == (
        "Halo, PDAM mati sejak kemarin", datetime.fromtimestamp(1763777000, UTC),
    )  # fmt: skip


@pytest.mark.fault(13)
def test_an_echo_is_ours_and_stands_in_the_citizens_conversation() -> None:
    echo = read("echo")
    assert echo.author is not None
    assert (echo.author.external_id, echo.thread) == (ME, f"dm:{SEKAR}")


def test_that_a_message_was_read_is_a_receipt_for_it() -> None:
    receipt = read("read")
    assert (receipt.action, receipt.receipt, receipt.external_id) == (
        Action.RECEIPT, Receipt.READ, read("echo").external_id,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["reaction", "story_insights", "mention_comment", "mention_caption"])
def test_what_says_nothing_gives_no_item(name: str) -> None:
    assert Instagram.parse(raw(payload("instagram", name))) == []


def test_the_dashboards_test_button_is_read() -> None:
    assert read("test_button").text == "random_text"


def test_mentions_that_were_fetched_stand_on_other_peoples_media() -> None:
    comment, caption, found = read("fetched_mention"), read("fetched_caption"), read("fetched_hashtag")
    assert (comment.kind, comment.thread) == ("mention", f"mention:{MEDIA}")
    assert comment.author is not None
    assert comment.author.external_id == "@dimas_jalan"
    assert (caption.kind, caption.thread, caption.text) == (
        "mention", f"mention:{MEDIA}", "Banjir lagi @pemkot.tirtakencana",
    )  # fmt: skip
    assert caption.media == [{"type": "video", "url": "https://video.example/1.mp4", "alt": ""}]
    assert (found.author, found.thread) == (None, "found:17918195224117852")


def test_hook_and_fetch_tell_the_same_of_a_comment() -> None:
    hooked, fetched = read("comment"), read("fetched_comment")
    assert (hooked.external_id, hooked.text, hooked.thread, hooked.author) == (
        fetched.external_id, fetched.text, fetched.thread, fetched.author,
    )  # fmt: skip


def test_the_meta_app_hands_instagrams_deliveries_over() -> None:
    for name in ("comment", "comment_flat", "message", "unsend"):
        body = json.dumps(payload("instagram", name)).encode()
        assert [one for piece in MetaApp.pieces(body) for one in MetaApp.parse(raw(piece))] == [read(name)]


def test_a_delivery_of_many_is_parted() -> None:
    whole = payload("instagram", "comment")
    whole["entry"] += payload("instagram", "message")["entry"] + payload("instagram", "comment_flat")["entry"]
    pieces = Instagram.pieces(json.dumps(whole).encode())
    assert [Instagram.parse(raw(one))[0] for one in pieces] == [
        read("comment"), read("message"), read("comment_flat"),
    ]  # fmt: skip


@pytest.mark.fault(11)
@settings(max_examples=300, deadline=None)
@given(mutated("instagram"))
def test_whatever_comes_is_read_or_refused(body: Any) -> None:
    reads_or_refuses(Instagram.parse, body)
    Instagram.points(raw(body))


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"[" * 5000, b'{"object": "page"}', b"\xff"])
def test_broken_bodies_are_refused_in_words(body: bytes) -> None:
    with pytest.raises(Unreadable, match="Instagram"):
        Instagram.parse(raw(body))


# -- mentions, tags, hashtags ------------------------------------------------------------------------------------
def test_a_mention_by_id_gets_its_text_and_is_answered_there(platform: SimulatedInstagram) -> None:
    theirs = platform.foreign_media()
    said = platform.say("@pemkot.tirtakencana jalan ini rusak", kind="mention", parent=theirs.id)
    (delivery,) = platform.deliveries()
    assert Instagram.points(raw(delivery.body))
    (body,) = instagram(platform).complete(raw(delivery.body))
    (item,) = Instagram.parse(raw(body))
    assert (item.external_id, item.text, item.kind) == (said.id, said.text, "mention")
    sent = instagram(platform).send(out("reply", item))
    assert platform.pieces[sent.external_id].parent == said.id
    with pytest.raises(CannotTell):
        instagram(platform).look_up(out("reply", item))


def test_a_mention_in_a_caption_gets_its_text_and_is_answered_there(platform: SimulatedInstagram) -> None:
    said = platform.say("Banjir lagi @pemkot.tirtakencana", kind="mention")
    (delivery,) = platform.deliveries()
    (body,) = instagram(platform).complete(raw(delivery.body))
    (item,) = Instagram.parse(raw(body))
    assert (item.external_id, item.text, item.thread) == (said.id, said.text, f"mention:{said.id}")
    assert platform.pieces[instagram(platform).send(out("reply", item)).external_id].parent == said.id


def test_a_comment_with_its_text_wants_no_fetch() -> None:
    assert not Instagram.points(raw(payload("instagram", "comment")))


def test_a_photo_that_tags_the_account_comes_by_looking_and_cannot_be_answered(
    platform: SimulatedInstagram,
) -> None:
    first = instagram(platform).fetch({})
    platform.tag("dimas_jalan", "Lihat taman ini")
    found = instagram(platform).fetch(first.cursor)
    (item,) = [one for body in found.bodies for one in Instagram.parse(raw(body))]
    assert (item.kind, item.text) == ("mention", "Lihat taman ini")
    with pytest.raises(Permanent, match="menandai akun"):
        instagram(platform).send(out("reply", item))


def test_hashtags_are_searched_from_now_on(platform: SimulatedInstagram) -> None:
    one = instagram(platform)
    platform.say("Lama #macet", kind="mention", at=platform.clock() - 7200)
    first = one.search("macet", {})
    assert not first.bodies
    platform.say("Macet total #macet pagi ini", kind="mention")
    platform.say("Tidak ada tagar", kind="mention")
    cursor, texts = first.cursor, list[str]()
    for _ in range(5):
        page = one.search("macet", cursor)
        cursor, texts = page.cursor, texts + [Instagram.parse(raw(body))[0].text for body in page.bodies]
        if not page.more:
            break
    assert texts == ["Macet total #macet pagi ini"]


def test_only_thirty_hashtags_can_be_asked_for(platform: SimulatedInstagram) -> None:
    assert Instagram.compile(["jalan rusak", "#Banjir", "💡", "banjir"], []) == ["jalanrusak", "banjir"]
    assert len(Instagram.compile([f"tagar{n}" for n in range(40)], [])) == 30
    account = replace(instagram(platform).account, secrets={})
    with pytest.raises(Permanent, match="Public Content Access"):
        Instagram(account).search("macet", {})


# -- answers -----------------------------------------------------------------------------------------------------
def test_an_answer_to_an_answer_names_whom_it_is_for(platform: SimulatedInstagram) -> None:
    top = platform.say("Kapan diperbaiki?")
    platform.say("Di RT 03 juga", author="dimas_jalan", parent=top.id)
    _, item = told(platform)
    sent = instagram(platform).send(out("reply", item))
    piece = platform.pieces[sent.external_id]
    assert (piece.parent, piece.text) == (top.id, "@dimas_jalan Sudah kami teruskan.")
    found = instagram(platform).look_up(out("reply", item))
    assert found is not None
    assert found.external_id == sent.external_id


def test_a_hidden_or_deleted_comment_is_not_answered(platform: SimulatedInstagram) -> None:
    platform.say("Kata-kata kotor")
    (item,) = told(platform)
    instagram(platform).send(out("hide", item))
    with pytest.raises(Permanent, match="tersembunyi"):
        instagram(platform).send(out("reply", item))
    platform.delete(item.external_id)
    with pytest.raises(Permanent, match="sudah tidak ada"):
        instagram(platform).send(out("reply", item))
    assert not platform.answers()


def test_a_private_reply_goes_once_and_within_seven_days(platform: SimulatedInstagram) -> None:
    old = platform.say("Sudah lama", at=platform.clock() - 8 * 86400)
    platform.say("Tolong hubungi saya")
    stale, item = told(platform)
    sent = instagram(platform).send(out("private_reply", item))
    found = instagram(platform).look_up(out("private_reply", item))
    assert found is not None
    assert found.external_id == sent.external_id
    with pytest.raises(Permanent, match="sudah pernah dibalas"):
        instagram(platform).send(out("private_reply", item))
    assert stale.external_id == old.id
    with pytest.raises(Permanent, match="lewat 7 hari"):
        instagram(platform).send(out("private_reply", stale))
    assert len(platform.answers()) == 1


def test_a_message_is_answered_within_a_day(platform: SimulatedInstagram) -> None:
    platform.say("PDAM mati", kind="message")
    (item,) = told(platform)
    sent = instagram(platform).send(out("reply", item))
    assert platform.pieces[sent.external_id].root == "dm-warga1"
    (echo,) = told(platform)
    assert (echo.external_id, echo.thread) == (sent.external_id, item.thread)
    platform.seen(sent.external_id)
    (receipt,) = told(platform)
    assert (receipt.action, receipt.external_id) == (Action.RECEIPT, sent.external_id)


@pytest.mark.fault(36)
def test_after_a_day_a_human_answers_or_nobody(platform: SimulatedInstagram) -> None:
    platform.say("PDAM mati", kind="message", at=platform.clock() - 2 * 86400)
    (item,) = told(platform)
    with pytest.raises(WindowClosed, match="24 jam"):
        instagram(platform).send(out("reply", item))
    assert instagram(platform, human_agent="ya").send(out("reply", item)).external_id
    platform.granted.discard("human_agent")
    with pytest.raises(WindowClosed, match="Human Agent"):
        instagram(platform, human_agent="ya").send(out("reply", item))
    assert len(platform.answers()) == 1


def test_a_message_of_another_thread_finds_its_writer(platform: SimulatedInstagram) -> None:
    platform.say("PDAM mati", kind="message")
    (item,) = told(platform)
    sent = instagram(platform).send(replace(out("reply", item), thread=MEDIA))
    assert platform.pieces[sent.external_id].root == "dm-warga1"


@pytest.mark.fault(33)
def test_a_message_beyond_a_thousand_bytes_never_leaves(platform: SimulatedInstagram) -> None:
    platform.say("PDAM mati", kind="message")
    (item,) = told(platform)
    with pytest.raises(Permanent, match="1000 bita"):
        instagram(platform).send(out("reply", item, "é" * 501))
    assert instagram(platform).send(out("reply", item, "é" * 500)).external_id


@pytest.mark.fault(29)
def test_a_message_whose_answer_never_came_is_looked_up(platform: SimulatedInstagram) -> None:
    platform.say("PDAM mati", kind="message")
    (item,) = told(platform)
    assert instagram(platform).look_up(out("reply", item)) is None
    platform.faults.lose_answer = 1
    with pytest.raises(OutcomeUnknown):
        instagram(platform).send(out("reply", item))
    found = instagram(platform).look_up(out("reply", item))
    assert found is not None
    assert found.external_id == platform.answers()[0].id
    assert instagram(platform).look_up(out("reply", item, options={"taken": [found.external_id]})) is None


# -- publishing --------------------------------------------------------------------------------------------------
def published(platform: SimulatedInstagram, text: str) -> Any:
    (piece,) = [one for one in platform.pieces.values() if one.kind == "post" and one.text == text]
    return piece


def test_a_picture_a_film_and_a_carousel_are_published(platform: SimulatedInstagram) -> None:
    platform.processing = 2
    one = instagram(platform)
    sent = one.send(out("post", text="Kerja bakti", media=[PICTURE]))
    piece = published(platform, "Kerja bakti")
    assert sent.external_id == piece.id
    assert sent.url.startswith("https://www.instagram.com/p/")
    assert piece.media == ({"kind": "IMAGE", "url": PICTURE.url, "alt": PICTURE.alt},)
    one.send(out("post", text="Film", media=[FILM]))
    assert published(platform, "Film").media[0]["kind"] == "VIDEO"
    one.send(out("post", text="Album", media=[PICTURE, FILM]))
    assert [part["kind"] for part in published(platform, "Album").media] == ["IMAGE", "VIDEO"]


def test_a_text_by_itself_and_a_picture_without_an_address_are_refused(platform: SimulatedInstagram) -> None:
    with pytest.raises(Permanent, match="tanpa gambar"):
        instagram(platform).send(out("post"))
    with pytest.raises(Permanent, match="alamat publik"):
        instagram(platform).send(out("post", media=[replace(PICTURE, url="")]))
    assert not platform.containers


@pytest.mark.fault(38)
def test_a_picture_that_instagram_cannot_use_is_refused_in_words(platform: SimulatedInstagram) -> None:
    with pytest.raises(Permanent, match="mengambil gambar"):
        instagram(platform).send(
            out("post", media=[replace(PICTURE, url="https://berkas.example/tidak-ada.jpg")])
        )
    with pytest.raises(Permanent, match="mengolah gambar"):
        instagram(platform).send(out("post", media=[replace(FILM, url="https://berkas.example/rusak.mp4")]))
    assert len([one for one in platform.pieces.values() if one.kind == "post"]) == 1


def test_a_film_that_takes_long_is_tried_again_later_without_holding_the_channel(
    platform: SimulatedInstagram,
) -> None:
    platform.processing = 99
    with pytest.raises(Temporary) as raised:
        instagram(platform).send(out("post", media=[FILM]))
    assert not raised.value.everywhere
    assert len([one for one in platform.pieces.values() if one.kind == "post"]) == 1


@pytest.mark.fault(29)
def test_only_the_second_step_can_be_unknown_and_is_looked_up(platform: SimulatedInstagram) -> None:
    one, post = instagram(platform), out("post", text="Kerja bakti", media=[PICTURE])
    platform.faults.fail = 2  # the quota is read first
    with pytest.raises(Temporary):
        one.send(post)
    platform.faults.fail = 0
    platform.faults.lose_answer = 1
    assert one.look_up(post) is None
    with pytest.raises(OutcomeUnknown):
        one.send(post)
    found = one.look_up(post)
    assert found is not None
    assert found.external_id == published(platform, "Kerja bakti").id


@pytest.mark.fault(30)
def test_the_accounts_own_quota_is_asked_before_publishing(platform: SimulatedInstagram) -> None:
    platform.quota = 1
    one = instagram(platform)
    one.send(out("post", media=[PICTURE]))
    with pytest.raises(Temporary, match="1 terbitan") as raised:
        one.send(out("post", media=[PICTURE]))
    assert not raised.value.everywhere
    assert one.identify().settings == {"rates": {"post": [1, 86_400]}}


# -- fetching ----------------------------------------------------------------------------------------------------
@pytest.mark.fault(7)
def test_messages_and_answers_below_old_comments_are_swept_up(platform: SimulatedInstagram) -> None:
    top = platform.say("Kapan diperbaiki?")
    cursor: Mapping[str, Any] = instagram(platform).fetch({}).cursor
    platform.faults.hooks_lost = 1.0
    platform.say("Di RT 03 juga", parent=top.id)
    platform.say("PDAM mati", kind="message")
    page = instagram(platform).fetch(cursor)
    assert {one.text for body in page.bodies for one in Instagram.parse(raw(body))} == {
        "Di RT 03 juga",
        "PDAM mati",
    }
    assert not instagram(platform).fetch(page.cursor).bodies
    json.dumps(page.cursor)


def test_history_brings_media_comments_answers_and_messages(platform: SimulatedInstagram) -> None:
    comments = [platform.say(f"Laporan {n}") for n in range(60)]
    platform.say("Jawaban warga", parent=comments[3].id)
    platform.say("PDAM mati", kind="message")
    cursor: dict[str, Any] = {"until": LONG_AGO}
    kinds: dict[str, set[str]] = {}
    for _ in range(20):
        page = instagram(platform).backfill(cursor)
        cursor = json.loads(json.dumps(page.cursor))
        for body in page.bodies:
            for item in Instagram.parse(raw(body)):
                kinds.setdefault(item.kind, set()).add(item.text)
        if not page.more:
            break
    assert kinds == {
        "post": {"Balai kota hari ini."}, "message": {"PDAM mati"},
        "comment": {*(one.text for one in comments), "Jawaban warga"},
    }  # fmt: skip


# -- who we are --------------------------------------------------------------------------------------------------
@pytest.mark.fault(63)
def test_a_log_in_gives_a_token_for_sixty_days_that_is_renewed(platform: SimulatedInstagram) -> None:
    back = "https://tanggap.example/kanal/masuk"
    platform.codes["kode"] = back
    developer = instagram(platform).account.developer
    (grant,) = Instagram.exchange(developer, "kode", back, "")
    assert grant.identity.external_id == ME
    assert grant.identity.expires_at is not None
    assert timedelta(days=59) < grant.identity.expires_at - datetime.now(UTC) <= timedelta(days=60)
    assert grant.secrets == {"token": platform.official.token}
    renewed = instagram(platform).refresh()
    assert renewed is not None
    assert renewed.secrets["token"] == platform.official.token != grant.secrets["token"]
    assert renewed.secrets["search_token"]
    with pytest.raises(ConnectorError):
        Instagram.exchange(developer, "kode", back, "")


def test_the_account_is_subscribed_to_what_is_read(platform: SimulatedInstagram) -> None:
    instagram(platform).subscribe()
    assert {"comments", "messages", "mentions"} <= set(platform.subscribed[ME])


def test_a_permission_that_meta_has_not_granted_asks_for_a_log_in(platform: SimulatedInstagram) -> None:
    platform.granted.discard("instagram_business_manage_comments")
    with pytest.raises(NeedsLogin, match="tinjauan aplikasi"):
        instagram(platform).fetch({})


def test_messages_that_were_not_granted_hold_up_no_comments(platform: SimulatedInstagram) -> None:
    cursor = instagram(platform).fetch({}).cursor
    platform.granted.discard("instagram_business_manage_messages")
    platform.say("Lampu padam")
    page = instagram(platform).fetch(cursor)
    assert [Instagram.parse(raw(body))[0].text for body in page.bodies] == ["Lampu padam"]
    assert page.missed.startswith("Pesan tidak dapat disisir")
    assert instagram(platform).fetch(page.cursor).missed == ""


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("window", WindowClosed, "24 jam"), ("expired", NeedsLogin, "kedaluwarsa"),
        ("too_large", Permanent, "8 MiB"), ("not_ready", Temporary, "masih mengolah"),
        ("server", OutcomeUnknown, "sesudah kiriman"), ("limit", Temporary, "membatasi"),
        ("restricted", NeedsLogin, "dibatasi"),
    ],
)  # fmt: skip
def test_error_bodies_mean_what_the_documentation_says(
    name: str, kind: type[ConnectorError], words: str
) -> None:
    error = payload("instagram", "errors")[name]
    answer = http.Answer(
        error["status"], {}, json.dumps(error["body"]).encode(), "https://graph.instagram.com"
    )
    line = Line(Account(token="t"), "https://graph.instagram.com", "v26.0", "Instagram", SUBCODES)
    meant = line._means(answer, sent=True)
    assert type(meant) is kind
    assert words in str(meant)


@pytest.mark.fault(7)
def test_of_a_flood_a_sweep_finds_all_that_came_since_the_last(platform: SimulatedInstagram) -> None:
    for number in range(210):
        platform.say(f"Lama {number}", at=time.time() - 3600 - 10 * number)
    cursor = instagram(platform).fetch({}).cursor
    platform.faults.hooks_lost = 1.0
    wanted = {platform.say(f"Laporan {number}").text for number in range(260)}
    before = len(platform.calls)
    page = instagram(platform).fetch(json.loads(json.dumps(cursor)))
    assert wanted <= {one.text for body in page.bodies for one in Instagram.parse(raw(body))}
    assert len(platform.calls) - before < 16, "not all that ever stood there"
