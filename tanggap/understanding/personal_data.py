"""Finds personal data in a text, and masks it for an audience.

Every finder is checked by structure or context; work is linear in the length of the text.
Source of the shapes: reference list of Indonesian identifiers (UU 24/2013, PMK 112/2022, Perka BKN 22/2007).
"""

import re
from collections.abc import Iterable
from typing import Literal

from tanggap.understanding.identifiers import coordinates, numbers, plates, written_codes
from tanggap.understanding.persons import addresses, birth_dates, health, names
from tanggap.understanding.reading import DataType, FoundData
from tanggap.understanding.spelled import mails, spelled_numbers
from tanggap.understanding.triggers import triggers

Audience = Literal["public", "officer", "handler", "trusted"]
"""public: everybody; officer: whoever reads along in the console; handler: the office that must act; trusted: a person
who may see everything (which is logged)."""

SHOWN: dict[Audience, frozenset[DataType]] = {
    "public": frozenset(),
    "officer": frozenset({"address", "coordinates", "plate", "name"}),
    "handler": frozenset(
        {"address", "coordinates", "plate", "name", "customer_number", "phone", "nip", "email", "certificate"}
    ),
}
"""What each audience needs in order to act: where it is and which vehicle; the handler also whom to ask and about what.
Identity numbers, accounts, birth dates and illness are shown to nobody but the trusted."""

_MASK = "•"
_DIGIT = re.compile(r"\d")
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u180e\u061c]")
_LONE = re.compile("[\ud800-\udfff]")
_ODD = {0xFF01 + n: 0x21 + n for n in range(94)}
_ODD |= {
    first + n: 0x30 + n
    for first in (0x660, 0x6F0, 0x966, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6)
    for n in range(10)
}
_ODD |= {ord(dash): ord("-") for dash in "‐‑‒–—−﹣"}
_ODD |= {
    ord(space): 0x20 for space in "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"
}
_ODD |= {ord(dot): ord(".") for dot in "·•․。｡"}


def find(text: str) -> tuple[FoundData, ...]:
    """This will find every piece of personal data, in order, none overlapping another.

    Offsets count code points of `text` as given. Zero-width characters, odd digits, spaces, dots and dashes between
    digits do not hide a number.
    """
    plain, origin = _plain(text)
    lowered = plain.lower()
    if len(lowered) != len(plain):
        lowered = "".join([char.lower()[:1] for char in plain])
    near = triggers(lowered)
    found = (
        [*names(plain, near), *health(plain, near), *spelled_numbers(plain, lowered, near)] if near else []
    )
    if "@" in plain or "at" in lowered or "keong" in lowered:
        found += mails(plain, lowered)
    if _DIGIT.search(plain):
        found += [*numbers(plain, lowered), *plates(plain, lowered), *written_codes(plain, lowered)]
        found += [*coordinates(plain), *addresses(plain, near), *birth_dates(plain, near)]
    kept = _apart(found)
    if origin is None:
        return kept
    return tuple(FoundData(one.type, origin[one.start], origin[one.end - 1] + 1) for one in kept)


def mask(text: str, found: Iterable[FoundData], audience: Audience) -> str:
    """This will cover what the audience has no need of, letter by letter, so that offsets stay true."""
    if audience == "trusted":
        return text
    shown = list(text)
    for one in found:
        if one.type in SHOWN[audience]:
            continue
        for at in range(one.start, min(one.end, len(shown))):
            shown[at] = shown[at] if shown[at].isspace() else _MASK
    return "".join(shown)


def _plain(text: str) -> tuple[str, list[int] | None]:
    """The text with plain digits, dashes and spaces; and, where hidden characters fell out, the way back."""
    if text.isascii():
        return text, None
    plain = _LONE.sub("?", text.translate(_ODD))
    if not _HIDDEN.search(plain):
        return plain, None
    origin = [at for at, char in enumerate(plain) if not _HIDDEN.match(char)]
    return "".join([plain[at] for at in origin]), origin


def _apart(found: list[FoundData]) -> tuple[FoundData, ...]:
    """Of overlapping finds the longer one stays, except that a name or address gives way to what is more exact."""
    kept: list[FoundData] = []
    for one in sorted(found, key=lambda one: (one.start, one.start - one.end, one.type)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
        elif kept[-1].type in _LOOSE and one.type not in _LOOSE:
            kept[-1] = one
    return tuple(kept)


_LOOSE: frozenset[DataType] = frozenset({"name", "birth_date"})
