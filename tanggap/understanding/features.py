"""One feature extraction for every trained head: hashed character 2- to 5-grams and words, alone and in pairs."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

from tanggap.understanding.normalise import SPACE, Folded

BITS = 18
HEAD, TAIL = 1500, 500
"""Of a longer text only so many bytes from its beginning and its end are looked at."""

_LENGTHS = (2, 3, 4, 5)
_DIGITS = 4
_BASE = np.uint32(16777619)
_MIX = np.uint32(2654435761)
_POWERS = np.multiply.accumulate(np.full(64, _BASE, np.uint32), dtype=np.uint32)

Hashes = NDArray[np.uint32]
Docs = NDArray[np.int32]


def features(folded: Folded, bits: int = BITS) -> csr_matrix:
    """This will count nothing twice: a matrix (texts, 2**bits) with a 1 for every n-gram that a text has.

    Rows do not depend on the batch that a text comes in; indices are sorted, values float32.
    """
    data, doc = _without_numbers(*_capped(folded))
    grams = [
        _keys(hashes, docs, bits, salt)
        for salt, (hashes, docs) in enumerate((*_chars(data, doc), *_words(data, doc)))
    ]
    keys = different(np.concatenate(grams))
    indices = (keys & ((1 << bits) - 1)).astype(np.int32)
    indptr = np.searchsorted(keys, np.arange(len(folded) + 1, dtype=np.int64) << bits)
    ones = np.ones(len(indices), np.float32)
    return csr_matrix((ones, indices, indptr), shape=(len(folded), 1 << bits))


def different(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """This will sort and drop what stands twice: fifteen times faster here than numpy's own, which hashes."""
    keys.sort()
    first = np.ones(len(keys), np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=first[1:])
    return keys[first]


def _capped(folded: Folded) -> tuple[NDArray[np.uint8], Docs]:
    sizes = np.diff(folded.starts)
    if not len(sizes) or sizes.max() <= HEAD + TAIL:
        return folded.data, folded.doc
    at = np.arange(len(folded.data))
    inside = np.clip(folded.doc, 0, len(sizes) - 1)
    keep = (at - folded.starts[inside] < HEAD) | (folded.starts[inside + 1] - at <= TAIL)
    return folded.data[keep], folded.doc[keep]


def _without_numbers(data: NDArray[np.uint8], doc: Docs) -> tuple[NDArray[np.uint8], Docs]:
    """Every digit is 0 and a longer number has four: which telephone number it is says nothing about the matter."""
    digit = (data >= ord("0")) & (data <= ord("9"))
    beyond = digit.copy()
    for back in range(1, _DIGITS + 1):
        beyond[back:] &= digit[:-back]
        beyond[:back] = False
    return np.where(digit, np.uint8(ord("0")), data)[~beyond], doc[~beyond]


def _chars(data: NDArray[np.uint8], doc: Docs) -> list[tuple[Hashes, Docs]]:
    codes = data.astype(np.uint32)
    hashes, found = codes, []
    for length in range(2, max(_LENGTHS) + 1):
        hashes = hashes[:-1] * _BASE + codes[length - 1 :]
        whole = doc[: len(hashes)] == doc[length - 1 :]
        found.append((hashes[whole], doc[: len(hashes)][whole]))
    return found


def _words(data: NDArray[np.uint8], doc: Docs) -> list[tuple[Hashes, Docs]]:
    letter = data > SPACE
    first = np.flatnonzero(letter & ~np.concatenate(([False], letter[:-1])))
    if not len(first):
        return []
    weighed = data.astype(np.uint32) * letter * _POWERS[np.minimum(_inside(data, first), 63)]
    words = np.add.reduceat(weighed, first, dtype=np.uint32)
    docs = doc[first]
    paired = docs[1:] == docs[:-1]
    pairs = words[:-1] * _BASE + words[1:]
    return [(words, docs), (pairs[paired], docs[1:][paired])]


def _inside(data: NDArray[np.uint8], first: NDArray[np.int64]) -> NDArray[np.int64]:
    """How far each byte lies behind the beginning of its word; 0 before the first word."""
    begin = np.zeros(len(data), np.int64)
    begin[first] = first
    return np.arange(len(data)) - np.maximum.accumulate(begin)


def _keys(hashes: Hashes, docs: Docs, bits: int, salt: int) -> NDArray[np.int64]:
    """Text and bucket in one number, so that one sort groups by text and drops what stands twice."""
    bucket = ((hashes ^ np.uint32(salt * 0x9E3779B1 & 0xFFFFFFFF)) * _MIX) >> np.uint32(32 - bits)
    known = docs >= 0
    return (docs[known].astype(np.int64) << bits) | bucket[known].astype(np.int64)
