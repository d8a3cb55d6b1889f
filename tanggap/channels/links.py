"""Finds links in a text as X and Mastodon do, because they count every link the same.

The grammar is that of twitter-text 3.1 (github.com/twitter/twitter-text, checked 2026-11-22), with the wider paths of
Mastodon (config/initializers/twitter_regex.rb) where asked for. The browser's mirror is console/assets/js/counting.js;
tests/channels/counting_vectors.json holds both to the same numbers.
"""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

import regex

LABEL_MOST = 63
LINK_MOST = 4096
TCO_MOST = 40
_BROKEN = "\ufffe\ufeff\uffff"
_EDGES = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_SPACES = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SIGN = rf"[^!'#%&()*+,\\\-./:;<=>?@\[\]^_{{|}}~${_SPACES}{_BROKEN}{_EDGES}]"
_LATIN = (
    "\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289"
    "\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_CYRILLIC = "\u0400-\u04ff"
_WIDE = "\xa0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000efffd"

_X = {
    "path": rf"[a-z{_CYRILLIC}0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]",
    "path_end": rf"[+\-a-z{_CYRILLIC}0-9=_#/{_LATIN}]",
    "query": r"[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]",
    "query_end": r"[a-z0-9\-_&=#/]",
}
_MASTODON = {
    "path": r"[^\p{White_Space}<>()?]",
    "path_end": r"[^\p{White_Space}()?!*\"'「」<>;:=,.$%\[\]~&|]",
    "query": rf"[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|\^{_WIDE}]",
    "query_end": rf"[a-z0-9\-_&=#/{_WIDE}]",
}


def links(text: str, *, bare: bool, wide: bool = False) -> list[tuple[int, int]]:
    """This will return start and end of each link; `bare` ones need no scheme, `wide` takes Mastodon's paths.

    The time grows with the length of the text alone, whatever stands in it.
    """
    if ("." if bare else "://") not in text:
        return []
    lowered = _lowered(text)
    found: list[tuple[int, int]] = []
    least = before = 0
    for run in _RUN.finditer(lowered):
        labels = _Labels(lowered, run.start(), run.end())
        here = 0
        while begun := labels.next(here, least):
            start, scheme, here = begun
            end = labels.end(here)
            tail = _tail(wide).match(lowered, end)
            done = tail.end() if tail else end
            # What stands right after a link may stand before the next one; of two halves it is the first.
            least = done if _halved(lowered, done) else done + 1
            glued = start > 0 and start != before and lowered[start - 1] in "-_./"
            before = done
            if _speakable(lowered[start:end], done - start + scheme) and (scheme or bare and not glued):
                found += _accepted(lowered, start, end, scheme, done, tail)
    return found


class _Labels:
    """A run of letters, dots and dashes, parted at its dots; knows where a domain in it can begin and end."""

    def __init__(self, text: str, at: int, to: int) -> None:
        self._text = text
        self._labels = text[at:to].split(".")
        self._starts = list(accumulate((len(one) + 1 for one in self._labels), initial=at))
        self._whole = [_LABEL.fullmatch(one) is not None for one in self._labels]
        self._ends = [_ending().match(text, start) for start in self._starts[:-1]]
        # For each label the last one to its right that can end a domain; 0 where there is none.
        self._last = [0] * (len(self._labels) + 1)
        for here in range(len(self._labels) - 2, -1, -1):
            name = self._ends[here + 1] and "_" not in self._labels[here]
            self._last[here] = self._further(here) or (here + 1 if name else 0)

    def next(self, here: int, least: int) -> tuple[int, int, int] | None:
        """This will return where the next domain begins, how long the scheme before it is, and its last label."""
        for one in range(here, len(self._labels) - 1):
            last = self._further(one)
            if not last and self._ends[one + 1] is None:
                continue
            begun = self._begin(one, least, only_name=not last)
            if begun is not None:
                return *begun, last or one + 1
        return None

    def end(self, here: int) -> int:
        """This will return where a domain ends that has this label as its last one."""
        found = self._ends[here]
        assert found is not None
        end: int = found.end()
        return end

    def _further(self, here: int) -> int:
        return self._last[here + 1] if self._whole[here + 1] else 0

    def _begin(self, here: int, least: int, *, only_name: bool) -> tuple[int, int] | None:
        """The first place in a label where a domain may begin, after a sign that may stand before one."""
        text, at = self._text, self._starts[here]
        to = at + len(self._labels[here])
        if to == at or text[to - 1] in "-_":
            return None
        first = text.rfind("_", at, to) + 1 if only_name else at
        scheme = _SCHEME.search(text, max(least, at - 8), at)
        if scheme and first <= at and text[at] not in "-_" and _free(text, scheme.start()):
            return at, at - scheme.start()
        places = range(max(at, first, least), to)
        # At the very beginning a sign that may stand before a domain is tried as such first.
        early = [1] if 0 in places and 1 in places and _free(text, 1) else []
        for place in chain(early, places):
            if text[place] not in "-_" and _free(text, place):
                return place, 0
        return None


def _free(text: str, at: int) -> bool:
    return at == 0 or text[at - 1] not in _GLUED or _halved(text, at)


def _halved(text: str, at: int) -> bool:
    """Whether X sees two halves (UTF-16) here: the first may stand before a domain, the second in it."""
    return at < len(text) and ord(text[at]) > 0xFFFF


def _speakable(domain: str, length: int) -> bool:
    return length <= LINK_MOST and all(len(label) <= LABEL_MOST for label in domain.split("."))


def _accepted(
    text: str, start: int, end: int, scheme: int, to: int, tail: regex.Match[str] | None
) -> list[tuple[int, int]]:
    if scheme:
        short = _TCO.match(text, start - scheme, to)
        if short is None:
            return [(start - scheme, to)]
        return [] if len(short[1]) > TCO_MOST else [(start - scheme, short.end())]
    # Only the domains in Latin letters are links then; the path belongs to the last of them.
    found = [one.span() for one in _latin_domain().finditer(text, start, end)]
    if found and tail and tail["path"]:
        found[-1] = (found[-1][0], to)
    return found


def _lowered(text: str) -> str:
    """Only A to Z, so that every place stays where it is and no other script's case is folded into them."""
    return text.translate(_LOWER)


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_GLUED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789@＠$#＃" + _BROKEN)
_SCHEME = regex.compile(r"https?://\Z")
_RUN = regex.compile(rf"(?:{_SIGN}|[-_.])+")
_LABEL = regex.compile(rf"{_SIGN}+(?:[_-]+{_SIGN}+)*+")
_TCO = regex.compile(rf"https?://t\.co/([a-z0-9]+)(?:\?{_X['query']}*{_X['query_end']})?")


@lru_cache(maxsize=1)
def data() -> Any:
    """This will return the shipped lists: top-level domains as X knows them, flags and joined emoji."""
    return json.loads((Path(__file__).parent / "data/counting.json").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _ending_pattern() -> str:
    names = sorted(data()["tlds"]["names"].split(), key=lambda name: (-len(name), name))
    return rf"(?:(?:{'|'.join(names)})(?=[^0-9a-z@+-]|\Z)|xn--[-0-9a-z]+)"


@lru_cache(maxsize=1)
def _ending() -> regex.Pattern[str]:
    return regex.compile(_ending_pattern())


@lru_cache(maxsize=1)
def _latin_domain() -> regex.Pattern[str]:
    return regex.compile(rf"(?:[-a-z0-9{_LATIN}]+\.)+{_ending_pattern()}")


@lru_cache(maxsize=2)
def _tail(wide: bool) -> regex.Pattern[str]:
    part = _MASTODON if wide else _X
    path, end = part["path"], part["path_end"]
    brackets = rf"\((?:{path}+|{path}*\({path}+\){path}*)\)"
    return regex.compile(
        rf"(?::[0-9]+)?(?P<path>/(?:(?:{path}|{brackets})*{end})?(?:{brackets})*)?"
        rf"(?:\?{part['query']}*{part['query_end']})?"
    )
