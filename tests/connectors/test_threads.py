"""Threads: every event kind read, publishing in two steps, what is refused in words, and search."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from tanggap.channels.connector import (
    Account,
    Action,
    Attachment,
    BadSignature,
    Developer,
    Item,
    NeedsLogin,
    OutcomeUnknown,
    Outgoing,
    Permanent,
    Temporary,
    Unreadable,
)  # fmt: skip
from tanggap.channels.connectors.meta import MetaApp
from tanggap.channels.connectors.threads import Threads
from tanggap.channels.limits import count
from tanggap.channels.platforms import meta_containers
from tanggap.core import http
from tanggap.simulator.platforms.threads import SimulatedThreads, length
from tests.connectors.conformance.stages import LONG_AGO, Wire
from tests.connectors.payloads import mutated, payload, raw, reads_or_refuses

ME = "26412345678901234"
PICTURE = Attachment(
    b"", "image/jpeg", alt="Warga kerja bakti", name="a.jpg", url="https://berkas.example/a.jpg"
)
FILM = Attachment(b"", "video/mp4", name="b.mp4", url="https://berkas.example/b.mp4")


def read(name: str) -> Item:
    (item,) = Threads.parse(raw(payload("threads", name)))
    return item


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatedThreads]:
    monkeypatch.setattr(meta_containers, "PAUSE_SECONDS", 0)
    simulated = SimulatedThreads()
    with http.swapped(Wire({"threads.simulated": simulated})):
        yield simulated


def threads(platform: SimulatedThreads) -> Threads:
    developer = Developer(platform.client_id, platform.client_secret, "https://threads.simulated")
    return Threads(
        Account(
            platform.official.id, platform.official.handle, token=platform.official.token, developer=developer,
            secrets={"token": platform.official.token},
        )
    )  # fmt: skip


def told(platform: SimulatedThreads) -> list[Item]:
    return [item for one in platform.deliveries() for item in Threads.parse(raw(one.body))]


def out(kind: str, item: Item | None = None, text: str = "Sudah kami teruskan.", **more: Any) -> Outgoing:
    return Outgoing(
        kind, text, "ref-1", item.external_id if item else "", item.thread if item else "",
        created_at=datetime.now(UTC), **more,
    )  # fmt: skip


# -- reading -----------------------------------------------------------------------------------------------------
def test_a_reply_is_read_whole_in_both_shapes() -> None:
    item = read("reply")
    assert (item.external_id, item.kind, item.text) == (
        "17900000000000011", "comment", "Lampu di Jl. Kenanga padam 💡",
    )  # fmt: skip
    assert (item.in_reply_to, item.thread, item.account) == ("17900000000000001", "17900000000000001", ME)
    assert item.author is not None
    assert (item.author.external_id, item.author.handle) == ("sekar.wulandari", "@sekar.wulandari")
    assert item.created_at == datetime(2025, 11, 22, 2, 2, 3, tzinfo=UTC)
    assert item.url == "https://www.threads.com/@sekar.wulandari/post/Pp"
    assert read("reply_object") == item
    fetched = read("fetched_reply")
    assert (fetched.external_id, fetched.text, fetched.kind, fetched.thread, fetched.author) == (
        item.external_id, item.text, item.kind, item.thread, item.author,
    )  # fmt: skip


@pytest.mark.fault(13)
def test_our_own_reply_is_known_as_ours() -> None:
    mine = read("own_reply")
    assert mine.author is not None
    assert mine.author.external_id == mine.account == ME


def test_a_mention_is_for_the_account_it_names() -> None:
    item = read("mention")
    assert (item.kind, item.account, item.thread) == ("mention", ME, item.external_id)
    assert item.author is not None
    assert (item.author.external_id, item.author.handle) == ("dimas_jalan", "@Dimas_Jalan")
    assert item.media == [{"type": "image", "url": "https://foto.example/banjir.jpg", "alt": "Genangan air"}]


def test_a_carousel_without_words_is_read() -> None:
    item = read("fetched_carousel")
    assert (item.text, [one["type"] for one in item.media]) == ("", ["image", "video"])


@pytest.mark.fault(12)
def test_a_deletion_meets_its_post() -> None:
    gone = read("delete")
    assert (gone.action, gone.external_id, gone.account) == (Action.DELETE, "17900000000000012", ME)
    assert gone.edited_at == datetime(2025, 11, 22, 3, tzinfo=UTC)


def test_that_something_was_published_gives_no_item() -> None:
    assert Threads.parse(raw(payload("threads", "publish"))) == []


def test_the_meta_app_would_hand_over_what_comes_to_its_address() -> None:
    assert MetaApp.parse(raw(payload("threads", "reply"))) == [read("reply")]


@pytest.mark.fault(11)
@settings(max_examples=300, deadline=None)
@given(mutated("threads"))
def test_whatever_comes_is_read_or_refused(body: Any) -> None:
    reads_or_refuses(Threads.parse, body)


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"[" * 5000, b'{"values": 3}', b"\xff"])
def test_broken_bodies_are_refused_in_words(body: bytes) -> None:
    with pytest.raises(Unreadable, match="Threads"):
        Threads.parse(raw(body))


@pytest.mark.fault(3)
def test_a_delivery_signed_by_another_app_says_which_secret_is_meant(platform: SimulatedThreads) -> None:
    platform.say("Air mati")
    (one,) = platform.deliveries()
    headers = {name.lower(): value for name, value in one.headers.items()}
    Threads.verify(["old", platform.secret], headers, one.body, datetime.now(UTC))
    with pytest.raises(BadSignature, match="aplikasi Threads"):
        Threads.verify(["meta-app-secret"], headers, one.body, datetime.now(UTC))
    query = platform.address_test()
    assert Threads.challenge([], platform.verify_token, query) == query["hub.challenge"].encode()
    assert Threads.challenge([], "other", query) is None


# -- sending -----------------------------------------------------------------------------------------------------
def test_an_answer_stands_below_what_it_answers(platform: SimulatedThreads) -> None:
    top = platform.say("Kapan diperbaiki?")
    platform.say("Di RT 03 juga", author="dimas_jalan", parent=top.id)
    _, nested = told(platform)
    sent = threads(platform).send(out("reply", nested))
    assert platform.pieces[sent.external_id].parent == nested.external_id
    assert sent.url.startswith("https://www.threads.com/@pemkot.tirtakencana/post/")


def test_a_mention_is_answered(platform: SimulatedThreads) -> None:
    platform.say("@pemkot.tirtakencana banjir", kind="mention")
    (item,) = told(platform)
    assert platform.pieces[threads(platform).send(out("reply", item)).external_id].parent == item.external_id


def test_there_are_no_private_messages_and_it_says_what_to_do(platform: SimulatedThreads) -> None:
    platform.say("Tolong hubungi saya")
    (item,) = told(platform)
    with pytest.raises(Permanent, match="kanal pribadi"):
        threads(platform).send(out("private_reply", item))
    assert not platform.answers()


def test_only_top_level_replies_can_be_hidden(platform: SimulatedThreads) -> None:
    top = platform.say("Kata-kata kotor")
    platform.say("Lagi", parent=top.id)
    first, nested = told(platform)
    one = threads(platform)
    assert one.look_up(out("hide", first)) is None
    one.send(out("hide", first))
    assert one.look_up(out("hide", first)) is not None
    with pytest.raises(Permanent, match="tingkat pertama"):
        one.send(out("hide", nested))


def published(platform: SimulatedThreads, text: str) -> Any:
    (piece,) = [one for one in platform.pieces.values() if one.kind == "post" and one.text == text]
    return piece


def test_words_a_picture_a_film_and_a_carousel_are_published(platform: SimulatedThreads) -> None:
    platform.processing = 2
    one = threads(platform)
    assert one.send(out("post", text="Kata saja")).external_id == published(platform, "Kata saja").id
    one.send(out("post", text="Foto", media=[PICTURE]))
    assert published(platform, "Foto").media == ({"kind": "IMAGE", "url": PICTURE.url, "alt": PICTURE.alt},)
    one.send(out("post", text="Album", media=[PICTURE, FILM]))
    assert [part["kind"] for part in published(platform, "Album").media] == ["IMAGE", "VIDEO"]
    with pytest.raises(Permanent, match="alamat publik"):
        one.send(out("post", media=[replace(PICTURE, url="")]))


@pytest.mark.fault(38)
def test_a_picture_that_threads_cannot_use_or_is_slow_with_publishes_nothing(
    platform: SimulatedThreads,
) -> None:
    before = len(platform.pieces)
    with pytest.raises(Permanent, match="FAILED_DOWNLOADING_VIDEO"):
        threads(platform).send(out("post", media=[replace(FILM, url="https://berkas.example/rusak.mp4")]))
    platform.processing = 99
    with pytest.raises(Temporary) as raised:
        threads(platform).send(out("post", media=[FILM]))
    assert not raised.value.everywhere
    assert len(platform.pieces) == before


@pytest.mark.fault(29)
def test_only_the_second_step_can_be_unknown_and_is_looked_up(platform: SimulatedThreads) -> None:
    one, post = threads(platform), out("post", text="Kerja bakti")
    platform.faults.fail = 1
    with pytest.raises(Temporary):
        one.send(post)
    assert one.look_up(post) is None
    platform.faults.lose_answer = 1
    with pytest.raises(OutcomeUnknown):
        one.send(post)
    found = one.look_up(post)
    assert found is not None
    assert found.external_id == published(platform, "Kerja bakti").id
    assert one.look_up(replace(post, options={"taken": [found.external_id]})) is None


@pytest.mark.fault(33)
@pytest.mark.parametrize("text", ["a" * 501, "👍" * 126, "a" * 497 + "👍"])
def test_what_threads_counts_as_too_long_is_refused_there_as_counted_here(
    platform: SimulatedThreads, text: str
) -> None:
    assert length(text) > 500
    assert not count(text, Threads.limits).fits
    with pytest.raises(Permanent, match="500"):
        threads(platform).send(out("post", text=text))
    fitting = "👍" * 125
    assert count(fitting, Threads.limits).left == 0
    assert threads(platform).send(out("post", text=fitting)).external_id


# -- fetching ----------------------------------------------------------------------------------------------------
def test_search_brings_what_is_said_from_now_on(platform: SimulatedThreads) -> None:
    one = threads(platform)
    platform.say("Banjir kemarin", kind="mention", at=platform.clock() - 7200)
    first = one.search("banjir", {})
    assert (first.bodies, first.cost) == ([], 1)
    platform.say("Banjir lagi di Melati", kind="mention")
    platform.say("Cerah", kind="mention")
    cursor, texts = first.cursor, list[str]()
    for _ in range(5):
        page = one.search("banjir", cursor)
        cursor, texts = page.cursor, texts + [Threads.parse(raw(body))[0].text for body in page.bodies]
        if not page.more:
            break
    assert texts[0] == "Banjir lagi di Melati"
    platform.granted.discard("threads_keyword_search")
    assert not one.search("banjir", {"since": 0}).bodies


def test_a_permission_that_is_missing_holds_up_only_its_own_part_and_is_told_once(
    platform: SimulatedThreads,
) -> None:
    cursor = threads(platform).fetch({}).cursor
    platform.granted.discard("threads_manage_mentions")
    platform.say("Lampu padam")
    page = threads(platform).fetch(cursor)
    assert [Threads.parse(raw(body))[0].text for body in page.bodies] == ["Lampu padam"]
    assert page.missed.startswith("Sebutan tidak dapat disisir")
    assert threads(platform).fetch(page.cursor).missed == ""
    platform.granted.discard("threads_read_replies")
    with pytest.raises(NeedsLogin, match="tinjauan aplikasi"):
        threads(platform).fetch(page.cursor)


def test_history_brings_posts_what_stands_below_them_and_mentions(platform: SimulatedThreads) -> None:
    replies = [platform.say(f"Laporan {n}") for n in range(120)]
    platform.say("@pemkot.tirtakencana banjir", kind="mention")
    cursor: dict[str, Any] = {"until": LONG_AGO}
    kinds: dict[str, set[str]] = {}
    for _ in range(20):
        page = threads(platform).backfill(cursor)
        cursor = json.loads(json.dumps(page.cursor))
        for body in page.bodies:
            for item in Threads.parse(raw(body)):
                kinds.setdefault(item.kind, set()).add(item.text)
        if not page.more:
            break
    assert kinds == {
        "post": {"Selamat datang di Threads kami."}, "comment": {one.text for one in replies},
        "mention": {"@pemkot.tirtakencana banjir"},
    }  # fmt: skip


@pytest.mark.fault(7)
def test_what_was_lost_edited_and_deleted_is_found_in_one_sweep(platform: SimulatedThreads) -> None:
    edited, gone = platform.say("Jalan rusak"), platform.say("Saya hapus nanti")
    cursor = threads(platform).fetch({}).cursor
    platform.deliveries()
    platform.faults.hooks_lost = 1.0
    platform.edit(edited.id, "Jalan rusak parah")
    platform.delete(gone.id)
    platform.say("Kiriman yang hilang di jalan")
    page = threads(platform).fetch(json.loads(json.dumps(cursor)))
    items = [one for body in page.bodies for one in Threads.parse(raw(body))]
    assert {(one.text, one.action) for one in items} == {
        ("Jalan rusak parah", Action.EDIT), ("", Action.DELETE), ("Kiriman yang hilang di jalan", Action.CREATE),
    }  # fmt: skip
    assert next(one for one in items if one.action == Action.DELETE).external_id == gone.id
    assert not threads(platform).fetch(page.cursor).bodies


# -- who we are --------------------------------------------------------------------------------------------------
def test_a_log_in_gives_a_token_for_sixty_days_that_is_renewed(platform: SimulatedThreads) -> None:
    back = "https://tanggap.example/kanal/masuk"
    platform.codes["kode"] = back
    (grant,) = Threads.exchange(threads(platform).account.developer, "kode#_", back, "")
    assert (grant.identity.external_id, grant.identity.handle) == (ME, "@pemkot.tirtakencana")
    assert grant.identity.expires_at is not None
    assert timedelta(days=59) < grant.identity.expires_at - datetime.now(UTC) <= timedelta(days=60)
    renewed = threads(platform).refresh()
    assert renewed is not None
    assert renewed.secrets["token"] == platform.official.token != grant.secrets["token"]
    platform.expire()
    with pytest.raises(NeedsLogin):
        threads(platform).refresh()


def test_the_token_says_when_it_ends_and_what_may_be_published(platform: SimulatedThreads) -> None:
    platform.official.expires_at = platform.clock() + 86_400
    identity = threads(platform).identify()
    assert identity.expires_at is not None
    assert timedelta(hours=23) < identity.expires_at - datetime.now(UTC) <= timedelta(days=1)
    assert identity.settings == {"rates": {"post": [250, 86_400], "reply": [1_000, 86_400]}}


@pytest.mark.fault(7)
def test_of_a_flood_a_sweep_finds_all_that_came_since_the_last(platform: SimulatedThreads) -> None:
    for number in range(210):
        platform.say(f"Lama {number}", at=time.time() - 3600 - 10 * number)
    cursor = threads(platform).fetch({}).cursor
    platform.faults.hooks_lost = 1.0
    wanted = {platform.say(f"Laporan {number}").text for number in range(260)}
    before = len(platform.calls)
    page = threads(platform).fetch(json.loads(json.dumps(cursor)))
    assert wanted <= {one.text for body in page.bodies for one in Threads.parse(raw(body))}
    assert len(platform.calls) - before < 16, "not all that ever stood there"
