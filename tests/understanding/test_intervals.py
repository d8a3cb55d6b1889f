from __future__ import annotations

import pytest

from tanggap.understanding.intervals import alpha, paired, wilson


def test_a_share_comes_with_wilson_s_interval() -> None:
    """Source of the numbers: R. Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263 and 0 of 20."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_gain_of_a_reader_over_another_is_uncertain_while_few_posts_differ() -> None:
    low, high = paired(3, 1, 100)
    assert low < 0 < high
    low, high = paired(30, 1, 100)
    assert 0.15 < low < 0.29 < high
    assert paired(0, 0, 0) == (-1.0, 1.0)


def test_agreement_is_krippendorff_s_alpha() -> None:
    """Source of the example: K. Krippendorff, "Computing Krippendorff's alpha-reliability" (2011): nominal, .691."""
    a = "*****3412113" + "3*3"
    b = "1*21334" + "3*******"
    c = "**21344*2113" + "3*4"
    posts = [[label for label in said if label != "*"] for said in zip(a, b, c, strict=True)]
    found, many = alpha(posts)
    assert found == pytest.approx(0.691, abs=5e-4)
    assert many == 12


def test_agreement_of_nobody_and_of_one_single_label_is_not_a_number() -> None:
    assert alpha([["a"], []]) == (None, 0)
    assert alpha([["a", "a"], ["a", "a"]]) == (None, 2)
    assert alpha([["a", "a"], ["b", "b"]])[0] == 1
