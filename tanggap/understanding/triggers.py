"""Words after which personal data may stand, found in one pass, so that nothing else looks at most texts."""

from functools import cache
from typing import Literal, cast

from ahocorasick_rs import AhoCorasick, Implementation

from tanggap.understanding.wordlists import lines

Trigger = Literal["self", "opener", "ill", "street", "home", "born", "digit"]
Found = dict[Trigger, list[tuple[int, int]]]


def triggers(lowered: str) -> Found:
    """This will find the trigger words that stand alone, by kind, with their offsets; linear in the length."""
    found: Found = {}
    kinds, automaton = _automaton()
    for at, start, end in automaton.find_matches_as_indexes(lowered, overlapping=True):
        if (start and _inside(lowered[start - 1])) or (end < len(lowered) and _inside(lowered[end])):
            continue
        found.setdefault(kinds[at], []).append((start, end))
    return found


def _inside(char: str) -> bool:
    return char.isalnum() or char in "_@#"


@cache
def _automaton() -> tuple[list[Trigger], AhoCorasick]:
    kinds: list[Trigger] = []
    patterns: list[str] = []
    for line in lines("pemicu.tsv"):
        kind, _, words = line.partition("\t")
        for word in words.split(", "):
            kinds.append(cast(Trigger, kind))
            patterns.append(word)
    return kinds, AhoCorasick(patterns, implementation=Implementation.DFA)
