"""The same stories on every platform: what a connector declares it does, and what it does not declare it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tanggap.channels.connector import (
    Ability,
    Action,
    BadSignature,
    CannotTell,
    Item,
    NeedsLogin,
    OutcomeUnknown,
    Permanent,
    Temporary,
)  # fmt: skip
from tests.connectors.conformance.stages import LONG_AGO, Play, Stage, stages

STAGES = stages()
LISTED = "Terima kasih, laporan diteruskan ke Dinas Pekerjaan Umum."


@pytest.fixture(params=STAGES, ids=[one.name for one in STAGES])
def play(request: pytest.FixtureRequest) -> Iterator[Play]:
    stage: Stage = request.param
    with stage.open() as opened:
        opened.begin()
        opened.platform.deliveries()
        yield opened


def needs(play: Play, *abilities: Ability) -> None:
    """Plays on only where the platform declares all of this."""
    for ability in abilities:
        if not play.stage.can(ability):
            pytest.skip(f"{play.stage.name} does not offer {ability}")


def only(items: list[Item]) -> Item:
    assert len(items) == 1, items
    return items[0]


def test_connect(play: Play) -> None:
    identity = play.connector.identify()
    assert identity.external_id == play.platform.official.id
    assert identity.name


def test_a_live_item_comes_whole(play: Play) -> None:
    item = play.said("Lampu jalan Kenanga padam 💡 sejak Senin")
    assert item.platform == play.stage.name
    assert item.kind in {"comment", "mention", "message", "article", "post"}
    assert item.author is not None
    assert item.author.external_id
    assert item.account in {"", play.platform.official.id}
    assert abs(item.created_at.timestamp() - play.piece(item).at) < 1


@pytest.mark.fault(1)
def test_the_same_delivery_again_is_the_same_item(play: Play) -> None:
    needs(play, Ability.HOOK)
    play.platform.say("Air mati lagi")
    delivered = play.platform.deliveries()
    first = [play.read(one) for one in delivered]
    assert [play.read(one) for one in delivered] == first


@pytest.mark.fault(3)
def test_a_changed_byte_or_another_secret_is_refused(play: Play) -> None:
    needs(play, Ability.HOOK)
    play.platform.say("Air mati lagi")
    hooked = play.platform.deliveries()[0]
    with pytest.raises(BadSignature):
        play.read(replace(hooked, headers={}))
    play.platform.secret += "x"
    with pytest.raises(BadSignature):
        play.read(hooked)


def test_fetching_and_hooks_tell_of_the_same_item(play: Play) -> None:
    needs(play, Ability.HOOK, Ability.FETCH)
    told = play.said()
    fetched = [one for one in play.fetched() if one.action != Action.DELETE]
    assert told.external_id in {one.external_id for one in fetched}
    same = next(one for one in fetched if one.external_id == told.external_id)
    assert (same.text, same.kind, same.author and same.author.external_id) == (
        told.text, told.kind, told.author and told.author.external_id,
    )  # fmt: skip


@pytest.mark.fault(7)
def test_what_the_hook_lost_the_sweep_finds(play: Play) -> None:
    needs(play, Ability.HOOK, Ability.FETCH)
    play.platform.faults.hooks_lost = 1.0
    play.platform.say("Kiriman yang hilang di jalan")
    assert not play.told()
    assert "Kiriman yang hilang di jalan" in {one.text for one in play.fetched()}


def test_fetching_twice_brings_nothing_twice(play: Play) -> None:
    needs(play, Ability.FETCH)
    play.platform.say("Satu kali saja")
    assert sum(one.text == "Satu kali saja" for one in play.fetched()) == 1
    again = [one for one in play.fetched() if one.text == "Satu kali saja" and one.action == Action.CREATE]
    assert len(again) <= 1  # a watch may bring what changed; it is known by its id


def test_history(play: Play) -> None:
    needs(play, Ability.BACKFILL)
    said = {play.platform.say(f"Laporan lama nomor {number}").text for number in range(7)}
    play.platform.deliveries()
    cursor, found = {"until": LONG_AGO}, set[str]()
    for _ in range(30):
        page = play.connector.backfill(cursor)
        cursor, found = dict(page.cursor), found | {one.text for one in play.items(page)}
        if not page.more:
            break
    assert said <= found


def test_edit(play: Play) -> None:
    needs(play, Ability.EDITS)
    item = play.said("Jalan rusak")
    play.platform.edit(play.piece(item).id, "Jalan rusak parah")
    edited = [one for one in play.brought() if one.external_id == item.external_id]
    assert [one.text for one in edited] == ["Jalan rusak parah"]
    assert edited[0].action == Action.EDIT or edited[0].edited_at


@pytest.mark.fault(12)
def test_delete(play: Play) -> None:
    needs(play, Ability.DELETES)
    item = play.said("Saya hapus nanti")
    play.platform.delete(play.piece(item).id)
    gone = [one for one in play.brought() if one.external_id == item.external_id]
    assert gone
    assert gone[-1].action == Action.DELETE


def asks_again(play: Play, ability: Ability) -> None:
    """Plays on only where what a lost delivery told can be found at all: by looking again, or by fetching alone."""
    needs(play, ability)
    if play.stage.can(Ability.HOOK):
        needs(play, Ability.RECHECK)


@pytest.mark.fault(12)
def test_an_edit_whose_delivery_was_lost_is_found_by_looking_again(play: Play) -> None:
    asks_again(play, Ability.EDITS)
    item, other = play.said("Jalan rusak"), play.said("Lampu mati")
    play.platform.faults.hooks_lost = 1.0
    for text in ("Jalan rusak parah", "Jalan rusak parah sekali"):
        play.platform.edit(play.piece(item).id, text)
        assert not play.told()
        looked = {one.external_id: one for one in play.looked(item, other)}
        assert looked[item.external_id].text == text
        assert looked[item.external_id].action != Action.DELETE


@pytest.mark.fault(12)
def test_a_deletion_whose_delivery_was_lost_is_found_by_looking_again(play: Play) -> None:
    asks_again(play, Ability.DELETES)
    item, other = play.said("Saya hapus nanti"), play.said("Lampu mati")
    play.platform.faults.hooks_lost = 1.0
    play.platform.delete(play.piece(item).id)
    assert not play.told()
    looked = {one.external_id: one.action for one in play.looked(item, other)}
    assert looked[item.external_id] == Action.DELETE
    assert looked.get(other.external_id) != Action.DELETE


def test_looking_again_at_what_stands_changes_nothing(play: Play) -> None:
    needs(play, Ability.RECHECK)
    items = [play.said(f"Laporan nomor {number}") for number in range(3)]
    known = {one.external_id: one for one in items}
    for one in play.looked(*items):
        assert (one.text, one.action, one.edited_at) == (known[one.external_id].text, Action.CREATE, None)
        before = known[one.external_id].author
        assert one.author is not None
        assert before is not None
        assert one.author.external_id == before.external_id


@pytest.mark.fault(32)
def test_looking_again_passes_on_what_the_platform_asks_for(play: Play) -> None:
    needs(play, Ability.RECHECK)
    item = play.said()
    play.platform.faults.refuse = 1
    with pytest.raises(Temporary):
        play.looked(item)
    play.platform.revoke()
    with pytest.raises(NeedsLogin):
        play.looked(item)


def test_reply(play: Play) -> None:
    needs(play, Ability.REPLY)
    item = play.said()
    sent = play.connector.send(play.outgoing("reply", item, LISTED))
    answer = only([one for one in play.platform.answers() if one.text.endswith(LISTED)])
    assert answer.id in sent.external_id
    assert answer.parent in {play.piece(item).id, play.piece(item).root}


@pytest.mark.fault(13)
def test_our_own_answer_is_known_as_ours(play: Play) -> None:
    needs(play, Ability.REPLY)
    item = play.said()
    sent = play.connector.send(play.outgoing("reply", item, LISTED))
    for echo in [one for one in play.brought() if one.action == Action.CREATE and one.text.endswith(LISTED)]:
        assert echo.external_id == sent.external_id
        assert echo.author is not None
        assert echo.author.external_id == play.platform.official.id


def test_private_reply(play: Play) -> None:
    item = play.said()
    out = play.outgoing("private_reply", item, "Mohon kirim nomor telepon lewat pesan ini.")
    if play.stage.can(Ability.PRIVATE_REPLY):
        sent = play.connector.send(out)
        assert sent.external_id
        assert any(one.text.endswith(out.text) and one.kind == "message" for one in play.platform.answers())
    else:
        with pytest.raises(Permanent):
            play.connector.send(out)


def test_hide(play: Play) -> None:
    item = play.said("Kata-kata kotor")
    out = play.outgoing("hide", item, "")
    if play.stage.can(Ability.HIDE):
        play.connector.send(out)
        assert play.piece(item).hidden
        again = replace(out, options={"hidden": False})
        if play.stage.hides_for_good:
            with pytest.raises(Permanent):
                play.connector.send(again)
            return
        play.connector.send(again)
        assert not play.piece(item).hidden
    else:
        with pytest.raises(Permanent):
            play.connector.send(out)


def test_publish(play: Play) -> None:
    out = play.outgoing("post", None, "Pemadaman air besok pukul 09.00 di Kelurahan Melati.")
    if play.stage.connector.media and play.stage.connector.media.required:
        pytest.skip("no text without a picture here: its own tests publish one")
    if play.stage.can(Ability.PUBLISH):
        sent = play.connector.send(out)
        assert any(
            one.ours and one.text == out.text and one.id in sent.external_id
            for one in play.platform.pieces.values()
        )
    else:
        with pytest.raises(Permanent):
            play.connector.send(out)


@pytest.mark.fault(30)
def test_a_rate_limit_says_when_to_come_back(play: Play) -> None:
    play.platform.faults.refuse = 1
    play.platform.faults.retry_after = "7"
    with pytest.raises(Temporary) as raised:
        play.connector.identify()
    assert raised.value.retry_after is None or 0 <= raised.value.retry_after <= 24 * 3600
    assert play.connector.identify()


def test_a_platform_out_of_order_is_temporary(play: Play) -> None:
    play.platform.faults.fail = 1
    with pytest.raises(Temporary):
        play.connector.identify()


@pytest.mark.fault(32)
@pytest.mark.parametrize("how", ["expire", "revoke"])
def test_a_token_that_ended_asks_for_a_log_in_and_a_new_one_goes_on(play: Play, how: str) -> None:
    if not play.platform.official.token:
        pytest.skip("no token here")
    needs(play, Ability.FETCH)
    getattr(play.platform, how)()
    with pytest.raises(NeedsLogin):
        play.connector.identify()
    with pytest.raises(NeedsLogin):
        play.connector.fetch(play.cursor)
    play.platform.faults.hooks_lost = 1.0
    play.platform.say("Sementara itu")
    play.platform.restore()
    assert play.connector.identify().external_id == play.platform.official.id
    assert "Sementara itu" in {one.text for one in play.fetched()}


@pytest.mark.fault(29)
def test_an_answer_that_never_came_is_unknown_and_looked_up(play: Play) -> None:
    needs(play, Ability.REPLY)
    item = play.said()
    out = play.outgoing("reply", item, LISTED)
    play.platform.faults.lose_answer = 1
    with pytest.raises(OutcomeUnknown):
        play.connector.send(out)
    stands = [one for one in play.platform.answers() if one.text.endswith(LISTED)]
    try:
        found = play.connector.look_up(out)
    except CannotTell:
        assert not play.stage.can(Ability.LOOK_UP)
        return
    assert bool(found) == bool(stands)
    assert found is None or only(stands).id in found.external_id


@pytest.mark.fault(29)
def test_a_send_that_never_arrived_is_not_found(play: Play) -> None:
    needs(play, Ability.REPLY, Ability.LOOK_UP)
    item = play.said()
    assert play.connector.look_up(play.outgoing("reply", item, LISTED)) is None


def test_a_server_error_while_sending_is_never_taken_for_a_refusal(play: Play) -> None:
    needs(play, Ability.REPLY)
    item = play.said()
    play.platform.faults.fail = 1
    with pytest.raises((OutcomeUnknown, Temporary)):
        play.connector.send(play.outgoing("reply", item, LISTED))


def test_what_is_declared_has_its_source(play: Play) -> None:
    declared = play.stage.connector
    facts = [*declared.windows, *declared.rates, declared.limits, *declared.limits_by_kind.values()]
    facts += [one for one in (declared.media, declared.quota) if one]
    for fact in facts:
        assert fact.source_url.startswith("https://"), fact
        assert fact.checked_on, fact
