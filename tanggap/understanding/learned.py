"""What officers taught on top of the shipped model: for each head a bounded shift of its log-odds by a post's n-grams.

logits = log p_shipped + clip(x W + b); x is the reader's own sparse features, of length one, weighed by their rarity
in the government's own posts, so that local names count, which the shipped model never saw.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

from tanggap.understanding.features import BITS
from tanggap.understanding.head import Scores, softmax
from tanggap.understanding.heads import all_heads

MOST_UP, MOST_DOWN = 5.0, 2.0
"""A label's log-odds rise and fall no further, whatever was taught: what the shipped model is sure of stays."""

_LAYOUT = 1
_FLOOR = 1e-9

Floats = NDArray[np.float32]
Buckets = NDArray[np.int32]


class Layer(Protocol):
    """What a reader asks before it answers."""

    @property
    def version(self) -> str: ...

    def applied(self, found: csr_matrix, scores: dict[str, Scores]) -> dict[str, Scores]: ...


@dataclass(frozen=True, slots=True)
class Rarity:
    """How rare each bucket is among a government's posts: log((1 + posts) / (1 + posts with it)) + 1.

    Kept for the buckets that at least two posts share; every other bucket counts as `other`.
    """

    buckets: Buckets
    weights: Floats
    other: float

    @classmethod
    def of(cls, found: csr_matrix) -> Rarity:
        """This will count the buckets of features, (posts, 2**BITS)."""
        posts = found.shape[0]
        often = np.bincount(found.indices, minlength=1 << BITS)
        shared = np.flatnonzero(often > 1)
        weights = (np.log((1 + posts) / (1 + often[shared])) + 1).astype(np.float16).astype(np.float32)
        return cls(shared.astype(np.int32), weights, float(np.float16(np.log(1 + posts) + 1)))

    def whole(self) -> Floats:
        """This will give one weight for every bucket."""
        weights = np.full(1 << BITS, self.other, np.float32)
        weights[self.buckets] = self.weights
        return weights


@dataclass(frozen=True, slots=True)
class Part:
    """One head's shift: for the buckets that weigh (sorted) a row of weights, one column a label."""

    labels: tuple[str, ...]
    buckets: Buckets
    weights: Floats
    offsets: Floats


class Learned:
    """A government's own layer. It is made for one shipped model, `base`, and means nothing beside another."""

    def __init__(self, version: str, base: str, rarity: Rarity, parts: Mapping[str, Part]) -> None:
        self.version = version
        self.base = base
        self.parts = dict(parts)
        self._rarity = rarity
        self._whole = rarity.whole()
        self._buckets = _together([part.buckets for part in self.parts.values()])
        columns = [_spread(part, self._buckets) for part in self.parts.values()]
        self._matrix = np.hstack(columns) if columns else np.zeros((0, 0), np.float32)
        self._place = np.full(1 << BITS, -1, np.int32)
        self._place[self._buckets] = np.arange(len(self._buckets), dtype=np.int32)

    def applied(self, found: csr_matrix, scores: dict[str, Scores]) -> dict[str, Scores]:
        """This will give the heads' probabilities, (texts, labels) each, as they are with what was taught.

        `found` are the features of the same texts. A head that nothing was taught of keeps its probabilities.
        """
        if not self.parts:
            return scores
        sums = chosen(weighed(found, self._whole), self._place, len(self._buckets)) @ self._matrix
        answers, at = dict(scores), 0
        for name, part in self.parts.items():
            shift = np.asarray(sums[:, at : at + len(part.labels)], np.float64) + part.offsets
            at += len(part.labels)
            if name in scores:
                answers[name] = shifted(scores[name], shift)
        return answers

    def save(self) -> bytes:
        """This will give the layer as a file that reads the same after loading."""
        about = {
            "layout": _LAYOUT,
            "bits": BITS,
            "version": self.version,
            "base": self.base,
            "other": self._rarity.other,
            "heads": {name: list(part.labels) for name, part in self.parts.items()},
        }
        arrays: dict[str, NDArray[np.generic]] = {
            "rarity.buckets": self._rarity.buckets,
            "rarity.weights": self._rarity.weights.astype(np.float16),
        }
        for name, part in self.parts.items():
            arrays[f"{name}.buckets"] = part.buckets
            arrays[f"{name}.weights"] = part.weights
            arrays[f"{name}.offsets"] = part.offsets
        file = io.BytesIO()
        np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)  # type: ignore[arg-type]
        return file.getvalue()

    @classmethod
    def load(cls, content: bytes) -> Learned:
        """This will load a layer. Raises ValueError for another layout, or for heads with other labels than now."""
        with np.load(io.BytesIO(content)) as stored:
            about = json.loads(str(stored["about"]))
            if (about["layout"], about["bits"]) != (_LAYOUT, BITS):
                raise ValueError(f"the layer {about['version']} has layout {about['layout']}, not {_LAYOUT}")
            known = all_heads()
            parts = {}
            for name, labels in about["heads"].items():
                if name not in known or known[name].labels != tuple(labels):
                    raise ValueError(f"the layer {about['version']} knows other labels of {name}")
                parts[name] = Part(
                    tuple(labels),
                    stored[f"{name}.buckets"],
                    stored[f"{name}.weights"],
                    stored[f"{name}.offsets"],
                )
            weights = stored["rarity.weights"].astype(np.float32)
            rarity = Rarity(stored["rarity.buckets"], weights, about["other"])
            return cls(about["version"], about["base"], rarity, parts)


class Listening:
    """A layer that changes nothing and keeps what passes: each text's features and the shipped probabilities."""

    version = "simak"

    def __init__(self) -> None:
        self.found: list[csr_matrix] = []
        self.scores: list[dict[str, Scores]] = []

    def applied(self, found: csr_matrix, scores: dict[str, Scores]) -> dict[str, Scores]:
        """This will keep features and probabilities, and hand the probabilities on."""
        self.found.append(found)
        self.scores.append(scores)
        return scores


def shifted(scores: Scores, shift: Scores) -> Scores:
    """This will move probabilities, (texts, labels), by log-odds, within what a layer may do."""
    return softmax(np.log(np.maximum(scores, _FLOOR)) + np.clip(shift, -MOST_DOWN, MOST_UP))


def weighed(found: csr_matrix, rarity: Floats) -> csr_matrix:
    """This will weigh features by rarity and bring every row to length one."""
    data = rarity[found.indices]
    rows = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
    squares = np.bincount(rows, (data * data).astype(np.float64), minlength=found.shape[0])
    lengths = np.sqrt(np.maximum(squares, _FLOOR)).astype(np.float32)
    return csr_matrix((data / lengths[rows], found.indices, found.indptr), shape=found.shape)


def chosen(found: csr_matrix, place: Buckets, columns: int) -> csr_matrix:
    """This will keep the columns that have a place (not -1), in that order."""
    at = place[found.indices]
    kept = at >= 0
    indptr = np.concatenate(([0], np.cumsum(kept)))[found.indptr]
    return csr_matrix((found.data[kept], at[kept], indptr), shape=(found.shape[0], columns))


def _together(parts: list[Buckets]) -> Buckets:
    return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int32)


def _spread(part: Part, buckets: Buckets) -> Floats:
    whole = np.zeros((len(buckets), len(part.labels)), np.float32)
    whole[np.searchsorted(buckets, part.buckets)] = part.weights
    return whole
