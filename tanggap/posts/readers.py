"""The reader of each government: the shared models with that government's own places and what its officers taught."""

from __future__ import annotations

import logging
from functools import lru_cache

from tanggap.agencies.models import Area as AreaRow
from tanggap.agencies.models import Government
from tanggap.core import scope
from tanggap.posts.taught import TrainedModel, TrainedState
from tanggap.understanding.area import Area, Place
from tanggap.understanding.learned import Learned
from tanggap.understanding.reader import Reader, shipped

log = logging.getLogger(__name__)


def reader_for(government: Government) -> Reader:
    """This will return the government's reader, made anew when its areas, its places or its layer have changed."""
    return reader_with(government, in_use(government))


def in_use(government: Government) -> TrainedModel | None:
    """This will return the layer that the government reads with; None for the shipped model alone."""
    rows = TrainedModel._base_manager.filter(government=government, state=TrainedState.IN_USE)
    return rows.select_related("content").first()


def learned_of(trained: TrainedModel) -> Learned | None:
    """This will load a layer; None where it was taught for another shipped model, or its file is gone or unreadable."""
    if trained.base != shipped().version:
        return None
    try:
        return _learned(trained.pk)
    except (OSError, ValueError, KeyError):
        # Reading goes on with the shipped model; the page of models says that this layer cannot be used.
        log.exception(
            "the layer %s of government %s cannot be loaded", trained.version, trained.government_id
        )
        return None


def reader_with(government: Government, trained: TrainedModel | None) -> Reader:
    """This will return the government's reader as it is with a layer, in use or not."""
    with scope.government(government.pk):
        rows = tuple(AreaRow.objects.order_by("code").values_list("code", "name", "level", "aliases"))
    named = tuple(
        (one["name"], tuple(one.get("aliases") or ()), one["kind"])
        for one in government.file.get("places", ())
    )
    plain = tuple((code, name, level, tuple(aliases)) for code, name, level, aliases in rows)
    layer = learned_of(trained) if trained else None
    return _reader(government.code, government.name, plain, named, layer)


@lru_cache(maxsize=64)
def _learned(pk: int) -> Learned:
    row = TrainedModel._base_manager.select_related("content").get(pk=pk)
    return Learned.load(row.content.read())


@lru_cache(maxsize=64)
def _reader(
    code: str,
    name: str,
    areas: tuple[tuple[str, str, str, tuple[str, ...]], ...],
    named: tuple[tuple[str, tuple[str, ...], str], ...],
    layer: Learned | None,
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
    return Reader.load(area, layer)
