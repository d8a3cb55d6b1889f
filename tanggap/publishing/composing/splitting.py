"""A text that is too long for one post, parted into several at its paragraphs, sentences or words."""

from __future__ import annotations

from collections.abc import Callable

import regex

MOST_PARTS = 25
_BREAKS = (
    regex.compile(r"\n\s*\n\s*"),
    regex.compile(r"(?<=[.!?…])\s+|\n+"),
    regex.compile(r"\s+"),
    regex.compile(r"(?<=\X)(?=\X)"),
)
_ENOUGH = 0.4
"""A coarser break is taken where it reaches this share of what the last fitting word reaches."""


def split(
    text: str, fits: Callable[[str], bool], fits_first: Callable[[str], bool] | None = None
) -> list[str]:
    """This will part a text so that every part fits; `fits_first` for the first, which a link stands below.

    At most MOST_PARTS; what is left then stands in the last one, too long, for a person to shorten.
    """
    rest = text.strip()
    parts: list[str] = []
    while rest:
        fit = fits_first if fits_first is not None and not parts else fits
        if fit(rest) or len(parts) == MOST_PARTS - 1:
            return [*parts, rest]
        end = _end(rest, fit)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return parts


def _end(text: str, fits: Callable[[str], bool]) -> int:
    words = _last(text, 2, fits)
    for coarse in (0, 1):
        found = _last(text, coarse, fits)
        if found and found >= _ENOUGH * words:
            return found
    return words or _last(text, 3, fits) or 1


def _last(text: str, kind: int, fits: Callable[[str], bool]) -> int:
    """The last break of a kind before which the text still fits; 0 where none is."""
    ends = [one.start() for one in _BREAKS[kind].finditer(text) if one.start()]
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high) // 2
        if fits(text[: ends[middle]].rstrip()):
            low = middle + 1
        else:
            high = middle
    return ends[low - 1] if low else 0
