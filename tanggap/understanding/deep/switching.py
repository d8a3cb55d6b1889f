"""Sentences partly in Javanese or Sundanese: single words exchanged by a table learnt from parallel sentences.

The table comes from a data folder at training time and is not part of the product.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_NAMES = {"jv": "javanese", "su": "sundanese"}
_WORD = re.compile(r"[a-zA-Z]+")
_ROUNDS, _SURE, _SEEN = 6, 0.35, 3

Table = Mapping[str, Sequence[str]]


def tables(data: Path) -> dict[str, Table]:
    """This will learn Indonesian word -> words for "jv" and "su".

    From the NusaX lexicons, and from NusaX's parallel training sentences by IBM model 1 (Brown et al. 1993).
    """
    indonesian = _texts(data / "nusax_senti/indonesian_train.jsonl")
    found: dict[str, Table] = {}
    for code, name in _NAMES.items():
        words = _lexicon(data / f"nusax_lexicon/{name}.jsonl", name)
        pairs = zip(indonesian, _texts(data / f"nusax_senti/{name}_train.jsonl"), strict=True)
        for word, other in _aligned(list(pairs)).items():
            words[word].add(other)
        found[code] = {word: sorted(others) for word, others in words.items()}
    return found


def switched(text: str, table: Table, dice: random.Random, share: float) -> str:
    """This will exchange about `share` of the words that the table knows."""

    def other(found: re.Match[str]) -> str:
        word = found.group().lower()
        if word not in table or dice.random() > share:
            return found.group()
        return dice.choice(table[word])

    return _WORD.sub(other, text)


def _lexicon(path: Path, name: str) -> dict[str, set[str]]:
    words: dict[str, set[str]] = defaultdict(set)
    for row in map(json.loads, path.read_text("utf-8").splitlines()):
        word, other = row["indonesian"].lower(), row[name].lower()
        if word.isalpha() and other.replace(" ", "").isalpha() and word != other:
            words[word].add(other)
    return words


def _aligned(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """The surest translation of each word that stands often enough."""
    split = [(_words(first), [*_words(second), ""]) for first, second in pairs]
    chance: dict[tuple[str, str], float] = defaultdict(lambda: 1.0)
    for _ in range(_ROUNDS):
        counts: dict[tuple[str, str], float] = defaultdict(float)
        totals: dict[str, float] = defaultdict(float)
        for first, second in split:
            for target in second:
                whole = sum(chance[word, target] for word in first)
                for word in first:
                    part = chance[word, target] / whole
                    counts[word, target] += part
                    totals[word] += part
        chance = defaultdict(float, {pair: count / totals[pair[0]] for pair, count in counts.items()})
    seen = Counter(word for first, _ in split for word in set(first))
    best: dict[str, tuple[float, str]] = {}
    for (word, target), value in chance.items():
        if target and seen[word] >= _SEEN and value > max(_SURE, best.get(word, (0.0, ""))[0]):
            best[word] = (value, target)
    return {word: target for word, (_, target) in best.items() if word != target}


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _texts(path: Path) -> Iterable[str]:
    return [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]
