"""TikTok: its answers and deliveries as items, its codes, signatures, and publishing at a simulated account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.channels import errors
from tanggap.channels.connector import (
    Account,
    Action,
    Attachment,
    BadSignature,
    CannotTell,
    Item,
    NeedsLogin,
    Outgoing,
    Permanent,
    Raw,
    Receipt,
    Temporary,
    Unreadable,
)
from tanggap.channels.connectors.tiktok import TikTok
from tanggap.core import http
from tanggap.simulator.platforms.tiktok import TikTok as Platform
from tests.connectors.conformance.stage_tiktok import STAGE
from tests.connectors.conformance.stages import Play

FIXTURES = Path(__file__).parent / "fixtures" / "tiktok"
NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
OFFICIAL = "_000Kota1234567890abcdef"
ERRORS = json.loads((FIXTURES / "errors.json").read_text())
BODY = b'{"client_key":"bwo2m45353a6k85","event":"comment.update"}'
FILM = Attachment(b"film", "video/mp4", url="https://kota.example/media/air.mp4")
PHOTO = Attachment(b"foto", "image/jpeg", url="https://kota.example/media/air.jpg")


def raw(name: str) -> Raw:
    return Raw((FIXTURES / f"{name}.json").read_bytes(), {}, NOW)


def one(name: str) -> Item:
    (item,) = TikTok.parse(raw(name))
    return item


@pytest.fixture
def play() -> Iterator[Play]:
    with STAGE.open() as opened:
        opened.begin()
        opened.platform.deliveries()
        yield opened


def account(play: Play) -> Platform:
    assert isinstance(play.platform, Platform)
    return play.platform


# -- reading ---------------------------------------------------------------------------------------------
def test_a_comment_is_read_whole() -> None:
    item = one("comment")
    assert item.external_id == item.thread == "7300000000000000001/7310000000000000011"
    assert (item.kind, item.text) == ("comment", "Jalan Kenanga berlubang 🕳️ kapan diperbaiki?")
    assert item.created_at == datetime.fromtimestamp(1795136523, UTC)
    assert item.author is not None
    assert (item.author.external_id, item.author.handle, item.author.name) == (
        "+ABc1D2/E0fGhijklMNOrD34vDW", "@sekar.w", "Sekar Wulandari",
    )  # fmt: skip
    assert item.metrics == {"likes": 4, "comments": 1}


def test_replies_our_own_pictures_and_videos() -> None:
    reply, own = one("reply"), one("own_reply")
    assert reply.in_reply_to == reply.thread == one("comment").external_id
    assert own.author is not None
    assert own.author.external_id == OFFICIAL
    assert one("hidden_picture").media[0]["url"] == "https://p16-comment.tiktokcdn.com/b.webp"
    video = one("video")
    assert (video.kind, video.external_id, video.author and video.author.external_id) == (
        "post", "7300000000000000001", OFFICIAL,
    )  # fmt: skip


def test_a_new_comment_nudges_and_a_deletion_is_told_with_its_whole_id() -> None:
    assert TikTok.parse(raw("hook_insert")) == []
    assert TikTok.nudges(raw("hook_insert")) == [("tiktok", OFFICIAL)]
    gone = one("hook_delete")
    assert (gone.action, gone.account) == (Action.DELETE, OFFICIAL)
    assert gone.external_id == one("reply").external_id
    assert TikTok.nudges(raw("hook_delete")) == []
    assert TikTok.nudges(raw("hook_removed")) == [("tiktok", OFFICIAL)]
    for name in ("hook_hidden", "hook_unknown", "hook_removed"):
        assert TikTok.parse(raw(name)) == []


def test_what_became_of_a_publication_is_a_receipt() -> None:
    public, failed = one("hook_published"), one("hook_failed")
    assert (public.action, public.receipt, public.external_id) == (
        Action.RECEIPT, Receipt.DELIVERED, "v_pub_url~v1.2345123456789123456",
    )  # fmt: skip
    assert (failed.receipt, failed.text) == (
        Receipt.FAILED,
        "laju gambarnya tidak diterima (23 sampai 60 per detik)",
    )


@pytest.mark.fault(11)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
            ["event", "payload", "content", "comment_id", "video_id", "create_time", "publish_id", "user_openid"]
        ), inner, max_size=5),
        max_leaves=12,
    )
)  # fmt: skip
def test_anything_is_read_or_unreadable(value: Any) -> None:
    told = [
        {"event": kind, "user_openid": "a", "create_time": 1, "content": json.dumps(value)}
        for kind in ("comment.update", "post.publish.failed")
    ]
    for shape in [value, *told, *({"event": kind, "payload": value} for kind in ("comment", "video"))]:
        body = Raw(json.dumps(shape).encode(), {}, NOW)
        try:
            assert all(isinstance(item, Item) for item in TikTok.parse(body))
            assert all(platform == "tiktok" for platform, _ in TikTok.nudges(body))
        except Unreadable:
            pass


@given(st.data())
def test_a_mutated_comment_is_read_or_unreadable(data: st.DataObject) -> None:
    body = json.loads((FIXTURES / "comment.json").read_bytes())
    key = data.draw(st.sampled_from(sorted(body["payload"])))
    changed = (
        st.none() | st.integers() | st.text(max_size=5) | st.floats() | st.lists(st.integers(), max_size=2)
    )
    body["payload"][key] = data.draw(changed)
    try:
        assert all(isinstance(item, Item) for item in TikTok.parse(Raw(json.dumps(body).encode(), {}, NOW)))
    except Unreadable:
        pass


# -- signatures ------------------------------------------------------------------------------------------
def signed(secret: str, at: datetime, body: bytes = BODY) -> dict[str, str]:
    import hashlib
    import hmac

    stamp = int(at.timestamp())
    given = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"tiktok-signature": f"t={stamp},s={given}"}


@pytest.mark.fault(3)
def test_signatures_of_either_secret_are_accepted_and_all_else_is_not() -> None:
    headers = signed("old", NOW)
    TikTok.verify(["new", "old"], headers, BODY, NOW)
    TikTok.verify(["old"], headers, BODY, NOW + timedelta(hours=72))  # tried again for 72 hours
    refused = [
        (["new"], headers, BODY, NOW),
        (["old"], headers, BODY + b" ", NOW),
        (["old"], headers, BODY, NOW + timedelta(hours=74)),
        (["old"], headers, BODY, NOW - timedelta(minutes=6)),
        (["old"], {}, BODY, NOW),
        (["old"], {"tiktok-signature": "t=x,s=é"}, BODY, NOW),
        (["old"], {"tiktok-signature": headers["tiktok-signature"].partition(",")[2]}, BODY, NOW),
        ([], headers, BODY, NOW),
    ]
    for case in refused:
        with pytest.raises(BadSignature):
            TikTok.verify(*case)


@pytest.mark.fault(3)
@given(st.text(max_size=80))
def test_any_signature_is_refused(header: str) -> None:
    with pytest.raises(BadSignature):
        TikTok.verify(["rahasia"], {"tiktok-signature": header}, BODY, NOW)


# -- codes -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("case", ERRORS, ids=[f"{one['code']}-{index}" for index, one in enumerate(ERRORS)])
@pytest.mark.parametrize("how", ["read", "sent"])
def test_each_code_means_what_is_documented(case: dict[str, Any], how: str) -> None:
    body = {"code": case["code"], "message": case["message"], "request_id": "r", "data": {}}
    answering = httpx.MockTransport(lambda _: httpx.Response(200, json=body))
    connector = TikTok(Account(OFFICIAL, api_base="https://tiktok.simulated", token="t"))
    out = Outgoing("reply", "Terima kasih", "r", "7300000000000000001/7310000000000000011")
    call = connector.identify if how == "read" else partial(connector.send, out)
    with http.swapped(answering), pytest.raises(errors.ConnectorError) as raised:
        call()
    assert type(raised.value) is getattr(errors, case[how])
    if case["code"] == 40100:
        assert raised.value.retry_after == 300


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"code":"x"}', b'{"data":{}}'])
def test_an_answer_that_is_none_is_never_taken_for_success(body: bytes) -> None:
    connector = TikTok(Account(OFFICIAL, api_base="https://tiktok.simulated", token="t"))
    out = Outgoing("reply", "Terima kasih", "r", "7300000000000000001/7310000000000000011")
    with http.swapped(httpx.MockTransport(lambda _: httpx.Response(200, content=body))):
        with pytest.raises(Temporary):
            connector.identify()
        with pytest.raises(errors.OutcomeUnknown):
            connector.send(out)


# -- taking in -------------------------------------------------------------------------------------------
def test_what_stood_there_before_connecting_is_not_new() -> None:
    with STAGE.open() as opened:
        opened.platform.say("Dari sebelum tersambung", at=1_700_000_000)
        opened.begin()
        assert opened.fetched() == []


def test_replies_and_our_own_answers_come_with_their_authors(play: Play) -> None:
    top = play.said("Lampu padam")
    play.platform.say("Di sini juga", parent=play.piece(top).id, author="dimas")
    play.connector.send(play.outgoing("reply", top, "Petugas ke sana."))
    found = {one.text: one for one in play.fetched()}
    assert {"Lampu padam", "Di sini juga", "Petugas ke sana."} == set(found)
    ours, reply = found["Petugas ke sana."].author, found["Di sini juga"]
    assert ours is not None
    assert ours.external_id == play.platform.official.id
    assert reply.in_reply_to == top.external_id
    assert play.fetched() == []


def test_many_comments_on_one_video_come_all_and_once(play: Play) -> None:
    said = {play.platform.say(f"Komentar {number}", author=f"warga{number}").text for number in range(200)}
    assert sorted(one.text for one in play.fetched()) == sorted(said)
    assert play.fetched() == []


def test_more_comments_than_are_sorted_come_all_though_some_are_deleted_meanwhile(play: Play) -> None:
    platform = account(play)
    said = [platform.say(f"Komentar {number}", author=f"warga{number}") for number in range(700)]
    found: set[str] = set()
    for minute in range(8):
        play.cursor = {**play.cursor, "spent": [0, 0]}  # a minute later
        page = play.connector.fetch(play.cursor)
        play.cursor, found = dict(page.cursor), found | {one.text for one in play.items(page)}
        assert (page.pause is None) == (not page.cursor["walks"])
        if minute < 3:
            platform.delete(said[minute].id)
    assert found | {one.text for one in said[:3]} == {one.text for one in said}
    assert page.cursor["walks"] == []


def test_old_videos_are_looked_at_in_turn_within_the_limit_of_calls(play: Play) -> None:
    now, platform = datetime.now(UTC).timestamp(), account(play)
    old = [
        platform.add("post", "official", f"Video {n}", account=platform.official.id, at=now - 9000 + n)
        for n in range(25)
    ]
    play.begin()
    platform.say("Komentar di video lama", parent=old[0].id)
    found: list[str] = []
    for _ in range(6):
        play.cursor = {**play.cursor, "spent": [0, 0]}  # a minute later
        found += [one.text for one in play.fetched() if one.kind == "comment"]
    assert found == ["Komentar di video lama"]
    before = len(platform.calls)
    for _ in range(20):
        play.fetched()
    asked = [path for _, path in platform.calls[before:] if path.endswith("comment/list/")]
    assert len(asked) <= 2 * 33  # at most two minutes have begun


def test_history_reaches_older_videos_and_replies(play: Play) -> None:
    now = datetime.now(UTC).timestamp()
    first = account(play).add(
        "post", "official", "Lama", account=play.platform.official.id, at=now - 40 * 86_400
    )
    said = play.platform.say("Komentar lama", parent=first.id, at=now - 5 * 86_400)
    play.platform.say("Balasan lama", parent=said.id, at=now - 4 * 86_400)
    play.platform.say("Terlalu lama", parent=first.id, at=now - 35 * 86_400)
    cursor, found = {"until": (datetime.now(UTC) - timedelta(days=30)).isoformat()}, set[str]()
    for _ in range(20):
        page = play.connector.backfill(cursor)
        cursor, found = dict(page.cursor), found | {one.text for one in play.items(page)}
        if not page.more:
            break
    assert {"Komentar lama", "Balasan lama", "Lama"} <= found
    assert "Terlalu lama" not in found


# -- sending ---------------------------------------------------------------------------------------------
def test_an_answer_to_a_reply_goes_to_its_thread_and_names_its_author(play: Play) -> None:
    top = play.said("Lampu padam")
    play.platform.say("Di sini juga", parent=play.piece(top).id, author="dimas")
    reply = next(one for one in play.fetched() if one.text == "Di sini juga")
    out = play.outgoing("reply", reply, "Petugas ke sana.", options={"handle": "@dimas"})
    sent = play.connector.send(out)
    (answer,) = play.platform.answers()
    assert (answer.parent, answer.text) == (play.piece(top).id, "@dimas Petugas ke sana.")
    assert play.connector.look_up(out) == sent
    with pytest.raises(Permanent):
        play.connector.send(replace(out, target_external_id="7300000000000000001"))


@pytest.mark.fault(29)
def test_a_thread_that_shows_fewer_replies_than_it_counts_cannot_tell(play: Play) -> None:
    top = play.said("Lampu padam")
    out = play.outgoing("reply", top, "Petugas ke sana.")
    assert play.connector.look_up(out) is None
    play.platform.say("Saya juga", parent=play.piece(top).id)
    wire = http.client._swapped
    assert wire is not None

    def holding_back(request: httpx.Request) -> httpx.Response:
        answer = wire.handle_request(request)
        if "reply/list" in request.url.path:
            return httpx.Response(
                200, json={"code": 0, "message": "OK", "data": {"comments": [], "has_more": False}}
            )
        return answer

    with http.swapped(httpx.MockTransport(holding_back)), pytest.raises(CannotTell):
        play.connector.look_up(out)


def publication(*media: Attachment, text: str = "Kerja bakti\nMinggu pukul 07.00") -> Outgoing:
    return Outgoing("post", text, "r", created_at=datetime.now(UTC), media=media)


@pytest.mark.parametrize("media", [(FILM,), (PHOTO, PHOTO)])
def test_a_publication_is_a_task_whose_end_is_told(play: Play, media: tuple[Attachment, ...]) -> None:
    out = publication(*media)
    sent = play.connector.send(out)
    assert sent.external_id in account(play).tasks
    with pytest.raises(CannotTell):
        play.connector.look_up(out)
    piece = account(play).finish(sent.external_id)
    assert piece is not None
    assert [dict(one)["url"] for one in piece.media] == [one.url for one in media]
    told = [item for hooked in play.platform.deliveries() for item in play.read(hooked)]
    assert [(one.external_id, one.receipt) for one in told] == [
        (sent.external_id, Receipt.SENT), (sent.external_id, Receipt.DELIVERED),
    ]  # fmt: skip
    found = play.connector.look_up(out)
    assert found is not None
    assert found.external_id == piece.id
    assert found.url.startswith("https://www.tiktok.com/")


def test_a_publication_that_fails_says_why(play: Play) -> None:
    sent = play.connector.send(publication(FILM))
    account(play).finish(sent.external_id, "picture_size_check_failed")
    (told,) = [item for hooked in play.platform.deliveries() for item in play.read(hooked)]
    assert (told.external_id, told.receipt) == (sent.external_id, Receipt.FAILED)
    assert "360 piksel" in told.text


@pytest.mark.parametrize("media", [(), (Attachment(b"film", "video/mp4"),)])
def test_what_tiktok_cannot_fetch_is_refused_before_anything_leaves(
    play: Play, media: tuple[Attachment, ...]
) -> None:
    before = len(account(play).calls)
    with pytest.raises(Permanent):
        play.connector.send(publication(*media))
    assert len(account(play).calls) == before


# -- log-in ----------------------------------------------------------------------------------------------
def test_a_code_becomes_an_account_and_its_token_is_renewed(play: Play) -> None:
    platform, developer = account(play), STAGE.developer(play.platform)
    (grant,) = TikTok.exchange(developer, platform.code, "https://tanggap.example/kembali/", "")
    assert (grant.identity.external_id, grant.identity.handle) == (platform.official.id, "@pemkotcontoh")
    assert "refresh_until" in grant.identity.settings
    first = dict(grant.secrets)
    kept = replace(STAGE.account(platform), secrets=first, token=first["token"])
    renewed = TikTok(kept).refresh()
    assert renewed is not None
    assert renewed.secrets["refresh_token"] == platform.refresh_token != first["refresh_token"]
    assert timedelta(hours=23) < (renewed.identity.expires_at or NOW) - datetime.now(UTC) <= timedelta(days=1)
    platform.revoke()
    for secrets in (renewed.secrets, {}):
        with pytest.raises(NeedsLogin):
            TikTok(replace(kept, secrets=secrets)).refresh()
    with pytest.raises(NeedsLogin):
        TikTok.exchange(developer, "wrong", "https://tanggap.example/kembali/", "")


def test_the_address_of_the_app_is_made_known(play: Play) -> None:
    hooked = replace(STAGE.developer(play.platform), hook_url="https://tanggap.example/hooks/tiktok")
    TikTok(replace(STAGE.account(play.platform), developer=hooked)).subscribe()
    assert account(play).subscriptions == dict.fromkeys(("COMMENT", "VIDEO"), hooked.hook_url)
