"""What changed between two versions of a publication, part by part and word by word; it takes contents as they were
kept (contents.canonical)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import chain
from typing import Any

import regex

SAME, GONE, NEW = "same", "gone", "new"
_PIECE = regex.compile(r"\s+|[\p{L}\p{M}\p{N}_]+|.", regex.DOTALL)
MOST_PIECES = 6000
"""Beyond this many on either side lines are compared instead: the time of the comparison grows with the square."""
_FACTS = ("kind", "unit", "source", "checked_by", "responsible")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words: the same in both, gone, or new."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed in one part (`what`: new, gone or changed): its words, and whether files, their descriptions or
    options did. `files` are [(sha256, description before or None, description now or None)] of those that did,
    `settings` {option: (before, after)}."""

    channel: int
    part: int
    role: str
    what: str
    words: list[Piece]
    media: bool = False
    options: bool = False
    files: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    settings: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Differences:
    """Between two versions: `facts` as {name: (before, after)}, the parts that changed and how many did not."""

    facts: dict[str, tuple[Any, Any]]
    parts: list[Changed]
    unchanged: int = 0

    def __bool__(self) -> bool:
        return bool(self.facts or self.parts)


def between(before: str, after: str) -> Differences:
    """This will compare two canonical contents; an empty `before` makes everything new."""
    old, new = (json.loads(content) if content else {} for content in (before, after))
    facts = {
        name: (old.get(name), new.get(name)) for name in _FACTS if old and old.get(name) != new.get(name)
    }
    was, now = _keyed(old), _keyed(new)
    changed = list(_parts(was, now))
    return Differences(facts, changed, len(was.keys() | now.keys()) - len(changed))


def words(before: str, after: str) -> list[Piece]:
    """This will compare two texts word by word; without what is gone the pieces are the later text, without what is
    new the earlier one."""
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    if max(len(old), len(new)) > MOST_PIECES:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece(SAME, "".join(old[a:b])))
            continue
        found += [Piece(GONE, "".join(old[a:b]))] if b > a else []
        found += [Piece(NEW, "".join(new[c:d]))] if d > c else []
    return _calmer(found)


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
) -> Iterator[Changed]:
    for key in dict.fromkeys(chain(new, old)):
        was, now = old.get(key), new.get(key)
        before, after = was or {}, now or {}
        media, options = (
            (before.get(name) or []) != (after.get(name) or []) for name in ("media", "options")
        )
        if was and now and before["text"] == after["text"] and not media and not options:
            continue
        what = NEW if was is None else GONE if now is None else "changed"
        yield Changed(
            key[0], key[2], key[1], what, words(before.get("text", ""), after.get("text", "")), media, options,
            _files(before.get("media") or (), after.get("media") or ()),
            _settings(before.get("options") or {}, after.get("options") or {}),
        )  # fmt: skip


def _files(
    old: Sequence[Mapping[str, str]], new: Sequence[Mapping[str, str]]
) -> list[tuple[str, str | None, str | None]]:
    """Files that came, went or are described otherwise; all of them where only their order changed."""
    was, now = ({one["sha256"]: one["alt"] for one in side} for side in (old, new))
    both = [(sha, was.get(sha), now.get(sha)) for sha in dict.fromkeys([*was, *now])]
    changed = [one for one in both if one[1] != one[2]]
    return changed or (both if list(was) != list(now) else [])


def _settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = sorted(before.keys() | after.keys())
    return {
        name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    }


def _calmer(found: Sequence[Piece]) -> list[Piece]:
    """Two words replaced in a row read as one change: the blank between them counts to it."""
    spread: list[Piece] = []
    for at, one in enumerate(found):
        around = (found[max(at - 2, 0) : at], found[at + 1 : at + 3])
        within = one.what == SAME and one.text.isspace() and "\n" not in one.text
        if within and all([each.what for each in side] == [GONE, NEW] for side in around):
            spread += [Piece(GONE, one.text), Piece(NEW, one.text)]
        else:
            spread.append(one)
    return _gathered(spread)


def _gathered(found: Sequence[Piece]) -> list[Piece]:
    out: list[Piece] = []
    changes = {GONE: "", NEW: ""}
    for one in [*found, Piece(SAME, "")]:
        if one.what != SAME:
            changes[one.what] += one.text
            continue
        out += [Piece(what, text) for what, text in changes.items() if text]
        out += [one] if one.text else []
        changes = {GONE: "", NEW: ""}
    return out
