"""The same stories on every platform about what was published: its numbers, and taking it away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tanggap.channels.connector import (
    Ability,
    CannotTell,
    NeedsLogin,
    OutcomeUnknown,
    Outgoing,
    Permanent,
    Temporary,
)
from tanggap.channels.declared import FIGURES
from tests.connectors.conformance.afterwards import NUMBERS, published, stands
from tests.connectors.conformance.stages import Play, Stage, stages
from tests.connectors.conformance.test_stories import needs

STAGES = stages()


@pytest.fixture(params=STAGES, ids=[one.name for one in STAGES])
def play(request: pytest.FixtureRequest) -> Iterator[Play]:
    stage: Stage = request.param
    with stage.open() as opened:
        opened.begin()
        opened.platform.deliveries()
        yield opened


def whole(play: Play, key: str) -> str:
    """The id by which the platform's own side knows a post."""
    return next(one.id for one in play.platform.pieces.values() if one.id and one.id in key)


def told(play: Play) -> tuple[str, ...]:
    declared = play.stage.connector.told
    assert declared is not None
    return declared.names


def test_numbers_come_under_our_names_and_only_those_that_are_declared(play: Play) -> None:
    needs(play, Ability.FIGURES)
    key = published(play)
    there = play.platform.look(whole(play, key), **NUMBERS)
    assert play.connector.figures([key]) == {key: {name: there[name] for name in told(play)}}
    assert set(told(play)) <= set(FIGURES)


def test_what_is_declared_about_numbers_has_its_source(play: Play) -> None:
    declared = play.stage.connector.told
    assert (declared is not None) == play.stage.can(Ability.FIGURES)
    if declared is not None:
        assert declared.source_url.startswith("https://")
        assert declared.checked_on
        assert declared.at_once > 0


def test_a_number_that_is_not_told_is_absent_and_never_zero(play: Play) -> None:
    needs(play, Ability.FIGURES)
    key = published(play)
    for name in told(play):
        there = play.platform.look(whole(play, key), **{**NUMBERS, name: None})
        if there[name] is not None:
            pytest.skip(f"{play.stage.name} always tells it")
        found = play.connector.figures([key])[key]
        assert found is not None
        assert name not in found
        assert set(found) == set(told(play)) - {name}


def test_several_posts_are_asked_together_and_one_that_is_gone_spoils_no_other(play: Play) -> None:
    needs(play, Ability.FIGURES)
    keys = [published(play, f"Pengumuman nomor {number}") for number in range(3)]
    for number, key in enumerate(keys):
        play.platform.look(whole(play, key), **NUMBERS | {"likes": number})
    take_away(play, keys[1])
    found = play.connector.figures(keys)
    assert found.get(keys[1]) is None
    for key in (keys[0], keys[2]):
        numbers = found[key]
        assert numbers is not None
        assert "likes" in numbers


def test_asking_for_numbers_passes_on_what_the_platform_asks_for(play: Play) -> None:
    needs(play, Ability.FIGURES)
    key = published(play)
    play.platform.faults.refuse = 1
    with pytest.raises(Temporary):
        play.connector.figures([key])
    play.platform.revoke()
    with pytest.raises(NeedsLogin):
        play.connector.figures([key])


def take_away(play: Play, key: str) -> None:
    if play.stage.can(Ability.WITHDRAW):
        play.connector.send(withdrawal(play, key))
    else:
        play.platform.delete(whole(play, key))


def withdrawal(play: Play, key: str) -> Outgoing:
    return play.outgoing("withdraw", None, "", target_external_id=key)


def test_a_post_is_taken_away_and_once_more_changes_nothing(play: Play) -> None:
    out = withdrawal(play, "1")
    if not play.stage.can(Ability.WITHDRAW):
        with pytest.raises(Permanent):
            play.connector.send(out)
        return
    key, other = published(play), published(play, "Yang ini tetap berdiri.")
    out = withdrawal(play, key)
    assert play.connector.send(out).external_id == key
    assert not stands(play, key)
    assert play.connector.send(out).external_id == key
    assert stands(play, other)


def test_whether_a_post_is_gone_can_be_asked(play: Play) -> None:
    needs(play, Ability.WITHDRAW, Ability.LOOK_UP)
    key = published(play)
    assert play.connector.look_up(withdrawal(play, key)) is None
    assert stands(play, key)
    play.connector.send(withdrawal(play, key))
    found = play.connector.look_up(withdrawal(play, key))
    assert found is not None
    assert found.external_id == key


@pytest.mark.fault(29)
def test_a_withdrawal_whose_answer_was_lost_is_looked_up(play: Play) -> None:
    needs(play, Ability.WITHDRAW)
    key = published(play)
    play.platform.faults.lose_answer = 1
    with pytest.raises(OutcomeUnknown):
        play.connector.send(withdrawal(play, key))
    try:
        found = play.connector.look_up(withdrawal(play, key))
    except CannotTell:
        assert not play.stage.can(Ability.LOOK_UP)
        return
    assert found is not None
    assert not stands(play, key)


def test_a_withdrawal_that_the_platform_refuses_for_now_leaves_the_post(play: Play) -> None:
    needs(play, Ability.WITHDRAW)
    key = published(play)
    play.platform.faults.refuse = 1
    with pytest.raises(Temporary):
        play.connector.send(withdrawal(play, key))
    assert stands(play, key)


@pytest.mark.fault(29)
def test_a_first_comment_stands_below_our_own_post_and_can_be_looked_up(play: Play) -> None:
    needs(play, Ability.PUBLISH, Ability.REPLY)
    post, text = published(play), "Jadwal lengkap ada di kantor kelurahan."
    out = play.outgoing("reply", None, text, target_external_id=post)
    if play.stage.name in {"youtube", "tiktok"}:  # another call there, which is not made yet: it says so
        with pytest.raises(Permanent, match="omentar pertama"):
            play.connector.send(out)
        return
    sent = play.connector.send(out)
    (piece,) = [one for one in play.platform.pieces.values() if one.text == text]
    assert piece.id in sent.external_id
    assert piece.parent in {whole(play, post), ""}
    if play.stage.can(Ability.LOOK_UP):
        found = play.connector.look_up(out)
        assert found is not None
        assert found.external_id == sent.external_id
