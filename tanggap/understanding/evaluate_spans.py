"""How well places and personal data are found: precision and recall by level or type, matched by exact offsets."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tanggap.understanding.area import Area
from tanggap.understanding.reader import Reader
from tanggap.understanding.reading import FoundPlace, Reading

KINDS = ("places", "personal_data")
AREA = "area"

Span = tuple[str, int, int, str]
"""Level or type, start, end, and what else must agree: the code of a place, nothing for personal data."""


def span_figures(
    texts: Sequence[str], truths: Sequence[Mapping[str, Any]], readings: Sequence[Reading]
) -> dict[str, Any]:
    """This will compare places and personal data with the truths that have them; {} where none has.

    A truth is {"places": [{start, end, level, code, candidates}], "personal_data": [{start, end, type}]}, offsets in
    code points. A find is right if start, end and level or type are; a place also by its code, and where the code is
    left open (null) by its candidates. `covered` is the share of true spans all of whose characters some find covers,
    whatever its type: what a mask would have hidden.
    """
    found: dict[str, Any] = {}
    for kind in KINDS:
        rows = [
            (text, truth[kind], getattr(reading, kind))
            for text, truth, reading in zip(texts, truths, readings, strict=True)
            if kind in truth
        ]
        if rows:
            found[kind] = _figures(kind, rows)
    return found


def readers_by_area(truths: Sequence[Mapping[str, Any]], reader: Reader) -> dict[str, Reader]:
    """This will load a reader for each area that a truth names; those that name none get the given one, under ""."""
    areas = {str(truth.get(AREA, "")) for truth in truths}
    return {area: Reader.load(Area.from_code(area)) if area else reader for area in sorted(areas)}


def read_by_area(
    texts: Sequence[str], truths: Sequence[Mapping[str, Any]], readers: Mapping[str, Reader], *, deep: bool
) -> list[Reading]:
    """This will read every text by the reader of the area that its truth names, fast or deeply, in order."""
    readings: dict[int, Reading] = {}
    for area, reader in readers.items():
        rows = [at for at, truth in enumerate(truths) if str(truth.get(AREA, "")) == area]
        read = reader.read_deeply if deep else reader.read
        readings |= dict(zip(rows, read([texts[at] for at in rows]), strict=True))
    return [readings[at] for at in range(len(texts))]


def span_table(found: Mapping[str, Any]) -> list[str]:
    """This will lay the figures out for a person, a line per level or type."""
    lines = []
    for kind, part in found.items():
        lines.append(
            f"\n{kind}: {_line(part['all'])}, covered {part['covered']:.3f}, texts = {part['texts']}"
        )
        lines += [f"  {label:<22} {_line(one)}" for label, one in part["classes"].items()]
    return lines


def wrong_spans(
    texts: Sequence[str], truths: Sequence[Mapping[str, Any]], readings: Sequence[Reading], kind: str
) -> list[tuple[str, list[Span], list[Span]]]:
    """This will list the texts that were read wrongly, with what is missing and what is too much."""
    found = []
    for text, truth, reading in zip(texts, truths, readings, strict=True):
        true = [_true(kind, one) for one in truth.get(kind, ())]
        read = [_read(one) for one in getattr(reading, kind)]
        missing, more = [one for one in true if one not in read], [one for one in read if one not in true]
        if missing or more:
            found.append((text, missing, more))
    return found


def _figures(
    kind: str, rows: Sequence[tuple[str, Sequence[Mapping[str, Any]], Sequence[Any]]]
) -> dict[str, Any]:
    hits: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    said: Counter[str] = Counter()
    covered = 0
    for _text, truth, finds in rows:
        true, read = [_true(kind, one) for one in truth], [_read(one) for one in finds]
        hits.update(one[0] for one in set(true) & set(read))
        wanted.update(one[0] for one in true)
        said.update(one[0] for one in read)
        hidden = {at for _, start, end, _ in read for at in range(start, end)}
        covered += sum(hidden.issuperset(range(start, end)) for _, start, end, _ in true)
    total = sum(wanted.values())
    return {
        "texts": len(rows),
        "all": _class(sum(hits.values()), total, sum(said.values())),
        "covered": round(covered / total, 4) if total else 0.0,
        "classes": {
            label: _class(hits[label], wanted[label], said[label]) for label in sorted(wanted | said)
        },
    }


def _true(kind: str, one: Mapping[str, Any]) -> Span:
    if kind != "places":
        return str(one["type"]), int(one["start"]), int(one["end"]), ""
    codes = [one["code"]] if one.get("code") else sorted(one.get("candidates", ()))
    return str(one["level"]), int(one["start"]), int(one["end"]), _codes(str(one["level"]), codes)


def _read(one: Any) -> Span:
    if not isinstance(one, FoundPlace):
        return one.type, one.start, one.end, ""
    codes = [one.code] if one.code else sorted(one.candidates)
    return one.level, one.start, one.end, _codes(one.level, codes)


def _codes(level: str, codes: Sequence[str]) -> str:
    """Streets and landmarks have no code of their own, so none is asked of them."""
    return "" if level in ("street", "landmark") else " ".join(codes)


def _class(hits: int, wanted: int, said: int) -> dict[str, Any]:
    return {
        "precision": round(hits / said, 4) if said else None,
        "recall": round(hits / wanted, 4) if wanted else None,
        "f1": round(2 * hits / (said + wanted), 4) if said + wanted else None,
        "n": wanted,
        "found": said,
    }


def _line(one: Mapping[str, Any]) -> str:
    """Without a true or found span there is no share to show."""
    shares = (
        f"{name} {'-' if one[name] is None else format(one[name], '.3f')}" for name in ("precision", "recall")
    )
    return f"{'  '.join(shares)}  n = {one['n']}"
