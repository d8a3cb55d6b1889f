"""Puts numbers that platforms tell of own posts under our names; what is not told stays absent."""

from __future__ import annotations

from typing import Any

from tanggap.channels.values import count_of

Numbers = dict[str, int]


def numbers(**found: Any) -> Numbers:
    """This will keep what is a number, by our names."""
    return {name: count for name, value in found.items() if (count := count_of(value)) is not None}


def altogether(*parts: Any) -> int | None:
    """This will add up what counts as one number of ours; None where a part of it is not told."""
    counts = [count_of(one) for one in parts]
    known = [one for one in counts if one is not None]
    return sum(known) if known and len(known) == len(counts) else None
