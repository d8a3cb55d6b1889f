"""Simulated platforms stay small, and outlive their process with ids that go on."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from tanggap.simulator.platforms import all_simulated, keeping
from tanggap.simulator.platforms.base import OFFICIAL, Simulated
from tanggap.simulator.platforms.facebook import Facebook
from tanggap.simulator.platforms.serving import Town
from tanggap.simulator.townspeople import Townspeople

EACH = pytest.mark.parametrize("made", all_simulated().values(), ids=all_simulated())


@EACH
def test_only_the_newest_stay_and_the_platform_goes_on(made: type[Simulated]) -> None:
    platform = made()
    first = platform.say("paling lama")
    said = [platform.say(f"kata {number}", author=f"warga{number % 3}") for number in range(60)]
    assert keeping.prune(platform, 20) >= 40
    assert first.id not in platform.pieces
    assert all(one.id in platform.pieces for one in said[-20:])
    for one in platform.pieces.values():
        assert not one.parent or one.parent in platform.pieces
    assert platform.say("masih jalan").id in platform.pieces


@pytest.mark.parametrize("most", [20, 60])
def test_little_more_than_the_bound_is_left_alone(most: int) -> None:
    platform = Facebook()
    for number in range(most):
        platform.say(str(number))
    assert keeping.prune(platform, most) == 0


def test_what_a_newer_piece_stands_below_stays() -> None:
    platform = Facebook()
    old = platform.say("pertama")
    for number in range(50):
        platform.say(str(number))
    answer = platform.add("comment", OFFICIAL, "Kami cek", parent=old.id, account=old.account)
    keeping.prune(platform, 10)
    assert {old.id, answer.id} <= platform.pieces.keys()


@EACH
def test_a_platform_comes_back_as_it_was(made: type[Simulated], tmp_path: Path) -> None:
    before, after = made(), made()
    said = before.say("Lampu mati")
    before.edit(said.id, "Lampu masih mati")
    token = before.restore()
    keeping.save(before, tmp_path)
    assert keeping.restore(after, tmp_path)
    assert after.pieces[said.id].text == "Lampu masih mati"
    assert after.official.token == token
    fresh = after.say("baru")
    assert fresh.id not in before.pieces
    assert (tmp_path / f"{made.platform}.pickle").stat().st_mode & 0o077 == 0


class _Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


@pytest.mark.parametrize("content", [pickle.dumps({"pieces": _Harm()}), b"", b"garbage"])
def test_a_file_that_is_not_ours_is_left_alone(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "facebook.pickle").write_bytes(content)
    platform = Facebook()
    standing = dict(platform.pieces)
    assert not keeping.restore(platform, tmp_path)
    assert platform.pieces == standing


def test_a_town_keeps_what_was_said_over_a_restart(tmp_path: Path) -> None:
    with Town([Facebook()], folder=tmp_path) as town:
        people = Townspeople(town.address)
        piece = people.say("facebook", "Lampu mati")
        people.close()
    with Town([Facebook()], folder=tmp_path) as again:
        assert again.platforms["facebook"].pieces[piece["id"]].text == "Lampu mati"
        # Nobody had taken the delivery yet.
        assert len(again.platforms["facebook"].deliveries()) == 1
