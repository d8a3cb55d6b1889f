"""WhatsApp: what its deliveries say, what its refusals mean, and that nothing is sent twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanggap.channels.connector import (
    Action,
    Attachment,
    BadSignature,
    CannotTell,
    ConnectorError,
    Item,
    NeedsLogin,
    OutcomeUnknown,
    Outgoing,
    Permanent,
    Raw,
    Receipt,
    Temporary,
    Unreadable,
)  # fmt: skip
from tanggap.channels.connectors.meta import MetaApp
from tanggap.channels.connectors.whatsapp import WhatsApp
from tanggap.channels.platforms.whatsapp_api import meaning
from tanggap.core import http
from tanggap.simulator.platforms import whatsapp
from tests.connectors.conformance.stage_whatsapp import STAGE
from tests.connectors.conformance.stages import Play

FIXTURES = Path(__file__).parent / "fixtures" / "whatsapp"
NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
NUMBER, SEKAR = "106540352242922", "ID.13491208655302741"
FIRST = "wamid.HBgNNjI4MTIzNDU2Nzg5MBUCABIYFDNB0001AA=="
OURS = "wamid.HBgNNjI4MTIzNDU2Nzg5MBUCABEYEkI5OUFB"


def parse(body: bytes) -> list[Item]:
    return WhatsApp.parse(Raw(body=body, headers={}, received_at=NOW))


def one(name: str) -> Item:
    (item,) = parse((FIXTURES / f"{name}.json").read_bytes())
    return item


@pytest.fixture
def play() -> Iterator[Play]:
    with STAGE.open() as opened:
        yield opened


def phone(play: Play) -> whatsapp.WhatsApp:
    assert isinstance(play.platform, whatsapp.WhatsApp)
    return play.platform


def reply(play: Play, text: str = "Terima kasih, kami teruskan.", **more: Any) -> Outgoing:
    return play.outgoing("reply", play.said(), text, **more)


# -- taking in -----------------------------------------------------------------------------------------------
def test_a_text_is_read_whole() -> None:
    item = one("text")
    assert (item.external_id, item.kind, item.account) == (FIRST, "message", NUMBER)
    assert item.text == "Lampu jalan di Gang Kenanga RT 03 mati 💡 sejak Senin"
    assert item.created_at == datetime(2026, 11, 22, 2, 0, 1, tzinfo=UTC)
    assert item.author is not None
    assert (item.author.external_id, item.author.handle, item.author.name) == (
        SEKAR, "+6281234567890", "Sekar Wulandari",
    )  # fmt: skip
    assert item.thread == f"{NUMBER}/{SEKAR}"


def test_who_hides_the_number_is_known_by_the_lasting_id() -> None:
    author = one("text_without_number").author
    assert author is not None
    assert (author.external_id, author.handle, author.name) == ("ID.88491208655302799", "@bima.tirta", "Bima")
    before = one("text_before_user_ids")
    assert before.author is not None
    assert before.author.external_id == "6281234567890"
    assert before.thread == f"{NUMBER}/6281234567890"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("answer", "Sudah, terima kasih"),
        ("image", "Jalan berlubang depan pasar"),
        ("video", ""),
        ("audio", ""),
        ("document", "Surat pengantar"),
        ("sticker", ""),
        ("location", "Pasar Sentul\nJl. Sultan Agung"),
        ("contacts", "Kontak: Pak RT Darmo +62 813-0000-0002"),
        ("button_reply", "Sudah selesai"),
        ("list_reply", "Air bersih\nPDAM dan sumur"),
        ("template_button", "Belum selesai"),
        ("reaction", "👍"),
        ("order", "Pesanan katalog: 1 barang\nPesan bibit gratis"),
        (
            "number_changed",
            "[Warga ini mengganti nomor WhatsApp menjadi +6281999999999. Percakapan berikutnya memakai nomor barunya.]",
        ),
        (
            "unsupported",
            "[Pesan jenis ini tidak dapat dibaca lewat WhatsApp Business. Minta warga menuliskannya.]",
        ),
    ],
)
def test_every_kind_of_message_is_read(name: str, text: str) -> None:
    item = one(name)
    assert (item.text, item.action, item.kind) == (text, Action.CREATE, "message")


@pytest.mark.parametrize("name", ["image", "video", "audio", "document", "sticker"])
def test_files_are_named_by_their_id(name: str) -> None:
    (held,) = one(name).media
    assert held["type"] == name
    assert held["id"].startswith("10033834213872")
    assert "/" in held["mime"]


def test_what_belongs_to_a_message_comes_with_it() -> None:
    assert one("answer").in_reply_to == OURS
    assert one("reaction").in_reply_to == OURS
    assert one("location").location == {"lat": -7.7956, "lon": 110.3695}
    assert one("document").media[0]["name"] == "surat-rt.pdf"
    (advert,) = one("from_advert").media
    assert advert == {
        "type": "referral",
        "url": "https://fb.me/3cr4Wqqkv",
        "alt": "Samsat keliling bulan ini",
    }
    assert one("group").thread.startswith(f"{NUMBER}/g:")


@pytest.mark.fault(12)
def test_edits_and_withdrawals_meet_the_message_by_its_id() -> None:
    edit, gone = one("edit"), one("revoke")
    assert edit.external_id == gone.external_id == FIRST
    assert (edit.action, edit.text) == (Action.EDIT, "Lampu jalan di Gang Kenanga RT 04 mati")
    assert edit.edited_at is not None
    assert gone.action == Action.DELETE
    assert one("edited_caption").text == "Jalan berlubang depan terminal"


@pytest.mark.fault(13)
def test_a_colleagues_answer_in_the_app_is_ours() -> None:
    item = one("echo")
    assert item.author is not None
    assert item.author.external_id == item.account == NUMBER
    assert item.thread == one("text").thread


@pytest.mark.parametrize("name", ["sent", "delivered", "read", "failed"])
def test_reports_name_our_reference(name: str) -> None:
    item = one(name)
    assert (item.action, item.receipt, item.external_id) == (Action.RECEIPT, Receipt(name), OURS)
    assert item.reference == "6f1c1a52-0000-4000-8000-000000000001"
    assert bool(item.text) == (name == "failed")


def test_a_failure_says_what_to_do() -> None:
    assert one("failed").text.startswith("Tidak sampai (#131047): sudah lebih dari 24 jam")
    assert "templat" in one("failed").text


@pytest.mark.parametrize("name", ["reaction_removed", "template_paused", "account_errors"])
def test_what_says_nothing_gives_no_item(name: str) -> None:
    assert parse((FIXTURES / f"{name}.json").read_bytes()) == []


def test_the_meta_app_leads_here() -> None:
    body = (FIXTURES / "text.json").read_bytes()
    assert [item for piece in MetaApp.pieces(body) for item in MetaApp.parse(Raw(piece, {}, NOW))] == parse(
        body
    )


@pytest.mark.fault(3)
def test_one_changed_byte_is_a_forgery(play: Play) -> None:
    play.platform.say("Air mati")
    (hooked,) = play.platform.deliveries()
    for at in (0, len(hooked.body) // 2, len(hooked.body) - 1):
        body = bytearray(hooked.body)
        body[at] ^= 1
        with pytest.raises(BadSignature):
            play.read(replace(hooked, body=bytes(body)))


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    for key, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        found += _paths(inner, (*at, key))
    return found


_SPOTS = [
    (name, path)
    for name in ("text", "image", "location", "contacts", "list_reply", "edit", "echo", "failed", "order")
    for path in _paths(json.loads((FIXTURES / f"{name}.json").read_text()))
]
_leaf: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just([]) | st.just({})
)


@pytest.mark.fault(11)
@settings(max_examples=400, deadline=None)
@given(st.sampled_from(_SPOTS), _leaf | st.just(...))
def test_missing_fields_and_wrong_types_are_read_or_refused_in_words(
    spot: tuple[str, tuple[Any, ...]], leaf: Any
) -> None:
    name, path = spot
    value = json.loads((FIXTURES / f"{name}.json").read_text())
    inside = value
    for key in path[:-1]:
        inside = inside[key]
    if leaf is ...:
        del inside[path[-1]]
    else:
        inside[path[-1]] = leaf
    try:
        found = parse(json.dumps(value).encode())
    except Unreadable as error:
        assert "WhatsApp" in str(error)  # noqa: PT017  both outcomes are right, neither may be another error
        return
    for item in found:
        assert item.external_id
        assert isinstance(item.text, str)
        assert item.author is None or item.author.external_id


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"[" * 5000, b'{"object": "page"}', b"\xff"])
def test_broken_bodies_are_refused_in_words(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(body)


# -- sending -------------------------------------------------------------------------------------------------
def test_an_answer_carries_our_reference_and_its_reports_bring_it_back(play: Play) -> None:
    out = reply(play)
    sent = play.connector.send(out)
    states = [(one.external_id, one.receipt, one.reference) for one in play.told()]
    assert states == [
        (sent.external_id, Receipt.SENT, out.reference),
        (sent.external_id, Receipt.DELIVERED, out.reference),
    ]


def test_who_hides_the_number_is_answered_by_the_lasting_id(play: Play) -> None:
    phone(play).hidden.add("warga9")
    item = play.said(author="warga9")
    assert item.author is not None
    assert item.author.handle == "@warga9"
    sent = play.connector.send(play.outgoing("reply", item, "Siap"))
    assert phone(play).pieces[sent.external_id].parent == item.external_id


@pytest.mark.fault(36)
@pytest.mark.parametrize("late", [False, True])
def test_after_the_window_only_a_template_goes(play: Play, late: bool) -> None:
    phone(play).late = late
    play.platform.say("Kemarin lusa", at=play.platform.clock() - 25 * 3600)
    (item,) = play.told()
    out = play.outgoing("reply", item, "Terlambat")
    if late:
        play.connector.send(out)
        failed = [one for one in play.told() if one.receipt == Receipt.FAILED]
        assert "24 jam" in failed[0].text
    else:
        with pytest.raises(Permanent, match="templat"):
            play.connector.send(out)
    template = {"name": "tindak_lanjut", "language": "id", "values": ["TRK-1", "lampu jalan"]}
    sent = play.connector.send(replace(out, options={"template": template}))
    assert (
        phone(play).pieces[sent.external_id].text
        == "Laporan TRK-1 tentang lampu jalan sudah ditindaklanjuti."
    )


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ({"name": "tindak_lanjut", "language": "id", "values": ["satu"]}, "132000"),
        ({"name": "promosi", "language": "id", "values": []}, "132001"),
        ({"name": "", "values": []}, "belum dipilih"),
    ],
)
def test_a_wrong_template_is_refused_with_what_is_wrong(
    play: Play, template: dict[str, Any], why: str
) -> None:
    with pytest.raises(Permanent, match=why):
        play.connector.send(reply(play, options={"template": template}))


def test_the_reply_box_gets_the_approved_templates(play: Play) -> None:
    connector = play.connector
    assert isinstance(connector, WhatsApp)
    (template,) = connector.templates()
    assert (template.name, template.language, template.values) == ("tindak_lanjut", "id", ("1", "2"))
    assert (template.header, template.footer) == ("Pemerintah Kota", "Balas pesan ini bila belum selesai.")


@pytest.mark.fault(38)
def test_a_picture_is_uploaded_and_goes_with_its_caption(play: Play) -> None:
    picture = Attachment(b"\xff\xd8\xff\xe0foto", "image/jpeg", name='lubang".jpg')
    sent = play.connector.send(reply(play, "Sudah ditambal", media=[picture]))
    piece = phone(play).pieces[sent.external_id]
    assert (piece.text, piece.media[0]["type"]) == ("Sudah ditambal", "image")
    assert phone(play).uploads[piece.media[0]["id"]] == picture.content


@pytest.mark.fault(38)
def test_an_upload_that_got_lost_is_tried_again_and_nothing_was_said(play: Play) -> None:
    out = reply(play, media=[Attachment(b"foto", "image/png")])
    play.platform.faults.lose_answer = 1
    with pytest.raises(Temporary) as raised:
        play.connector.send(out)
    assert not raised.value.everywhere
    assert play.platform.answers() == []


@pytest.mark.parametrize(
    "media",
    [
        [Attachment(b"a", "audio/ogg")],
        [Attachment(b"a", "image/png"), Attachment(b"b", "image/png")],
    ],
)
def test_what_does_not_fit_one_message_is_refused_before_any_upload(
    play: Play, media: list[Attachment]
) -> None:
    with pytest.raises(Permanent):
        play.connector.send(reply(play, media=media))
    assert phone(play).uploads == {}


def test_a_thread_that_names_nobody_is_refused(play: Play) -> None:
    with pytest.raises(Permanent, match="tidak menyebut"):
        play.connector.send(replace(reply(play), thread="wamid.x"))


@pytest.mark.fault(30)
def test_the_pair_rate_holds_up_only_this_conversation(play: Play) -> None:
    out = reply(play)
    for _ in range(45):
        play.connector.send(out)
    with pytest.raises(Temporary) as raised:
        play.connector.send(out)
    assert not raised.value.everywhere
    assert raised.value.retry_after
    play.connector.send(play.outgoing("reply", play.said(author="warga2"), "Lain orang"))


@pytest.mark.fault(32)
@pytest.mark.parametrize(("how", "why"), [("expire", "kedaluwarsa"), ("revoke", "tidak berlaku lagi")])
def test_a_token_that_ended_keeps_the_queue(play: Play, how: str, why: str) -> None:
    out = reply(play)
    getattr(play.platform, how)()
    for call in (play.connector.identify, lambda: play.connector.send(out)):
        with pytest.raises(NeedsLogin, match=why):
            call()
    play.platform.restore()
    assert play.connector.send(out).external_id


@pytest.mark.fault(29)
def test_nobody_is_asked_what_became_of_a_send_but_its_report_tells(play: Play) -> None:
    out = reply(play)
    play.platform.faults.lose_answer = 1
    with pytest.raises(OutcomeUnknown):
        play.connector.send(out)
    with pytest.raises(CannotTell, match="laporannya datang sendiri"):
        play.connector.look_up(out)
    assert {one.reference for one in play.told()} == {out.reference}


@pytest.mark.parametrize(
    ("code", "error", "everywhere"),
    [
        (131047, Permanent, None),
        (131026, Permanent, None),
        (132000, Permanent, None),
        (132015, Permanent, None),
        (131056, Temporary, False),
        (130429, Temporary, True),
        (80007, Temporary, True),
        (131048, Temporary, True),
        (131031, NeedsLogin, None),
        (131042, NeedsLogin, None),
    ],
)
def test_codes_mean_what_the_documentation_says(
    code: int, error: type[ConnectorError], everywhere: bool | None
) -> None:
    body = {"error": {"message": f"(#{code}) x", "type": "OAuthException", "code": code}}
    found = meaning(http.Answer(400, {}, json.dumps(body).encode(), "https://graph.facebook.com/"))
    assert type(found) is error
    assert f"#{code}" in str(found)
    assert everywhere is None or (isinstance(found, Temporary) and found.everywhere == everywhere)


@pytest.mark.parametrize("code", [1, 2, 131000, 131016])
def test_a_failure_at_meta_after_a_send_leaves_the_outcome_open(play: Play, code: int) -> None:
    body = json.dumps({"error": {"message": "x", "type": "OAuthException", "code": code}}).encode()
    connector = play.connector
    assert isinstance(connector, WhatsApp)
    found = connector.line._means(http.Answer(500, {}, body, ""), True)
    assert isinstance(found, OutcomeUnknown)


def test_the_account_asks_for_its_deliveries(play: Play) -> None:
    play.connector.subscribe()
    assert phone(play).subscribed


def test_an_id_that_is_none_never_leaves(play: Play) -> None:
    account = replace(STAGE.account(play.platform), settings={"phone_number_id": "1", "waba_id": "../me"})
    with pytest.raises(Permanent, match="hanya berisi angka"):
        WhatsApp(account).identify()
