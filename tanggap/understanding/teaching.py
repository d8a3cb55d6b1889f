"""Makes a government's layer from what its officers said, and measures it on what it was not shown.

Regularised multinomial logistic regression over the shipped model's log-odds. Posts that nobody put right stand beside
the lessons as anchors, with the shipped probabilities as what is wanted, so that nothing else is forgotten. A single
officer never weighs more than all the others together, nor than half of the anchors.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular  # type: ignore[import-untyped]
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.sparse import csr_matrix, vstack  # type: ignore[import-untyped]

from tanggap.understanding.features import BITS
from tanggap.understanding.head import Scores, softmax
from tanggap.understanding.heads import all_heads
from tanggap.understanding.intervals import paired
from tanggap.understanding.learned import Learned, Listening, Part, Rarity, chosen, shifted, weighed
from tanggap.understanding.model import Model
from tanggap.understanding.reader import Reader
from tanggap.understanding.settling import FEWEST, Lesson, Target, targets

MOST_ANCHORS = 600
_FOLDS = 5
_STRENGTHS = (4.0, 25.0, 150.0)
"""C: how closely the layer follows the lessons. Which one is right is found on held-back lessons."""

_MOST_WEIGHT = 8.0
_LEAST_WEIGHT, _MOST_BUCKETS = 0.05, 8000
_BIAS = 0.3
"""What the constant feature is beside an n-gram row of length one: small, for a head's balance should hardly move."""

_STEPS = _FOLDS * (len(_STRENGTHS) + 1) + 1


@dataclass(slots=True)
class Taught:
    """What came of training: the layer (None where no head gained) and the figures of each head."""

    learned: Learned | None
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rival:
    """The layer in use, and until when it was taught: it is compared on what officers said afterwards."""

    learned: Learned
    until: float


def teach(
    lessons: Sequence[Lesson],
    anchors: Sequence[str],
    model: Model,
    version: str,
    rival: Rival | None = None,
) -> Taught:
    """This will teach a layer at once; the same lessons give the same layer."""
    steps = teaching(lessons, anchors, model, version, rival)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            taught: Taught = end.value
            return taught


def teaching(
    lessons: Sequence[Lesson],
    anchors: Sequence[str],
    model: Model,
    version: str,
    rival: Rival | None = None,
) -> Generator[tuple[int, int], None, Taught]:
    """This will teach a layer step by step, telling after each how many of how many are done; none takes long."""
    anchors = list(dict.fromkeys(anchors))[:MOST_ANCHORS]
    agreed = {name: targets(lessons, name, len(anchors)) for name in all_heads()}
    figures: dict[str, Any] = {name: one.figures() for name, one in agreed.items() if one.targets}
    ready = [name for name in figures if figures[name]["corrected"] >= FEWEST]
    whole, done = 1 + len(ready) * _STEPS, 0
    heard = _Heard.of([one.text for name in ready for one in agreed[name].targets] + anchors, model)
    yield (done := done + 1), whole
    parts: dict[str, Part] = {}
    for name in ready:
        head = _Head(name, agreed[name].targets, anchors, heard)
        for _ in head.learn():
            yield (done := done + 1), whole
        figures[name] |= head.figures(rival)
        if head.part is not None:
            parts[name] = head.part
    learned = Learned(version, model.version, heard.rarity, parts) if parts else None
    return Taught(learned, {"anchors": len(anchors), "base": model.version, "heads": figures})


@dataclass(frozen=True, slots=True)
class _Heard:
    """Every text once: where it stands, its features of length one, the shipped probabilities."""

    place: dict[str, int]
    rarity: Rarity
    found: csr_matrix
    rows: csr_matrix
    scores: dict[str, Scores]

    @classmethod
    def of(cls, texts: Sequence[str], model: Model) -> _Heard:
        once = list(dict.fromkeys(texts))
        listening = Listening()
        Reader(None, model, listening).read(once)
        if not once:
            listening.found.append(csr_matrix((0, 1 << BITS), dtype=np.float32))
        found = vstack(listening.found).tocsr()
        rarity = Rarity.of(found)
        scores = {
            name: np.vstack([part[name] for part in listening.scores])
            for name in all_heads()
            if listening.scores
        }
        return cls(
            {text: at for at, text in enumerate(once)}, rarity, found, weighed(found, rarity.whole()), scores
        )


class _Head:
    """Teaches one head: every fold once held back, its strength chosen without it; then with all."""

    def __init__(self, name: str, wanted: Sequence[Target], anchors: Sequence[str], heard: _Heard) -> None:
        taught = {one.text for one in wanted}
        free = [text for text in anchors if text not in taught]
        at = [heard.place[text] for text in (*(one.text for one in wanted), *free)]
        self.labels = all_heads()[name].labels
        self.part: Part | None = None
        self._name, self._wanted, self._many = name, wanted, len(wanted)
        self._heard_scores = {head: scores[at] for head, scores in heard.scores.items()}
        self._found, self._shipped = heard.found[at], heard.scores[name][at]
        self._true = np.array([self.labels.index(one.label) for one in wanted], np.int64)
        self._columns = np.unique(np.concatenate([self._true, self._shipped[: self._many].argmax(axis=1)]))
        self._weights = np.concatenate([[one.weight for one in wanted], np.ones(len(free))])
        goal = self._shipped.copy()
        goal[: self._many] = np.eye(len(self.labels))[self._true]
        self._goal = goal
        rows = heard.rows[at]
        self._buckets = np.flatnonzero(np.bincount(rows[: self._many].indices, minlength=1 << BITS) > 1)
        place = np.full(1 << BITS, -1, np.int32)
        place[self._buckets] = np.arange(len(self._buckets), dtype=np.int32)
        self._rows = chosen(rows, place, len(self._buckets)).astype(np.float64)
        self._alike = np.asarray((self._rows @ self._rows.T).todense()) + _BIAS**2
        self._fold = _folds(self._found)
        self._held = self._shipped.copy()
        self._strength = 0.0

    def learn(self) -> Iterator[None]:
        """This will do the work, pausing after each fit."""
        losses = np.zeros(len(_STRENGTHS) + 1)
        for fold in range(_FOLDS):
            own = np.zeros(len(losses))
            beside = (fold + 1) % _FOLDS
            fitting = self._fitting(~np.isin(self._fold, [fold, beside]), _STRENGTHS)
            own[0] = self._loss(self._shipped, self._fold == beside)
            for number, shift in enumerate(fitting, 1):
                own[number] = self._loss(shifted(self._shipped, shift), self._fold == beside)
                yield
            losses += own
            best = int(own.argmin())
            if best:
                (shift,) = self._fitting(self._fold != fold, _STRENGTHS[best - 1 : best])
                self._held[self._fold == fold] = shifted(self._shipped, shift)[self._fold == fold]
            yield
        best = int(losses.argmin())
        if best and self._gained():
            self._strength = _STRENGTHS[best - 1]
            self.part = self._whole(self._strength)
        else:
            self._held = self._shipped
        yield

    def figures(self, rival: Rival | None) -> dict[str, Any]:
        """This will measure the head on lessons that were held back, and beside the layer in use on newer ones."""
        before, after = self._shipped.argmax(axis=1), self._held.argmax(axis=1)
        lessons = slice(0, self._many)
        told: dict[str, Any] = {
            "taught": self.part is not None,
            "why": "" if self.part is not None else "no_gain",
            "strength": self._strength,
            "held_back": gain(self._true, before[lessons], after[lessons]),
            "moved": round(float((before != after)[self._many :].mean()), 4)
            if len(before) > self._many
            else 0.0,
        }
        told["classes"] = {
            self.labels[label]: gain(self._true[mine], before[lessons][mine], after[lessons][mine])
            for label in np.unique(self._true)
            if (mine := self._true == label).any()
        }
        if rival is not None:
            newer = np.array([one.at > rival.until for one in self._wanted])
            if newer.any():
                theirs = rival.learned.applied(self._found, self._heard_scores)[self._name].argmax(axis=1)
                told["in_use"] = gain(self._true[newer], theirs[lessons][newer], after[lessons][newer])
        return told

    def _fitting(self, rows: NDArray[np.bool_], strengths: Sequence[float]) -> Iterator[Scores]:
        """The shift of every row, (rows, labels), by what these rows teach; one for each strength in turn."""
        at = np.flatnonzero(rows)
        for taught in self._fitted(at, strengths):
            shift = np.zeros_like(self._shipped)
            shift[:, self._columns] = self._alike[:, at] @ taught
            yield shift

    def _fitted(self, at: NDArray[np.int64], strengths: Sequence[float]) -> Iterator[Scores]:
        """How much each row pulls, (rows, columns): minimises the weighed cross-entropy + |W|^2 / 2C by L-BFGS.

        By the representer theorem W = X^T pulls, so that the work grows with the lessons, not with the n-grams;
        the rows' products are split by Cholesky, which makes the penalty a plain square.
        """
        root = cholesky(self._alike[np.ix_(at, at)] + 1e-6 * np.eye(len(at)), lower=True)
        base, goal, weights = np.log(np.maximum(self._shipped[at], 1e-9)), self._goal[at], self._weights[at]
        shape = (len(at), len(self._columns))
        pulls = np.zeros(shape[0] * shape[1])

        def cost(flat: NDArray[np.float64], strength: float) -> tuple[float, NDArray[np.float64]]:
            inner = flat.reshape(shape)
            logits = base.copy()
            logits[:, self._columns] += root @ inner
            chances = softmax(logits)
            loss = -float((weights[:, None] * goal * np.log(np.maximum(chances, 1e-300))).sum())
            slope = root.T @ (weights[:, None] * (chances - goal))[:, self._columns] + inner / strength
            return loss + float((inner * inner).sum()) / (2 * strength), slope.ravel()

        for strength in strengths:
            found = minimize(
                cost,
                pulls,
                args=(strength,),
                jac=True,
                method="L-BFGS-B",
                options={"maxiter": 40, "maxcor": 6, "ftol": 1e-6},
            )
            pulls = found.x
            yield solve_triangular(root, pulls.reshape(shape), lower=True, trans="T")

    def _whole(self, strength: float) -> Part:
        (pulls,) = self._fitted(np.arange(len(self._shipped)), (strength,))
        weights = np.zeros((len(self._buckets), len(self.labels)))
        weights[:, self._columns] = np.clip(self._rows.T @ pulls, -_MOST_WEIGHT, _MOST_WEIGHT)
        offsets = np.zeros(len(self.labels))
        offsets[self._columns] = _BIAS**2 * pulls.sum(axis=0)
        strong = np.abs(weights).max(axis=1)
        kept = strong >= max(_LEAST_WEIGHT, np.sort(strong)[-_MOST_BUCKETS:][0] if len(strong) else 0)
        return Part(
            self.labels,
            self._buckets[kept].astype(np.int32),
            weights[kept].astype(np.float32),
            np.clip(offsets, -1, 1).astype(np.float32),
        )

    def _gained(self) -> bool:
        """Whether more lessons are right than before, of those that were held back."""
        before, after = (scores[: self._many].argmax(axis=1) for scores in (self._shipped, self._held))
        return bool((after == self._true).sum() > (before == self._true).sum())

    def _loss(self, scores: Scores, rows: NDArray[np.bool_]) -> float:
        """The weighed log-loss of the lessons among these rows."""
        mine = rows[: self._many]
        right = scores[: self._many][np.arange(self._many), self._true]
        return float(-(self._weights[: self._many] * np.log(np.maximum(right, 1e-9)))[mine].sum())


def gain(true: NDArray[np.int64], before: NDArray[np.int64], after: NDArray[np.int64]) -> dict[str, Any]:
    """This will compare two readers on the same posts: right before and after, and the difference with its interval."""
    many = len(true)
    fixed = int(((before != true) & (after == true)).sum())
    broken = int(((before == true) & (after != true)).sum())
    low, high = paired(fixed, broken, many)
    return {
        "n": many,
        "before": int((before == true).sum()),
        "after": int((after == true).sum()),
        "fixed": fixed,
        "broken": broken,
        "low": round(low, 4),
        "high": round(high, 4),
    }


def _folds(found: csr_matrix) -> NDArray[np.int64]:
    """In which fold each text is held back: by its smallest hashed n-gram, so that near-duplicates mostly go together.

    Source: A. Broder, "On the resemblance and containment of documents" (1997): they share it as often as n-grams.
    """
    mixed = (found.indices.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)
    empty = np.diff(found.indptr) == 0
    smallest = np.minimum.reduceat(np.append(mixed, np.uint64(0)), found.indptr[:-1])
    return np.where(empty, np.uint64(0), smallest % np.uint64(_FOLDS)).astype(np.int64)
