"""Folding of text for search and features: lower case, plain letters, single spaces, and the way back."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tanggap.understanding.wordlists import lines

SPACE, MARK = 32, 10
"""The folded batch is one run of bytes: MARK opens each text, single SPACEs part the tokens."""

URL = 0x9A
EMOJI_GROUPS = {
    0x90: "😡😠🤬👿💢😤👎😾",
    0x91: "😢😭😞😔😥😟🙁☹😿💔😓😩😫🥺🥲",
    0x92: "😀😃😄😁😊🙂😍🤩🥳🎉😎😇🤗👏✨🌟💯",
    0x93: "❤💖💗💕💞💓🧡💛💚💙💜🤍🤎🖤😘🥰♥🫶",
    0x94: "😱😨😰😧😦👻🫣",
    0x95: "👍👌💪🤝",
    0x96: "🙏",
    0x97: "😂🤣😅😆😹",
    0x98: "🚨🆘🔥⚠🚒🚑",
    0x99: "🙄😒🤡🤦🤷😏💩",
    0x9E: "🖕",
    0x9B: "🎰💰🤑💵💸💎🎁",
}
_OTHER_SYMBOL, _OTHER_LETTER = 0x9C, 0x9D
_SCRIPTS = (
    (0x0400, 0x052F, 0x80),
    (0x0600, 0x06FF, 0x81),
    (0x3040, 0x30FF, 0x82),
    (0x4E00, 0x9FFF, 0x83),
    (0xAC00, 0xD7A3, 0x84),
    (0x0900, 0x097F, 0x85),
    (0x0E00, 0x0E7F, 0x86),
    (0xA980, 0xA9DF, 0x87),
)
_KEPT = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789@_")
_ALONE = frozenset(b".!?,;")
_DROPPED = "'`´’‘ʼ\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\ufeff\u180e\u061c"
_URL = re.compile(r"[hH][tT][tT][pP][sS]?://\S+|[wW][wW][wW]\.\S+")

Bytes = NDArray[np.uint8]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Folded:
    """A batch of folded texts.

    `data` holds the bytes of all texts one after another; `origin[i]` is the code point, counted over the joined
    batch, that byte i came from; `starts` (length texts + 1) where each text begins in `data`, `offsets` (the same
    length) where it begins in the joined batch; `doc[i]` tells the text of byte i, -1 before the first.
    """

    data: Bytes
    origin: Index
    doc: NDArray[np.int32]
    starts: Index
    offsets: Index

    def __len__(self) -> int:
        return len(self.starts) - 1


def fold(texts: Sequence[str]) -> Folded:
    """This will fold a batch of texts; work and memory grow linearly with their length.

    Lower case, letters without accents or decoration, zero-width characters and apostrophes dropped, letters
    repeated three times or more written once, `. ! ? , ;` standing alone, web addresses as one byte.
    """
    joined = "\n" + "\n".join(texts) + "\n"
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    offsets = np.concatenate(
        ([1], np.cumsum(np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts))) + 1)
    )
    mapped, width = _mapped(joined, points, offsets)
    data, origin = _spread(mapped, width)
    keep = _single(data)
    data, origin = data[keep], origin[keep]
    doc = np.cumsum(data == MARK, dtype=np.int32) - 1
    return Folded(data, origin, doc, np.flatnonzero(data == MARK), offsets)


def search_key(text: str) -> str:
    """This will give the form under which a text is searched: folded, slang in its standard form, no punctuation."""
    folded = fold([text])
    words = folded.data.tobytes().decode("latin-1").split()
    known, alike = spellings(), slang()
    kept = (word for word in words if word[0].isalnum() and word.isascii())
    parts = (part for word in kept for part in known.get(word, word).replace("-", " ").split())
    return " ".join(alike.get(part, part) for part in parts)


@cache
def spellings() -> dict[str, str]:
    """This will load spellings with the standard word or words that each stands for, word for word.

    Unlike `slang`, which the trained heads see and which also joins words of one root, this table is only read to a
    person and searched by. Those derived from STIF-Indonesia (MIT) stand in a file of their own.
    """
    table: dict[str, str] = {}
    for file in ("ejaan.tsv", "ejaan-stif.tsv"):
        for line in lines(file):
            word, _, written = line.partition("\t")
            for spelling in written.split(","):
                table.setdefault(spelling.strip(), word)
    return table


@cache
def slang() -> dict[str, str]:
    """This will load the spellings of slang and chat that stand for a standard word."""
    table = {}
    for line in lines("slang.tsv"):
        standard, _, spellings = line.partition("\t")
        table.update({spelling.strip(): standard for spelling in spellings.split(",")})
    return table


def _mapped(joined: str, points: NDArray[np.uint32], offsets: Index) -> tuple[Bytes, Bytes]:
    table, widths = _tables()
    mapped = table[points]
    width = widths[mapped]
    lowered = joined if "http" in joined or "www." in joined else ""
    for found in _URL.finditer(lowered):
        mapped[found.start()] = URL
        width[found.start()] = 3
        width[found.start() + 1 : found.end()] = 0
    _soften_dots(mapped, width)
    marks = offsets - 1
    mapped[marks] = MARK
    width[marks] = 3
    return mapped, width


def _soften_dots(mapped: Bytes, width: Bytes) -> None:
    """Only a dot after four letters and before a space ends a sentence: not the one in "jl. x" or "20.000"."""
    dots = np.flatnonzero(mapped == 46)
    if not len(dots):
        return
    letter = _letters()
    ends = ~(letter | _digits())[mapped[np.minimum(dots + 1, len(mapped) - 1)]]
    for back in range(1, 5):
        ends &= letter[mapped[np.maximum(dots - back, 0)]]
    soft = dots[~ends]
    mapped[soft] = SPACE
    width[soft] = np.minimum(width[soft], 1)


def _spread(mapped: Bytes, width: Bytes) -> tuple[Bytes, Index]:
    origin = np.repeat(np.arange(len(mapped)), width)
    data = mapped[origin]
    alone = np.flatnonzero(width == 3)
    ends = np.cumsum(width, dtype=np.int64)[alone]
    data[ends - 1] = SPACE
    data[ends - 3] = SPACE
    return data, origin


def _single(data: Bytes) -> NDArray[np.bool_]:
    keep = np.ones(len(data), np.bool_)
    same = data[1:] == data[:-1]
    keep[1:] &= ~(same & (data[1:] == SPACE))
    third = np.flatnonzero(same[1:] & same[:-1] & _letters()[data[2:]]) + 2
    keep[third] = False
    keep[third - 1] = False
    return keep


@cache
def _letters() -> NDArray[np.bool_]:
    letter = np.zeros(256, np.bool_)
    letter[97:123] = True
    return letter


@cache
def _digits() -> NDArray[np.bool_]:
    digit = np.zeros(256, np.bool_)
    digit[48:58] = True
    return digit


@cache
def _tables() -> tuple[Bytes, Bytes]:
    """Code point to byte, and byte to its width: 0 dropped, 1 as it is, 3 standing alone."""
    table = np.full(0x110000, _OTHER_LETTER, np.uint8)
    for first, last, byte in _SCRIPTS:
        table[first : last + 1] = byte
    table[0x2190:0x2C00] = _OTHER_SYMBOL
    table[0x1F000:0x1FB00] = _OTHER_SYMBOL
    table[0xD800:0xF900] = SPACE
    for first, last in (
        (0, 0x250),
        (0x1E00, 0x2190),
        (0x2460, 0x2500),
        (0x3000, 0x3004),
        (0xFF00, 0xFFF0),
        (0x1D400, 0x1D800),
    ):
        for point in range(first, last):
            table[point] = _plain(point)
    for first, last in ((0x300, 0x370), (0xFE00, 0xFE10), (0x1F3FB, 0x1F400), (0xE0000, 0xE1000)):
        table[first:last] = 0
    for byte, emoji in EMOJI_GROUPS.items():
        table[[ord(char) for char in emoji]] = byte
    table[[ord(char) for char in _DROPPED]] = 0
    widths = np.ones(256, np.uint8)
    widths[0] = 0
    widths[list(_ALONE)] = 3
    widths[list(EMOJI_GROUPS)] = 3
    widths[[URL, _OTHER_SYMBOL, MARK]] = 3
    return table, widths


def _plain(point: int) -> int:
    if point in (10, 13):
        return ord(";")
    plain = unicodedata.normalize("NFKD", chr(point)).lower()[:1]
    byte = ord(plain) if plain and ord(plain) < 128 else 0
    if byte in _KEPT or byte in _ALONE:
        return byte
    return _OTHER_LETTER if plain and plain.isalpha() else SPACE
