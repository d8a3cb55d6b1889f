"""Near-duplicates among posts as they come: a text's signature, and a window that says whom a text is like.

A signature is the set of a text's words, hashed after folding (normalise.fold) and with slang in its standard form.
Numbers, links, mentions, emoji and punctuation are left out: they neither make texts alike nor keep them apart.
MinHash with bands finds candidates (Broder 1997; Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4), the
Jaccard index of the word sets decides. A text of fewer than four different words is like another only when all its
words and numbers are the same in the same order.

Every step depends on the texts and their order alone: fixed seeds, no clock, no dice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import blake2b
from itertools import repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanggap.understanding.normalise import SPACE, Folded, fold, slang

ALIKE = 0.5
"""Jaccard index from which two texts count as alike: a fifth of the words replaced leaves 0.67, two fifths 0.43."""
CLOSE = 0.8
"""From here on a text adds nothing that the one it is like does not have; below, it is remembered beside it."""
FEW_WORDS = 4
MOST_WORDS = 256
"""Different words that are kept of a text, a fixed sample of them; beyond that the index is an estimate."""
MOST_EXEMPLARS = 8

_BANDS, _ROWS = 12, 3
_EXACT = 8
_PRIME = 0x9E3779B97F4A7C15
_USUAL = 1 << 18
_LOW = np.uint32(0xFFFF)
_MANY_KEYS = tuple[int, ...]

Hashes = NDArray[np.uint32]
_Index = NDArray[np.int64]


class Signature(NamedTuple):
    """`words` are the hashes of a text's different words, four bytes each and sorted (or eight bytes for a text of few
    words; none for a text without any); `keys` what it is looked up by. Keys follow from the words.
    """

    words: bytes
    keys: _MANY_KEYS

    @property
    def few(self) -> bool:
        """Whether the text is so short that only the very same counts as alike."""
        return len(self.words) == _EXACT


class Place(NamedTuple):
    """Where a text belongs: `group` is the number of the first text of its kind (its own, where there was none).

    `remembered` says that the window keeps it to compare others with; those and no others bring the window back.
    """

    group: int
    remembered: bool


def sign(texts: Sequence[str]) -> list[Signature]:
    """This will give the signatures of texts; work and memory grow linearly with their length."""
    if not texts:
        return []
    folded = fold([_without_bare_links(text) if "/" in text else text for text in texts])
    hashes, doc = _words(folded)
    many = np.bincount(doc, minlength=len(texts))
    enough = many >= FEW_WORDS
    hashes, many = _sampled(hashes[enough[doc]], many[enough])
    packed, ends = hashes.tobytes(), (4 * np.cumsum(many)).tolist()
    words = [packed[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    signed = map(Signature, words, _keys(hashes, many))
    if len(words) == len(texts):
        return list(signed)
    return [
        next(signed) if long else _of_few(text, folded, number)
        for number, (text, long) in enumerate(zip(texts, enough.tolist(), strict=True))
    ]


def signatures(words: Sequence[bytes]) -> list[Signature]:
    """This will make signatures of stored `words` whole again."""
    long = [one for one in words if len(one) > _EXACT]
    many = np.fromiter((len(one) // 4 for one in long), np.int64, len(long))
    keys = iter(_keys(np.frombuffer(b"".join(long), np.uint32), many))
    return [Signature(one, next(keys) if len(one) > _EXACT else _exact_keys(one)) for one in words]


def likeness(one: bytes, other: bytes) -> float:
    """This will return the Jaccard index of two signatures' words, 1 or 0 where one of them has few."""
    if one == other:
        return 1.0 if one else 0.0
    if len(one) <= _EXACT or len(other) <= _EXACT:
        return 0.0
    shared = len(_set(one).intersection(memoryview(other).cast("I")))
    return shared / ((len(one) + len(other)) // 4 - shared)


class _Exemplar(NamedTuple):
    words: bytes
    group: int
    at: float
    turn: int
    keys: _MANY_KEYS


class Window:
    """The texts that new ones are compared with: the last `most` that were unlike each other, none older than `span`.

    Memory is bounded by `most` (about 1.5 KB each). A group is remembered by up to eight of its texts, so that
    variants of a text meet, and goes on as long as its texts come.
    """

    def __init__(self, most: int = 30_000, span: float = 7 * 86_400) -> None:
        self.most, self.span = most, span
        self._exemplars: dict[int, _Exemplar] = {}
        self._table: dict[int, int] = {}
        self._further: dict[int, int] = {}
        self._order: deque[tuple[float, int]] = deque()
        self._turn = 0

    def __len__(self) -> int:
        return len(self._exemplars)

    def place(self, number: int, signature: Signature, at: float) -> Place:
        """This will say to which group a text belongs and remember it where it is new or differs from its group.

        `number` is larger than any before; `at` counts seconds, in about the same order.
        """
        if self._order and at - self._order[0][0] > self.span:
            self._forget_old(at)
        found = {*map(self._table.get, signature.keys)}
        best, like = (
            self._nearest(signature.words, found) if len(found) > 1 or None not in found else (None, 0.0)
        )
        if best is None:
            if signature.words:
                self._remember(number, signature, number, at)
            return Place(number, bool(signature.words))
        worn = self._turn - best.turn > self.most // 2 or at - best.at > self.span / 2
        if worn or (like < CLOSE and self._further.get(best.group, 0) < MOST_EXEMPLARS - 1):
            self._remember(number, signature, best.group, at)
            return Place(best.group, True)
        return Place(best.group, False)

    def restore(self, remembered: Iterable[tuple[int, bytes, int, float]]) -> None:
        """This will remember texts again as (number, words, group, at), in the order of their numbers."""
        rows = list(remembered)
        signed = signatures([words for _number, words, _group, _at in rows])
        for (number, _words, group, at), signature in zip(rows, signed, strict=True):
            self._forget_old(at)
            self._remember(number, signature, group, at)

    def forget(self, number: int) -> None:
        """This will stop comparing with a text that was changed or erased; its group stays."""
        gone = self._exemplars.pop(number, None)
        if gone is None:
            return
        table = self._table
        for key in gone.keys:
            if table.get(key) == number:
                del table[key]
        if gone.group != number and not self._count_further(gone.group, -1):
            del self._further[gone.group]

    def _nearest(self, words: bytes, found: set[int | None]) -> tuple[_Exemplar | None, float]:
        best, like = None, 0.0
        for number in sorted(one for one in found if one is not None):
            other = self._exemplars[number]
            now = likeness(words, other.words)
            if now >= ALIKE and now > like:
                best, like = other, now
        return best, like

    def _remember(self, number: int, signature: Signature, group: int, at: float) -> None:
        self._turn += 1
        words, keys = signature
        self._exemplars[number] = _Exemplar(words, group, at, self._turn, keys)
        self._table.update(zip(keys, repeat(number)))
        self._order.append((at, number))
        if group != number:
            self._count_further(group, 1)
        if len(self._exemplars) > self.most:
            self._forget_first()

    def _count_further(self, group: int, more: int) -> int:
        self._further[group] = now = self._further.get(group, 0) + more
        return now

    def _forget_old(self, at: float) -> None:
        while self._order and at - self._order[0][0] > self.span:
            self.forget(self._order.popleft()[1])

    def _forget_first(self) -> None:
        most = self.most
        while len(self._exemplars) > most:
            self.forget(self._order.popleft()[1])


def _without_bare_links(text: str) -> str:
    """Folding knows links that begin with http or www; here go those like "bit.ly/abc"."""
    return " ".join(
        word for word in text.split() if "." not in word.partition("/")[0].rstrip(".") or "/" not in word
    )


def _words(folded: Folded) -> tuple[Hashes, _Index]:
    """The hashes of the words of a folded batch, sorted and once in each text, and the text of each."""
    data = folded.data
    inside = data > SPACE
    edge = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    begins, ends = edge[0::2], edge[1::2]  # a batch begins with a mark and ends with a space
    if len(ends) < len(begins):
        ends = np.append(ends, len(data))
    kept = _begins_word()[data[begins]]
    begins, ends = begins[kept], ends[kept]
    doc = folded.doc[begins].astype(np.int64)
    both = np.sort(doc << 32 | _standard(_hashed(data, begins, ends)).astype(np.int64))
    once = np.ones(len(both), np.bool_)
    once[1:] = both[1:] != both[:-1]
    both = both[once]
    return (both & 0xFFFFFFFF).astype(np.uint32), both >> 32


def _hashed(data: NDArray[np.uint8], begins: _Index, ends: _Index) -> Hashes:
    """A polynomial over the letters of each word, modulo 2**64: differences of one running sum, shifted back."""
    if not len(begins):
        return np.empty(0, np.uint32)
    powers, back = _powers(len(data) + 1)
    sums = np.zeros(len(data) + 1, np.uint64)
    np.cumsum(_letters().take(data) * powers[:-1], out=sums[1:])
    total = (sums[ends] - sums[begins]) * back[begins]
    total ^= total >> np.uint64(29)
    total *= np.uint64(0xBF58476D1CE4E5B9)
    return (total >> np.uint64(32)).astype(np.uint32)


def _powers(many: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The powers of the prime and of its inverse modulo 2**64; those of usual batches are kept."""
    if many <= _USUAL:
        powers, back = _usual_powers()
        return powers[:many], back[:many]
    return _counted_powers(many)


def _counted_powers(many: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    both = []
    for base in (_PRIME, pow(_PRIME, -1, 2**64)):
        factors = np.full(many, base, np.uint64)
        factors[0] = 1
        both.append(np.cumprod(factors))
    return both[0], both[1]


def _standard(hashes: Hashes) -> Hashes:
    """Spellings of slang get the hash of their standard word."""
    perhaps, spellings, standard = _slang()
    at = np.flatnonzero(perhaps[hashes & _LOW])
    place = np.minimum(np.searchsorted(spellings, hashes[at]), len(spellings) - 1)
    same = spellings[place] == hashes[at]
    hashes[at[same]] = standard[place[same]]
    return hashes


def _sampled(hashes: Hashes, many: _Index) -> tuple[Hashes, _Index]:
    """The smallest MOST_WORDS hashes of each text: the same sample of the same words in every text."""
    if not len(many) or many.max() <= MOST_WORDS:
        return hashes, many
    rank = np.arange(len(hashes)) - np.repeat(np.cumsum(many) - many, many)
    return hashes[rank < MOST_WORDS], np.minimum(many, MOST_WORDS)


def _keys(hashes: Hashes, many: _Index) -> list[_MANY_KEYS]:
    """The bands of each text's MinHash; `many` (none of them 0) tells how many hashes belong to each text."""
    if not len(many):
        return []
    firsts = np.cumsum(many) - many
    masks, factors = _permutations()
    bands = np.zeros((_BANDS, len(many)), np.uint64)
    for number in range(_BANDS * _ROWS):
        least = np.minimum.reduceat((hashes ^ masks[number]) * factors[number], firsts)
        band = bands[number // _ROWS]
        band ^= least + np.uint64(number)
        band *= np.uint64(_PRIME)
        band ^= band >> np.uint64(31)
    return list(zip(*bands.tolist(), strict=True))


def _of_few(text: str, folded: Folded, number: int) -> Signature:
    """A text of few words: its words and numbers in order; without any, the text itself."""
    said = folded.data[folded.starts[number] : folded.starts[number + 1]].tobytes().decode("latin-1").split()
    plain = " ".join(slang().get(word, word) for word in said if word[0].isalnum() and word.isascii())
    exact = plain or " ".join(text.casefold().split())
    words = blake2b(exact.encode("utf-8", "replace"), digest_size=_EXACT).digest() if exact else b""
    return Signature(words, _exact_keys(words))


def _exact_keys(words: bytes) -> _MANY_KEYS:
    return (int.from_bytes(words, "little"),) if words else ()


def _set(words: bytes) -> frozenset[int]:
    return frozenset(memoryview(words).cast("I"))


@cache
def _begins_word() -> NDArray[np.bool_]:
    """Words begin with a letter of any script; numbers, mentions, links, emoji and punctuation are none."""
    letter = np.zeros(256, np.bool_)
    letter[ord("a") : ord("z") + 1] = True
    letter[0x80:0x88] = True
    letter[0x9D] = True
    return letter


@cache
def _letters() -> NDArray[np.uint64]:
    return np.random.default_rng(1).integers(0, 2**64, size=256, dtype=np.uint64)


@cache
def _usual_powers() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    return _counted_powers(_USUAL)


@cache
def _permutations() -> tuple[Hashes, Hashes]:
    dice = np.random.default_rng(2)
    numbers = dice.integers(0, 2**32, size=(2, _BANDS * _ROWS), dtype=np.uint32)
    return numbers[0], numbers[1] | np.uint32(1)


@cache
def _slang() -> tuple[NDArray[np.bool_], Hashes, Hashes]:
    """Which low halves of a hash may be a spelling; the spellings' hashes in order, and those of their standards.

    Standards of two words are left out.
    """
    pairs = [(spelling, standard) for spelling, standard in slang().items() if " " not in spelling + standard]
    hashed = []
    for words in zip(*pairs, strict=True):
        letters = np.frombuffer("".join(words).encode("latin-1", "replace"), np.uint8)
        sizes = np.fromiter(map(len, words), np.int64, len(words))
        hashed.append(_hashed(letters, np.cumsum(sizes) - sizes, np.cumsum(sizes)))
    order = np.argsort(hashed[0])
    perhaps = np.zeros(int(_LOW) + 1, np.bool_)
    perhaps[hashed[0] & _LOW] = True
    return perhaps, hashed[0][order], hashed[1][order]
