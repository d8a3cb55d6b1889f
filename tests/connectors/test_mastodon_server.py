"""The Mastodon connector against an independent server, with faults put into the server."""

from __future__ import annotations

import base64
import contextlib
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from queue import Empty, Queue
from typing import Any

import httpx
import pytest
from mastodon_mock.testing.server import MockServer

from tanggap.channels.connector import (
    Account,
    Attachment,
    CannotTell,
    Item,
    NeedsLogin,
    OutcomeUnknown,
    Outgoing,
    Permanent,
    Raw,
    Temporary,
)  # fmt: skip
from tanggap.channels.connectors.mastodon import Mastodon
from tanggap.core import http
from tests.connectors.conftest import connected

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def items(bodies: Any) -> list[Item]:
    now = datetime.now(UTC)
    return [item for body in bodies for item in Mastodon.parse(Raw(body=body, headers={}, received_at=now))]


def host(server: MockServer) -> str:
    return server.base_url.removeprefix("http://")


def reply(
    server: MockServer, target: Any, text: str = "Terima kasih, kami teruskan", **more: Any
) -> Outgoing:
    return Outgoing(
        kind=more.pop("kind", "reply"), text=text, reference=str(uuid.uuid4()),
        target_external_id=f"{host(server)}/{target.id}", created_at=datetime.now(UTC), **more,
    )  # fmt: skip


def fault(
    server: MockServer, effect: Mapping[str, Any], path: str = "/api/v1/statuses", method: str = "POST"
) -> None:
    rule = {"match": {"path": path, "methods": [method]}, "effect": effect, "count": 1}
    httpx.post(f"{server.base_url}/api/v1/_mock/faults", json=rule).raise_for_status()


def test_identify_tells_account_and_limits(server: MockServer, official: Mastodon) -> None:
    me = official.identify()
    assert (me.external_id, me.name) == (f"bob@{host(server)}", "Bob")
    assert me.limits is not None
    assert (me.limits.most, me.limits.url_length, me.limits.count) == (500, 23, "mastodon")


def test_fetch_begins_now_and_brings_what_comes_after(server: MockServer, official: Mastodon) -> None:
    alice, bob = server.client("alice"), server.client("bob")
    alice.status_post("@bob sebelum tersambung")
    first = official.fetch({})
    assert list(first.bodies) == []
    asked = alice.status_post("@bob lampu mati")
    native = bob.status_post("Pengumuman dari gawai")
    second = official.fetch(first.cursor)
    found = items(second.bodies)
    assert [item.external_id for item in found] == [
        f"{host(server)}/{asked.id}",
        f"{host(server)}/{native.id}",
    ]
    assert [item.kind for item in found] == ["mention", "post"]
    third = official.fetch(second.cursor)
    assert (list(third.bodies), third.more) == ([], False)


def test_fetch_pages_through_a_pile_without_a_gap(
    server: MockServer, official: Mastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tanggap.channels.connectors.mastodon._PAGE", 4)
    cursor: Mapping[str, Any] = official.fetch({}).cursor
    alice = server.client("alice")
    wanted = {f"{host(server)}/{alice.status_post(f'@bob laporan {n}').id}" for n in range(10)}
    got: set[str] = set()
    pages = 0
    more = True
    while more:
        page = official.fetch(cursor)
        got |= {item.external_id for item in items(page.bodies)}
        cursor, more, pages = page.cursor, page.more, pages + 1
    assert got == wanted
    assert pages == 3


@pytest.mark.fault(12)
def test_fetch_finds_edits_deletions_and_replies_without_a_mention(
    server: MockServer, official: Mastodon
) -> None:
    alice, bob = server.client("alice"), server.client("bob")
    cursor = official.fetch({}).cursor
    kept, lost = alice.status_post("@bob satu"), alice.status_post("@bob dua")
    own = bob.status_post("Pengumuman")
    cursor = official.fetch(cursor).cursor
    alice.status_update(kept.id, "@bob satu, ralat")
    alice.status_delete(lost.id)
    quiet = alice.status_post("tanpa menyebut", in_reply_to_id=own.id)
    page = official.fetch(cursor)
    found = {item.external_id.rpartition("/")[2]: item for item in items(page.bodies)}
    assert found[str(kept.id)].action == "edit"
    assert found[str(kept.id)].text == "@bob satu, ralat"
    assert found[str(lost.id)].action == "delete"
    assert (found[str(quiet.id)].kind, found[str(quiet.id)].text) == ("comment", "tanpa menyebut")
    assert list(official.fetch(page.cursor).bodies) == []


def test_backfill_walks_back_through_older_mentions(
    server: MockServer, official: Mastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tanggap.channels.connectors.mastodon._PAGE", 4)
    alice = server.client("alice")
    wanted = [str(alice.status_post(f"@bob lama {n}").id) for n in range(6)]
    first = official.backfill({})
    second = official.backfill(first.cursor)
    got = [item.external_id.rpartition("/")[2] for item in items([*first.bodies, *second.bodies])]
    assert (got, first.more, second.more) == (wanted[::-1], True, False)


def test_the_stream_tells_of_mentions_edits_and_deletions_and_of_nothing_else(
    server: MockServer, official: Mastodon
) -> None:
    alice, carol = server.client("alice"), server.client("carol")
    got: Queue[bytes] = Queue()

    def listen() -> None:
        with contextlib.suppress(Temporary):  # the server ends before the stream does
            for body in official.stream():
                if body:
                    got.put(body)

    threading.Thread(target=listen, daemon=True).start()
    _until_listening(server, got)
    server.client("bob").account_follow(carol.me().id)
    carol.status_post("obrolan orang lain")
    asked = alice.status_post("@bob lewat aliran")
    (item,) = items([got.get(timeout=5)])
    assert item.external_id == f"{host(server)}/{asked.id}"
    mine = server.client("bob").status_post("dari kami")
    (item,) = items([got.get(timeout=5)])
    assert (item.external_id, item.kind) == (f"{host(server)}/{mine.id}", "post")
    server.client("bob").status_delete(mine.id)
    (item,) = items([got.get(timeout=5)])
    assert (item.external_id, item.action) == (f"{host(server)}/{mine.id}", "delete")


def _until_listening(server: MockServer, got: Queue[bytes]) -> None:
    """Posts until the stream tells of it, then waits until it has told all."""
    bob, posted = server.client("bob"), 0
    while got.empty():
        bob.status_post("apakah aliran sudah tersambung?")
        posted += 1
        assert posted < 100, "nobody listens"
        time.sleep(0.05)
    with contextlib.suppress(Empty):
        while True:
            got.get(timeout=0.3)


def test_a_reply_stands_in_the_thread_names_its_author_and_goes_out_once(
    server: MockServer, official: Mastodon
) -> None:
    asked = server.client("alice").status_post("@bob lampu mati", visibility="unlisted")
    out = reply(server, asked)
    sent = official.send(out)
    stands = server.client("alice").status(int(sent.external_id.rpartition("/")[2]))
    assert (stands.in_reply_to_id, stands.visibility) == (asked.id, "unlisted")
    assert stands.content == "<p>@alice Terima kasih, kami teruskan</p>"
    assert server.client("alice").notifications(types=["mention"])[0].status.id == stands.id
    assert official.send(out).external_id == sent.external_id


def test_an_answer_that_names_its_author_is_sent_byte_for_byte(
    server: MockServer, official: Mastodon
) -> None:
    asked = server.client("alice").status_post("@bob lampu mati")
    sent = official.send(reply(server, asked, "Halo @alice, sudah kami catat"))
    assert server.client("alice").status(int(sent.external_id.rpartition("/")[2])).content == (
        "<p>Halo @alice, sudah kami catat</p>"
    )


def test_a_private_reply_is_direct_and_a_post_is_public(server: MockServer, official: Mastodon) -> None:
    asked = server.client("alice").status_post("@bob lampu mati")
    private = official.send(reply(server, asked, kind="private_reply"))
    public = official.send(Outgoing(kind="post", text="Pengumuman", reference=str(uuid.uuid4())))
    bob = server.client("bob")
    assert bob.status(int(private.external_id.rpartition("/")[2])).visibility == "direct"
    assert bob.status(int(public.external_id.rpartition("/")[2])).visibility == "public"


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        ({"type": "status", "status": 401}, NeedsLogin),
        ({"type": "status", "status": 403}, NeedsLogin),
        ({"type": "status", "status": 422, "body": {"error": "Validation failed"}}, Permanent),
        ({"type": "status", "status": 404}, Permanent),
        ({"type": "status", "status": 500}, OutcomeUnknown),
        ({"type": "status", "status": 503}, OutcomeUnknown),
        ({"type": "malformed"}, OutcomeUnknown),
    ],
)
def test_what_a_refused_send_means(
    server: MockServer, official: Mastodon, effect: dict[str, Any], error: type[Exception]
) -> None:
    fault(server, effect)
    with pytest.raises(error) as raised:
        official.send(Outgoing(kind="post", text="x", reference="r"))
    assert type(raised.value) is error or issubclass(type(raised.value), Permanent)
    assert "bob_token" not in str(raised.value)


@pytest.mark.fault(30)
def test_a_rate_limit_says_when_to_come_back(server: MockServer, official: Mastodon) -> None:
    fault(server, {"type": "ratelimit", "headers": {"Retry-After": "7"}})
    with pytest.raises(Temporary) as raised:
        official.send(Outgoing(kind="post", text="x", reference="r"))
    assert raised.value.retry_after == 7


@pytest.mark.fault(29)
def test_no_answer_after_sending_is_unknown_and_the_look_up_settles_it(
    server: MockServer, official: Mastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = server.client("alice").status_post("@bob lampu mati")
    out = reply(server, asked, "Jawaban <penting> & jelas https://contoh.example/sebuah/alamat/yang/panjang")
    assert official.look_up(out) is None
    taken = official.send(out)
    lost = reply(server, asked, "Jawaban yang tidak pernah sampai")
    fault(server, {"type": "timeout", "delay_ms": 3000})
    hasty = connected(server)
    hasty.api._line.client.caps = http.Caps(read=0.3, total=0.5)
    with pytest.raises(OutcomeUnknown):
        hasty.send(lost)
    found = official.look_up(out)
    assert found is not None
    assert found.external_id == taken.external_id
    assert official.look_up(lost) is None


def test_look_up_tells_apart_targets_and_deliveries(server: MockServer, official: Mastodon) -> None:
    alice = server.client("alice")
    one, two = alice.status_post("@bob satu"), alice.status_post("@bob dua")
    sent = official.send(reply(server, one, "Sudah kami terima"))
    assert official.look_up(reply(server, two, "Sudah kami terima")) is None
    assert official.look_up(reply(server, one, "Sudah kami terima")) == sent
    taken = reply(server, one, "Sudah kami terima", options={"taken": [sent.external_id]})
    assert official.look_up(taken) is None
    with pytest.raises(CannotTell):
        official.look_up(Outgoing(kind="post", text="x", reference="r"))


def test_a_target_that_is_gone_or_elsewhere_is_never_answered(server: MockServer, official: Mastodon) -> None:
    alice = server.client("alice")
    asked = alice.status_post("@bob lampu mati")
    alice.status_delete(asked.id)
    with pytest.raises(Permanent, match="sudah tidak ada"):
        official.send(reply(server, asked))
    with pytest.raises(Permanent, match="bukan dari server"):
        official.send(Outgoing(kind="reply", text="x", reference="r", target_external_id="lain.example/1"))


def test_a_wrong_token_needs_a_login(server: MockServer) -> None:
    stranger = connected(server, "no_such_token")
    for call in (stranger.identify, lambda: stranger.fetch({}), lambda: list(stranger.stream())):
        with pytest.raises(NeedsLogin):
            call()


def test_a_refused_connection_is_temporary() -> None:
    nobody = Mastodon(Account(api_base="http://127.0.0.1:9", token="t", trusted_base=True))
    with pytest.raises(Temporary):
        nobody.fetch({})
    with pytest.raises(Temporary):
        nobody.send(Outgoing(kind="post", text="x", reference="r"))


@pytest.mark.fault(50)
def test_a_private_address_that_nobody_trusts_is_refused_for_good(server: MockServer) -> None:
    with pytest.raises(Permanent):
        Mastodon(Account(api_base="https://127.0.0.1:9", token="t")).identify()
    with pytest.raises(Permanent, match="https"):
        Mastodon(Account(api_base=server.base_url, token="bob_token")).identify()


def test_tags_are_found_from_now_on_and_others_talk_is_no_mention(
    server: MockServer, official: Mastodon
) -> None:
    assert Mastodon.compile(["Jalan Rusak", "banjir"], ["iklan"]) == ["jalanrusak -iklan", "banjir -iklan"]
    server.client("carol").status_post("sudah lama #banjir")
    begun = official.search("banjir", {})
    assert not begun.bodies
    told = server.client("carol").status_post("Depan rumah #banjir sepinggang")
    page = official.search("banjir", begun.cursor)
    found = items(page.bodies)
    assert [(one.external_id, one.kind) for one in found] == [(f"{host(server)}/{told.id}", "post")]
    assert not official.search("banjir", page.cursor).bodies


def test_a_picture_goes_with_the_post_and_carries_its_description(
    server: MockServer, official: Mastodon
) -> None:
    out = Outgoing(
        kind="post", text="Jembatan dibuka", reference=str(uuid.uuid4()), created_at=datetime.now(UTC),
        media=[Attachment(PICTURE, "image/png", "Jembatan dari arah selatan", "jembatan.png")],
    )  # fmt: skip
    sent = official.send(out)
    status = server.client("bob").status(sent.external_id.rpartition("/")[2])
    assert [one.description for one in status.media_attachments] == ["Jembatan dari arah selatan"]


def test_an_upload_that_gets_no_answer_published_nothing(server: MockServer, official: Mastodon) -> None:
    fault(server, {"type": "timeout", "delay_ms": 3000}, path="/api/v2/media")
    official.api._line.client.caps = http.Caps(read=0.3, total=0.5)
    out = Outgoing(
        kind="post", text="Jembatan dibuka", reference=str(uuid.uuid4()), created_at=datetime.now(UTC),
        media=[Attachment(PICTURE, "image/png", "Jembatan")],
    )  # fmt: skip
    with pytest.raises(Temporary, match="tidak ada yang terbit") as raised:
        official.send(out)
    assert not raised.value.everywhere
    assert connected(server).look_up(out) is None
