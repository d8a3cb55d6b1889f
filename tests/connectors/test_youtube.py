"""YouTube: its resources as items, its refusals, and uploads, units and log-in at a simulated channel."""

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
    CannotTell,
    Item,
    NeedsLogin,
    OutcomeUnknown,
    Outgoing,
    Permanent,
    Raw,
    Temporary,
    Unreadable,
)
from tanggap.channels.connectors.youtube import YouTube
from tanggap.channels.platforms import youtube_api
from tanggap.core import http
from tanggap.simulator.platforms.youtube import YouTube as Platform
from tests.connectors.conformance.stage_youtube import STAGE
from tests.connectors.conformance.stages import Play

FIXTURES = Path(__file__).parent / "fixtures" / "youtube"
NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
OFFICIAL = "UCkota00000000000000000x"
ERRORS = json.loads((FIXTURES / "errors.json").read_text())
FILM = Attachment(bytes(range(256)) * 100, "video/mp4", name="air.mp4")


def parse(body: bytes) -> list[Item]:
    return YouTube.parse(Raw(body, {}, NOW))


def one(name: str) -> Item:
    (item,) = parse((FIXTURES / f"{name}.json").read_bytes())
    return item


@pytest.fixture
def play() -> Iterator[Play]:
    with STAGE.open() as opened:
        opened.begin()
        yield opened


def channel(play: Play) -> Platform:
    assert isinstance(play.platform, Platform)
    return play.platform


# -- reading ---------------------------------------------------------------------------------------------
def test_a_comment_is_read_whole() -> None:
    item = one("comment")
    assert (item.external_id, item.kind, item.action) == ("UgzKomentar00000000000001", "comment", "create")
    assert item.text == "Lampu jalan di Jl. Melati mati & gelap <sekali>\nSudah 3 malam 💡"
    assert item.author is not None
    assert (item.author.external_id, item.author.handle) == ("UCsekar000000000000000xx", "@sekar.w")
    assert item.url == "https://www.youtube.com/watch?v=dQ4kotaXY_z&lc=UgzKomentar00000000000001"
    assert (item.in_reply_to, item.thread, item.edited_at) == ("", item.external_id, None)
    assert item.metrics == {"likes": 7}


def test_a_reply_belongs_to_its_comment_and_our_own_is_ours() -> None:
    reply, own = one("reply"), one("own_reply")
    assert reply.in_reply_to == reply.thread == "UgzKomentar00000000000001"
    assert reply.url.startswith("https://www.youtube.com/watch?v=dQ4kotaXY_z&lc=Ugz")
    assert own.author is not None
    assert own.author.external_id == OFFICIAL


def test_edits_deletions_pictures_and_uploads() -> None:
    edited, gone, held = one("edited"), one("deleted"), one("held_with_picture")
    assert (edited.action, edited.edited_at) == (Action.EDIT, datetime(2026, 11, 21, 5, 6, 7, tzinfo=UTC))
    assert (gone.action, gone.external_id) == (Action.DELETE, edited.external_id)
    assert held.media == [{"type": "image", "url": "https://yt3.ggpht.com/gambar", "alt": ""}]
    assert held.author is not None
    assert held.author.external_id == "nama:@akun-ditutup"
    upload = one("upload")
    assert (upload.kind, upload.author and upload.author.external_id) == ("post", OFFICIAL)
    assert upload.text == "Pemadaman air 22 November\n\nPemadaman air di Kelurahan Melati pukul 09.00–12.00."
    assert upload.created_at == datetime(2026, 11, 18, 3, tzinfo=UTC)


def test_a_search_result_is_a_mention_without_entities() -> None:
    found = one("found")
    assert (found.kind, found.text) == (
        "mention",
        "Banjir di Jl. Kenanga & Melati 'lagi'\n\nAir setinggi lutut …",
    )
    assert parse((FIXTURES / "unknown.json").read_bytes()) == []


@pytest.mark.fault(11)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
            ["event", "payload", "snippet", "id", "videoId", "publishedAt", "resourceId", "comment", "video", "channel"]
        ), inner, max_size=5),
        max_leaves=12,
    )
)  # fmt: skip
def test_anything_is_read_or_unreadable(value: Any) -> None:
    shapes = [
        value,
        *({"event": kind, "channel": "UC", "payload": value} for kind in ("comment", "video", "found")),
    ]
    for shape in shapes:
        try:
            assert all(isinstance(item, Item) for item in parse(json.dumps(shape).encode()))
        except Unreadable:
            pass


@given(st.data())
def test_a_mutated_comment_is_read_or_unreadable(data: st.DataObject) -> None:
    body = json.loads((FIXTURES / "comment.json").read_bytes())
    about = body["payload"]["snippet"]
    key = data.draw(st.sampled_from(sorted(about)))
    about[key] = data.draw(
        st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
    )
    try:
        assert all(isinstance(item, Item) for item in parse(json.dumps(body).encode()))
    except Unreadable:
        pass


# -- refusals --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("case", ERRORS, ids=[f"{one['status']}-{index}" for index, one in enumerate(ERRORS)])
@pytest.mark.parametrize("how", ["read", "sent"])
def test_each_refusal_means_what_is_documented(case: dict[str, Any], how: str) -> None:
    body = case["body"] if isinstance(case["body"], str) else json.dumps(case["body"])
    answering = httpx.MockTransport(lambda _: httpx.Response(case["status"], text=body))
    connector = YouTube(Account(OFFICIAL, api_base="https://youtube.simulated", token="t"))
    out = Outgoing("reply", "Terima kasih", "r", "UgzKomentar00000000000001")
    call = connector.identify if how == "read" else partial(connector.send, out)
    with http.swapped(answering), pytest.raises(errors.ConnectorError) as raised:
        call()
    assert type(raised.value) is getattr(errors, case[how])


@pytest.mark.parametrize(
    ("now", "hours"), [("2026-11-22T05:00:00+00:00", 3), ("2026-07-01T08:00:00+00:00", 23)]
)
def test_an_empty_quota_rests_until_midnight_in_los_angeles(now: str, hours: int) -> None:
    assert youtube_api.until_midnight(datetime.fromisoformat(now)) == hours * 3600


def test_the_units_of_a_day_run_out(play: Play) -> None:
    channel(play).quota_left = 1
    with pytest.raises(Temporary) as raised:
        play.connector.fetch(play.cursor)
    assert "Pasifik" in str(raised.value)
    assert 0 < (raised.value.retry_after or 0) <= 24 * 3600


# -- taking in -------------------------------------------------------------------------------------------
def test_a_quiet_fetch_costs_three_units(play: Play) -> None:
    before = channel(play).quota_left
    page = play.connector.fetch(play.cursor)
    assert (page.bodies, page.cost, before - channel(play).quota_left) == ([], 3, 3)


def test_what_stood_there_before_connecting_is_not_new() -> None:
    with STAGE.open() as opened:
        opened.platform.say("Dari sebelum tersambung")
        opened.begin()
        assert opened.fetched() == []


def test_replies_beyond_the_five_that_come_along_are_asked_for(play: Play) -> None:
    top = play.said("Siapa lagi yang lampunya mati?")
    for number in range(9):
        play.platform.say(f"Saya juga, nomor {number}", parent=play.piece(top).id, author=f"warga{number}")
    assert sorted(one.text for one in play.fetched()) == [f"Saya juga, nomor {number}" for number in range(9)]


def test_a_new_reply_in_an_old_thread_is_found(play: Play) -> None:
    top = play.said("Pertanyaan lama")
    for number in range(120):
        play.platform.say(f"Komentar {number}", author=f"warga{number}")
    assert len(play.fetched()) == 120
    play.platform.say("Jadi kapan?", parent=play.piece(top).id)
    assert [one.text for one in play.fetched()] == ["Jadi kapan?"]


def test_a_long_absence_is_read_back_in_several_calls(play: Play) -> None:
    said = {play.platform.say(f"Komentar {number}", at=1_800_000_000 + number).text for number in range(950)}
    found = [one.text for one in play.fetched()]
    assert sorted(found) == sorted(said)
    assert len(play.cursor["known"]) == 200
    assert [one.text for one in play.fetched()] == []


@pytest.mark.parametrize("meanwhile", [90, 150, 480])
def test_what_comes_in_while_reading_back_hides_nothing(play: Play, meanwhile: int) -> None:
    """New comments move the pages on: a later page then ends with what an earlier one showed."""
    before = [play.platform.say(f"Komentar {number}", at=1_800_000_000 + number) for number in range(950)]
    found: list[str] = []
    page, said = play.connector.fetch(play.cursor), list(before)
    while page.more:
        found += [one.text for one in play.items(page)]
        if len(said) < 950 + 3 * meanwhile:
            at = 1_800_001_000 + len(said)
            said += [play.platform.say(f"Menyusul {at + n}", at=at + n) for n in range(meanwhile)]
        page = play.connector.fetch(page.cursor)
    found += [one.text for one in play.items(page)]
    play.cursor = dict(page.cursor)
    found += [one.text for one in play.fetched()]
    assert {one.text for one in said} == set(found)


def test_a_comment_held_for_review_comes_in_and_our_uploads_too(play: Play) -> None:
    held = play.platform.say("Tautan mencurigakan")
    channel(play).hold(held.id)
    channel(play).upload_natively("Rapat warga\n\nSabtu pukul 19.00")
    assert {(one.kind, one.text) for one in play.fetched()} == {
        ("comment", "Tautan mencurigakan"), ("post", "Rapat warga\n\nSabtu pukul 19.00"),
    }  # fmt: skip


def test_search_begins_now_and_joins_words(play: Play) -> None:
    first = play.connector.search("banjir", {})
    assert (first.bodies, first.cost) == ([], 0)
    play.platform.add("post", "warga9", "Banjir & macet\n\nair naik")
    page = play.connector.search("banjir", first.cursor)
    assert [one.text for one in play.items(page)] == ["Banjir & macet\n\nair naik"]
    assert (page.cost, play.connector.search("banjir", page.cursor).bodies) == (100, [])
    assert YouTube.compile(["jalan rusak", "banjir"], ["iklan"]) == ['"jalan rusak"|banjir -iklan']
    assert len(YouTube.compile([f"kata{number}" for number in range(60)], [])) > 1


# -- sending ---------------------------------------------------------------------------------------------
def test_an_answer_to_a_reply_goes_to_its_thread_and_names_its_author(play: Play) -> None:
    top = play.said("Lampu padam")
    play.platform.say("Di sini juga", parent=play.piece(top).id, author="dimas")
    (reply,) = play.fetched()
    out = play.outgoing("reply", reply, "Petugas ke sana.", options={"handle": "@dimas"})
    sent = play.connector.send(out)
    (answer,) = play.platform.answers()
    assert (answer.parent, answer.text) == (play.piece(top).id, "@dimas Petugas ke sana.")
    assert play.connector.look_up(out) == sent
    assert play.connector.look_up(replace(out, options={**out.options, "taken": [sent.external_id]})) is None


def test_a_reply_to_what_is_gone_is_final(play: Play) -> None:
    item = play.said("Saya hapus")
    play.platform.delete(play.piece(item).id)
    with pytest.raises(Permanent):
        play.connector.send(play.outgoing("reply", item, "Terima kasih"))


def publication(**more: Any) -> Outgoing:
    text = more.pop("text", "Pemadaman air besok\n\nPukul 09.00 di Kelurahan Melati.")
    return Outgoing("post", text, "r", created_at=datetime.now(UTC), media=more.pop("media", (FILM,)), **more)


def test_a_video_is_published_whole(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(youtube_api, "_CHUNK", 4096)
    sent = play.connector.send(publication())
    piece = channel(play).pieces[sent.external_id]
    assert piece.text.startswith("Pemadaman air besok\n\nPemadaman air besok")
    assert piece.media == ({"type": "video", "bytes": len(FILM.content), "privacy": "public"},)
    assert sent.url == f"https://www.youtube.com/watch?v={sent.external_id}"
    assert play.connector.look_up(publication()) == sent


def test_an_upload_goes_on_after_a_break(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(youtube_api, "_CHUNK", 4096)
    wire, tries = http.client._swapped, [0]
    assert wire is not None

    def breaking(request: httpx.Request) -> httpx.Response:
        tries[0] += request.method == "PUT"
        if request.method == "PUT" and tries[0] == 3:
            raise httpx.ReadError("the line broke")
        return wire.handle_request(request)

    with http.swapped(httpx.MockTransport(breaking)):
        sent = play.connector.send(publication())
    assert channel(play).pieces[sent.external_id].media[0]["bytes"] == len(FILM.content)


@pytest.mark.fault(29)
def test_only_a_break_after_the_last_piece_leaves_the_outcome_open(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            raise httpx.ReadError("the line broke")
        return httpx.Response(200, headers={"Location": "https://youtube.simulated/upload?upload_id=1"})

    with http.swapped(httpx.MockTransport(dead)):
        with pytest.raises(OutcomeUnknown):
            play.connector.send(publication())
        monkeypatch.setattr(youtube_api, "_CHUNK", 4096)
        with pytest.raises(Temporary) as raised:
            play.connector.send(publication())
    assert not raised.value.everywhere
    with pytest.raises(CannotTell):
        play.connector.look_up(publication())


def test_a_finished_upload_whose_answer_was_lost_is_found_by_asking(play: Play) -> None:
    wire, lost = http.client._swapped, [True]
    assert wire is not None

    def losing(request: httpx.Request) -> httpx.Response:
        answer = wire.handle_request(request)
        if request.method == "PUT" and lost and answer.status_code == 201:
            lost.clear()
            raise httpx.ReadError("the line broke")
        return answer

    with http.swapped(httpx.MockTransport(losing)):
        sent = play.connector.send(publication())
    assert sum(one.kind == "post" for one in channel(play).pieces.values()) == 2
    assert sent.external_id in channel(play).pieces


@pytest.mark.parametrize(
    "out",
    [
        publication(media=()),
        publication(media=(replace(FILM, type="image/png"),)),
        publication(media=(FILM, FILM)),
        publication(text="Harga < 5000"),
        publication(text="é" * 2501),
        publication(text=" "),
        publication(options={"title": "j" * 101}),
    ],
)
def test_what_youtube_never_takes_is_refused_before_anything_leaves(play: Play, out: Outgoing) -> None:
    before = len(channel(play).calls)
    with pytest.raises(Permanent):
        play.connector.send(out)
    assert len(channel(play).calls) == before


def test_a_long_first_line_is_cut_at_a_word(play: Play) -> None:
    sent = play.connector.send(publication(text="kata " * 40))
    title = channel(play).pieces[sent.external_id].text.partition("\n\n")[0]
    assert len(title) <= 100
    assert title.endswith("kata…")


# -- log-in ----------------------------------------------------------------------------------------------
def test_a_code_becomes_a_channel_and_its_token_is_renewed(play: Play) -> None:
    platform = channel(play)
    developer = STAGE.developer(platform)
    (grant,) = YouTube.exchange(developer, platform.code, "https://tanggap.example/kembali/", "verifier")
    assert grant.identity.external_id == platform.official.id
    assert grant.identity.settings == {"uploads": f"UU{platform.official.id[2:]}"}
    assert grant.secrets["refresh_token"] == platform.refresh_token
    account = replace(STAGE.account(platform), secrets=grant.secrets, token=grant.secrets["token"])
    platform.expire()
    renewed = YouTube(account).refresh()
    assert renewed is not None
    assert renewed.secrets == {"token": platform.official.token, "refresh_token": platform.refresh_token}
    assert renewed.identity.external_id == platform.official.id
    assert (
        timedelta(minutes=50) < (renewed.identity.expires_at or NOW) - datetime.now(UTC) < timedelta(hours=1)
    )


@pytest.mark.fault(32)
def test_a_withdrawn_permission_asks_for_a_log_in(play: Play) -> None:
    platform = channel(play)
    kept = {"token": "x", "refresh_token": platform.refresh_token}
    platform.revoke()
    with pytest.raises(NeedsLogin):
        YouTube(replace(STAGE.account(platform), secrets=kept)).refresh()
    with pytest.raises(NeedsLogin):
        YouTube(replace(STAGE.account(platform), secrets={})).refresh()
    with pytest.raises(NeedsLogin):
        YouTube.exchange(STAGE.developer(platform), "wrong", "https://tanggap.example/kembali/", "")
