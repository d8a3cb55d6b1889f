"""Places that a text names: districts, villages, streets, landmarks of the government's area, with offsets."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from functools import cache

from tanggap.understanding.area import Area, Place
from tanggap.understanding.gazetteer import Gazetteer, Hit, Name, words_after, words_before
from tanggap.understanding.normalise import Folded, slang
from tanggap.understanding.reading import FoundPlace, Level
from tanggap.understanding.translate import glossary
from tanggap.understanding.wordlists import listed

_LEVELS: dict[bytes, Level] = {
    **dict.fromkeys(b"kel kelurahan desa ds kalurahan kal".split(), "village"),
    **dict.fromkeys(b"kec kecamatan kemantren kapanewon distrik".split(), "district"),
    **dict.fromkeys(b"kota kab kabupaten kotamadya pemkot pemkab".split(), "regency"),
    **dict.fromkeys(b"prov provinsi propinsi pemprov".split(), "province"),
}
_STREET_WORDS = frozenset(b"jalan jl jln gang gg jalur".split())
_TITLES = frozenset(b"pak bu bapak ibu bpk mas mbak mba bang kang teh mbah om tante haji".split())
_OF_PEOPLE = frozenset(
    b"yang yg sing ingkang nu itu iku kae eta ketua tukang main jual jualan dagang punya mana orangnya mau tadi kemarin"
    b" bilang kata pernah sudah belum juga dan".split()
)
_MARKET = frozenset(b"pasar terminal stasiun situ setu embung waduk stadion".split())
_NO_AREA = frozenset(b"trans".split())
_HAMLETS = frozenset(b"dusun dsn dukuh padukuhan pedukuhan".split())
_ESTATES = frozenset(b"perumahan perum komplek kompleks".split())
_SMALL = ("district", "village")
_SAID_OFTEN = frozenset(
    b"butuh bulan barang langgeng semen jurang bendungan pesantren kacepit duren rowo wadas gunung kali".split()
)
"""Villages whose names are such common words that a preposition alone does not make them places."""
_SENTENCE_ENDS = (".", "!", "?", ":", "\n", "")
_ENDS = frozenset((b".", b"!", b"?", b";"))
_BETWEEN = frozenset((b",", b"kab", b"kabupaten", b"kota", b"prov", b"kec", b"yang", b"yg", b"di", b"yg di"))
_STREET_TITLES = frozenset(
    b"haji h hj kh kyai pangeran raden letjen jenderal jend mayjen brigjen prof dr ir raya".split()
)
_NAMELESS = frozenset("raya lingkar baru lama lintas tol akses pasar kampung".split())
_STREET_TAIL = frozenset(
    b"raya utara selatan timur barat lor kidul wetan kulon dalam baru lama besar i ii iii iv v vi"
    b" 1 2 3 4 5 6 7 8 9 10".split()
)
_CAPITALS = re.compile(
    r"\.?\s{0,2}((?:[A-Z][\w'-]{0,4}\.|[A-Z][\w'-]*|[IVX]+|\d{1,2})"
    r"(?: (?:[A-Z][\w'-]*|[IVX]+\b|\d{1,2}\b(?! ?/))){0,3})"
)
_KILOMETRE = re.compile(r" ?km\.? ?\d{1,2}(?:[.,]\d{1,2})?\b", re.IGNORECASE)
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
            elif not _of_something_else(folded, hit, before):
                following = hits[at + 1] if at + 1 < len(hits) else None
                places, placed = self._meant(text, folded, hit, before, shouted, following)
                (chosen if placed else doubtful)[at] = places
        doubtful = {at: places for at, places in doubtful.items() if places}
        for at in [at for at in doubtful if _beside(folded, hits, at, doubtful[at], chosen)]:
            chosen[at] = doubtful[at]
        kept = [(hits[at], places) for at, places in sorted(chosen.items()) if places]
        sure = Counter(code for _, places in kept for code in _districts(places))
        found = [_whole(text, folded, hit, self._resolved(folded, hit, places, sure)) for hit, places in kept]
        return _in_order(text, found, streets)

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
        if any(place.level not in ("street", "landmark") for place in inside):
            inside = [place for place in inside if place.level not in ("street", "landmark")]
        return inside or elsewhere, placed

    def _named_elsewhere(self, folded: Folded, hit: Hit, following: Hit) -> bool:
        if following.name is None or following.name.inside or not following.name.elsewhere:
            return False
        between = folded.data[hit.end : following.start].tobytes().split()
        return len(between) <= 3 and set(between) <= _BETWEEN

    def _resolved(self, folded: Folded, hit: Hit, places: list[Place], sure: Counter[str]) -> FoundPlace:
        shift = int(folded.offsets[hit.doc])
        start = int(folded.origin[hit.start]) - shift
        end = int(folded.origin[hit.end - 1]) - shift + 1
        codes = tuple(place.code for place in places if place.code)
        place = self._one(places, sure)
        if place:
            return FoundPlace(place.code, place.name, place.level, start, end, codes)
        return FoundPlace(None, places[0].name, places[0].level, start, end, codes)

    def _one(self, places: list[Place], sure: Counter[str]) -> Place | None:
        """The only one, the government's own, the one in a district also named, the district among villages."""
        if len(places) == 1 or places[0].level in ("street", "landmark"):
            return places[0]
        own = [place for place in places if place.code == self._code]
        if own:
            return own[0]
        itself = _districts(places)
        within = [place for place in places if sure[_district(place)] > (_district(place) in itself)]
        if len(within) == 1:
            return within[0]
        widest = min(places, key=lambda place: len(place.code or "x" * 99))
        alone = [place for place in places if place.level == widest.level] == [widest]
        return widest if alone and (widest.level == "district" or _holds(widest, places)) else None


def _of_something_else(folded: Folded, hit: Hit, before: list[bytes]) -> bool:
    """The name is a street's ("jl Bantul"), a bus line's ("Trans Jogja") or somebody's ("Pak Kedu yang jual ...")."""
    if not before or hit.name is None:
        return False
    if before[0] in _STREET_WORDS:
        area = any(place.level in _SMALL for place in hit.name.inside)
        return not (any(p.level == "street" for p in hit.name.inside) or (area and before[0] == b"jalan"))
    small = any(place.level in _SMALL for place in hit.name.inside)
    if before[0] in _NO_AREA or (before[0] in _HAMLETS and small) or (before[0] in _ESTATES and not small):
        return True
    after = words_after(folded, hit.end, 1)
    return before[0] in _TITLES and (hit.name.guarded or bool(after and after[0] in _OF_PEOPLE))


def _holds(widest: Place, places: list[Place]) -> bool:
    return bool(widest.code) and all(
        place.code and place.code.startswith(str(widest.code)) for place in places
    )


def _whole(text: str, folded: Folded, hit: Hit, found: FoundPlace) -> FoundPlace:
    """ "pasar Giwangan" is a landmark in Giwangan, whose code it keeps; "Jl. Godean km 3" has its kilometre."""
    if found.level == "street":
        return found._replace(end=_measured(text, found.start, found.end).end)
    if found.level not in ("district", "village") or not found.code:
        return found
    before = words_before(folded, hit.start, 1)
    if not before or before[0] not in _MARKET:
        return found
    start = text.lower().rfind(before[0].decode("latin-1"), max(0, found.start - 16), found.start)
    if start < 0:
        return found
    return FoundPlace(found.code, text[start : found.end], "landmark", start, found.end, found.candidates)


def _beside(
    folded: Folded, hits: list[Hit], at: int, places: list[Place], chosen: dict[int, list[Place]]
) -> bool:
    """A place surely named that holds it stands close by: "curug bojongsari", "Temanggung, Butuh"."""
    following, preceding = chosen.get(at + 1), chosen.get(at - 1)
    near = following is not None and hits[at + 1].start - hits[at].end <= 16
    if following and near and (_held(places, following) or _held(following, places)):
        return True
    if preceding is None or hits[at].start - hits[at - 1].end > 3:
        return False
    if _held(preceding, places) or (not preceding and not any(p.code for p in places if p.level in _SMALL)):
        return True
    comma = b"," in folded.data[hits[at - 1].end : hits[at].start].tobytes()
    said = folded.data[hits[at].start : hits[at].end].tobytes() in _SAID_OFTEN
    return _held(places, preceding) and (comma or not said)


def _held(places: list[Place], wider: list[Place]) -> bool:
    return any(
        one.code and other.code and one.code.startswith(other.code + ".") for one in places for other in wider
    )


def _of_level(name: Name, level: Level | None) -> tuple[list[Place], list[Place]]:
    """The places of a name that fit the level written before it; without one, all."""
    if level is None:
        return list(name.inside), list(name.elsewhere)
    return [p for p in name.inside if p.level == level], [p for p in name.elsewhere if p.level == level]


def _placed(text: str, folded: Folded, hit: Hit, before: list[bytes], shouted: bool) -> bool:
    """A preposition or a word for a place stands before, or a capital inside a sentence."""
    near = _near()
    at = int(folded.origin[hit.start] - folded.offsets[hit.doc])
    capital = not shouted and text[at].isupper()
    after_word = bool(before) and before[0] not in _ENDS and text[:at].rstrip()[-1:] not in _SENTENCE_ENDS
    led = bool(before) and (before[0] in near or (before[0].isdigit() and bool(near & set(before[1:]))))
    if folded.data[hit.start : hit.end].tobytes() in _SAID_OFTEN:
        return capital and after_word and led
    if hit.name and hit.name.common and not hit.name.inside:
        return capital and after_word
    return led or (capital and after_word)


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
        ok = end > named.start(1) and first not in _no_street() and not first.isdigit()
        return [_measured(text, start, end - text[start:end].endswith("."))] if ok else []
    if text[start:end].lower() == "jalan":
        return []
    words = words_after(folded, hit.end, 6)
    count = _street_words(words)
    if not count:
        return []
    ahead = folded.data[hit.end : hit.end + 80].tobytes()
    at = 0
    for word in words[:count]:
        at = ahead.find(word, at) + len(word)
    end = int(folded.origin[hit.end + at - 1]) - shift + 1
    return [_measured(text, start, end)]


def _measured(text: str, start: int, end: int) -> FoundPlace:
    """ "Jl. Godean km 3" is named with its kilometre."""
    measured = _KILOMETRE.match(text, end)
    end = measured.end() if measured else end
    return FoundPlace(None, text[start:end], "street", start, end)


def _street_words(words: list[bytes]) -> int:
    """How many of the words after "jl" or "gg" are the street's name in lower case: a title, a word, a direction."""
    count = 0
    while count < len(words) - 1 and words[count] in _STREET_TITLES:
        count += 1
    if count >= len(words) or not words[count].isalpha() or words[count].decode("latin-1") in _no_street():
        return 0
    count += 1
    return count + (count < len(words) and words[count] in _STREET_TAIL)


@cache
def _no_street() -> frozenset[str]:
    return listed("bukan_jalan.txt") | slang().keys() | glossary().keys()


def _districts(places: list[Place]) -> set[str]:
    return {place.code for place in places if place.level == "district" and place.code}


def _district(place: Place) -> str:
    """The code of the district that a village lies in; none for anything else."""
    return place.code.rpartition(".")[0] if place.level == "village" and place.code else ""


def _in_order(text: str, found: list[FoundPlace], streets: list[FoundPlace]) -> tuple[FoundPlace, ...]:
    """Everything in order; what lies within a street's name is that street, but a village ends the street's name."""
    known = {one.start for one in found if one.level == "street"}
    areas = sorted((one for one in found if one.level in _SMALL), key=_start)
    kept = [
        _ended(text, street, areas) for street in sorted(streets, key=_start) if street.start not in known
    ]
    outside = [one for one in found if not _covered(one, kept)]
    return tuple(sorted([*outside, *kept], key=_start))


def _start(one: FoundPlace) -> int:
    return one.start


def _covered(one: FoundPlace, streets: list[FoundPlace]) -> bool:
    at = bisect_right(streets, one.start, key=_start)
    return at > 0 and one.start < streets[at - 1].end


def _ended(text: str, street: FoundPlace, areas: list[FoundPlace]) -> FoundPlace:
    """ "gg. Nakula Notoprajan" ends before the village; "Jl. Raya Sawangan" bears the name of one."""
    for area in areas[bisect_right(areas, street.start, key=_start) :]:
        if area.start >= street.end:
            break
        name = text[street.start : area.start].split()
        if len(name) >= 2 and not {word.lower().strip(".") for word in name[1:]} <= _NAMELESS:
            end = street.start + len(text[street.start : area.start].rstrip(" ,"))
            return FoundPlace(None, text[street.start : end], "street", street.start, end)
    return street
