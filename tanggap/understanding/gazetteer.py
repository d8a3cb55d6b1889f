"""The names of an area in one automaton, and what stands round a name in a text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
from ahocorasick_rs import BytesAhoCorasick, Implementation

from tanggap.understanding.area import Area, Place
from tanggap.understanding.normalise import MARK, Folded, fold, slang
from tanggap.understanding.translate import glossary
from tanggap.understanding.wordlists import listed

_STREETS = ("jalan", "jl", "jln", "gang", "gg")
_AROUND = 40
_PARTED = tuple(
    "tegal gunung karang bojong wono tlogo gedong purwo rejo brontok suryo prawiro sosro patang".split()
)
_PLAINLY = tuple(
    "suka kota pondok kali jati mekar pasir banyu sumber candi watu kebon kembang tirta bakti abadi".split()
)
"""First parts of names that people write apart: "tegal panggung"; and those that make ordinary words: "suka maju"."""
_LONG = 8
"""A name of so many letters is still known with one letter left out or two letters in each other's place."""


class Hit(NamedTuple):
    """A name in a folded batch: `start`, `end` are bytes of the name; `name` is None for a word that opens a street."""

    doc: int
    start: int
    end: int
    name: "Name | None"


@dataclass(frozen=True, slots=True)
class Name:
    """What one way of writing may mean. A `guarded` name counts only where the context says that it is a place."""

    inside: tuple[Place, ...]
    elsewhere: tuple[Place, ...]
    guarded: bool
    common: bool = False


class Gazetteer:
    """All names of an area; matching is linear in the length of the text, whatever the number of names."""

    def __init__(self, area: Area | None) -> None:
        names = _names(area) if area else {}
        openers = [word for word in _STREETS if word.encode() not in names]
        self._names: list[Name | None] = [*names.values(), *(None for _ in openers)]
        patterns = [b" " + key + b" " for key in (*names, *(word.encode() for word in openers))]
        self._automaton = BytesAhoCorasick(patterns, implementation=Implementation.ContiguousNFA)

    def hits(self, folded: Folded) -> Iterator[list[Hit]]:
        """This will give the names of each text that has any, in order; of overlapping ones the longest."""
        found = self._automaton.find_matches_as_indexes(folded.data.tobytes(), overlapping=True)
        if not found:
            return
        table = np.fromiter(chain.from_iterable(found), np.int64, 3 * len(found)).reshape(-1, 3)
        docs = folded.doc[table[:, 1]]
        order = np.lexsort((table[:, 1] - table[:, 2], table[:, 1], docs))
        kept: list[Hit] = []
        for (key, start, end), doc in zip(table[order].tolist(), docs[order].tolist(), strict=True):
            if kept and doc != kept[-1].doc:
                yield kept
                kept = []
            if not kept or start + 1 >= kept[-1].end:
                kept.append(Hit(doc, start + 1, end - 1, self._names[key]))
            elif kept[-1].name is None and self._names[key] is not None and end - 1 > kept[-1].end:
                kept[-1] = Hit(doc, start + 1, end - 1, self._names[key])
        yield kept


def words_before(folded: Folded, at: int, count: int = 3) -> list[bytes]:
    """This will give the last words before a byte, the nearest first; none from the text before."""
    around = folded.data[max(0, at - _AROUND) : at].tobytes()
    return around.rpartition(bytes((MARK,)))[2].split()[: -count - 1 : -1]


def words_after(folded: Folded, at: int, count: int = 4) -> list[bytes]:
    """This will give the next words after a byte; none from the text behind."""
    around = folded.data[at : at + _AROUND].tobytes()
    return around.partition(bytes((MARK,)))[0].split()[:count]


def _names(area: Area) -> dict[bytes, Name]:
    inside: dict[bytes, dict[Place, None]] = {}
    elsewhere: dict[bytes, dict[Place, None]] = {}
    for places, table in ((area.places, inside), (area.elsewhere, elsewhere)):
        spellings = [(spelling, place) for place in places for spelling in _spellings(place)]
        keys = _keys([spelling for spelling, _ in spellings])
        for key, (_, place) in zip(keys, spellings, strict=True):
            table.setdefault(key, {})[place] = None
    common = listed("umum.txt") | _parted(area)
    slips = _add_misspelt(area, inside, elsewhere)
    spoken = set(_keys([alias for place in area.elsewhere for alias in place.aliases[1:]]))
    return {
        key: Name(
            tuple(inside.get(key, ())),
            tuple(elsewhere.get(key, ())),
            key.decode("latin-1") in common
            or key in slips
            or not (key in inside or key in spoken or _near(area, elsewhere[key])),
            key.decode("latin-1") in common,
        )
        for key in {**inside, **elsewhere}
        if len(key) > 2
    }


def _near(area: Area, places: Iterable[Place]) -> bool:
    """Whether one of them lies in the area's own province, where its name needs no explanation."""
    province = area.code.partition(".")[0] + "."
    return any(place.code and place.code.startswith(province) for place in places)


def _spellings(place: Place) -> Iterator[str]:
    for name in (place.name, *place.aliases):
        yield name
        first, _, rest = name.partition(" ")
        if place.level == "street" and rest and first.lower().strip(".") in _STREETS:
            yield from (f"{word} {rest}" for word in _STREETS)
        elif place.level in ("district", "village") and rest and len(name) > 8:
            yield name.replace(" ", "")
        elif place.level in ("district", "village") and not rest:
            yield from _apart(name, _PARTED + _PLAINLY)


def _apart(name: str, parts: tuple[str, ...]) -> Iterator[str]:
    for part in parts:
        if name.lower().startswith(part) and len(name) - len(part) >= 4:
            yield f"{name[: len(part)]} {name[len(part) :]}"


def _parted(area: Area) -> frozenset[str]:
    """Names written apart are made of ordinary words ("suka maju"), so they count where the context says so."""
    small = [
        place.name
        for place in area.places
        if place.level in ("district", "village") and " " not in place.name
    ]
    return frozenset(
        key.decode("latin-1") for key in _keys([form for name in small for form in _apart(name, _PLAINLY)])
    )


def _add_misspelt(
    area: Area, inside: dict[bytes, dict[Place, None]], elsewhere: dict[bytes, dict[Place, None]]
) -> set[bytes]:
    """Long names of the area with one slip of the finger, where that is no other name and no ordinary word.

    Gives those of them that are near to an ordinary word and so count only in context.
    """
    known = {*inside, *elsewhere}
    common = listed("umum.txt") | slang().keys() | glossary().keys()
    slips: dict[bytes, dict[Place, None]] = {}
    for key, place in zip(_keys([place.name for place in area.places]), area.places, strict=True):
        small = (
            place.level in ("district", "village") and key in inside and key.decode("latin-1") not in common
        )
        if not small or len(key) < _LONG or b" " in key:
            continue
        for at in range(1, len(key)):
            for slip in (
                key[:at] + key[at + 1 :],
                key[: at - 1] + key[at : at + 1] + key[at - 1 : at] + key[at + 1 :] if at > 1 else key,
            ):
                if slip not in known and slip.decode("latin-1") not in common:
                    slips.setdefault(slip, {}).update(inside[key])
    inside.update({slip: places for slip, places in slips.items() if len({p.name for p in places}) == 1})
    return {slip for slip, places in slips.items() if min(len(place.name) for place in places) <= _LONG}


def _keys(spellings: list[str]) -> list[bytes]:
    folded = fold(spellings)
    texts = folded.data.tobytes().split(bytes((MARK,)))[1:-1]
    return [b" ".join(text.split()) for text in texts]
