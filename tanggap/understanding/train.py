"""Trains both readers on a CPU, no accelerator. Needs the `train` extra.

The fast reader's linear heads take minutes. The deep reader takes an hour or two on two cores (deep/teaching.py); how
far it is trusted beside the fast one is fitted here, on what its runs were not shown.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

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
    with_contacts,
)
from tanggap.understanding.deep.encoder import VERSION as DEEP_VERSION
from tanggap.understanding.deep.mixing import MIX
from tanggap.understanding.evaluate import known_sets, measured
from tanggap.understanding.features import features
from tanggap.understanding.head import Batch, Scores, softmax
from tanggap.understanding.heads import all_heads
from tanggap.understanding.model import VERSION, Model, Trained
from tanggap.understanding.normalise import fold
from tanggap.understanding.reader import shared_lexicon

if TYPE_CHECKING:  # torch is needed only to train the deep reader
    from tanggap.understanding.deep.teaching import Held

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


_WITHOUT_RULES = {"language"}


class Mixed(NamedTuple):
    """How held-back scores and rules become probabilities: logits = sum(scale * score) + offset + told * rule."""

    scales: tuple[float, ...]
    told: float
    offsets: Scores


class Fast(NamedTuple):
    """The fast model, and what it said of the own posts that it was not shown: log-probabilities by head, with NaN
    where a post has no label."""

    model: Model
    held: dict[str, Scores]


def train(data: Path, out: Path, posts: Sequence[Post] | None = None) -> Fast:
    """This will train every fast head with the public data and the own posts, and write the model to `out`.

    Weights come from linear support vector machines over features weighed by rarity, classes balanced; probabilities,
    and how much the rules count, from what the folds held back. The same data give the same model.
    Heads that `posts` (without it the package's) have no labels for are left out.
    Raises FileNotFoundError where a data set is missing.
    """
    posts = own_posts() if posts is None else posts
    hand_written, posts = posts, with_contacts(posts)
    copies = {post["text"] for post in posts[len(hand_written) :]}
    examples = {name: [*public(data), *own(posts)] for name, (public, own, _) in _PUBLIC.items()}
    alone = {name: labelled_posts(posts, name) for name in _OWN}
    examples |= {name: part for name, part in alone.items() if part}
    found = {name: _features([example.text for example in part]) for name, part in examples.items()}
    counts = sum(np.asarray((found[name] > 0).sum(axis=0)).ravel() for name in _PUBLIC)
    total = sum(found[name].shape[0] for name in _PUBLIC)
    rarity = _half(np.where(counts > 0, np.log((1 + total) / (1 + counts)) + 1, 0))
    heads, held = {}, {}
    for name, part in examples.items():
        heads[name], said = _trained(name, found[name], part, rarity, copies)
        held[name] = _by_post(hand_written, part, said)
    model = Model(VERSION, rarity, heads)
    model.save(out)
    return Fast(model, held)


def train_deep(data: Path, work: Path, out: Path, fast: Fast) -> None:
    """This will train the deep reader, keeping finished runs in `work`, and write its folder to `out`."""
    from tanggap.understanding.deep.teaching import teach

    mix(teach(data, work, out, DEEP_VERSION), fast, out)


def mix(parts: Sequence[Held], fast: Fast, out: Path) -> None:
    """This will fit how deep scores, fast probabilities and rules go together, on the posts that each run held back."""
    posts = own_posts()
    rows = [at for part in parts for at in part.posts]
    found = {}
    for name in parts[0].scores:
        deep = np.concatenate([part.scores[name] for part in parts])
        quick = fast.held[name][rows]
        labels = all_heads()[name].labels
        wanted = [_label_number(posts[at], name, labels) for at in rows]
        known = np.array([one is not None for one in wanted]) & ~np.isnan(quick[:, 0])
        rules = _rules(name, [posts[at]["text"] for at in rows])
        answers = np.array([one or 0 for one in wanted])[known]
        both = _mixed([deep[known], quick[known]], rules[known], answers)
        found[name] = {
            "deep": both.scales[0],
            "fast": both.scales[1],
            "told": both.told,
            "offsets": both.offsets.tolist(),
        }
    (out / MIX).write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def train_command(data: Path, only: str | None, work: Path) -> None:
    """This will train (both readers, or only "fast" or "deep"), write the models to their places and print figures."""
    models = Path(__file__).parent / "models"
    work.mkdir(parents=True, exist_ok=True)
    fast = train(data, (work if only == "deep" else models) / f"{VERSION}.npz")
    if only != "fast":
        train_deep(data, work, models / DEEP_VERSION, fast)
    for name, head, rows in known_sets(data):
        sys.stdout.write(json.dumps(measured(name, head, rows), ensure_ascii=False) + "\n")


def _by_post(posts: Sequence[Post], examples: Sequence[Example], said: Scores) -> Scores:
    """What was said of each own post; where its text stands among the examples twice, of the last one."""
    at = {example.text: number for number, example in enumerate(examples)}
    rows = np.array([at.get(post["text"], -1) for post in posts])
    found: Scores = np.where((rows >= 0)[:, None], said[rows], np.nan)
    return found


def _label_number(post: Post, name: str, labels: Sequence[str]) -> int | None:
    found = labelled_posts([post], name)
    return labels.index(found[0].label) if found else None


def _features(texts: list[str]) -> csr_matrix:
    return vstack([features(fold(texts[at : at + _BATCH])) for at in range(0, len(texts), _BATCH)]).tocsr()


def _half(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """As precise as the file keeps it, so that training, saving and loading agree."""
    return values.astype(np.float16).astype(np.float32)


def _trained(
    name: str,
    found: csr_matrix,
    examples: list[Example],
    rarity: NDArray[np.float32],
    copies: Collection[str],
) -> tuple[Trained, Scores]:
    """One head, and the log-probabilities of its examples by weights that had not seen them (without rules).

    Only the weights themselves learn from `copies`: nothing is measured or calibrated on them.
    """
    labels = all_heads()[name].labels
    wanted = np.array([labels.index(example.label) for example in examples])
    texts = [example.text for example in examples]
    weighed, closeness = _weighed(found, rarity), _OWN.get(name) or _PUBLIC[name][2]
    if name in _OWN:
        often = np.asarray((found > 0).sum(axis=0)).ravel() >= _RARE
        weighed = (weighed @ diags(often.astype(np.float64))).tocsr()
    own = np.array([text not in copies for text in texts])
    held = np.full((len(texts), len(labels)), np.nan)
    held[own] = held_back(
        weighed[own], [text for text in texts if text not in copies], wanted[own], len(labels), closeness
    )
    rules = None if name in _WITHOUT_RULES else _rules(name, texts)[own]
    mixed = _mixed([held[own]], rules, wanted[own])
    scale = mixed.scales[0]
    weights, offsets = _fitted(weighed, wanted, len(labels), closeness)
    trained = Trained(labels, _half(weights), offsets * scale + mixed.offsets, scale, mixed.told)
    return trained, np.log(np.maximum(softmax(held * scale + mixed.offsets), 1e-9))


def held_back(
    weighed: csr_matrix, texts: list[str], wanted: NDArray[np.int64], labels: int, closeness: float
) -> Scores:
    """This will score texts by weights that have not seen them, (texts, labels)."""
    _, same = np.unique(np.array(texts), return_inverse=True)
    fold_of = same * 7919 % _FOLDS
    held = np.full((len(texts), labels), np.nan)
    for number in range(_FOLDS):
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


def _mixed(scores: Sequence[Scores], rules: Scores | None, wanted: NDArray[np.int64]) -> Mixed:
    """The scales, the weight of the rules and the offsets that make held-back answers the likeliest.

    Heads of many labels get no offset but for the last one: there is too little of each to fit them.
    """
    labels, many = scores[0].shape[1], len(scores)
    moved = np.arange(1, labels) if labels <= _MOST_OFFSETS else np.array([labels - 1])

    def taken(free: NDArray[np.float64]) -> Mixed:
        offsets = np.zeros(labels)
        offsets[moved] = free[many + 1 :]
        told = 0.0 if rules is None else float(free[many])
        return Mixed(tuple(map(float, free[:many])), told, offsets)

    def surprise(free: NDArray[np.float64]) -> float:
        mixed = taken(free)
        logits = sum(scale * one for scale, one in zip(mixed.scales, scores, strict=True)) + mixed.offsets
        chances = softmax(logits if rules is None else logits + mixed.told * rules)
        return float(-np.log(np.maximum(chances[np.arange(len(wanted)), wanted], 1e-9)).mean())

    start = np.array([*_START[many], 0.3, *np.zeros(len(moved))])
    bounds = [*[(1e-3, None)] * many, (0.0, None), *[(None, None)] * len(moved)]
    return taken(minimize(surprise, start, method="L-BFGS-B", bounds=bounds).x)


_START = {1: (4.0,), 2: (0.6, 0.4)}
"""Where the search for the scales begins: of raw scores alone, of deep scores beside log-probabilities."""
