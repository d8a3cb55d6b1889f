"""The packed model says what the exact one says, a text alone what it says in company, and nothing else is loaded."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tanggap.understanding.deep.base import Base, Tuned
from tanggap.understanding.deep.encoder import FILES, Encoder
from tanggap.understanding.deep.packing import four_bits, pack
from tanggap.understanding.deep.pieces import MOST, Pieces
from tests.understanding.deep.small import small_model

TEXTS = ["jalan rusak", "lampu mati 😡!", "terima kasih", "x" * 3000, ""]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deep")
    base, pieces, model = small_model()
    pack(folder, "kecil-1", base, model, pieces, {"spam": ["no", "yes"]})
    return folder


def test_packing_changes_little(packed: Path) -> None:
    base, pieces, model = small_model()
    encoder = Encoder(packed)
    exact = np.stack([_forward(base, model, ids) for ids in Pieces(pieces).of(TEXTS)])
    found = encoder.vectors(TEXTS)
    near = (exact * found).sum(1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(found, axis=1)
    assert near.min() > 0.98
    weight, bias = model.heads["spam"]
    assert np.abs(encoder.scores(found)["spam"] - (found @ weight.T + bias)).max() < 0.02


def test_company_and_loading_anew_change_nothing(packed: Path) -> None:
    first, second = Encoder(packed), Encoder(packed)
    together = first.vectors(TEXTS)
    assert np.array_equal(together, second.vectors(TEXTS))
    for at, text in enumerate(TEXTS):
        assert np.array_equal(first.vectors([text])[0], together[at])
    assert first.vectors([]).shape == (0, together.shape[1])


def test_the_file_tells_its_version_and_its_labels(packed: Path) -> None:
    encoder = Encoder(packed)
    assert (encoder.version, encoder.heads) == ("kecil-1", {"spam": ("no", "yes")})


def test_another_layout_is_refused(packed: Path, tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes((packed / name).read_bytes())
    with np.load(packed / FILES.rest) as stored:
        arrays = {name: stored[name] for name in stored}
    about = str(arrays.pop("about")).replace('"layout": 1', '"layout": 99')
    np.savez_compressed(tmp_path / FILES.rest, about=about, **arrays)
    with pytest.raises(ValueError, match="has layout 99, not 1"):
        Encoder(tmp_path)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_bounded_pieces(text: str) -> None:
    machine = _machine()
    cut = machine.of([text])[0]
    assert cut[0] == 1
    assert cut[-1] == 2
    assert 2 <= len(cut) <= MOST
    assert max(cut) < len(machine)


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    machine = _machine()
    cut = machine.of(["jalan rusak " + "q " * 500 + "terima kasih"])[0]
    assert cut[1:3] == machine.of(["jalan rusak"])[0][1:3]
    assert cut[-3:] == machine.of(["terima kasih"])[0][-3:]


def test_numbers_links_and_capitals_say_nothing() -> None:
    machine = _machine()
    one, two = machine.of(
        ["JALAN RUSAK 0812-3456-7890 https://a.id/1", "jalan rusak 0857 1111 2222 http://b.id"]
    )
    assert one == two


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_four_bits_are_off_by_half_a_step_at_most(seed: int) -> None:
    table = np.random.default_rng(seed).normal(0, 0.1, (5, 64)).astype(np.float32)
    packed, scales = four_bits(table)
    numbers = np.empty((5, 64), np.float32)
    numbers[:, 0::2], numbers[:, 1::2] = packed & 15, packed >> 4
    steps = np.repeat(scales.astype(np.float32), 32, axis=1)
    off = np.abs((numbers - 8) * steps - table)
    assert (off <= np.abs(steps) * 1.01).all()  # the peak's own opposite lies one step beyond the last number
    assert np.median(off / np.abs(steps)) <= 0.3


@cache
def _machine() -> Pieces:
    return Pieces(small_model()[1])


def _forward(base: Base, model: Tuned, ids: list[int]) -> NDArray[np.float64]:
    """The transformer by its formulas (Vaswani et al. 2017; Devlin et al. 2019), in double precision."""
    take = {name: one.astype(np.float64) for name, one in model.tensors.items()}
    given_ = _norm(take, "emb.ln", take["emb.word"][ids] + take["emb.pos"][: len(ids)] + take["emb.type"])
    small = base.width // base.attention_heads
    for layer in range(base.layers):
        own = f"l{layer}"
        q, k, v = (given_ @ take[f"{own}.{one}.w"].T + take[f"{own}.{one}.b"] for one in "qkv")
        mixed = np.empty_like(given_)
        for head in range(base.attention_heads):
            part = slice(head * small, (head + 1) * small)
            scores = np.exp(q[:, part] @ k[:, part].T / np.sqrt(small))
            mixed[:, part] = scores / scores.sum(1, keepdims=True) @ v[:, part]
        given_ = _norm(take, f"{own}.aln", given_ + mixed @ take[f"{own}.ao.w"].T + take[f"{own}.ao.b"])
        inner = given_ @ take[f"{own}.fi.w"].T + take[f"{own}.fi.b"]
        inner = inner * 0.5 * (1 + np.vectorize(_erf)(inner / np.sqrt(2)))
        given_ = _norm(take, f"{own}.oln", given_ + inner @ take[f"{own}.fo.w"].T + take[f"{own}.fo.b"])
    mean: NDArray[np.float64] = given_.mean(0)
    return mean


def _norm(
    take: dict[str, NDArray[np.float64]], name: str, given_: NDArray[np.float64]
) -> NDArray[np.float64]:
    apart = given_ - given_.mean(1, keepdims=True)
    scaled: NDArray[np.float64] = apart / np.sqrt((apart**2).mean(1, keepdims=True) + 1e-12)
    return scaled * take[f"{name}.w"] + take[f"{name}.b"]


def _erf(value: float) -> float:

    return math.erf(value)
