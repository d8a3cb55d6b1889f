"""The deep reader's trained part at run time: pieces -> vector of a text -> scores of every head. onnxruntime alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanggap.understanding.deep.pieces import Pieces

VERSION = "dalam-0.1"
LAYOUT = 1
BLOCK = 32

Vectors = NDArray[np.float32]


class _Files(NamedTuple):
    graph: str = "encoder.onnx"
    rest: str = "rest.npz"
    pieces: str = "pieces.model"


FILES = _Files()


class Encoder:
    """Turns texts into vectors and scores; every text by itself, so that its company changes nothing."""

    def __init__(self, folder: Path) -> None:
        """Raises FileNotFoundError where a file is missing and ValueError for another layout."""
        import onnxruntime

        self.pieces = Pieces(folder / FILES.pieces)
        with np.load(folder / FILES.rest) as stored:
            about = json.loads(str(stored["about"]))
            if about["layout"] != LAYOUT:
                raise ValueError(f"the model {about['version']} has layout {about['layout']}, not {LAYOUT}")
            self.version: str = about["version"]
            self.heads: dict[str, tuple[str, ...]] = {
                name: tuple(labels) for name, labels in about["heads"].items()
            }
            self._table, self._scales = stored["table"], stored["scales"].astype(np.float32)
            self._places = stored["places"].astype(np.float32)
            self._weights = {
                name: (stored[f"{name}.weight"].astype(np.float32), stored[f"{name}.bias"])
                for name in self.heads
            }
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = settings.inter_op_num_threads = 1
        settings.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        self._session = onnxruntime.InferenceSession(
            str(folder / FILES.graph), settings, providers=["CPUExecutionProvider"]
        )

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """This will give each text's vector, (texts, width)."""
        cut = self.pieces.of(texts)
        found = [self._session.run(None, {"embedded": self._embedded(ids)})[0] for ids in cut]
        return np.stack(found) if found else np.zeros((0, self._places.shape[1]), np.float32)

    def scores(self, vectors: Vectors) -> dict[str, NDArray[np.float64]]:
        """This will give each head's scores, (texts, labels): log-odds before calibration."""
        return {
            name: (vectors @ weight + bias).astype(np.float64)
            for name, (weight, bias) in self._weights.items()
        }

    def _embedded(self, ids: Sequence[int]) -> Vectors:
        packed = self._table[ids]
        numbers = np.empty((len(ids), packed.shape[1] * 2), np.float32)
        numbers[:, 0::2], numbers[:, 1::2] = packed & 15, packed >> 4
        blocks = (numbers - 8).reshape(len(ids), -1, BLOCK) * self._scales[ids][:, :, None]
        embedded: Vectors = blocks.reshape(len(ids), -1) + self._places[: len(ids)]
        return embedded
