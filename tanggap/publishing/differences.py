"""What changed between two versions of a publication, part by part and word by word."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain
from typing import Any

import regex

SAME, GONE, NEW = "same", "gone", "new"
_PIECE = regex.compile(r"\s+|[\p{L}\p{M}\p{N}_]+|.", regex.DOTALL)
_FACTS = ("kind", "unit", "source", "checked_by", "responsible")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words: the same in both, gone, or new."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed in one part: its words, and whether files, their descriptions or options did."""

    channel: int
    part: int
    role: str
    what: str
    words: list[Piece]
    media: bool = False
    options: bool = False


@dataclass(frozen=True, slots=True)
class Differences:
    """Between two versions: `facts` as {name: (before, after)}, and the parts that changed."""

    facts: dict[str, tuple[Any, Any]]
    parts: list[Changed]

    def __bool__(self) -> bool:
        return bool(self.facts or self.parts)


def between(before: str, after: str) -> Differences:
    """This will compare two canonical contents (contents.py); an empty `before` makes everything new."""
    old, new = (json.loads(content) if content else {} for content in (before, after))
    facts = {
        name: (old.get(name), new.get(name)) for name in _FACTS if old and old.get(name) != new.get(name)
    }
    return Differences(facts, list(_parts(_keyed(old), _keyed(new))))


def words(before: str, after: str) -> list[Piece]:
    """This will compare two texts word by word."""
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    found: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece(SAME, "".join(old[a:b])))
            continue
        found += [Piece(GONE, "".join(old[a:b]))] if b > a else []
        found += [Piece(NEW, "".join(new[c:d]))] if d > c else []
    return found


def _keyed(content: Mapping[str, Any]) -> dict[tuple[int, str, int], Mapping[str, Any]]:
    """Parts by channel, role and their place among those of the role: a longer thread moves no comment."""
    found: dict[tuple[int, str, int], Mapping[str, Any]] = {}
    for one in content.get("parts", ()):
        place = one["part"] if one["role"] == "thread" else 0
        found[one["channel"], one["role"], place] = one
    return found


def _parts(
    old: Mapping[tuple[int, str, int], Mapping[str, Any]],
    new: Mapping[tuple[int, str, int], Mapping[str, Any]],
) -> Sequence[Changed]:
    found = []
    for key in dict.fromkeys(chain(new, old)):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        before, after = was or {}, now or {}
        media, options = (
            (before.get(name) or []) != (after.get(name) or []) for name in ("media", "options")
        )
        same = bool(was and now) and before["text"] == after["text"] and not media and not options
        if same:
            continue
        what = NEW if was is None else GONE if now is None else "changed"
        found.append(
            Changed(
                key[0],
                key[2],
                key[1],
                what,
                words(before.get("text", ""), after.get("text", "")),
                media,
                options,
            )
        )
    return found
