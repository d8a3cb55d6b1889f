"""Trains the fast reader's linear heads on a CPU: minutes, no accelerator. Needs the `train` extra."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.sparse import csr_matrix, diags, vstack  # type: ignore[import-untyped]

from tanggap.understanding.corpora import (
    Example,
    Post,
    labelled_posts,
    language_posts,
    language_training,
    own_posts,
    sentiment_training,
)
from tanggap.understanding.evaluate import known_sets, measured
from tanggap.understanding.features import features
from tanggap.understanding.head import Batch, Scores, softmax
from tanggap.understanding.heads import all_heads
from tanggap.understanding.model import VERSION, Model, Trained
from tanggap.understanding.normalise import fold
from tanggap.understanding.reader import shared_lexicon

_BATCH = 500
_FOLDS = 5
_RARE = 2
"""In how many posts a bucket must stand for the heads that only own posts train."""

_MOST_OFFSETS = 6
_PUBLIC: dict[
    str, tuple[Callable[[Path], list[Example]], Callable[[Sequence[Post]], list[Example]], float]
] = {
    "language": (language_training, language_posts, 1.0),
    "sentiment": (sentiment_training, lambda posts: labelled_posts(posts, "sentiment") * 3, 1.0),
}
"""Head to its public examples, its own posts and C, how closely the weights follow them."""

_OWN = {
    "abusive": 1.0,
    "emotion": 0.5,
    "intent": 1.0,
    "spam": 1.0,
    "supervisory": 0.5,
    "topic": 1.0,
    "urgency": 1.0,
}
"""The heads that only own posts train, with their C."""


class Mixed(NamedTuple):
    """How held-back scores and rules become probabilities: logits = scale * score + offset + told * rule."""

    scale: float
    told: float
    offsets: Scores


def train(data: Path, out: Path, posts: Sequence[Post] | None = None) -> Model:
    """This will train every head with the public data and the own posts, and write the model to `out`.

    Weights come from linear support vector machines over features weighed by rarity, classes balanced; probabilities,
    and how much the rules count, from what the folds held back. The same data give the same model.
    Heads that `posts` (without it the package's) have no labels for are left out.
    Raises FileNotFoundError where a data set is missing.
    """
    posts = own_posts() if posts is None else posts
    examples = {name: [*public(data), *own(posts)] for name, (public, own, _) in _PUBLIC.items()}
    alone = {name: labelled_posts(posts, name) for name in _OWN}
    examples |= {name: part for name, part in alone.items() if part}
    found = {name: _features([example.text for example in part]) for name, part in examples.items()}
    counts = sum(np.asarray((found[name] > 0).sum(axis=0)).ravel() for name in _PUBLIC)
    total = sum(found[name].shape[0] for name in _PUBLIC)
    rarity = _half(np.where(counts > 0, np.log((1 + total) / (1 + counts)) + 1, 0))
    heads = {name: _trained(name, found[name], part, rarity) for name, part in examples.items()}
    model = Model(VERSION, rarity, heads)
    model.save(out)
    return model


def train_command(data: Path, out: Path | None = None) -> None:
    """This will train, write the model beside the shipped one's place (or to `out`) and print its figures."""
    out = out or Path(__file__).parent / "models" / f"{VERSION}.npz"
    train(data, out)
    figures = [measured(name, head, rows) for name, head, rows in known_sets(data)]
    sys.stdout.write(f"{out} ({out.stat().st_size / 1e6:.1f} MB)\n")
    for one in figures:
        sys.stdout.write(json.dumps(one, ensure_ascii=False) + "\n")


def _features(texts: list[str]) -> csr_matrix:
    return vstack([features(fold(texts[at : at + _BATCH])) for at in range(0, len(texts), _BATCH)]).tocsr()


def _half(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """As precise as the file keeps it, so that training, saving and loading agree."""
    return values.astype(np.float16).astype(np.float32)


def _trained(name: str, found: csr_matrix, examples: list[Example], rarity: NDArray[np.float32]) -> Trained:
    labels = all_heads()[name].labels
    wanted = np.array([labels.index(example.label) for example in examples])
    texts = [example.text for example in examples]
    weighed, closeness = _weighed(found, rarity), _OWN.get(name) or _PUBLIC[name][2]
    if name in _OWN:
        often = np.asarray((found > 0).sum(axis=0)).ravel() >= _RARE
        weighed = (weighed @ diags(often.astype(np.float64))).tocsr()
        held = held_back(weighed, texts, wanted, len(labels), closeness)
        mixed = _mixed(held, _rules(name, texts), wanted)
    else:
        held = held_back(weighed, texts, wanted, len(labels), closeness, folds=1)
        kept = ~np.isnan(held[:, 0])
        mixed = _mixed(held[kept], None, wanted[kept])
    weights, offsets = _fitted(weighed, wanted, len(labels), closeness)
    return Trained(labels, _half(weights), offsets * mixed.scale + mixed.offsets, mixed.scale, mixed.told)


def held_back(
    weighed: csr_matrix,
    texts: list[str],
    wanted: NDArray[np.int64],
    labels: int,
    closeness: float,
    folds: int = _FOLDS,
) -> Scores:
    """This will score texts by weights that have not seen them, (texts, labels); NaN beyond the first `folds` folds."""
    _, same = np.unique(np.array(texts), return_inverse=True)
    fold_of = same * 7919 % _FOLDS
    held = np.full((len(texts), labels), np.nan)
    for number in range(folds):
        rest, kept = fold_of != number, fold_of == number
        weights, offsets = _fitted(weighed[rest], wanted[rest], labels, closeness)
        held[kept] = weighed[kept] @ weights + offsets
    return held


def _rules(name: str, texts: list[str]) -> Scores:
    folded = fold(texts)
    return all_heads()[name].rules(Batch(folded, shared_lexicon().evidence(folded)))


def _weighed(found: csr_matrix, rarity: NDArray[np.float32]) -> csr_matrix:
    weighed = found @ diags(rarity)
    length = np.sqrt(np.maximum(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel(), 1e-9))
    return (diags(1 / length) @ weighed).tocsr()


def _fitted(
    found: csr_matrix, wanted: NDArray[np.int64], labels: int, closeness: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

    there = len(np.unique(wanted))
    if there != labels:
        raise ValueError(f"{labels} labels wanted, {there} in the data")
    machine = LinearSVC(C=closeness, class_weight="balanced", random_state=0, max_iter=2000)
    machine.fit(found, wanted)
    if labels == 2:
        return np.pad(machine.coef_.T, ((0, 0), (1, 0))), np.append(0.0, machine.intercept_)
    return machine.coef_.T, machine.intercept_


def _mixed(scores: Scores, rules: Scores | None, wanted: NDArray[np.int64]) -> Mixed:
    """The scale, the weight of the rules and the offsets that make held-back answers the likeliest.

    Heads of many labels get no offset but for the last one: there is too little of each to fit them.
    """
    labels = scores.shape[1]
    moved = np.arange(1, labels) if labels <= _MOST_OFFSETS else np.array([labels - 1])

    def taken(free: NDArray[np.float64]) -> Mixed:
        offsets = np.zeros(labels)
        offsets[moved] = free[2:]
        return Mixed(float(free[0]), 0.0 if rules is None else float(free[1]), offsets)

    def surprise(free: NDArray[np.float64]) -> float:
        mixed = taken(free)
        logits = scores * mixed.scale + mixed.offsets
        chances = softmax(logits if rules is None else logits + mixed.told * rules)
        return float(-np.log(np.maximum(chances[np.arange(len(wanted)), wanted], 1e-9)).mean())

    start = np.array([4.0, 0.3, *np.zeros(len(moved))])
    bounds = [(1e-3, None), (0.0, None), *[(None, None)] * len(moved)]
    return taken(minimize(surprise, start, method="L-BFGS-B", bounds=bounds).x)
