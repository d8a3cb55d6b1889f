"""Teaching: folds, the gate on packing, and a run that learns (where torch is installed)."""

from __future__ import annotations

import numpy as np
import pytest

from tanggap.understanding.deep.packing import macro_f1, refuse_costly
from tanggap.understanding.deep.pieces import Pieces
from tests.understanding.deep.small import small_model


def test_a_packing_that_costs_more_than_a_point_is_refused() -> None:
    refuse_costly(0.890, 0.881)
    with pytest.raises(ValueError, match=r"packing costs 0\.0110 of macro-F1"):
        refuse_costly(0.890, 0.879)


def test_macro_f1_is_the_mean_over_the_labels() -> None:
    assert macro_f1([0, 0, 1, 2], [0, 1, 1, 2]) == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)


def test_a_run_learns_and_runs_average() -> None:
    pytest.importorskip("torch", reason="training needs the train extra")
    from tanggap.understanding.deep.tuning import Lesson, average, exact_scores, tuned

    base, model, _ = small_model()
    pieces = Pieces(model)
    lessons = [
        Lesson(f"{words} {letter}", {"spam": label})
        for letter in "abcdefghij"
        for words, label in (("jalan rusak", 0), ("terima kasih", 1))
    ] * 8
    runs = [tuned(base, pieces, lessons, {"spam": 2}, {}, seed) for seed in (1, 2)]
    for found in (*runs, average(runs)):
        said = exact_scores(base, found, pieces, ["jalan rusak z", "terima kasih z"])["spam"].argmax(1)
        assert list(said) == [0, 1]
    again = tuned(base, pieces, lessons, {"spam": 2}, {}, 1)
    assert all(np.array_equal(again.tensors[name], runs[0].tensors[name]) for name in again.tensors)
