"""How easy an Indonesian text reads: sentences, long words, and one figure out of a hundred.

The figure follows the idea of Flesch (1948) with syllables counted as vowels, which Indonesian spelling allows; its
weights are those usual for Spanish (Fernández Huerta, 1959), a language of like syllables. It is a hint, no measure of
understanding, and has not been fitted to Indonesian readers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?=\d)[^.!?\n]*)*")
_WORD = re.compile(r"[^\W\d_]{1,60}")
_VOWELS = re.compile(r"(?:ai|au|oi|ei)(?![a-z])|[aeiou]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """`ease` 0 to 100, higher is easier; `longest` is the number of words of the longest sentence, at `span`."""

    words: int
    sentences: int
    ease: int
    longest: int
    span: tuple[int, int]


def read(text: str) -> Reading:
    """This will measure a text; an empty one is as easy as can be. Work is linear in the length."""
    counts = [(len(_WORD.findall(one.group())), one.span()) for one in _SENTENCE.finditer(text)]
    counts = [one for one in counts if one[0]]
    words = _WORD.findall(text)
    if not words or not counts:
        return Reading(0, 0, 100, 0, (0, 0))
    syllables = sum(max(1, len(_VOWELS.findall(word))) for word in words)
    ease = 206.84 - 60 * syllables / len(words) - 1.02 * len(words) / len(counts)
    longest, span = max(counts, key=lambda one: one[0])
    return Reading(len(words), len(counts), max(0, min(100, round(ease))), longest, span)
