"""A second opinion beside the tables of words: what a small trained part makes of each stretch of a text.

Hashed n-grams (understanding/features.py) weigh every stretch; the few that they are not calm about are also read by
the deep reader's encoder. Both and the find of a table are added to one figure of log-odds. Weights: data/judges, made
by teaching.py, described in data/judges/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

from tanggap.understanding.deep.mixing import shipped_deep
from tanggap.understanding.disguise import View, undisguised, views
from tanggap.understanding.features import features
from tanggap.understanding.normalise import fold

BITS = 16
MOST_READ = 4
"""Stretches of a text that the encoder reads for one rule: about 5 ms each on one core."""
_LONG, _LONGEST = 160, 300
_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?]+(?=\S)[^.!?\n]*)*[.!?]*")
_WORD = re.compile(r"\S+")
_MARKUP = re.compile(r"</?[A-Za-z]{1,8} ?/?>")
"""Platforms show it as it stands; for the judgement it is a space, so that "<b>" is no word."""

Floats = NDArray[np.float32]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned for one rule.

    `grams` (2**BITS) and `vector` (width of the encoder) score a stretch; `mix` weighs the two scores and a find of the
    table, then adds a constant. Stretches below `floor` by n-grams are calm. From `blocks` on a rule blocks, from
    `warns` on it warns.
    """

    grams: Floats
    vector: Floats
    mix: tuple[float, float, float, float]
    floor: float
    blocks: float
    warns: float

    @classmethod
    def load(cls, path: Path | Traversable) -> Weights:
        """This will read the weights of a rule; OSError, KeyError or ValueError for a file that is none."""
        with path.open("rb") as file, np.load(file) as kept:
            mix = [float(one) for one in kept["mix"]]
            floor, blocks, warns = (float(one) for one in kept["bounds"])
            return cls(
                kept["grams"].astype(np.float32), kept["vector"].astype(np.float32),
                (mix[0], mix[1], mix[2], mix[3]), floor, blocks, warns,
            )  # fmt: skip

    def save(self, path: Path) -> None:
        """This will write the weights at half precision."""
        np.savez_compressed(
            path, grams=self.grams.astype(np.float16), vector=self.vector.astype(np.float16),
            mix=np.array(self.mix), bounds=np.array([self.floor, self.blocks, self.warns]),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """One stretch of a text: `odds` above 0 speak for the rule; None where nobody looked closer (calm, or too many)."""

    start: int
    end: int
    grams: float
    odds: float | None


def judge(rule: str, text: str, finds: Sequence[Span]) -> list[Judged]:
    """This will judge every stretch of a text; `finds` are the places that the rule's table knows.

    Work is linear in the length of the text; the encoder reads at most MOST_READ stretches, those with finds first.
    """
    weights = weights_of(rule)
    text = _MARKUP.sub(lambda found: " " * len(found.group()), text)
    spans = stretches(text)
    if not spans:
        return []
    scores = by_grams(weights, text, spans)
    held = [
        any(start < end_ and start_ < end for start, end in _near(finds, start_)) for start_, end_ in spans
    ]
    order = sorted(range(len(spans)), key=lambda at: (not held[at], -scores[at]))
    read = {at for at in order[:MOST_READ] if held[at] or scores[at] >= weights.floor}
    odds = {at: _odds(weights, text[slice(*spans[at])], scores[at], held[at]) for at in read}
    return [Judged(*spans[at], scores[at], odds.get(at)) for at in range(len(spans))]


def telling(rule: str, text: str, span: Span) -> Span:
    """This will return the words of a stretch that weigh most in its judgement: each word is left out once in turn."""
    weights = weights_of(rule)
    words = [one.span() for one in _WORD.finditer(text, *span)]
    if len(words) < 4:
        return (words[0][0], words[-1][1]) if words else span
    without = [f"{text[span[0] : start]} {text[end : span[1]]}" for start, end in words]
    found = features(fold([text[slice(*span)], *without]), BITS)
    scores = _scores(weights, found)
    drops = scores[0] - scores[1:]
    start, end = _heaviest(drops - 0.2 * max(float(drops.max()), 1e-6))
    return words[start][0], words[end][1]


def stretches(text: str) -> list[Span]:
    """This will cut a text into sentences, short ones of a paragraph together, none longer than 300 signs."""
    found: list[Span] = []
    for one in _SENTENCE.finditer(text):
        start, end = one.span()
        if not text[start:end].strip():
            continue
        if found and end - found[-1][0] <= _LONG and "\n" not in text[found[-1][0] : start]:
            found[-1] = (found[-1][0], end)
            continue
        while end - start > _LONGEST:
            space = text.rfind(" ", start + 1, start + _LONGEST)
            cut = space if space > start else start + _LONGEST
            found.append((start, cut))
            start = cut
        found.append((start, end))
    return found


def by_grams(weights: Weights, text: str, spans: Sequence[Span]) -> list[float]:
    """This will score stretches by n-grams, in the reading (as it stands, digits as letters) that speaks loudest."""
    readings = views(text)
    same = [view for view in readings if len(view.text) == len(readings[0].text)]
    parts = [_part(view, *span) for view in same for span in spans]
    scores = _scores(weights, features(fold(parts), BITS)).reshape(len(same), len(spans))
    return [float(one) for one in scores.max(axis=0)]


@lru_cache(maxsize=1024)
def vector(stretch: str) -> Floats:
    """This will return the encoder's vector of a stretch, of length one; typing asks for the same ones again."""
    found: Floats = shipped_deep().vectors([undisguised(stretch)])[0]
    return found / max(float(np.linalg.norm(found)), 1e-9)


@cache
def weights_of(rule: str) -> Weights:
    """This will load the weights of a rule."""
    return Weights.load(files("tanggap.publishing").joinpath(f"data/judges/{rule}.npz"))


def _odds(weights: Weights, stretch: str, grams: float, held: bool) -> float:
    by_vector = float(vector(stretch) @ weights.vector)
    return weights.mix[0] * grams + weights.mix[1] * by_vector + weights.mix[2] * held + weights.mix[3]


def _scores(weights: Weights, found: csr_matrix) -> Floats:
    counts = np.sqrt(np.maximum(np.asarray(found.sum(axis=1)).ravel(), 1))
    return np.asarray(np.asarray(found @ weights.grams).ravel() / counts, np.float32)


def _part(view: View, start: int, end: int) -> str:
    first, last = np.searchsorted(view.origin, [start, end])
    return view.text[first:last]


def _near(finds: Sequence[Span], start: int) -> Sequence[Span]:
    """The finds that may reach into a stretch: in order of the text, from the last that begins before it."""
    low, high = 0, len(finds)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if finds[middle][0] < start else (low, middle)
    return finds[max(0, low - 1) : low + 40]


def _heaviest(gains: Floats) -> tuple[int, int]:
    """First and last index of the run with the greatest sum."""
    best, best_at, run, since = -np.inf, (0, 0), 0.0, 0
    for at, gain in enumerate(gains):
        if run <= 0:
            run, since = 0.0, at
        run += float(gain)
        if run > best:
            best, best_at = run, (since, at)
    return best_at
