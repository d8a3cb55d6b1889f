"""Trains the fast reader's linear heads on a CPU: minutes, no accelerator. Needs the `train` extra."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.sparse import csr_matrix, diags, vstack  # type: ignore[import-untyped]

from tanggap.understanding.corpora import Example, language_training, sentiment_training
from tanggap.understanding.evaluate import known_sets, measured
from tanggap.understanding.features import features
from tanggap.understanding.head import Scores, softmax
from tanggap.understanding.heads import all_heads
from tanggap.understanding.model import VERSION, Model, Trained
from tanggap.understanding.normalise import fold

_BATCH = 500
_FOLDS = 5
_TRAINING: dict[str, tuple[Callable[[Path], list[Example]], float]] = {
    "language": (language_training, 1.0),
    "sentiment": (sentiment_training, 1.0),
}
"""Head to its examples and to C, how closely the weights follow them."""


def train(data: Path, out: Path) -> Model:
    """This will train every head with data, and write the model to `out`.

    Weights come from linear support vector machines over features weighed by rarity, classes balanced; probabilities
    from a scale and offsets fitted on texts that the folds held back. The same data give the same model.
    Raises FileNotFoundError where a data set is missing.
    """
    examples = {name: read(data) for name, (read, _) in _TRAINING.items()}
    found = {name: _features([example.text for example in part]) for name, part in examples.items()}
    counts = sum(np.asarray((matrix > 0).sum(axis=0)).ravel() for matrix in found.values())
    total = sum(matrix.shape[0] for matrix in found.values())
    rarity = _half(np.where(counts > 0, np.log((1 + total) / (1 + counts)) + 1, 0))
    heads = {
        name: _trained(name, found[name], np.array([example.label for example in part]), rarity)
        for name, part in examples.items()
    }
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


def _trained(name: str, found: csr_matrix, answers: NDArray[np.str_], rarity: NDArray[np.float32]) -> Trained:
    labels = all_heads()[name].labels
    wanted = np.array([labels.index(answer) for answer in answers])
    weighed = _weighed(found, rarity)
    fold_of = np.arange(len(wanted)) * 7919 % _FOLDS
    held = np.zeros((len(wanted), len(labels)))
    rest, kept = fold_of != 0, fold_of == 0
    weights, offsets = _fitted(weighed[rest], wanted[rest], len(labels), _TRAINING[name][1])
    held = weighed[kept] @ weights + offsets
    scale, shift = _calibrated(np.asarray(held), wanted[kept])
    weights, offsets = _fitted(weighed, wanted, len(labels), _TRAINING[name][1])
    return Trained(labels, _half(weights), offsets * scale + shift, scale)


def _weighed(found: csr_matrix, rarity: NDArray[np.float32]) -> csr_matrix:
    weighed = found @ diags(rarity)
    length = np.sqrt(np.maximum(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel(), 1e-9))
    return (diags(1 / length) @ weighed).tocsr()


def _fitted(
    found: csr_matrix, wanted: NDArray[np.int64], labels: int, closeness: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

    machine = LinearSVC(C=closeness, class_weight="balanced", random_state=0, max_iter=2000)
    machine.fit(found, wanted)
    if len(machine.classes_) != labels:
        raise ValueError(f"{labels} labels wanted, {len(machine.classes_)} in the data")
    return machine.coef_.T, machine.intercept_


def _calibrated(scores: Scores, wanted: NDArray[np.int64]) -> tuple[float, NDArray[np.float64]]:
    """The scale and the offsets that make held-back scores the likeliest probabilities."""

    def surprise(free: NDArray[np.float64]) -> float:
        chances = softmax(scores * np.exp(free[0]) + np.append(0.0, free[1:]))
        return float(-np.log(np.maximum(chances[np.arange(len(wanted)), wanted], 1e-9)).mean())

    best = minimize(surprise, np.zeros(scores.shape[1]), method="Nelder-Mead", options={"maxiter": 4000})
    return float(np.exp(best.x[0])), np.append(0.0, best.x[1:])
