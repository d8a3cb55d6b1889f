"""Telegram: what its updates say, both ways of getting them, and what its refusals mean."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.channels.connector import (
    Account,
    Action,
    Attachment,
    BadSignature,
    CannotTell,
    ConnectorError,
    Developer,
    Gone,
    Item,
    NeedsLogin,
    OutcomeUnknown,
    Permanent,
    Raw,
    Temporary,
    Unreadable,
)  # fmt: skip
from tanggap.channels.connectors.telegram import Telegram, hook_token
from tanggap.channels.platforms.telegram_api import refusal
from tanggap.core import http
from tanggap.simulator.platforms import telegram
from tests.connectors.conformance.stage_telegram import HOOK
from tests.connectors.conformance.stage_telegram import STAGE as HOOKED
from tests.connectors.conformance.stage_telegram_updates import STAGE as FETCHED
from tests.connectors.conformance.stages import Play

FIXTURES = Path(__file__).parent / "fixtures" / "telegram"
NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
BOT = "7000000001"


def parse(body: bytes, *, told: bool = True) -> list[Item]:
    known = (
        {"account": BOT, "handle": "@tirtakencana_bot", "settings": {"channel_id": telegram.CHANNEL}}
        if told
        else {}
    )
    return Telegram.parse(Raw(body=body, headers={}, received_at=NOW, **known))  # type: ignore[arg-type]


def body(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


def one(name: str) -> Item:
    (item,) = parse(body(name))
    return item


@pytest.fixture
def hooked() -> Iterator[Play]:
    with HOOKED.open() as opened:
        yield opened


@pytest.fixture
def fetched() -> Iterator[Play]:
    with FETCHED.open() as opened:
        yield opened


def town(play: Play) -> telegram.Telegram:
    assert isinstance(play.platform, telegram.Telegram)
    return play.platform


# -- taking in -----------------------------------------------------------------------------------------------
def test_a_private_message_is_read_whole() -> None:
    item = one("private")
    assert (item.external_id, item.kind, item.thread) == ("111222333/101", "message", "111222333")
    assert item.text == "Lampu jalan di Gang Kenanga mati 💡"
    assert item.author is not None
    assert (item.author.external_id, item.author.handle, item.author.name) == (
        "111222333", "@sekarw", "Sekar Wulandari",
    )  # fmt: skip
    assert item.created_at == datetime(2026, 11, 22, 2, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("answer", "message", "Terima kasih"),
        ("photo", "message", "Jalan berlubang"),
        ("document", "message", "Surat pengantar"),
        ("sticker", "message", "🙏"),
        ("location", "message", "Lokasi: -7.7956, 110.3695"),
        ("venue", "message", "Pasar Sentul\nJl. Sultan Agung"),
        ("contact", "message", "Kontak: Darmo RT 03 +6281300000002"),
        ("mention", "mention", "💡💡 @Tirtakencana_Bot lampu mati"),
        ("command", "mention", "/lapor@tirtakencana_bot sampah"),
        ("named_by_link", "mention", "Pemkot tolong"),
        ("caption_mention", "mention", "@tirtakencana_bot ini"),
        ("reply_to_bot", "comment", "Masih mati, Pak"),
        ("comment", "comment", "Sampai jam berapa?"),
        ("channel_post", "post", "Jadwal pemadaman air"),
        ("blocked", "message", "[Warga ini memblokir bot atau menghentikannya; balasan tidak akan sampai.]"),
        ("put_out", "mention", "[Bot dikeluarkan dari Warga Kenanga; pesan di sana tidak lagi masuk.]"),
    ],
)
def test_every_kind_of_update_is_read(name: str, kind: str, text: str) -> None:
    item = one(name)
    assert (item.kind, item.text, item.action) == (kind, text, Action.CREATE)


@pytest.mark.parametrize(
    "name",
    ["start", "another_bot", "chatter", "channel_copy", "migrated", "joined", "let_in", "inline_query"],
)
def test_what_is_not_for_the_government_gives_no_item(name: str) -> None:
    assert parse(body(name)) == []


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("photo", "image", "AgAClarge"),
        ("video", "video", "BAACvideo"),
        ("voice", "audio", "AwACvoice"),
        ("document", "document", "BQACdoc"),
        ("animation", "video", "CgACgif"),
        ("sticker", "sticker", "CAACsticker"),
    ],
)
def test_files_are_named_by_their_id(name: str, kind: str, key: str) -> None:
    (held,) = one(name).media
    assert (held["type"], held["id"]) == (kind, key)


def test_comments_belong_to_the_channels_post() -> None:
    comment, post = one("comment"), one("channel_post")
    assert comment.in_reply_to == f"{telegram.CHANNEL}/7"
    assert comment.thread == f"{telegram.GROUP}/40"
    assert post.author is not None
    assert post.author.external_id == BOT
    assert post.url == "https://t.me/tirtakencana/124"
    assert comment.url == "https://t.me/c/1000000002/121"
    assert one("edited_channel_post").external_id == post.external_id
    assert one("topic").thread == "-1001000000009/12"


def test_a_channel_that_merely_let_the_bot_in_is_not_the_official_one() -> None:
    author = one("foreign_channel_post").author
    assert author is not None
    assert author.external_id == "-1009999999999"


@pytest.mark.fault(13)
@pytest.mark.parametrize("name", ["colleague_as_channel", "colleague_as_group"])
def test_a_colleague_who_answers_in_the_app_is_ours(name: str) -> None:
    item = one(name)
    assert item.kind == "comment"
    assert item.author is not None
    assert item.author.external_id == BOT


def test_an_edit_meets_the_message_by_its_id() -> None:
    edit = one("edited")
    assert (edit.external_id, edit.action) == (one("private").external_id, Action.EDIT)
    assert edit.edited_at == datetime(2026, 11, 22, 2, 1, 1, tzinfo=UTC)
    assert one("edited_channel_post").action == Action.EDIT


def test_a_reader_who_is_not_told_whose_update_it_is_reads_the_same_of_private_talk() -> None:
    assert parse(body("private"), told=False) == parse(body("private"))
    assert [item.kind for item in parse(body("mention"), told=False)] == ["mention"]


@pytest.mark.fault(3)
def test_the_secret_is_all_that_proves_a_delivery() -> None:
    now = datetime.now(UTC)
    for secret in ("abc_DEF-1", "whsec_a+b/c="):
        token = hook_token(secret)
        assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
        Telegram.verify(["lama", secret], {"x-telegram-bot-api-secret-token": token}, b"{}", now)
        for headers in ({}, {"x-telegram-bot-api-secret-token": token[:-1]}):
            with pytest.raises(BadSignature):
                Telegram.verify([secret], headers, b"{}", now)
    with pytest.raises(BadSignature):
        Telegram.verify([""], {"x-telegram-bot-api-secret-token": ""}, b"{}", now)


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    for key, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        found += _paths(inner, (*at, key))
    return found


_SPOTS = [
    (name, path)
    for name in ("private", "photo", "mention", "comment", "colleague_as_group", "venue", "blocked", "edited")
    for path in _paths(json.loads(body(name)))
]
_leaf: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just([]) | st.just({})
)


@pytest.mark.fault(11)
@settings(max_examples=400, deadline=None)
@given(st.sampled_from(_SPOTS), _leaf | st.just(...), st.booleans())
def test_missing_fields_and_wrong_types_are_read_or_refused_in_words(
    spot: tuple[str, tuple[Any, ...]], leaf: Any, told: bool
) -> None:
    name, path = spot
    value = json.loads(body(name))
    inside = value
    for key in path[:-1]:
        inside = inside[key]
    if leaf is ...:
        del inside[path[-1]]
    else:
        inside[path[-1]] = leaf
    try:
        found = parse(json.dumps(value).encode(), told=told)
    except Unreadable as error:
        assert "Telegram" in str(error)  # noqa: PT017  both outcomes are right, neither may be another error
        return
    for item in found:
        assert "/" in item.external_id
        assert isinstance(item.text, str)


@pytest.mark.parametrize("broken", [b"", b"{", b"null", b"[]", b"[" * 5000, b"{}", b"\xff"])
def test_broken_bodies_are_refused_in_words(broken: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(broken)


# -- getUpdates ----------------------------------------------------------------------------------------------
def away(play: Play, hours: float) -> None:
    """Lets the last fetch lie so long ago."""
    at = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
    play.cursor = {**play.cursor, "at": at, "seen": at}


@pytest.mark.fault(9)
def test_23_hours_away_lose_nothing(fetched: Play) -> None:
    fetched.begin()
    clock = fetched.platform.clock
    fetched.platform.clock = lambda: clock() - 23 * 3600
    for number in range(150):
        fetched.platform.say(f"Laporan {number}")
    fetched.platform.clock = clock
    away(fetched, 23)
    pages = []
    while True:
        page = fetched.connector.fetch(fetched.cursor)
        pages.append(page)
        fetched.cursor = page.cursor
        if not page.more:
            break
    assert sum(len(page.bodies) for page in pages) == 150
    assert [page.missed for page in pages] == ["", ""]


@pytest.mark.fault(9)
def test_25_hours_away_name_the_gap(fetched: Play) -> None:
    fetched.begin()
    clock = fetched.platform.clock
    fetched.platform.clock = lambda: clock() - 25 * 3600
    fetched.platform.say("Yang hilang")
    fetched.platform.clock = lambda: clock() - 3600
    fetched.platform.say("Yang masih ada")
    fetched.platform.clock = clock
    away(fetched, 25)
    page = fetched.connector.fetch(fetched.cursor)
    assert [item.text for item in fetched.items(page)] == ["Yang masih ada"]
    lost_from = datetime.now(UTC) - timedelta(hours=25)
    assert f"{lost_from:%d-%m-%Y %H}" in page.missed
    assert fetched.connector.fetch(page.cursor).missed == ""


def test_what_waits_when_the_bot_is_connected_comes_in(fetched: Play) -> None:
    fetched.platform.say("Sudah menunggu sejak tadi")
    assert [item.text for item in fetched.items(fetched.connector.fetch({}))] == ["Sudah menunggu sejak tadi"]


def test_a_worker_that_dies_before_it_keeps_the_page_gets_it_again(fetched: Play) -> None:
    fetched.platform.say("Sekali lagi")
    assert (
        len(fetched.connector.fetch(fetched.cursor).bodies)
        == len(fetched.connector.fetch(fetched.cursor).bodies)
        == 1
    )


def test_after_a_silent_week_an_old_offset_throws_no_new_update_away(fetched: Play) -> None:
    fetched.platform.say("Lama")
    fetched.fetched()
    fetched.fetched()
    town(fetched)._update_ids = iter(range(5, 100))  # numbers begin anew after a week of silence
    away(fetched, 24 * 7)
    fetched.platform.say("Baru")
    assert [item.text for item in fetched.fetched()] == ["Baru"]


@pytest.mark.fault(8)
@pytest.mark.parametrize(
    "cursor",
    [{"offset": "rusak", "at": "rusak"}, {"offset": -1}, {"at": 5, "seen": None}, {"at": "2026-11-22"}],
)
def test_a_broken_cursor_loses_nothing_and_mends_itself(fetched: Play, cursor: dict[str, Any]) -> None:
    fetched.platform.say("Pertama")
    fetched.platform.say("Kedua")
    fetched.cursor = cursor
    assert [item.text for item in fetched.fetched()] == ["Pertama", "Kedua"]
    assert fetched.fetched() == []


def test_a_webhook_elsewhere_is_named(fetched: Play) -> None:
    town(fetched).webhook = {"url": "https://lain.example/"}
    with pytest.raises(Permanent, match="webhook"):
        fetched.connector.fetch({})
    fetched.connector.subscribe()
    assert town(fetched).webhook is None


# -- webhook -------------------------------------------------------------------------------------------------
def test_the_webhook_is_set_with_its_secret_and_what_waits_is_delivered(hooked: Play) -> None:
    town(hooked).webhook = None
    hooked.platform.say("Menunggu")
    hooked.connector.subscribe()
    stands = town(hooked).webhook
    assert stands is not None
    assert stands["url"] == HOOK
    assert "edited_message" in stands["allowed_updates"]
    assert [item.text for item in hooked.told()] == ["Menunggu"]


def test_the_sweep_sets_a_removed_webhook_again(hooked: Play) -> None:
    town(hooked).webhook = None
    page = hooked.connector.fetch({})
    stands = town(hooked).webhook
    assert stands is not None
    assert (stands["url"], page.bodies, page.missed) == (HOOK, [], "")


def test_a_webhook_that_points_elsewhere_is_an_alarm(hooked: Play) -> None:
    town(hooked).webhook = {"url": "https://pencuri.example/"}
    with pytest.raises(Permanent, match="alamat lain"):
        hooked.connector.fetch({})


def test_deliveries_that_fail_are_told_with_how_many_wait(hooked: Play) -> None:
    hooked.platform.say("Tidak terkirim")
    town(hooked).webhook = {
        "url": HOOK, "last_error_date": int(time.time()), "last_error_message": "Connection refused",
    }  # fmt: skip
    with pytest.raises(Temporary, match=r"Connection refused.*1 kiriman"):
        hooked.connector.fetch({})


@pytest.mark.fault(9)
@pytest.mark.parametrize(("hours", "lost"), [(23, False), (25, True)])
def test_a_webhook_that_was_away_too_long_names_the_gap(hooked: Play, hours: int, lost: bool) -> None:
    away(hooked, hours)
    assert bool(hooked.connector.fetch(hooked.cursor).missed) == lost


def test_without_an_app_there_is_no_webhook(hooked: Play) -> None:
    account = replace(HOOKED.account(hooked.platform), developer=Developer(api_base=HOOKED.base))
    with pytest.raises(Permanent, match="aplikasi"):
        Telegram(account).subscribe()


# -- sending -------------------------------------------------------------------------------------------------
def test_a_comment_is_answered_under_it(hooked: Play) -> None:
    item = hooked.said("Sampai jam berapa?", kind="comment")
    sent = hooked.connector.send(hooked.outgoing("reply", item, "Sampai pukul 15.00"))
    assert sent.external_id.startswith(f"{telegram.GROUP}/")
    assert hooked.platform.pieces[sent.external_id].parent == item.external_id


def test_a_post_in_the_channel_has_an_address_and_its_copy_is_no_item(hooked: Play) -> None:
    sent = hooked.connector.send(hooked.outgoing("post", None, "Pemadaman air besok"))
    assert sent.url == f"https://t.me/tirtakencana/{sent.external_id.rpartition('/')[2]}"
    assert hooked.told() == []


def test_without_a_channel_nothing_is_posted(hooked: Play) -> None:
    account = replace(HOOKED.account(hooked.platform), settings={})
    with pytest.raises(Permanent, match="Kanal resmi"):
        Telegram(account).send(hooked.outgoing("post", None, "Halo"))


@pytest.mark.fault(38)
@pytest.mark.parametrize(
    ("types", "kinds"),
    [
        (["image/jpeg"], ["photo"]),
        (["video/mp4"], ["video"]),
        (["application/pdf"], ["document"]),
        (["image/jpeg", "video/mp4", "image/png"], ["photo", "video", "photo"]),
    ],
)
def test_files_go_with_the_text_as_caption(hooked: Play, types: list[str], kinds: list[str]) -> None:
    item = hooked.said()
    media = [Attachment(f"isi {kind}".encode(), kind) for kind in types]
    sent = hooked.connector.send(hooked.outgoing("reply", item, "Sudah ditambal", media=media))
    assert hooked.platform.pieces[sent.external_id].text == "Sudah ditambal"
    assert town(hooked).files == [(kind, one.content) for kind, one in zip(kinds, media, strict=True)]


@pytest.mark.fault(33)
@pytest.mark.parametrize(
    ("text", "media", "fits"),
    [
        ("a" * 4096, 0, True),
        ("a" * 4097, 0, False),
        ("😀" * 2048, 0, True),
        ("😀" * 2049, 0, False),
        ("😀" * 512, 1, True),
        ("😀" * 513, 1, False),
    ],
)
def test_text_counts_in_utf16_units(hooked: Play, text: str, media: int, fits: bool) -> None:
    files = [Attachment(b"x", "image/png")] * media
    out = hooked.outgoing("reply", hooked.said(), text, media=files)
    if fits:
        assert hooked.connector.send(out)
    else:
        with pytest.raises(Permanent):
            hooked.connector.send(out)


def test_albums_hold_only_pictures_and_films(hooked: Play) -> None:
    media = [Attachment(b"a", "image/png"), Attachment(b"b", "application/pdf")]
    with pytest.raises(Permanent, match="Album"):
        hooked.connector.send(hooked.outgoing("reply", hooked.said(), "", media=media))
    assert town(hooked).files == []


def test_a_group_that_moved_is_followed(hooked: Play) -> None:
    item = hooked.said("Halo", kind="comment")
    town(hooked).migrate("-1001000000077")
    assert hooked.told() == []
    sent = hooked.connector.send(hooked.outgoing("reply", item, "Halo juga"))
    assert sent.external_id.startswith("-1001000000077/")


@pytest.mark.fault(30)
def test_a_groups_budget_holds_up_only_the_group(hooked: Play) -> None:
    item = hooked.said("Halo", kind="comment")
    out = hooked.outgoing("reply", item, "Halo juga")
    for _ in range(20):
        hooked.connector.send(out)
    with pytest.raises(Temporary) as raised:
        hooked.connector.send(out)
    assert not raised.value.everywhere
    assert 0 < (raised.value.retry_after or 0) <= 61
    assert hooked.connector.send(hooked.outgoing("reply", hooked.said("Pesan pribadi"), "Lain"))


def test_who_blocked_the_bot_is_named_and_the_answer_refused(hooked: Play) -> None:
    item = hooked.said()
    town(hooked).block("warga1")
    (note,) = hooked.told()
    assert note.thread == item.thread
    with pytest.raises(Permanent, match="memblokir"):
        hooked.connector.send(hooked.outgoing("reply", item, "Halo"))


@pytest.mark.fault(12)
def test_an_answer_to_what_was_deleted_is_not_sent(hooked: Play) -> None:
    item = hooked.said()
    hooked.platform.delete(item.external_id)
    with pytest.raises(Permanent, match="sudah dihapus"):
        hooked.connector.send(hooked.outgoing("reply", item, "Halo"))


def test_what_is_deleted_already_counts_as_hidden(hooked: Play) -> None:
    item = hooked.said()
    out = hooked.outgoing("hide", item, "")
    assert hooked.connector.send(out) == hooked.connector.send(out)
    with pytest.raises(Permanent, match="tidak dapat ditampilkan lagi"):
        hooked.connector.send(replace(out, options={"hidden": False}))


@pytest.mark.fault(29)
def test_an_unknown_outcome_is_for_a_person(hooked: Play) -> None:
    out = hooked.outgoing("reply", hooked.said(), "Halo")
    hooked.platform.faults.lose_answer = 1
    with pytest.raises(OutcomeUnknown):
        hooked.connector.send(out)
    with pytest.raises(CannotTell, match="riwayat"):
        hooked.connector.look_up(out)


@pytest.mark.fault(32)
def test_a_revoked_token_asks_for_a_log_in(hooked: Play) -> None:
    out = hooked.outgoing("reply", hooked.said(), "Halo")
    hooked.platform.revoke()
    for call in (hooked.connector.identify, lambda: hooked.connector.send(out)):
        with pytest.raises(NeedsLogin):
            call()


@pytest.mark.fault(67)
@pytest.mark.parametrize(
    "token", ["", "123", "7000000001:pendek", "../7000000001:AAHsimulated-telegram-token"]
)
def test_a_token_that_is_none_never_becomes_an_address(token: str) -> None:
    with pytest.raises(NeedsLogin) as raised:
        Telegram(Account(token=token)).identify()
    assert not token or token not in str(raised.value)


@pytest.mark.fault(67)
def test_no_error_shows_the_token(hooked: Play) -> None:
    hooked.platform.faults.down = True
    with pytest.raises(Temporary) as raised:
        hooked.connector.identify()
    shown = [str(raised.value), str(raised.value.__cause__)]
    assert not any(hooked.platform.official.token in one for one in shown)


def test_the_official_channel_is_looked_up_once(hooked: Play) -> None:
    identity = hooked.connector.identify()
    assert (identity.external_id, identity.handle) == (BOT, "@tirtakencana_bot")
    assert identity.settings["channel_id"] == telegram.CHANNEL
    account = replace(HOOKED.account(hooked.platform), settings={"channel": "@salah"})
    with pytest.raises(Permanent, match="pastikan bot ditambahkan"):
        Telegram(account).identify()


@pytest.mark.parametrize(
    ("status", "description", "error"),
    [
        (401, "Unauthorized", NeedsLogin),
        (404, "Not Found", NeedsLogin),
        (403, "Forbidden: bot was kicked from the supergroup chat", Permanent),
        (403, "Forbidden: bot can't initiate conversation with a user", Permanent),
        (400, "Bad Request: message to be replied not found", Gone),
        (400, "Bad Request: TOPIC_CLOSED", Permanent),
        (400, "Bad Request: not enough rights to send text messages to the chat", Permanent),
        (409, "Conflict: terminated by other getUpdates request", Temporary),
        (429, "Too Many Requests: retry after 34", Temporary),
    ],
)
def test_descriptions_mean_what_they_say(status: int, description: str, error: type[ConnectorError]) -> None:
    answer = json.dumps({"ok": False, "error_code": status, "description": description}).encode()
    assert type(refusal(http.Answer(status, {}, answer, ""), True)) is error
