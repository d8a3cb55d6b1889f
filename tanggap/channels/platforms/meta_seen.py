"""Remembers what a sweep saw lately under each post: so it tells what is new, what reads otherwise and what is gone.

Meta pushes no event when a comment on Instagram or a reply on Threads is edited or deleted; looking again is the only
way to know.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from tanggap.channels.errors import NeedsLogin, Permanent

_T = TypeVar("_T")
_MOST = 600
"""How many pieces are remembered: about 25 KB in the cursor."""


@dataclass(frozen=True, slots=True)
class Look:
    """One thing that stands there now; `at` is when it was made, in Unix seconds."""

    id: str
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Changes:
    """`missing` were there and were not seen again: ask for each before believing that it is gone."""

    new: Sequence[str]
    edited: Sequence[str]
    missing: Sequence[str]


class Seen:
    """`kept` is what `keep()` returned last; `since` is when taking in began, in Unix seconds."""

    def __init__(self, kept: Mapping[str, Any], since: float) -> None:
        self.since = since
        self._roots: dict[str, dict[str, tuple[int, float]]] = {}
        for root, pieces in kept.items():
            self._roots[str(root)] = {
                str(key): (int(one[0]), float(one[1])) for key, one in dict(pieces).items()
            }

    def compare(self, root: str, looks: Iterable[Look], *, down_to: float) -> Changes:
        """This will take in what stands under a post now, seen whole as far back as `down_to` (Unix seconds).

        New is what was made since taking in began; older things are remembered silently.
        """
        there = {one.id: one for one in looks}
        before = self._roots.setdefault(root, {})
        new = [key for key, one in there.items() if key not in before and one.at >= self.since]
        edited = [key for key, one in there.items() if key in before and before[key][0] != _digest(one.text)]
        missing = [key for key, (_, at) in before.items() if key not in there and at >= down_to]
        before |= {key: (_digest(one.text), one.at) for key, one in there.items()}
        return Changes(new, edited, missing)

    def holds(self, root: str) -> bool:
        """This will say whether anything was seen under a post."""
        return bool(self._roots.get(root))

    def forget(self, root: str, key: str) -> None:
        """This will forget a piece that is gone."""
        self._roots.get(root, {}).pop(key, None)

    def keep(self) -> dict[str, dict[str, list[float]]]:
        """This will return the newest pieces for the cursor."""
        every = [
            (at, root, key, digest)
            for root, pieces in self._roots.items()
            for key, (digest, at) in pieces.items()
        ]
        kept: dict[str, dict[str, list[float]]] = {}
        for at, root, key, digest in sorted(every, reverse=True)[:_MOST]:
            kept.setdefault(root, {})[key] = [digest, at]
        return kept


class Parts:
    """Parts of a sweep that an account may not have been granted: the others go on, and the refusal is told once.

    Call `of` only after something else was read with the same token: then a refusal concerns this part alone.
    `before` are the names that were refused in the sweep before.
    """

    def __init__(self, before: Iterable[str]) -> None:
        self._before, self.refused, self._told = set(before), list[str](), list[str]()

    def of(self, name: str, otherwise: _T, call: Callable[[], _T]) -> _T:
        """This will return what a part brings, `otherwise` where the platform refuses it."""
        try:
            return call()
        except (NeedsLogin, Permanent) as error:
            self.refused.append(name)
            if name not in self._before:
                self._told.append(f"{name} tidak dapat disisir: {error}")
            return otherwise

    @property
    def missed(self) -> str:
        """This will return what was refused for the first time, in sentences."""
        return " ".join(self._told)


def _digest(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))
