"""Makes the model that is shipped: an ONNX graph with matrices of eight bits, the word table at four. Needs onnx."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tanggap.understanding.deep.base import Base, Tuned
from tanggap.understanding.deep.encoder import BLOCK, FILES, LAYOUT

Matrix = NDArray[np.float32]
_OWN = "com.microsoft"
MOST_LOST = 0.01


def pack(
    folder: Path, version: str, base: Base, model: Tuned, pieces: bytes, heads: dict[str, list[str]]
) -> None:
    """This will write the model into a folder: graph, word table with the heads, pieces. `heads`: labels by name."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILES.graph).write_bytes(_Graph(base, model).content())
    (folder / FILES.pieces).write_bytes(pieces)
    packed, scales = four_bits(base.tensors["emb.word"])
    arrays = {"table": packed, "scales": scales}
    arrays["places"] = (model.tensors["emb.pos"][:64] + model.tensors["emb.type"]).astype(np.float16)
    for name, (weight, bias) in model.heads.items():
        arrays |= {f"{name}.weight": weight.T.astype(np.float16), f"{name}.bias": bias}
    about = {"layout": LAYOUT, "version": version, "heads": heads}
    np.savez_compressed(folder / FILES.rest, about=json.dumps(about), **arrays)  # type: ignore[arg-type]


def refuse_costly(before: float, after: float) -> None:
    """This will raise ValueError where packing costs more than a hundredth of macro-F1."""
    if before - after > MOST_LOST:
        raise ValueError(f"packing costs {before - after:.4f} of macro-F1, more than {MOST_LOST}")


def macro_f1(wanted: Sequence[int], said: Iterable[int]) -> float:
    """This will give the mean F1 over the labels that are wanted."""
    pairs = list(zip(wanted, map(int, said), strict=True))
    each = []
    for label in set(wanted):
        hits = sum(true == read == label for true, read in pairs)
        both = sum(true == label for true, _ in pairs) + sum(read == label for _, read in pairs)
        each.append(2 * hits / both)
    return sum(each) / len(each)


def four_bits(table: Matrix) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """This will pack numbers at four bits, blocks of BLOCK with a scale each: the scale of least squares of a few."""
    blocks = table.reshape(len(table), -1, BLOCK)
    peak = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=2)[..., None], axis=2)
    scales = (peak / -8).astype(np.float16)
    scales[scales == 0] = 1
    numbers = np.clip(np.rint(blocks / scales.astype(np.float32)) + 8, 0, 15).astype(np.uint8)
    numbers = numbers.reshape(len(table), -1)
    return numbers[:, 0::2] | (numbers[:, 1::2] << 4), scales[..., 0]


class _Graph:
    """Embedded pieces [pieces, width] in, the mean of the last layer [width] out; one text at a time, so that a text
    reads the same whatever company it comes in (activations are scaled by the text's own peak)."""

    def __init__(self, base: Base, model: Tuned) -> None:
        self._base, self._take = base, model.tensors
        self._nodes: list[onnx.NodeProto] = []
        self._stored: list[onnx.TensorProto] = []

    def content(self) -> bytes:
        base = self._base
        given = self._norm("embedded", "emb.ln")
        for number in range(base.layers):
            given = self._layer(given, number)
        axes = self._store("mean_axes", np.array([0], np.int64))
        self._node("ReduceMean", [given, axes], "vector", keepdims=0)
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [helper.make_tensor_value_info("embedded", TensorProto.FLOAT, ["pieces", base.width])],
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [base.width])],
            self._stored,
        )
        versions = [helper.make_opsetid("", 18), helper.make_opsetid(_OWN, 1)]
        model = helper.make_model(graph, opset_imports=versions, producer_name="tanggap", ir_version=9)
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())

    def _layer(self, given: str, number: int) -> str:
        own = f"l{number}"
        mixed = self._product(self._attention(given, own), f"{own}.ao", self._take[f"{own}.ao.w"])
        given = self._norm(self._node("Add", [given, mixed], f"{own}.a1"), f"{own}.aln")
        inner = self._node(
            "Gelu", [self._product(given, f"{own}.fi", self._take[f"{own}.fi.w"])], f"{own}.g", domain=_OWN
        )
        outer = self._product(inner, f"{own}.fo", self._take[f"{own}.fo.w"])
        return self._norm(self._node("Add", [given, outer], f"{own}.a2"), f"{own}.oln")

    def _attention(self, given: str, own: str) -> str:
        base, take = self._base, self._take
        small = base.width // base.attention_heads
        weight = np.concatenate([take[f"{own}.q.w"] / np.sqrt(small), take[f"{own}.k.w"], take[f"{own}.v.w"]])
        bias = np.concatenate([take[f"{own}.q.b"] / np.sqrt(small), take[f"{own}.k.b"], take[f"{own}.v.b"]])
        all_three = self._product(given, f"{own}.qkv", weight.astype(np.float32), bias.astype(np.float32))
        shape = self._store("shape_heads", np.array([-1, 3 * base.attention_heads, small], np.int64))
        apart = self._node("Reshape", [all_three, shape], f"{own}.apart")
        turned = self._node("Transpose", [apart], f"{own}.turned", perm=[1, 0, 2])
        count = base.attention_heads
        parts = self._store("thirds", np.array([count, count, count], np.int64))
        names = [f"{own}.{one}" for one in ("qs", "ks", "vs")]
        self._nodes.append(helper.make_node("Split", [turned, parts], names, axis=0))
        keys = self._node("Transpose", [names[1]], f"{own}.kt", perm=[0, 2, 1])
        shares = self._node(
            "Softmax", [self._node("MatMul", [names[0], keys], f"{own}.s")], f"{own}.p", axis=-1
        )
        mixed = self._node("MatMul", [shares, names[2]], f"{own}.m")
        back = self._node("Transpose", [mixed], f"{own}.mt", perm=[1, 0, 2])
        return self._node(
            "Reshape", [back, self._store("shape_width", np.array([-1, base.width], np.int64))], f"{own}.mr"
        )

    def _product(self, given: str, name: str, weight: Matrix, bias: Matrix | None = None) -> str:
        """x W' + b, W at eight bits with a scale for each column, x at eight bits with one for the text."""
        bias = self._take[f"{name}.b"] if bias is None else bias
        scale = np.maximum(np.abs(weight).max(axis=1), 1e-8) / MOST_OF_WEIGHT
        numbers = np.rint(weight / scale[:, None]).astype(np.int8).T
        stored = [
            self._store(f"{name}.numbers", np.ascontiguousarray(numbers)),
            self._store(f"{name}.scale", scale.astype(np.float32)),
            self._store(f"{name}.zero", np.zeros(len(scale), np.int8)),
            self._store(f"{name}.bias", bias.astype(np.float32)),
        ]
        return self._node("DynamicQuantizeMatMul", [given, *stored], f"{name}.out", domain=_OWN)

    def _norm(self, given: str, name: str) -> str:
        weight, bias = (self._store(f"{name}.{one}", self._take[f"{name}.{one}"]) for one in "wb")
        return self._node(
            "LayerNormalization", [given, weight, bias], f"{name}.out", axis=-1, epsilon=self._base.epsilon
        )

    def _node(self, kind: str, given: list[str], out: str, domain: str = "", **settings: object) -> str:
        self._nodes.append(helper.make_node(kind, given, [out], domain=domain, **settings))  # type: ignore[arg-type]
        return out

    def _store(self, name: str, value: NDArray[np.generic]) -> str:
        if not any(one.name == name for one in self._stored):
            self._stored.append(numpy_helper.from_array(value, name))
        return name


MOST_OF_WEIGHT = 127
"""The largest number of a matrix at eight bits."""
