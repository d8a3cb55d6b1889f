"""Teaches the base model our labels: low-rank adapters on every matrix, all heads at once, on a CPU. Needs torch.

Recipe: LoRA (Hu et al. 2021) r=32 on all linear layers, layer norms free, word table frozen, batches of texts of like
length; each epoch turns part of the Indonesian texts partly into Javanese or Sundanese words. In bfloat16 where the
processor is faster at it (it has AMX), else in float32: without AMX bfloat16 was measured at half the speed.
"""

from __future__ import annotations

import math
import random
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from tanggap.understanding.deep.base import Base, Tuned
from tanggap.understanding.deep.pieces import Pieces
from tanggap.understanding.deep.switching import Table, switched

_RANK, _RATE, _EPOCHS, _BATCH = 32, 8e-4, 2, 32
_WARM = 0.06
_SWITCHED, _WORDS_SWITCHED = 0.3, 0.6
_IGNORED = -100


@dataclass(frozen=True, slots=True)
class Lesson:
    """A text, and for each head that it teaches the number of its label; how often it stands in each epoch."""

    text: str
    labels: Mapping[str, int]
    times: int = 1
    may_switch: bool = False


def tuned(
    base: Base,
    pieces: Pieces,
    lessons: Sequence[Lesson],
    heads: Mapping[str, int],
    words: Mapping[str, Table],
    seed: int,
) -> Tuned:
    """This will train on the lessons; `heads` has the number of labels of each. The same seed gives the same model."""
    halved = _faster_halved()
    torch.manual_seed(seed)
    dice = random.Random(seed)
    model = _Model(base, heads)
    batches = [_batches(lessons, pieces, words, heads, dice) for _ in range(_EPOCHS)]
    steps = sum(map(len, batches))
    free = [one for one in model.parameters() if one.requires_grad]
    pace = torch.optim.AdamW(free, lr=_RATE, weight_decay=0.01)
    rate = torch.optim.lr_scheduler.LambdaLR(pace, lambda step: _share_of_rate(step, steps))
    weights = _class_weights(lessons, heads)
    began, done = time.monotonic(), 0
    model.train()
    for epoch in batches:
        for ids, mask, labels in epoch:
            with torch.autocast("cpu", torch.bfloat16, enabled=halved):
                logits = model(ids, mask)
            loss = _loss(logits, labels, weights)
            pace.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(free, 1.0)
            pace.step()
            rate.step()
            done += 1
            if done % 100 == 0:
                spent = time.monotonic() - began
                sys.stderr.write(f"  step {done} of {steps}, loss {loss.item():.3f}, {spent:.0f} s\n")
    return model.merged(base)


def exact_scores(
    base: Base, model: Tuned, pieces: Pieces, texts: Sequence[str]
) -> dict[str, NDArray[np.float64]]:
    """This will score texts at full precision, (texts, labels) by head: what packing is measured against."""
    machine = _Model(replace(base, tensors={**base.tensors, **model.tensors}), _sizes(model))
    for name, (weight, bias) in model.heads.items():
        machine.heads[name].weight.data.copy_(torch.tensor(weight))
        machine.heads[name].bias.data.copy_(torch.tensor(bias))
    machine.eval()
    with torch.no_grad():
        said = [machine(torch.tensor([ids]), torch.ones(1, len(ids))) for ids in pieces.of(texts)]
    return {name: np.stack([one[name][0].numpy() for one in said]).astype(np.float64) for name in model.heads}


def _sizes(model: Tuned) -> dict[str, int]:
    return {name: len(bias) for name, (_weight, bias) in model.heads.items()}


def average(models: Sequence[Tuned]) -> Tuned:
    """This will average the weights of several runs from the same base: steadier than each of them (Wortsman 2022)."""
    first = models[0]
    return Tuned(
        {name: _mean([one.tensors[name] for one in models]) for name in first.tensors},
        {
            name: (
                _mean([one.heads[name][0] for one in models]),
                _mean([one.heads[name][1] for one in models]),
            )
            for name in first.heads
        },
    )


def _faster_halved() -> bool:
    """Whether a matrix product is faster in bfloat16 on this processor: the best of several tries each."""
    spent = []
    for kind in (torch.float32, torch.bfloat16):
        one, two = torch.ones(1024, 384, dtype=kind), torch.ones(1536, 384, dtype=kind)
        tries = []
        for _ in range(10):
            began = time.perf_counter()
            functional.linear(one, two)
            tries.append(time.perf_counter() - began)
        spent.append(min(tries))
    return spent[1] < spent[0]


def _mean(parts: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    mean: NDArray[np.float32] = np.mean(parts, axis=0, dtype=np.float32)
    return mean


class _Adapted(nn.Module):
    """A frozen matrix with a low-rank addition: x W' + b + x A' B'."""

    def __init__(self, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
        super().__init__()
        outward, inward = weight.shape
        self.register_buffer("weight", torch.tensor(weight))
        self.bias = nn.Parameter(torch.tensor(bias))
        self.down = nn.Parameter(torch.randn(_RANK, inward) / math.sqrt(inward))
        self.up = nn.Parameter(torch.zeros(outward, _RANK))

    def forward(self, given: Tensor) -> Tensor:
        weight: Tensor = self.weight  # type: ignore[assignment]
        return functional.linear(given, weight, self.bias) + functional.linear(
            functional.linear(given, self.down), self.up
        )

    def merged(self) -> NDArray[np.float32]:
        whole: NDArray[np.float32] = (self.up @ self.down).detach().numpy()
        return whole


class _Layer(nn.Module):
    def __init__(self, base: Base, number: int) -> None:
        super().__init__()
        take = base.tensors
        self.count = base.attention_heads

        def part(name: str) -> _Adapted:
            return _Adapted(take[f"l{number}.{name}.w"], take[f"l{number}.{name}.b"])

        self.q, self.k, self.v, self.ao = part("q"), part("k"), part("v"), part("ao")
        self.fi, self.fo = part("fi"), part("fo")
        self.aln = _norm(base, f"l{number}.aln")
        self.oln = _norm(base, f"l{number}.oln")

    def forward(self, given: Tensor, bias: Tensor) -> Tensor:
        batch, long, width = given.shape

        def heads(values: Tensor) -> Tensor:
            return values.view(batch, long, self.count, width // self.count).transpose(1, 2)

        scores = heads(self.q(given)) @ heads(self.k(given)).transpose(2, 3)
        shares = (scores / math.sqrt(width // self.count) + bias).softmax(-1)
        mixed = (shares.to(given.dtype) @ heads(self.v(given)).to(given.dtype)).transpose(1, 2)
        given = self.aln(given + self.ao(mixed.reshape(batch, long, width)))
        return self.oln(given + self.fo(functional.gelu(self.fi(given))))  # type: ignore[no-any-return]


class _Model(nn.Module):
    def __init__(self, base: Base, heads: Mapping[str, int]) -> None:
        super().__init__()
        take = base.tensors
        self.register_buffer("words", torch.tensor(take["emb.word"]))
        self.register_buffer("places", torch.tensor(take["emb.pos"] + take["emb.type"]))
        self.norm = _norm(base, "emb.ln")
        self.layers = nn.ModuleList(_Layer(base, number) for number in range(base.layers))
        self.drop = nn.Dropout(0.1)
        self.heads = nn.ModuleDict({name: nn.Linear(base.width, count) for name, count in heads.items()})

    def forward(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        words: Tensor = self.words  # type: ignore[assignment]
        places: Tensor = self.places  # type: ignore[assignment]
        given = self.norm(words[ids] + places[: ids.shape[1]])
        bias = (mask - 1)[:, None, None, :] * 1e4
        for layer in self.layers:
            given = layer(given, bias)
        vector = (given * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return {name: head(self.drop(vector)).float() for name, head in self.heads.items()}

    def merged(self, base: Base) -> Tuned:
        tensors = dict(base.tensors)
        for number, layer in enumerate(self.layers):
            for name in ("q", "k", "v", "ao", "fi", "fo"):
                part = getattr(layer, name)
                tensors[f"l{number}.{name}.w"] = tensors[f"l{number}.{name}.w"] + part.merged()
                tensors[f"l{number}.{name}.b"] = part.bias.detach().numpy().copy()
            for name in ("aln", "oln"):
                tensors |= _plain(getattr(layer, name), f"l{number}.{name}")
        tensors |= _plain(self.norm, "emb.ln")
        heads = {
            name: (head.weight.detach().numpy().copy(), head.bias.detach().numpy().copy())  # type: ignore[operator,union-attr]
            for name, head in self.heads.items()
        }
        return Tuned(tensors, heads)


def _norm(base: Base, name: str) -> nn.LayerNorm:
    norm = nn.LayerNorm(base.width, eps=base.epsilon)
    norm.weight.data.copy_(torch.tensor(base.tensors[f"{name}.w"]))
    norm.bias.data.copy_(torch.tensor(base.tensors[f"{name}.b"]))
    return norm


def _plain(norm: nn.LayerNorm, name: str) -> dict[str, NDArray[np.float32]]:
    return {
        f"{name}.w": norm.weight.detach().numpy().copy(),
        f"{name}.b": norm.bias.detach().numpy().copy(),
    }


Batch = tuple[Tensor, Tensor, dict[str, Tensor]]


def _batches(
    lessons: Sequence[Lesson],
    pieces: Pieces,
    words: Mapping[str, Table],
    heads: Mapping[str, int],
    dice: random.Random,
) -> list[Batch]:
    """One epoch: texts of like length together, in random order."""
    chosen = [lesson for lesson in lessons for _ in range(lesson.times)]
    dice.shuffle(chosen)
    texts = [
        switched(one.text, words[dice.choice(sorted(words))], dice, _WORDS_SWITCHED)
        if one.may_switch and words and dice.random() < _SWITCHED
        else one.text
        for one in chosen
    ]
    cut = pieces.of(texts)
    order = sorted(range(len(chosen)), key=lambda at: len(cut[at]) + dice.random() * 4)
    groups = [order[at : at + _BATCH] for at in range(0, len(order), _BATCH)]
    dice.shuffle(groups)
    return [_batch([cut[at] for at in group], [chosen[at] for at in group], heads) for group in groups]


def _batch(cut: Sequence[Sequence[int]], lessons: Sequence[Lesson], heads: Mapping[str, int]) -> Batch:
    long = max(map(len, cut))
    ids = torch.zeros(len(cut), long, dtype=torch.long)
    mask = torch.zeros(len(cut), long)
    for row, numbers in enumerate(cut):
        ids[row, : len(numbers)] = torch.tensor(numbers)
        mask[row, : len(numbers)] = 1
    labels = {
        name: torch.tensor([one.labels.get(name, _IGNORED) for one in lessons])
        for name in heads
        if any(name in one.labels for one in lessons)
    }
    return ids, mask, labels


def _class_weights(lessons: Sequence[Lesson], heads: Mapping[str, int]) -> dict[str, Tensor]:
    """Rare labels count more: by the root of how rare they are, one in the mean."""
    weights = {}
    for name, count in heads.items():
        seen = torch.ones(count)
        for lesson in lessons:
            if name in lesson.labels:
                seen[lesson.labels[name]] += lesson.times
        raw = (seen.sum() / seen).sqrt()
        weights[name] = raw / (raw * seen).sum() * seen.sum()
    return weights


def _loss(
    logits: Mapping[str, Tensor], labels: Mapping[str, Tensor], weights: Mapping[str, Tensor]
) -> Tensor:
    whole = torch.zeros(())
    for name, wanted in labels.items():
        each = functional.cross_entropy(
            logits[name], wanted, weights[name], ignore_index=_IGNORED, reduction="sum", label_smoothing=0.05
        )
        whole = whole + each / len(wanted)
    return whole


def _share_of_rate(step: int, steps: int) -> float:
    warm = max(1, round(_WARM * steps))
    return (step + 1) / warm if step < warm else max(0.0, (steps - step) / max(1, steps - warm))
