"""Finds listed phrases in one text, however they are disguised, and says where they stand.

A table is lines of group, tab and phrases parted by commas. A phrase matches whole words; `word*` also longer ones;
`a + b` wants b in the same sentence; a line `group<TAB>/…` is a regular expression over the folded text, where words
stand between single spaces. Group `-` names phrases inside which nothing is found; `~group` words that let the finds
of a group pass within their sentence (`~` those of every group).
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

from tanggap.understanding.disguise import View, hashtags, squeezed, views
from tanggap.understanding.normalise import fold

_PASS, _CALM, _PAIR = "-", "~", " + "
_SQUEEZED = 6
_ENDS = re.compile(r" [.!?;](?= )")


class Hit(NamedTuple):
    """One find; offsets are code points of the text as given."""

    group: str
    start: int
    end: int


@dataclass(slots=True)
class _Finds:
    """What was found in one view: hits, stretches that let pass, sentences that are calm for a group."""

    hits: list[Hit] = field(default_factory=list)
    passes: list[tuple[int, int]] = field(default_factory=list)
    seen: set[tuple[str, int]] = field(default_factory=set)
    calm: set[tuple[str, int]] = field(default_factory=set)


class Phrases:
    """A table made ready; finding is linear in the length of the text."""

    def __init__(self, lines: Iterable[str]) -> None:
        rows: dict[tuple[str, str, str], None] = {}
        self._patterns: list[tuple[str, re.Pattern[str]]] = []
        for line in lines:
            group, _, phrases = line.partition("\t")
            if phrases.startswith("/"):
                self._patterns.append((group, re.compile(f"(?<= )(?:{phrases[1:]})(?= )")))
                continue
            for phrase in filter(None, (one.strip() for one in phrases.split(","))):
                atom, _, partner = (_plain(part) for part in phrase.partition(_PAIR))
                rows[group, atom, partner] = None
                if partner:
                    rows["", partner, ""] = None
        self._rows = list(rows)
        self._needles = [_needle(atom) for _, atom, _ in self._rows]
        self._automaton = AhoCorasick(self._needles, implementation=Implementation.ContiguousNFA)
        self._solid = [
            (group, atom) for group, atom, partner in self._rows
            if group and group[0] not in (_PASS, _CALM) and not partner and not atom.endswith("*")
            and len(atom.replace(" ", "")) >= _SQUEEZED
        ]  # fmt: skip
        solid = [atom.replace(" ", "") for _, atom in self._solid]
        self._squeezing = AhoCorasick(solid, implementation=Implementation.ContiguousNFA)

    def find(self, text: str) -> list[Hit]:
        """This will give what stands in the text, in order; of overlapping finds of a group the first."""
        found: list[Hit] = []
        for view in views(text):
            found += [Hit(one.group, *view.span(one.start, one.end)) for one in self._in_view(view.text)]
        for start, end, words in hashtags(text):
            found += [Hit(one.group, start, end) for one in self._in_view(f" {words} ")]
        found += self._broken(text)
        return _apart(found)

    def _in_view(self, text: str) -> list[Hit]:
        ends = [one.start() for one in _ENDS.finditer(text)]
        finds = _Finds()
        pairs: list[tuple[Hit, str]] = []
        for at, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            group, atom, partner = self._rows[at]
            hit = Hit(group, start + 1, _word_end(text, end))
            finds.seen.add((atom, bisect(ends, start)))
            if partner:
                pairs.append((hit, partner))
            elif group:
                _note(finds, hit, bisect(ends, start))
        for group, pattern in self._patterns:
            for one in pattern.finditer(text):
                _note(finds, Hit(group, *one.span()), bisect(ends, one.start()))
        for hit, partner in pairs:
            sentence = bisect(ends, hit.start)
            if (partner, sentence) in finds.seen:
                _note(finds, hit, sentence)
        return [one for one in finds.hits if _stands(one, finds, bisect(ends, one.start))]

    def _broken(self, text: str) -> list[Hit]:
        view, starts, ends = squeezed(text)
        found = []
        for at, start, end in self._squeezing.find_matches_as_indexes(view.text, overlapping=True):
            group, atom = self._solid[at]
            if start in starts and end in ends and _in_pieces(view, start, end, ends, atom.count(" ")):
                found.append(Hit(group, *view.span(start, end)))
        return found


def _plain(phrase: str) -> str:
    """A phrase as it stands in a folded text, an open end kept."""
    folded = " ".join(fold([phrase.rstrip("*")]).data.tobytes().decode("latin-1").split())
    return folded + ("*" if phrase.endswith("*") else "")


def _needle(atom: str) -> str:
    return f" {atom[:-1]}" if atom.endswith("*") else f" {atom} "


def _word_end(text: str, end: int) -> int:
    """The end of the word in which a needle ends: before the space that closes it."""
    if text[end - 1] == " ":
        return end - 1
    space = text.find(" ", end)
    return space if space >= 0 else len(text)


def _note(finds: _Finds, hit: Hit, sentence: int) -> None:
    if hit.group == _PASS:
        finds.passes.append((hit.start, hit.end))
    elif hit.group.startswith(_CALM):
        finds.calm.add((hit.group[1:], sentence))
    else:
        finds.hits.append(hit)


def _stands(hit: Hit, finds: _Finds, sentence: int) -> bool:
    if ("", sentence) in finds.calm or (hit.group, sentence) in finds.calm:
        return False
    return not any(start <= hit.start and hit.end <= end for start, end in finds.passes)


def _in_pieces(view: View, start: int, end: int, ends: frozenset[int], spaces: int) -> bool:
    """Broken elsewhere than between the words of the phrase, by gaps of a single sign."""
    inner = [at for at in range(start + 1, end) if at in ends]
    gaps = view.origin[inner] - view.origin[[at - 1 for at in inner]] if inner else ()
    return len(inner) != spaces and all(gap <= 2 for gap in gaps)


def _apart(found: list[Hit]) -> list[Hit]:
    kept: list[Hit] = []
    last: dict[str, int] = {}
    for one in sorted(found, key=lambda one: (one.start, -one.end, one.group)):
        if one.start >= last.get(one.group, 0):
            kept.append(one)
            last[one.group] = one.end
    return kept
