"""Lets a citizen say a phrasing: fills in places and details, adds the person's own manner, and keeps the truth.

Only literal text is bent (shorthand, stretched words, capitals, a slip of the finger), never a place or a number, so
the offsets of places and personal data are exact. Offsets count code points.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Any, Final

from tanggap.simulator.city import Citizen, City, Kelurahan, Spot
from tanggap.simulator.personal import MAKERS
from tanggap.simulator.phrasing import PERSONAL_SLOTS, PLACE_SLOTS, Phrasing, load_habits

_LAMA: Final = ("3 hari", "seminggu", "10 hari", "2 minggu", "sebulan", "3 bulan", "setengah tahun")
_SUWE: Final = {
    "ngoko": ("telung dina", "seminggu", "rong minggu", "sewulan", "telung wulan"),
    "krama": ("tigang dinten", "setunggal minggu", "kalih minggu", "sewulan"),
}
_LILA: Final = ("tilu poé", "saminggu", "dua minggu", "sabulan", "tilu bulan")
_TI: Final = ("kamari", "minggu kamari", "bulan kamari", "lebaran", "isuk")
_JAM: Final = ("jam 5 subuh", "jam 7 pagi", "jam 10 pagi", "siang", "jam 3 sore", "magrib", "jam 9 malem")
_JAM_JV: Final = ("jam pitu mau", "isuk mau", "bar subuh", "jam telu sore")
_RP: Final = ("20 ribu", "50rb", "75 ribu", "100rb", "250 ribu", "300rb", "Rp150.000", "Rp500.000")
_THANKED: Final = ("Terima kasih.", "Mohon dibantu.", "ditindaklanjuti.", "makasih ya 🌳", "matur nuwun.")
_LOUD: Final = ("slang", "ngoko", "loma")
_WORD: Final = re.compile(r"[A-Za-z]+")

# How often a habit shows, by temperament: (shorthand, stretched, capitals, slip, emoji, opening, closing).
_MANNERS: Final[dict[str, tuple[float, float, float, float, float, float, float]]] = {
    "polite": (0.05, 0.0, 0.0, 0.03, 0.1, 0.6, 0.7),
    "plain": (0.3, 0.1, 0.0, 0.1, 0.25, 0.3, 0.3),
    "sarcastic": (0.3, 0.1, 0.0, 0.08, 0.4, 0.2, 0.15),
    "ranting": (0.3, 0.6, 0.25, 0.15, 0.5, 0.4, 0.5),
    "three_word": (0.4, 0.1, 0.05, 0.1, 0.05, 0.02, 0.02),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of text that means something: `kind` place or personal, `label` its level or type."""

    kind: str
    label: str
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Said:
    """What a person wrote and what is true of it. `marks` hold places and personal data by code-point offset."""

    text: str
    phrasing: Phrasing
    languages: tuple[str, ...]
    ward: Kelurahan
    marks: tuple[Mark, ...]

    def followed_by(self, addition: Said) -> Said:
        """The same text with `addition` after it; the labels stay those of the first, marks move along."""
        at = len(self.text) + 1
        moved = tuple(Mark(m.kind, m.label, m.name, at + m.start, at + m.end) for m in addition.marks)
        languages = tuple(dict.fromkeys((*self.languages, *addition.languages)))
        return Said(f"{self.text} {addition.text}", self.phrasing, languages, self.ward, self.marks + moved)

    def truth(self, shift: int = 0) -> dict[str, Any]:
        """The labels as plain values for a truth file, in the words of the reading contract.

        `shift` is how many code points stand before the text where it was published (a mention).
        """
        of = self.phrasing
        return {
            "phrasing": of.key,
            "role": of.role,
            "topic": of.topic,
            "intent": of.intent,
            "supervisory": of.supervisory,
            "urgency": of.urgency,
            "sentiment": of.sentiment,
            "language": of.language,
            "languages": list(self.languages),
            "spam": of.spam,
            "abusive": of.abusive,
            "sarcasm": of.sarcasm,
            "kelurahan": self.ward.code,
            "places": [
                {"name": m.name, "level": m.label, "start": m.start + shift, "end": m.end + shift}
                for m in self.marks
                if m.kind == "place"
            ],
            "personal_data": [
                {"type": m.label, "start": m.start + shift, "end": m.end + shift}
                for m in self.marks
                if m.kind == "personal"
            ],
        }


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of text; `marks` are relative to its start. Without marks it is literal and may be bent."""

    text: str
    marks: tuple[Mark, ...] = ()
    fixed: bool = False


def say(
    phrasing: Phrasing,
    citizen: Citizen,
    city: City,
    dice: random.Random,
    *,
    ward: Kelurahan | None = None,
    closings: int | None = None,
) -> Said:
    """Lets `citizen` say `phrasing` about `ward` (their home when None).

    `closings` fixes how many closing sentences follow (bulk data of a wanted length); None leaves it to the habit.
    """
    where = ward or citizen.home
    shorthand, stretched, capitals, slip, emoji, opening, closing = _MANNERS[citizen.temperament]
    body = _filled(phrasing, where, city, dice, lower=phrasing.register == "slang" and dice.random() < 0.4)
    if phrasing.language == "id" and phrasing.register == "slang":
        body = [_bent(piece, dice, shorthand, stretched) for piece in body]
    if dice.random() < slip:
        body = _slipped(body, dice)
    before = _opening(phrasing, dice) if dice.random() < opening else ""
    wanted = closings if closings is not None else int(dice.random() < closing)
    after, languages = _closings(phrasing, dice, wanted, mixed=citizen.temperament in ("plain", "ranting"))
    pieces = [_Piece(f"{before} ")] * bool(before) + body + [_Piece(after)] * bool(after)
    fits = phrasing.sentiment == "negative" or citizen.emoji in ("🙏", "👍")
    if citizen.emoji and fits and phrasing.register == "slang" and dice.random() < emoji:
        pieces.append(_Piece(f" {citizen.emoji}"))
    if phrasing.register in _LOUD and phrasing.sentiment == "negative" and dice.random() < capitals:
        pieces = [piece if piece.fixed else _Piece(piece.text.upper(), piece.marks) for piece in pieces]
    text, marks = _assembled(pieces)
    return Said(text, phrasing, languages, where, marks)


def _filled(
    phrasing: Phrasing, ward: Kelurahan, city: City, dice: random.Random, *, lower: bool
) -> list[_Piece]:
    pieces: list[_Piece] = []
    literal = ""
    for position, part in enumerate(phrasing.parts):
        if position % 2 == 0:
            literal = part
            if part:
                pieces.append(_Piece(part))
        elif part in PLACE_SLOTS:
            pieces.append(_place(part, literal, ward, city, dice, lower=lower))
        elif part == "alamat":
            pieces.append(_address(ward, dice))
        elif part in MAKERS:
            value = MAKERS[part](dice)
            pieces.append(
                _Piece(value, (Mark("personal", PERSONAL_SLOTS[part], value, 0, len(value)),), fixed=True)
            )
        else:
            pieces.append(_Piece(_detail(part, literal, phrasing.register, dice), fixed=True))
    return pieces


def _place(
    slot: str, before: str, ward: Kelurahan, city: City, dice: random.Random, *, lower: bool
) -> _Piece:
    if slot == "jalan":
        spot = dice.choice(ward.streets)
        name, text = spot.name, _street(spot, before, dice)
    elif slot in ("kelurahan", "kecamatan"):
        name = text = ward.name if slot == "kelurahan" else ward.kecamatan
    else:
        among = ward.landmarks
        if slot != "patokan":
            sort = city.sorts[slot]
            among = tuple(spot for spot in ward.landmarks if spot in sort) or sort
        spot = dice.choice(among)
        name, text = spot.name, dice.choice(spot.forms)
    text = text.lower() if lower else text
    return _Piece(text, (Mark("place", PLACE_SLOTS[slot], name, 0, len(text)),))


def _street(spot: Spot, before: str, dice: random.Random) -> str:
    kind, _, rest = spot.name.partition(" ")
    short = {
        "Jalan": ("Jl. ", "jl ", "Jalan ", "jalan ", "jln "),
        "Gang": ("Gang ", "gang ", "gg ", "Gg. "),
    }.get(kind)
    words = before.lower().split()
    if short is None:
        return dice.choice(spot.forms)
    if words and words[-1] in ("jalan", "gang", "margi"):
        return rest
    return dice.choice((*(prefix + rest for prefix in short), *spot.forms))


def _address(ward: Kelurahan, dice: random.Random) -> _Piece:
    street = dice.choice(ward.streets).name
    text = f"{street} No. {dice.randint(1, 99)} RT {dice.randint(1, 9):02d}/RW {dice.randint(1, 9):02d}"
    marks = (Mark("place", "street", street, 0, len(street)), Mark("personal", "address", text, 0, len(text)))
    return _Piece(text, marks, fixed=True)


def _detail(slot: str, before: str, register: str, dice: random.Random) -> str:
    if slot == "jumlah":
        return str(dice.randint(4, 25))
    if slot == "suwe":
        return dice.choice(_SUWE.get(register, _SUWE["ngoko"]))
    if slot == "lila":
        return dice.choice(_TI if before.endswith("ti ") else _LILA)
    return dice.choice({"lama": _LAMA, "jam": _JAM, "jam_jv": _JAM_JV, "rp": _RP}[slot])


def _bent(piece: _Piece, dice: random.Random, shorthand: float, stretched: float) -> _Piece:
    if piece.marks or piece.fixed:
        return piece
    habits = load_habits()
    short: dict[str, str] = habits["shorthand"]
    long: dict[str, str] = habits["stretched"]

    def word(match: re.Match[str]) -> str:
        found = match.group()
        if found in long and dice.random() < stretched:
            return long[found]
        if found in short and dice.random() < shorthand:
            return short[found]
        return found

    return _Piece(_WORD.sub(word, piece.text))


def _slipped(pieces: list[_Piece], dice: random.Random) -> list[_Piece]:
    """Swaps two neighbouring letters inside one longer literal word."""
    places = [
        (number, match.start())
        for number, piece in enumerate(pieces)
        if not piece.marks and not piece.fixed
        for match in _WORD.finditer(piece.text)
        if match.end() - match.start() >= 6
    ]
    if not places:
        return pieces
    number, start = dice.choice(places)
    text, at = pieces[number].text, start + dice.randint(1, 3)
    swapped = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return [*pieces[:number], _Piece(swapped), *pieces[number + 1 :]]


def _opening(phrasing: Phrasing, dice: random.Random) -> str:
    known: list[str] = load_habits()["openings"].get(phrasing.register, [])
    if phrasing.role != "report" or phrasing.language == "en" or not known:
        return ""
    first = phrasing.text.split(maxsplit=1)[0].lower().strip(",.!?")
    greetings = {text.split()[0].lower().strip(",") for text in known} | {
        "yth",
        "selamat",
        "halo",
        "nuwun",
        "mohon",
    }
    return "" if first in greetings else dice.choice(known)


def _closings(
    phrasing: Phrasing, dice: random.Random, wanted: int, *, mixed: bool
) -> tuple[str, tuple[str, ...]]:
    languages: tuple[str, ...] = (phrasing.language,)
    thanked = phrasing.text.endswith(_THANKED)
    if phrasing.role != "report" or phrasing.language == "en" or wanted == 0 or thanked:
        return "", languages
    by_register: dict[str, list[str]] = load_habits()["closings"].get(phrasing.intent, {})
    register = phrasing.register
    if mixed and phrasing.language != "id" and dice.random() < 0.35:
        register, languages = "slang", (phrasing.language, "id")
    known = by_register.get(register, [])
    if not known:
        return "", (phrasing.language,)
    chosen = dice.sample(known, k=min(wanted, len(known)))
    glue = " " if phrasing.text[-1] in ".!?" else dice.choice((". ", ", ", " "))
    return glue + " ".join(chosen), languages


def _assembled(pieces: list[_Piece]) -> tuple[str, tuple[Mark, ...]]:
    text, marks, at = [], [], 0
    for piece in pieces:
        marks += [Mark(m.kind, m.label, m.name, at + m.start, at + m.end) for m in piece.marks]
        text.append(piece.text)
        at += len(piece.text)
    return "".join(text), tuple(marks)
