"""Teaches the deep reader in several runs, one for each fold, and averages them: `tanggap train` calls this.

Each run never sees its own fold of the own posts and of NusaX, so that the runs' answers there are honest figures, and
teach how far to trust the deep reader beside the fast one. The average of all runs is the model that is shipped.
"""

from __future__ import annotations

import json
import os
import random
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tanggap.understanding.area import Area
from tanggap.understanding.corpora import (
    Example,
    Post,
    labelled_posts,
    own_posts,
    sentiment_of,
    smsa_training,
)
from tanggap.understanding.deep.base import Tuned, base_weights
from tanggap.understanding.deep.cutting import cut_down
from tanggap.understanding.deep.encoder import Encoder
from tanggap.understanding.deep.packing import macro_f1, pack, refuse_costly
from tanggap.understanding.deep.pieces import Pieces
from tanggap.understanding.deep.switching import tables
from tanggap.understanding.deep.tuning import Lesson, average, exact_scores, tuned
from tanggap.understanding.heads import all_heads

FOLDS = 5
RUNS = 2
"""How many folds are run: two take an hour on two cores, and their average reads better than each."""

HEADS = ("sentiment", "emotion", "intent", "supervisory", "topic", "urgency", "abusive", "spam")
"""What the deep reader is taught; language is known well enough without it."""

_LANGUAGES = ("id", "jv", "su")
_COPIES = 2
_OF_SMSA = 3400
"""How many of SmSA's positive and negative texts each run reads, beside all neutral ones."""

_AREAS = ("34.71", "32.76", "33.23")


@dataclass(frozen=True, slots=True)
class Held:
    """What one run says about its own fold: scores by head of the own posts, and of NusaX by language."""

    posts: list[int]
    scores: dict[str, NDArray[np.float64]]
    nusax: dict[str, tuple[list[int], NDArray[np.float64]]]


def fold_of(text: str) -> int:
    """This will tell the fold of a text; the same text always lies in the same one."""
    return zlib.crc32(text.encode()) % FOLDS


def teach(data: Path, work: Path, out: Path, version: str, runs: Sequence[int] = range(RUNS)) -> list[Held]:
    """This will run the folds that have not run yet, keep each in `work`, and write the average to `out`.

    One process a core. An interrupted call goes on where it stopped. Raises FileNotFoundError where data are missing.
    """
    work.mkdir(parents=True, exist_ok=True)
    base, model = cut_down(base_weights(), _texts(data))
    todo = [number for number in runs if not (work / f"{number}.npz").exists()]
    context = get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        for future in [pool.submit(_run, data, work, number) for number in todo]:
            future.result()
    parts = [_load(work / f"{number}.npz") for number in runs]
    labels = {name: list(all_heads()[name].labels) for name in HEADS}
    mean = average([part for part, _ in parts])
    pack(out, version, base, mean, model, labels)
    _refuse_costly(data, exact_scores(base, mean, Pieces(model), _dev_texts(data)), Encoder(out))
    return [held for _, held in parts]


def _refuse_costly(data: Path, exact: Mapping[str, NDArray[np.float64]], packed: Encoder) -> None:
    wanted = [all_heads()["sentiment"].labels.index(one.label) for one in sentiment_of(data, "smsa", "dev")]
    said = packed.scores(packed.vectors(_dev_texts(data)))["sentiment"]
    before, after = macro_f1(wanted, exact["sentiment"].argmax(1)), macro_f1(wanted, said.argmax(1))
    sys.stderr.write(f"SmSA dev, macro-F1 before packing {before:.4f}, after {after:.4f}\n")
    refuse_costly(before, after)


def _dev_texts(data: Path) -> list[str]:
    return [one.text for one in sentiment_of(data, "smsa", "dev")]


def lessons(data: Path, fold: int) -> list[Lesson]:
    """This will gather what the run of a fold reads: all but that fold."""
    known = {name: all_heads()[name].labels for name in HEADS}
    found = [
        Lesson(
            post["text"],
            {
                name: known[name].index(example.label)
                for name in HEADS
                for example in labelled_posts([post], name)
            },
            _COPIES,
            post["languages"] == ["id"],
        )
        for post in own_posts()
        if fold_of(post["text"]) != fold
    ]
    found += [
        _sentiment(example, _COPIES)
        for code in _LANGUAGES
        for at, example in enumerate(nusax(data, code))
        if at % FOLDS != fold
    ]
    return found + [_sentiment(example, 1, may_switch=True) for example in _some_of_smsa(data, fold)]


def nusax(data: Path, code: str) -> list[Example]:
    """This will read all of NusaX in one language, training and development part; parallel over the languages."""
    return [*sentiment_of(data, code, "train"), *sentiment_of(data, code, "dev")]


def _run(data: Path, work: Path, fold: int) -> None:
    import torch

    torch.set_num_threads(1)
    base, model = cut_down(base_weights(), _texts(data))
    heads = {name: len(all_heads()[name].labels) for name in HEADS}
    sys.stderr.write(f"run {fold} begins\n")
    found = tuned(base, Pieces(model), lessons(data, fold), heads, tables(data), seed=fold)
    pack(work / f"{fold}", f"run-{fold}", base, found, model, {name: [] for name in HEADS})
    held = _held(data, Encoder(work / f"{fold}"), fold)
    _save(work / f"{fold}.npz", found, held)


def _held(data: Path, encoder: Encoder, fold: int) -> Held:
    texts = [post["text"] for post in own_posts()]
    posts = [at for at, text in enumerate(texts) if fold_of(text) == fold]
    scores = encoder.scores(encoder.vectors([texts[at] for at in posts]))
    languages = {}
    for code in _LANGUAGES:
        rows = [(at, one.text) for at, one in enumerate(nusax(data, code)) if at % FOLDS == fold]
        said = encoder.scores(encoder.vectors([text for _, text in rows]))["sentiment"]
        languages[code] = ([at for at, _ in rows], said)
    return Held(posts, scores, languages)


def _save(path: Path, found: Tuned, held: Held) -> None:
    arrays: dict[str, NDArray[Any]] = {
        f"tensor {name}": one for name, one in found.tensors.items() if name != "emb.word"
    }
    for name, (weight, bias) in found.heads.items():
        arrays |= {f"weight {name}": weight, f"bias {name}": bias, f"score {name}": held.scores[name]}
    for code, (rows, scores) in held.nusax.items():
        arrays |= {f"rows {code}": np.array(rows), f"nusax {code}": scores}
    part = path.with_suffix(".part.npz")
    np.savez(part, posts=np.array(held.posts), **arrays)  # type: ignore[arg-type]
    part.rename(path)


def _load(path: Path) -> tuple[Tuned, Held]:
    with np.load(path) as stored:
        tensors = {
            name.removeprefix("tensor "): stored[name] for name in stored if name.startswith("tensor ")
        }
        heads = {name: (stored[f"weight {name}"], stored[f"bias {name}"]) for name in HEADS}
        scores = {name: stored[f"score {name}"] for name in HEADS}
        languages = {code: (stored[f"rows {code}"].tolist(), stored[f"nusax {code}"]) for code in _LANGUAGES}
        return Tuned(tensors, heads), Held(stored["posts"].tolist(), scores, languages)


def _some_of_smsa(data: Path, seed: int) -> Iterator[Example]:
    examples = smsa_training(data)
    random.Random(seed).shuffle(examples)
    yield from (one for one in examples if one.label == "neutral")
    yield from [one for one in examples if one.label != "neutral"][:_OF_SMSA]


def _sentiment(example: Example, times: int, may_switch: bool = False) -> Lesson:
    return Lesson(
        example.text, {"sentiment": all_heads()["sentiment"].labels.index(example.label)}, times, may_switch
    )


def _texts(data: Path) -> Iterator[str]:
    """Every text that tells which pieces are used: the data sets', the own posts', the names of places."""

    for file in sorted(data.glob("*/*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            yield from (value for value in json.loads(line).values() if isinstance(value, str))
    posts: list[Post] = own_posts()
    yield from (post["text"] for post in posts)
    for code in _AREAS:
        yield from (place.name for place in Area.from_code(code).places)
