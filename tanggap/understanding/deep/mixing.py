"""Two opinions become one: deep scores beside fast probabilities, by weights that held-back posts taught."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from tanggap.understanding.deep.encoder import VERSION, Encoder, Vectors
from tanggap.understanding.head import Scores, softmax

MIX = "mix.json"


@dataclass(frozen=True, slots=True)
class Mix:
    """One head: log-odds = deep * deep scores + fast * log of fast probabilities + offsets; rules count `told`."""

    deep: float
    fast: float
    told: float
    offsets: tuple[float, ...]


class Deep:
    """The deep reader: a text's vector, and what deep and fast reader together say of every head that it knows."""

    def __init__(self, encoder: Encoder, mix: Mapping[str, Mix]) -> None:
        self.encoder, self.version = encoder, encoder.version
        self._mix = dict(mix)
        self.told = {name: one.told for name, one in self._mix.items()}

    @classmethod
    def load(cls, folder: Path) -> Deep:
        """This will load a model's folder; FileNotFoundError or ValueError where it is none."""
        mix = json.loads((folder / MIX).read_text("utf-8"))
        return cls(
            Encoder(folder),
            {
                name: Mix(one["deep"], one["fast"], one["told"], tuple(one["offsets"]))
                for name, one in mix.items()
            },
        )

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """This will give each text's vector; similar matters lie in similar directions."""
        return self.encoder.vectors(texts)

    def mixed(self, vectors: Vectors, fast: Mapping[str, Scores]) -> dict[str, Scores]:
        """This will give the trained part of each head that the deep reader knows, (texts, labels), calibrated."""
        deep = self.encoder.scores(vectors)
        return {
            name: softmax(
                mix.deep * deep[name]
                + mix.fast * np.log(np.maximum(fast[name], 1e-9))
                + np.array(mix.offsets)
            )
            for name, mix in self._mix.items()
        }


@cache
def shipped_deep() -> Deep:
    """This will load the shipped deep model, once for all readers of a process."""
    with as_file(files("tanggap.understanding").joinpath(f"models/{VERSION}")) as folder:
        return Deep.load(folder)
