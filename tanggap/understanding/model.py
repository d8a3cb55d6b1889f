"""The trained part: one matrix of weights for every trained head over the shared features."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

from tanggap.understanding.head import Scores, softmax

VERSION = "cepat-0.2"
_LAYOUT = 2

Weights = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Trained:
    """One head's part: its labels, the weight of each (bucket, label), its calibration, and how much rules count."""

    labels: tuple[str, ...]
    weights: Weights
    offsets: NDArray[np.float64]
    scale: float
    told: float = 0.0


class Model:
    """Scores features for all trained heads at once; linear in the number of features."""

    def __init__(self, version: str, rarity: Weights, heads: Mapping[str, Trained]) -> None:
        self.version = version
        self.rarity = rarity
        self.heads = dict(heads)
        self.told = {name: head.told for name, head in self.heads.items()}
        weights = [head.weights * rarity[:, None] for head in self.heads.values()]
        self._matrix = np.ascontiguousarray(np.hstack([*weights, (rarity**2)[:, None]]), np.float32)

    @classmethod
    def load(cls, path: Path | Traversable | None = None) -> "Model":
        """This will load a model; without a path the shipped one. Raises ValueError for another layout."""
        path = path or files("tanggap.understanding").joinpath(f"models/{VERSION}.npz")
        with path.open("rb") as file, np.load(file) as stored:
            about = json.loads(str(stored["about"]))
            if about["layout"] != _LAYOUT:
                raise ValueError(f"the model {about['version']} has layout {about['layout']}, not {_LAYOUT}")
            heads = {
                name: Trained(
                    tuple(head["labels"]),
                    _spread(stored[f"{name}.weights"], stored[f"{name}.buckets"]),
                    np.array(head["offsets"]),
                    head["scale"],
                    head["told"],
                )
                for name, head in about["heads"].items()
            }
            return cls(about["version"], stored["rarity"].astype(np.float32), heads)

    def save(self, path: Path) -> None:
        """This will write the model, weights at half precision, so that it reads the same after loading.

        Of each head only the buckets that have a weight are kept.
        """
        about = {
            "layout": _LAYOUT,
            "version": self.version,
            "heads": {
                name: {
                    "labels": head.labels,
                    "offsets": head.offsets.tolist(),
                    "scale": head.scale,
                    "told": head.told,
                }
                for name, head in self.heads.items()
            },
        }
        arrays = {}
        for name, head in self.heads.items():
            weighing = head.weights.any(axis=1)
            arrays[f"{name}.buckets"] = np.packbits(weighing)
            arrays[f"{name}.weights"] = head.weights[weighing].astype(np.float16)
        np.savez_compressed(path, about=json.dumps(about), rarity=self.rarity.astype(np.float16), **arrays)  # type: ignore[arg-type]

    def probabilities(self, found: csr_matrix) -> dict[str, Scores]:
        """This will give each trained head's calibrated probabilities, (texts, labels)."""
        sums = np.asarray(found @ self._matrix, np.float64)
        length = np.sqrt(np.maximum(sums[:, -1:], 1e-9))
        answers, at = {}, 0
        for name, head in self.heads.items():
            part = sums[:, at : at + len(head.labels)] / length
            answers[name] = softmax(part * head.scale + head.offsets)
            at += len(head.labels)
        return answers


def _spread(weights: NDArray[np.float16], buckets: NDArray[np.uint8]) -> Weights:
    """The kept rows back at their buckets, nought elsewhere."""
    weighing = np.unpackbits(buckets).astype(np.bool_)
    whole = np.zeros((len(weighing), weights.shape[1]), np.float32)
    whole[weighing] = weights
    return whole
