"""What each audience is shown of every type of personal data."""

from __future__ import annotations

from typing import get_args

import pytest

from tanggap.posts import masking
from tanggap.understanding.personal_data import SHOWN, find, mask
from tanggap.understanding.reading import DataType, FoundData

TYPES = get_args(DataType)
NEVER = {
    "nik",
    "kk",
    "npwp",
    "bpjs",
    "passport",
    "driving_licence",
    "bank_account",
    "card",
    "nisn",
    "birth_date",
    "health",
}
WHERE = {"address", "coordinates", "plate", "name"}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    ("audience", "known_as"), [("public", "public"), ("staff", "officer"), ("office", "handler")]
)
def test_both_masks_hide_the_same(kind: DataType, audience: str, known_as: str) -> None:
    shown = "".join(
        span.text for span in masking.mask("ini RAHASIA.", [{"type": kind, "start": 4, "end": 11}], audience)
    )
    letters = mask("ini RAHASIA.", [FoundData(kind, 4, 11)], known_as)  # type: ignore[arg-type]
    assert ("RAHASIA" in shown) == ("RAHASIA" in letters) == (kind in SHOWN[known_as])  # type: ignore[index]


def test_nobody_but_the_trusted_sees_identity_numbers_and_illness() -> None:
    assert all(not NEVER & needed for needed in SHOWN.values())
    assert SHOWN["public"] == frozenset()
    assert SHOWN["officer"] == WHERE < SHOWN["handler"]


def test_an_unknown_audience_is_the_public() -> None:
    spans = masking.mask("Jl. Mawar No 3", [{"type": "address", "start": 0, "end": 14}], "siapa saja")
    assert [span.masked for span in spans] == ["address"]


def test_what_overlaps_is_covered_to_its_end() -> None:
    found: list[dict[str, object]] = [
        {"type": "nik", "start": 0, "end": 6},
        {"type": "phone", "start": 4, "end": 10},
    ]
    assert "".join(span.text for span in masking.mask("0123456789 aman", found, "staff")) == "•••••••••• aman"


def test_a_child_and_its_illness_are_hidden_from_the_public() -> None:
    text = "anak saya bernama Nabila Putri, NISN 0098765432, epilepsi"
    covered = mask(text, find(text), "public")
    assert all(word not in covered for word in ("Nabila", "0098765432", "epilepsi"))
