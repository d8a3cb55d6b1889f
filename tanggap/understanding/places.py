"""Places that a text names: districts, villages, streets, landmarks of the government's area, with offsets."""

import re
from collections.abc import Sequence
from functools import cache

from tanggap.understanding.area import Area, Place
from tanggap.understanding.gazetteer import Gazetteer, Hit, Name, words_after, words_before
from tanggap.understanding.normalise import Folded
from tanggap.understanding.reading import FoundPlace, Level
from tanggap.understanding.wordlists import listed

_LEVELS: dict[bytes, Level] = {
    **dict.fromkeys(b"kel kelurahan desa ds kalurahan kal".split(), "village"),
    **dict.fromkeys(b"kec kecamatan kemantren kapanewon distrik".split(), "district"),
    **dict.fromkeys(b"kota kab kabupaten kotamadya pemkot pemkab".split(), "regency"),
    **dict.fromkeys(b"prov provinsi propinsi pemprov".split(), "province"),
}
_STREET_WORDS = frozenset(b"jalan jl jln gang gg jalur simpang".split())
_ENDS = frozenset((b".", b"!", b"?", b";"))
_BETWEEN = frozenset((b",", b"kab", b"kabupaten", b"kota", b"prov", b"kec"))
_STREET_TAIL = frozenset(
    b"raya utara selatan timur barat lor kidul wetan kulon dalam baru lama besar i ii iii iv v vi"
    b" 1 2 3 4 5 6 7 8 9 10".split()
)
_CAPITALS = re.compile(
    r"\.?\s{0,2}((?:[A-Z][\w'-]*\.?|[IVX]+|\d{1,2})(?: (?:[A-Z][\w'-]*|[IVX]+\b|\d{1,2}\b(?! ?/))){0,3})"
)
_NOT_IN_STREETS = re.compile(
    r" (?:No|Nomor|RT|RW|Rt|Rw|Kel|Kelurahan|Kec|Kecamatan|Kota|Kab|Desa|Dusun"
    r"|Yang|Sudah|Rusak|Mohon|Tolong|Depan|Dekat|Di|Ke)\b.*"
)


class Places:
    """Finds places of one area. Without an area only streets are found."""

    def __init__(self, area: Area | None) -> None:
        self._code = area.code if area else ""
        self._gazetteer = Gazetteer(area)

    def find(self, texts: Sequence[str], folded: Folded) -> list[tuple[FoundPlace, ...]]:
        """This will find the places of every text; offsets are code points of the texts as given."""
        found: list[tuple[FoundPlace, ...]] = [()] * len(texts)
        for hits in self._gazetteer.hits(folded):
            doc = hits[0].doc
            if 0 <= doc < len(texts):
                found[doc] = self._in_text(texts[doc], folded, hits)
        return found

    def _in_text(self, text: str, folded: Folded, hits: list[Hit]) -> tuple[FoundPlace, ...]:
        chosen: dict[int, list[Place]] = {}
        doubtful: dict[int, list[Place]] = {}
        streets: list[FoundPlace] = []
        shouted = text.isupper()
        for at, hit in enumerate(hits):
            before = words_before(folded, hit.start)
            if hit.name is None:
                streets += _street(text, folded, hit, shouted)
            elif not (before and before[0] in _STREET_WORDS) or any(
                p.level == "street" for p in hit.name.inside
            ):
                following = hits[at + 1] if at + 1 < len(hits) else None
                places, placed = self._meant(text, folded, hit, before, shouted, following)
                (chosen if placed else doubtful)[at] = places
        for at in [at for at in doubtful if _beside(hits, at, chosen)]:
            chosen[at] = doubtful[at]
        kept = [(hits[at], places) for at, places in sorted(chosen.items()) if places]
        sure = {places[0].code for _, places in kept if len(places) == 1 or places[0].level == "district"}
        found = [self._resolved(folded, hit, places, sure) for hit, places in kept]
        return _in_order(found, streets)

    def _meant(
        self, text: str, folded: Folded, hit: Hit, before: list[bytes], shouted: bool, following: Hit | None
    ) -> tuple[list[Place], bool]:
        """Which places a name may mean where it stands (none outside the area), and whether it surely is a place."""
        name = hit.name
        assert name is not None
        level = _LEVELS.get(before[0]) if before else None
        placed = level is not None or not name.guarded or _placed(text, folded, hit, before, shouted)
        inside, elsewhere = _of_level(name, level)
        smaller = any(place.level not in ("province", "regency") for place in inside)
        if smaller and following and self._named_elsewhere(folded, hit, following):
            inside = []
        return inside or elsewhere, placed

    def _named_elsewhere(self, folded: Folded, hit: Hit, following: Hit) -> bool:
        if following.name is None or following.name.inside or not following.name.elsewhere:
            return False
        between = folded.data[hit.end : following.start].tobytes().split()
        return len(between) <= 3 and set(between) <= _BETWEEN

    def _resolved(self, folded: Folded, hit: Hit, places: list[Place], sure: set[str | None]) -> FoundPlace:
        shift = int(folded.offsets[hit.doc])
        start = int(folded.origin[hit.start]) - shift
        end = int(folded.origin[hit.end - 1]) - shift + 1
        codes = tuple(place.code for place in places if place.code)
        place = self._one(places, sure)
        if place:
            return FoundPlace(place.code, place.name, place.level, start, end, codes)
        return FoundPlace(None, places[0].name, places[0].level, start, end, codes)

    def _one(self, places: list[Place], sure: set[str | None]) -> Place | None:
        """The only one, the government's own, the one that holds the others, or the one in a district also named."""
        if len(places) == 1:
            return places[0]
        own = [place for place in places if place.code == self._code]
        if own:
            return own[0]
        widest = min(places, key=lambda place: len(place.code or "x" * 99))
        if widest.code and all(place.code and place.code.startswith(widest.code) for place in places):
            return widest
        within = [place for place in places if place.code and any(_within(place.code, code) for code in sure)]
        return within[0] if len(within) == 1 else None


def _beside(hits: list[Hit], at: int, chosen: dict[int, list[Place]]) -> bool:
    """A place surely named stands close by: "curug bojongsari", "Curug di Kecamatan Cimanggis"."""
    after = chosen.get(at + 1) and hits[at + 1].start - hits[at].end <= 16
    return bool(after or (chosen.get(at - 1) and hits[at].start - hits[at - 1].end <= 6))


def _of_level(name: Name, level: Level | None) -> tuple[list[Place], list[Place]]:
    """The places of a name that fit the level written before it; without one, all."""
    if level is None:
        return list(name.inside), list(name.elsewhere)
    return [p for p in name.inside if p.level == level], [p for p in name.elsewhere if p.level == level]


def _placed(text: str, folded: Folded, hit: Hit, before: list[bytes], shouted: bool) -> bool:
    """A preposition or a word for a place stands before, or a capital inside a sentence."""
    near = _near()
    if before and (before[0] in near or (before[0].isdigit() and bool(near & set(before[1:])))):
        return True
    if shouted or not before or before[0] in _ENDS:
        return False
    return text[int(folded.origin[hit.start] - folded.offsets[hit.doc])].isupper()


@cache
def _near() -> frozenset[bytes]:
    return frozenset(word.encode() for word in listed("dekat_tempat.txt"))


def _street(text: str, folded: Folded, hit: Hit, shouted: bool) -> list[FoundPlace]:
    """ "Jl. Kenanga", "gg mawar 3"; after the whole word "jalan" only a capitalised name."""
    shift = int(folded.offsets[hit.doc])
    start, end = int(folded.origin[hit.start]) - shift, int(folded.origin[hit.end - 1]) - shift + 1
    named = None if shouted else _CAPITALS.match(text, end)
    if named:
        end = named.start(1) + len(_NOT_IN_STREETS.sub("", " " + named.group(1))) - 1
        first = text[named.start(1) : end].lower()
        ok = end > named.start(1) and first not in _no_street()
        return [FoundPlace(None, text[start:end].rstrip("."), "street", start, end)] if ok else []
    if text[start:end].lower() == "jalan":
        return []
    words = words_after(folded, hit.end)
    if not words or not words[0].isalpha() or words[0].decode("latin-1") in _no_street():
        return []
    at = folded.data[hit.end : hit.end + 60].tobytes().find(words[0]) + hit.end + len(words[0])
    if len(words) > 1 and words[1] in _STREET_TAIL:
        at += 1 + len(words[1])
    end = int(folded.origin[at - 1]) - shift + 1
    return [FoundPlace(None, text[start:end], "street", start, end)]


def _no_street() -> frozenset[str]:
    return listed("bukan_jalan.txt")


def _within(code: str, district: str | None) -> bool:
    return district is not None and code.startswith(district + ".") and district.count(".") >= 2


def _in_order(found: list[FoundPlace], streets: list[FoundPlace]) -> tuple[FoundPlace, ...]:
    """Everything in order; what lies within a street's name is that street."""
    kept = [one for one in found if not any(s.start <= one.start < s.end for s in streets)]
    return tuple(sorted([*kept, *streets], key=lambda one: one.start))
