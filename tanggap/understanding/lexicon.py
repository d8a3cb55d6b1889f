"""Words and phrases that speak for a label, matched over a whole batch at once.

The tables lie in words/*.tsv: label, weight, marks, phrases parted by commas. A phrase matches whole words; `word*`
also longer ones; `a + b` wants both in one sentence; a mark `!` makes the phrase speak of a problem as well.
Before matching, slang and regional words are put into their standard form (words/slang.tsv, words/daerah.tsv), in the
texts and in the phrases alike; the stored text is never touched.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import chain

import numpy as np
from ahocorasick_rs import BytesAhoCorasick, Implementation
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix  # type: ignore[import-untyped]

from tanggap.understanding.features import different
from tanggap.understanding.normalise import MARK, URL, Folded, fold, slang
from tanggap.understanding.wordlists import lines

PROBLEM = "cue.problem"
LANGUAGES = ("id", "jv", "su", "en")
_CACHED_WORDS = 200_000
_ENDS = b".!?;\n"
_OPENS = 128
_PAIR = " + "

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the lexicon says of a batch: one column of summed weights per group ("topic.banjir"), one row per text."""

    values: Matrix
    columns: dict[str, int]
    spoken: Matrix
    """How many words of each language a text has that only that language uses, (texts, LANGUAGES)."""
    words: NDArray[np.int64]
    """How many words each text has, punctuation included."""

    def of(self, group: str) -> Matrix:
        """This will give the weights of one group, one per text."""
        return self.values[:, self.columns[group]]

    def all(self, prefix: str, labels: tuple[str, ...]) -> Matrix:
        """This will give the weights of several groups, (texts, labels); nought for a label without phrases."""
        found = np.zeros((len(self.values), len(labels)), np.float32)
        for at, label in enumerate(labels):
            column = self.columns.get(f"{prefix}.{label}")
            if column is not None:
                found[:, at] = self.values[:, column]
        return found


class Standard(dict[bytes, bytes]):
    """Word to standard word; unknown words are worked out once and kept."""

    def __missing__(self, word: bytes) -> bytes:
        found = self._derived(word)
        if len(self) < _CACHED_WORDS:
            self[word] = found
        return found

    def _derived(self, word: bytes) -> bytes:
        bare = word
        if len(bare) > 2 and bare.endswith(b"2") and bare[-2:-1].isalpha():
            bare = bare[:-1]
        if len(bare) > 5 and bare.endswith(b"nya"):
            bare = bare[:-3]
        return self.get(bare, bare) if bare != word else word


@dataclass(slots=True)
class _Table:
    """Atoms are byte patterns, pairs want two atoms in a sentence; rows are (atom or pair, group, weight)."""

    atoms: dict[bytes, int] = field(default_factory=dict)
    pairs: dict[tuple[int, int], int] = field(default_factory=dict)
    groups: dict[str, int] = field(default_factory=dict)
    atom_rows: list[tuple[int, int, float]] = field(default_factory=list)
    pair_rows: list[tuple[int, int, float]] = field(default_factory=list)

    def add(self, group: str, weight: float, parts: list[bytes]) -> None:
        column = self.groups.setdefault(group, len(self.groups))
        atoms = [self.atoms.setdefault(part, len(self.atoms)) for part in parts]
        if len(atoms) == 1:
            self.atom_rows.append((atoms[0], column, weight))
        else:
            pair = self.pairs.setdefault((atoms[0], atoms[1]), len(self.pairs))
            self.pair_rows.append((pair, column, weight))


class Lexicon:
    """All tables in one automaton; matching is linear in the length of the text."""

    def __init__(self) -> None:
        self._standard = standard_words()
        self._speaks = _markers()
        table = _Table()
        rows = list(phrases())
        patterns = _patterns([part for _, _, phrase in rows for part in phrase.split(_PAIR)], self._standard)
        for group, weight, phrase in rows:
            table.add(group, weight, [patterns[part] for part in phrase.split(_PAIR)])
        self.columns = dict(table.groups)
        self.automaton = BytesAhoCorasick(list(table.atoms), implementation=Implementation.DFA)
        self._atoms = _weights(table.atom_rows, len(table.atoms), len(self.columns))
        self._pairs = _weights(table.pair_rows, len(table.pairs), len(self.columns))
        self._slot = np.full(len(table.atoms), -1, np.int64)
        used = sorted({atom for pair in table.pairs for atom in pair})
        self._slot[used] = np.arange(len(used))
        self._slots = len(used)
        self._sides = self._slot[np.array(list(table.pairs), np.int64).reshape(-1, 2)]

    def evidence(self, folded: Folded) -> Evidence:
        """This will sum, for each text and group, the weights of the different phrases that stand in the text."""
        texts = len(folded)
        standard = self._standard
        words = folded.data.tobytes().split(b" ")
        spoken, counts = self._spoken(words, texts)
        data = b" ".join([standard[word] for word in words])
        found = self.automaton.find_matches_as_indexes(data, overlapping=True)
        hits = np.fromiter(chain.from_iterable(found), np.int64, 3 * len(found)).reshape(-1, 3)
        codes = np.frombuffer(data, np.uint8)
        atom, start = hits[:, 0], hits[:, 1]
        doc = (np.cumsum(codes == MARK, dtype=np.int32) - 1)[start]
        single = different(doc * np.int64(len(self._slot)) + atom)
        values = _presence(single, len(self._slot), texts) @ self._atoms
        if len(self._sides):
            values = values + self._paired(codes, atom, start, doc, texts)
        return Evidence(np.asarray(values.todense(), np.float32), self.columns, spoken, counts)

    def _spoken(self, words: list[bytes], texts: int) -> tuple[Matrix, NDArray[np.int64]]:
        speaks = self._speaks
        bits = np.array([speaks.get(word, 0) for word in words], np.uint8)
        doc = np.cumsum(bits == _OPENS) - 1
        inside = (doc >= 0) & (doc < texts) & (bits != _OPENS)
        doc, bits = doc[inside], bits[inside]
        counts = np.bincount(doc, minlength=texts)
        spoken = [np.bincount(doc, (bits >> at) & 1, texts) for at in range(len(LANGUAGES))]
        return np.stack(spoken, axis=1).astype(np.float32), counts

    def _paired(
        self,
        codes: NDArray[np.uint8],
        atom: NDArray[np.int64],
        start: NDArray[np.int64],
        doc: NDArray[np.int32],
        texts: int,
    ) -> csr_matrix:
        wanted = self._slot[atom] >= 0
        sentence = np.cumsum(np.isin(codes, np.frombuffer(_ENDS, np.uint8)), dtype=np.int64)[start[wanted]]
        keys = different(sentence * self._slots + self._slot[atom[wanted]])
        sentences, counts = np.unique(keys // self._slots, return_counts=True)
        several = np.repeat(counts > 1, counts)
        row = np.repeat(np.cumsum(counts > 1) - 1, counts)[several]
        there = np.zeros((int((counts > 1).sum()), self._slots), np.bool_)
        there[row, keys[several] % self._slots] = True
        of_doc = doc[wanted][np.searchsorted(sentence, sentences[counts > 1])]
        at, pair = np.nonzero(there[:, self._sides[:, 0]] & there[:, self._sides[:, 1]])
        found = different(of_doc[at] * np.int64(len(self._sides)) + pair)
        return _presence(found, len(self._sides), texts) @ self._pairs


@cache
def standard_words() -> Standard:
    """This will load slang and regional words with their standard Indonesian form, as the lexicon sees them."""
    standard = Standard({spelling.encode(): word.encode() for spelling, word in slang().items()})
    for line in lines("daerah.tsv"):
        word, spellings = line.split("\t")
        for spelling in spellings.split(","):
            standard.setdefault(spelling.strip().encode(), word.encode())
    return standard


def _markers() -> dict[bytes, int]:
    """Word to the language whose own it is, as a bit; the mark that opens a text has a value of its own."""
    found: dict[bytes, int] = {}
    for line in lines("penanda.tsv"):
        language, words = line.split("\t")
        for word in words.split(","):
            found[word.encode()] = found.get(word.encode(), 0) | 1 << LANGUAGES.index(language)
    found = {word: bits for word, bits in found.items() if bits.bit_count() == 1}
    found[bytes((MARK,))] = _OPENS
    return found


def phrases() -> Iterator[tuple[str, float, str]]:
    """This will give every phrase of the tables with the group that it speaks for and its weight."""
    for file in sorted(
        item.name for item in files("tanggap.understanding").joinpath("words/labels").iterdir()
    ):
        name, _, kind = file.partition(".")
        if kind != "tsv":
            continue
        for line in lines(f"labels/{file}"):
            label, weight, marks, phrases = line.split("\t")
            for phrase in filter(None, (part.strip() for part in phrases.split(","))):
                yield f"{name}.{label}", float(weight), phrase
                if "!" in marks:
                    yield PROBLEM, 1.0, phrase


def _patterns(parts: list[str], standard: Standard) -> dict[str, bytes]:
    """The bytes to look for: standard words between single spaces, open at the end for a stem."""
    folded = fold([part.rstrip("*") for part in parts]).data.tobytes().split(bytes((MARK,)))[1:-1]
    return {part: _pattern(part, text.split(), standard) for part, text in zip(parts, folded, strict=True)}


def _pattern(part: str, words: list[bytes], standard: Standard) -> bytes:
    if part == "<url>":
        return bytes((URL,))
    opened = part.endswith("*")
    known = [word if opened and at == len(words) - 1 else standard[word] for at, word in enumerate(words)]
    if not known:
        raise ValueError(f"the phrase {part!r} has no letters")
    return b" " + b" ".join(known) + (b"" if opened else b" ")


def _weights(rows: list[tuple[int, int, float]], height: int, width: int) -> csr_matrix:
    at, column, weight = zip(*rows, strict=True) if rows else ((), (), ())
    return coo_matrix((np.array(weight, np.float32), (at, column)), shape=(height, width)).tocsr()


def _presence(keys: NDArray[np.int64], width: int, texts: int) -> csr_matrix:
    """A matrix (texts, width) with a 1 for every key `text * width + column`; keys are sorted and unique."""
    indptr = np.searchsorted(keys, np.arange(texts + 1, dtype=np.int64) * width)
    inside = keys[indptr[0] : indptr[-1]] % width
    return csr_matrix((np.ones(len(inside), np.float32), inside, indptr - indptr[0]), shape=(texts, width))
