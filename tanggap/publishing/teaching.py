"""Teaches the second opinion of the three rules that judge sentences; needs the `train` extra.

Run as `python -m tanggap.publishing.teaching FOLDER`: FOLDER holds RULE.jsonl and taught/RULE.jsonl, both with texts
labelled for the rule, and taught/ordinary.jsonl. The same texts give the same weights up to rounding.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tanggap import understanding
from tanggap.publishing.judging import BITS, Weights
from tanggap.understanding.deep.mixing import shipped_deep
from tanggap.understanding.disguise import undisguised, views
from tanggap.understanding.features import features
from tanggap.understanding.normalise import fold

RULES = ("excluded_information", "hate_and_coarse", "election_neutrality")
_STRENGTH = 30.0
_FOLDS = 5
_BOUNDS = {"blocks": (0.93, 0.0045), "warns": (0.87, 0.02)}
"""From which odds on: least share right among a rule's own texts (half of them hard), most of the ordinary ones."""
_LOST = 0.01
"""The share of true texts that the n-grams may call calm, so that the encoder never reads them."""

_CITIZENS = [
    Path(understanding.__file__).parent / "data" / "posts" / f"train-{part}.jsonl" for part in "abcd"
]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lesson:
    """Texts of one rule; `own` are those that were labelled for it, the others are ordinary texts of other rules."""

    texts: list[str]
    found: NDArray[np.bool_]
    own: NDArray[np.bool_]


def lesson(folder: Path, rule: str) -> Lesson:
    """This will gather what teaches a rule: its own texts, calm ones of the other sets, half of the ordinary ones,
    every sixth of what citizens wrote (understanding/data/posts) that abuses nobody, and the first half of
    every other calm text."""
    own = _rows(folder / f"{rule}.jsonl", folder / "taught" / f"{rule}.jsonl")
    rows = [(row["text"], row["found"], True) for row in own]
    rows += [(row["text"], False, False) for row in _rows(folder / "taught/ordinary.jsonl")[::2]]
    rows += [
        (row["text"], False, False)
        for row in _rows(*_CITIZENS)[::6]
        if not row["abusive"] and not row["supervisory"]
    ]
    for path in (*sorted(folder.glob("*.jsonl")), *sorted((folder / "taught").glob("*.jsonl"))):
        if path.stem not in (rule, "ordinary") and not path.stem.endswith("_held"):
            rows += [(row["text"], False, False) for row in _rows(path) if not row["found"]]
    rows += [(_half(text), False, False) for text, found, _own in rows[::2] if not found]
    texts, found, labelled = zip(*{row[0]: row for row in reversed(rows)}.values(), strict=True)
    return Lesson(list(texts), np.array(found), np.array(labelled))


def _half(text: str) -> str:
    """The first words of a calm text: what is short says little, and must not be taken for more."""
    words = text.split()
    return " ".join(words[: max(3, len(words) // 2)])


def teach(rule: str, folder: Path) -> tuple[Weights, dict[str, float]]:
    """This will fit the parts of a rule and its bounds; the figures are those of five folds over its own texts."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    from sklearn.model_selection import StratifiedKFold  # type: ignore[import-untyped]

    told = lesson(folder, rule)
    grams, vectors = _grams(told.texts), _vectors(told.texts)
    held = _finds(rule, told.texts)
    scores = np.zeros((len(told.texts), 2))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=1)

    def model() -> Any:
        return LogisticRegression(C=_STRENGTH, max_iter=4000)

    for rest, out in folds.split(told.texts, told.found):
        for column, matrix in enumerate((grams, vectors)):
            fitted = model().fit(matrix[rest], told.found[rest])
            scores[out, column] = fitted.decision_function(matrix[out])
    parts = np.column_stack([scores, held])
    mixed = LogisticRegression(C=10.0, max_iter=4000).fit(parts, told.found)
    odds = mixed.decision_function(parts)
    by_grams, by_vector = (model().fit(matrix, told.found) for matrix in (grams, vectors))
    weigh = mixed.coef_[0]
    constant = float(
        mixed.intercept_[0] + weigh[0] * by_grams.intercept_[0] + weigh[1] * by_vector.intercept_[0]
    )
    bounds = {name: _bound(odds, told, least, most) for name, (least, most) in _BOUNDS.items()}
    floor = float(np.quantile(scores[told.found, 0], _LOST) - by_grams.intercept_[0])
    weights = Weights(
        by_grams.coef_[0].astype(np.float32), by_vector.coef_[0].astype(np.float32),
        (float(weigh[0]), float(weigh[1]), float(weigh[2]), constant), floor, bounds["blocks"], bounds["warns"],
    )  # fmt: skip
    ordinary = float((odds[~told.own] >= bounds["blocks"]).mean())
    figures = _figures(odds[told.own] >= bounds["blocks"], told.found[told.own], bounds)
    return weights, {**figures, "ordinary": round(ordinary, 4)}


def main(folder: Path) -> None:
    """This will teach every rule and say what five folds say of it."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=False)
    for rule in RULES:
        weights, figures = teach(rule, folder)
        weights.save(Path(__file__).parent / "data" / "judges" / f"{rule}.npz")
        sys.stdout.write(f"{rule} {json.dumps(figures)}\n")


def _bound(odds: Floats, told: Lesson, least: float, most: float) -> float:
    """The lowest bound from which enough of the own texts are right and few enough of the ordinary ones are meant."""
    for bound in np.sort(odds):
        said = odds >= bound
        if told.found[said & told.own].mean() >= least and said[~told.own].mean() <= most:
            return float(bound)
    return float(odds.max())


def _figures(said: NDArray[np.bool_], found: NDArray[np.bool_], bounds: dict[str, float]) -> dict[str, float]:
    return {
        "texts": len(found), "precision": round(float(found[said].mean()), 3),
        "recall": round(float(said[found].mean()), 3), **{name: round(one, 2) for name, one in bounds.items()},
    }  # fmt: skip


def _grams(texts: list[str]) -> Any:
    from scipy.sparse import diags  # type: ignore[import-untyped]

    found = features(fold([views(text)[0].text for text in texts]), BITS)
    return (diags(1 / np.sqrt(np.maximum(np.asarray(found.sum(axis=1)).ravel(), 1))) @ found).tocsr()


def _vectors(texts: list[str]) -> Floats:
    found = shipped_deep().vectors([undisguised(text) for text in texts]).astype(np.float64)
    lengths: Floats = np.linalg.norm(found, axis=1, keepdims=True)
    return found / lengths


def _finds(rule: str, texts: list[str]) -> NDArray[np.bool_]:
    from tanggap.publishing import wording

    return np.array([any(True for _hit in wording.hits(rule, text)) for text in texts])


def _rows(*paths: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
