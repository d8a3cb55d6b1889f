"""The reader of each government: the shared models with that government's own places."""

from __future__ import annotations

from functools import lru_cache

from tanggap.agencies.models import Area as AreaRow
from tanggap.agencies.models import Government
from tanggap.core import scope
from tanggap.understanding.area import Area, Place
from tanggap.understanding.reader import Reader


def reader_for(government: Government) -> Reader:
    """This will return the government's reader, made anew when its areas or places have changed."""
    with scope.government(government.pk):
        rows = tuple(AreaRow.objects.order_by("code").values_list("code", "name", "level", "aliases"))
    named = tuple(
        (one["name"], tuple(one.get("aliases") or ()), one["kind"])
        for one in government.file.get("places", ())
    )
    plain = tuple((code, name, level, tuple(aliases)) for code, name, level, aliases in rows)
    return _reader(government.code, government.name, plain, named)


@lru_cache(maxsize=64)
def _reader(
    code: str,
    name: str,
    areas: tuple[tuple[str, str, str, tuple[str, ...]], ...],
    named: tuple[tuple[str, tuple[str, ...], str], ...],
) -> Reader:
    extra = [
        Place(None, place, "street" if kind == "street" else "landmark", aliases)
        for place, aliases, kind in named
    ]
    # The regions list has no other names for an area; those that an administrator wrote come beside it.
    also = [
        Place(one, alias, "district" if level == "district" else "village")
        for one, _label, level, aliases in areas
        for alias in aliases
    ]
    try:
        area = Area.from_code(code, [*extra, *also])
    except ValueError:
        inside = [Place(code, name, "regency")]
        inside += [
            Place(one, label, "district" if level == "district" else "village", aliases)
            for one, label, level, aliases in areas
        ]
        area = Area(code, (name,), (*inside, *extra))
    return Reader.load(area)
