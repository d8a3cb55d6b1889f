"""A base model small enough for tests, with the tensors and pieces that a real one has."""

from __future__ import annotations

import string
from functools import cache

import numpy as np

from tanggap.understanding.deep.base import Base, Tuned
from tanggap.understanding.deep.cutting import cut_down

WIDTH, LAYERS, HEADS, INNER = 64, 2, 2, 96
WORDS = ("▁jalan", "▁rusak", "▁lampu", "▁mati", "▁terima", "▁kasih", "😡")


def small_base(seed: int = 1) -> Base:
    """This will make random weights of the shapes that base_weights gives."""
    dice = np.random.default_rng(seed)
    pieces = ("<s>", "<pad>", "</s>", "<unk>", "▁", *WORDS, *string.ascii_lowercase, *string.digits, "!")
    sizes = {"emb.word": (len(pieces), WIDTH), "emb.pos": (512, WIDTH), "emb.type": (WIDTH,)}
    for layer in range(LAYERS):
        sizes |= {f"l{layer}.{part}.w": (WIDTH, WIDTH) for part in ("q", "k", "v", "ao")}
        sizes |= {f"l{layer}.{part}.b": (WIDTH,) for part in ("q", "k", "v", "ao", "fo")}
        sizes |= {
            f"l{layer}.fi.w": (INNER, WIDTH),
            f"l{layer}.fi.b": (INNER,),
            f"l{layer}.fo.w": (WIDTH, INNER),
        }
    tensors = {name: dice.normal(0, 0.15, size).astype(np.float32) for name, size in sizes.items()}
    for norm in ("emb.ln", *(f"l{layer}.{name}" for layer in range(LAYERS) for name in ("aln", "oln"))):
        tensors[f"{norm}.w"] = np.ones(WIDTH, np.float32)
        tensors[f"{norm}.b"] = np.zeros(WIDTH, np.float32)
    scores = tuple(0.0 if at < 4 else -3.0 if len(piece) > 1 else -6.0 for at, piece in enumerate(pieces))
    return Base(WIDTH, LAYERS, HEADS, INNER, 1e-12, pieces, scores, tensors)


@cache
def small_model(seed: int = 1) -> tuple[Base, bytes, Tuned]:
    """This will give a cut-down base, its pieces and a model with one head of two labels."""
    base, pieces = cut_down(small_base(seed), [])
    dice = np.random.default_rng(seed)
    head = (dice.normal(0, 1, (2, WIDTH)).astype(np.float32), np.zeros(2, np.float32))
    return base, pieces, Tuned(dict(base.tensors), {"spam": head})
