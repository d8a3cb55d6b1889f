"""Checks a history: what citizens said and the government answered on platforms, against what the product holds.

Everything said in a checked run carries a mark of its own (`mark`), so that it is recognised on either side whatever
ids they use. Nothing may be lost, nothing may stand twice, nothing may be answered twice, and what stands in the
product must be what stands on the platform: the last words, and that it was taken away.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

_MARK: Final = re.compile(r"\bk[0-9]{6,}[a-z]?\b")
_SHOWN: Final = 20


def mark(number: int, letter: str = "") -> str:
    """This will return the mark of item `number`; the same with a letter marks its answer."""
    return f"k{number:06d}{letter}"


def mark_of(text: str) -> str:
    """This will find the mark in a text; empty where there is none."""
    found = _MARK.search(text)
    return found.group() if found else ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A post as the product holds and shows it."""

    platform: str
    text: str
    deleted: bool
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Send:
    """An answer that the product was told to send, and the state it shows."""

    platform: str
    text: str
    state: str


@dataclass
class Verdict:
    """Counts of a run, and the first marks of whatever is wrong."""

    said: int = 0
    stored: int = 0
    answered: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    undeleted: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    sent_twice: list[str] = field(default_factory=list)
    never_arrived: list[str] = field(default_factory=list)
    unclaimed: list[str] = field(default_factory=list)
    open_unknown: list[str] = field(default_factory=list)
    by_platform: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether nothing is lost, doubled, stale or sent twice."""
        wrong = (self.lost, self.doubled, self.stale, self.undeleted, self.hidden, self.sent_twice)
        return not any(wrong) and not self.never_arrived and not self.unclaimed

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON: of each list its length and its first marks."""
        found = asdict(self)
        for name, value in found.items():
            if isinstance(value, list):
                found[name] = {"n": len(value), "first": value[:_SHOWN]}
        return {**found, "whole": self.whole}


def judge(
    pieces: Mapping[str, Iterable[Mapping[str, Any]]], kept: Iterable[Kept], sends: Iterable[Send],
    *, edits: Mapping[str, bool], deletes: Mapping[str, bool],
) -> Verdict:  # fmt: skip
    """This will compare both sides. `pieces` is what ever stood on each platform (`Simulated.pieces` as plain values).

    `edits` and `deletes` say which platforms tell of them: elsewhere the first words may stand.
    """
    verdict = Verdict()
    said: dict[tuple[str, str], Mapping[str, Any]] = {}
    official: Counter[tuple[str, str]] = Counter()
    for platform, stood in pieces.items():
        for piece in stood:
            if not (found := mark_of(piece["text"])):
                continue
            if piece["author"] == "official":
                official[platform, found] += 1
            else:
                said[platform, found] = piece
    there: dict[tuple[str, str], list[Kept]] = defaultdict(list)
    for one in kept:
        there[one.platform, mark_of(one.text)].append(one)
    for key, piece in said.items():
        _compare(verdict, key, piece, there.get(key, []), edits, deletes)
    verdict.said, verdict.stored = len(said), sum(bool(there.get(key)) for key in said)
    _sends(verdict, official, sends)
    verdict.by_platform = {
        platform: {
            "said": sum(key[0] == platform for key in said),
            "stored": sum(key[0] == platform and bool(there.get(key)) for key in said),
            "answers": sum(many for key, many in official.items() if key[0] == platform),
        }
        for platform in pieces
    }
    return verdict


def _compare(
    verdict: Verdict, key: tuple[str, str], piece: Mapping[str, Any], found: list[Kept],
    edits: Mapping[str, bool], deletes: Mapping[str, bool],
) -> None:  # fmt: skip
    platform, name = key
    label = f"{platform}:{name}"
    if not found:
        # What was taken back before anybody could see it was said to nobody.
        if not piece["deleted"]:
            verdict.lost.append(label)
        return
    if len(found) > 1:
        verdict.doubled.append(label)
    one = found[0]
    if not one.shown:
        verdict.hidden.append(label)
    if piece["deleted"]:
        if deletes.get(platform) and not one.deleted:
            verdict.undeleted.append(label)
    elif edits.get(platform) and piece["text"] not in one.text:
        verdict.stale.append(label)


def _sends(verdict: Verdict, official: Counter[tuple[str, str]], sends: Iterable[Send]) -> None:
    claimed: Counter[tuple[str, str]] = Counter()
    for one in sends:
        key = one.platform, mark_of(one.text)
        label = f"{key[0]}:{key[1]}"
        stands = official[key]
        claimed[key] += 1
        verdict.answered += bool(stands)
        if stands > 1:
            verdict.sent_twice.append(label)
        if one.state == "sent" and not stands:
            verdict.never_arrived.append(label)
        if one.state == "unknown":
            verdict.open_unknown.append(label)
        elif one.state in {"failed", "cancelled"} and stands:
            verdict.unclaimed.append(label)
    verdict.unclaimed += [f"{key[0]}:{key[1]}" for key in official if key not in claimed]
