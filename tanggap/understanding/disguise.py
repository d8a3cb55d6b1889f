"""Texts as a reader sees them, whatever was done to hide a word from a program; and the way back to what stands there.

Zero-width and bidirectional signs, look-alike letters of other scripts, full width, accents, digits for letters, single
letters parted by signs, letters written over and over. Folding itself is that of normalise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from tanggap.understanding.normalise import fold

Origin = NDArray[np.int64]

_HIDDEN = "\u200b"
_LOOK_ALIKE = {
    "a": "аαɑᴀ", "b": "ЬВᏏʙ", "c": "сϲᴄ", "d": "ԁᏧᴅđ", "e": "еєҽεᴇ", "g": "ɡցɢ", "h": "һհнʜħ", "i": "іιıӏɪ", "j": "јϳᴊ",
    "k": "кκᴋ", "l": "ⅼӀʟł", "m": "мⅿᴍ", "n": "пηոɴ", "o": "оοօσᴏø", "p": "рρᴘ", "q": "ԛ", "r": "гᴦʀ", "s": "ѕꜱ",
    "t": "тτᴛŧ", "u": "υսцᴜ", "v": "νѵᴠ", "w": "ԝшωᴡ", "x": "хχ", "y": "уүγʏ", "z": "ᴢ",
}  # fmt: skip
_FALLEN = (0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0)
"""Letters that show nothing."""
_SIGN_IN_WORD = re.compile(r"(?<=[^\W\d_])[$!|](?=[^\W_])")
_SIGNS = {"$": "5", "!": "1", "|": "1"}
_SPELLED = re.compile(r"(?<= )[a-z0-9@](?: [a-z0-9@]){2,}(?= )")
_MIXED = re.compile(r"(?<= )(?=[a-z@\d]*[a-z])(?=[a-z]*[@\d])[a-z\d@]+(?= )")
_LEET = str.maketrans("0345789@", "oeastbga")
_ONE = ("i", "l")
_HIDDEN_IN_PLAIN = re.compile(r"[A-Za-z][0345789@$!|1][A-Za-z]|\b\w(?:[ ._*-]\w\b){2}|([A-Za-z])\1\1")
_HASHTAG = re.compile(r"#(\w{4,80})")
_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


@dataclass(frozen=True, slots=True)
class View:
    """Lower-case words between single spaces; `origin[i]` is the code point of the text that sign i came from."""

    text: str
    origin: Origin

    def span(self, start: int, end: int) -> tuple[int, int]:
        """This will give the code points of the text from which a stretch of the view came."""
        return int(self.origin[start]), int(self.origin[end - 1]) + 1


@lru_cache(maxsize=8)
def views(text: str) -> tuple[View, ...]:
    """This will give the readings of a text: as it stands, with digits read as letters, with letters written once.

    Work is linear in the length of the text, there are at most four views.
    """
    first = _joined(_folded(text))
    found = [first, *_unleet(first)]
    found += [once for once in (_once(found[-1]),) if once is not None]
    return tuple(found)


@lru_cache(maxsize=8)
def squeezed(text: str) -> tuple[View, frozenset[int], frozenset[int]]:
    """This will give a text without spaces, and where its words begin and end: for words broken into pieces."""
    whole = views(text)[0]
    signs = np.frombuffer(whole.text.encode("latin-1"), np.uint8)
    kept = np.flatnonzero(signs != 32)
    before = signs[np.maximum(kept - 1, 0)] == 32
    after = signs[np.minimum(kept + 1, len(signs) - 1)] == 32
    starts, ends = np.flatnonzero(before).tolist(), (np.flatnonzero(after) + 1).tolist()
    view = View(signs[kept].tobytes().decode("latin-1"), whole.origin[kept])
    return view, frozenset(starts), frozenset(ends)


def hashtags(text: str) -> Iterator[tuple[int, int, str]]:
    """This will give each hashtag with its words parted: "#PilihNomor3" is "pilih nomor 3"."""
    for found in _HASHTAG.finditer(text):
        words = " ".join(_HUMP.findall(found.group(1))).lower()
        yield found.start(), found.end(), words


def undisguised(text: str) -> str:
    """This will put plain letters for look-alikes, sign for sign, and a zero-width space for what shows nothing."""
    if text.isascii():
        return text
    return text.translate(_alike())


def disguised(stretch: str) -> bool:
    """This will say whether somebody hid a word: other scripts, signs between its letters, digits in their place."""
    return not stretch.isascii() or _HIDDEN_IN_PLAIN.search(stretch) is not None


def _folded(text: str) -> View:
    plain = undisguised(text).replace("_", " ")
    if "$" in plain or "!" in plain or "|" in plain:
        plain = _SIGN_IN_WORD.sub(lambda sign: _SIGNS[sign.group()], plain)
    folded = fold([plain])
    view = folded.data.tobytes().decode("latin-1").replace("\n", " ")
    # The mark that opens the batch stands one code point before the text.
    origin = np.clip(folded.origin - 1, 0, max(len(text) - 1, 0))
    return View(view, origin)


def _joined(view: View) -> View:
    """Letters that stand alone one after another are one word: "r a h a s i a"."""
    # A number after a word that is spelled out stands by itself: "c o b l o s 2".
    runs = [
        (one.start(), one.start() + len(one.group().rstrip("0123456789 ")))
        for one in _SPELLED.finditer(view.text)
    ]
    if not runs:
        return view
    kept = np.ones(len(view.text), np.bool_)
    for start, end in runs:
        kept[start + 1 : end : 2] = False
    return _only(view, kept)


def _unleet(view: View) -> list[View]:
    if not _MIXED.search(view.text):
        return []
    read = [_MIXED.sub(partial(_letters, one), view.text) for one in _ONE]
    return [View(text, view.origin) for text in dict.fromkeys(read) if text != view.text]


def _letters(one: str, word: re.Match[str]) -> str:
    return word.group().translate(_LEET).replace("1", one)


def _once(view: View) -> View | None:
    """Every letter that is doubled is written once."""
    signs = np.frombuffer(view.text.encode("latin-1"), np.uint8)
    again = np.zeros(len(signs), np.bool_)
    again[1:] = (signs[1:] == signs[:-1]) & (signs[1:] >= 97) & (signs[1:] <= 122)
    return _only(view, ~again) if again.any() else None


def _only(view: View, kept: NDArray[np.bool_]) -> View:
    signs = np.frombuffer(view.text.encode("latin-1"), np.uint8)[kept]
    return View(signs.tobytes().decode("latin-1"), view.origin[kept])


@lru_cache(maxsize=1)
def _alike() -> dict[int, str]:
    table = {ord(sign): letter for letter, signs in _LOOK_ALIKE.items() for sign in signs}
    table |= {ord(sign.upper()): letter for letter, signs in _LOOK_ALIKE.items() for sign in signs
              if len(sign.upper()) == 1 and not sign.upper().isascii()}  # fmt: skip
    hidden = (point for point in range(0x110000) if unicodedata.category(chr(point)) == "Cf")
    return table | dict.fromkeys((*hidden, *_FALLEN), _HIDDEN)
