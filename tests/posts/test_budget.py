"""Deep readings are rationed by the second, whatever asks for them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tanggap.posts.budget import Budget


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_is_saved_up_is_given_once() -> None:
    clock = Clock()
    budget = Budget(10, clock)
    assert budget.take(30) == 30
    assert budget.take(30) == 20
    assert budget.take(30) == 0
    clock.now += 1
    assert budget.take(3) == 3
    assert budget.take(30) == 7


def test_nothing_is_saved_beyond_the_burst() -> None:
    clock = Clock()
    budget = Budget(10, clock)
    clock.now += 3600
    assert budget.take(10_000) == 50


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 200)), max_size=40))
def test_never_more_than_the_rate_and_one_burst(asked: list[tuple[float, int]]) -> None:
    clock = Clock()
    budget, given_ = Budget(20, clock), 0
    for later, wanted in asked:
        clock.now += later
        given_ += budget.take(wanted)
    assert given_ <= 20 * (clock.now - 100) + 100 + 1e-6


def test_a_budget_of_none_gives_none() -> None:
    clock = Clock()
    budget = Budget(0, clock)
    clock.now += 1000
    assert budget.take(5) == 0
