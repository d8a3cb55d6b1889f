"""What an MP4 or QuickTime film says of itself, and taking out where it was filmed; the film itself is not read.

ISO/IEC 14496-12: a file is boxes, each {size: 4 bytes, type: 4 bytes, content}; `moov` holds the index, `mdat` the
pictures, which are passed over.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _

from tanggap.channels.media import sniff
from tanggap.core.files import Refused

_WITHIN = {b"moov", b"trak", b"mdia"}
_TELLING = {b"udta", b"meta"}
"""Boxes in which phones write the place (©xyz, com.apple.quicktime.location.ISO6709), the device and the time."""
_MOST_BOXES = 10_000
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Film:
    """Type, size of the picture in pixels and length in seconds; None where the file does not say."""

    type: str
    width: int | None = None
    height: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class _Box:
    type: bytes
    at: int
    inside: int
    end: int


def look(file: BinaryIO) -> Film:
    """This will read the index of a film; Refused where there is none, or where the file breaks off before its end."""
    file.seek(0)
    kind = sniff(file.read(32))
    found = list(_boxes(file, 0, _length(file)))
    if b"moov" not in {box.type for box in found}:
        raise Refused(_("Film ini tidak utuh dan tidak disimpan. Simpan ulang atau unggah lagi."))
    width = height = seconds = None
    for box in found:
        if box.type == b"mvhd":
            seconds = _seconds(_content(file, box))
        elif box.type == b"tkhd" and not width:
            width, height = _size(_content(file, box))
    return Film(kind, width or None, height or None, seconds)


def forget_place(file: BinaryIO) -> int:
    """This will blank out, in place, where and with what a film was made; returns how many boxes held such.

    Lengths stay, so that the index still points at the right pictures.
    """
    blanked = 0
    for box in _boxes(file, 0, _length(file)):
        if box.type not in _TELLING:
            continue
        file.seek(box.at + 4)
        file.write(b"free")
        file.seek(box.inside)
        left = box.end - box.inside
        while left > 0:
            left -= file.write(bytes(min(left, 1 << 16)))
        blanked += 1
    return blanked


def _boxes(file: BinaryIO, start: int, end: int, depth: int = 0) -> Iterator[_Box]:
    """Every box and those within the index, in order; Refused for one that ends beyond its parent."""
    at, seen = start, 0
    while at + 8 <= end:
        file.seek(at)
        size, kind = struct.unpack(">I4s", file.read(8))
        inside = at + 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))
            inside = at + 16
        elif size == 0:
            size = end - at
        seen += 1
        if size < inside - at or at + size > end or seen > _MOST_BOXES:
            raise Refused(_("Film ini tidak utuh dan tidak disimpan. Simpan ulang atau unggah lagi."))
        box = _Box(kind, at, inside, at + size)
        yield box
        if kind in _WITHIN and depth < _DEEPEST:
            yield from _boxes(file, box.inside, box.end, depth + 1)
        at = box.end


def _seconds(content: bytes) -> float | None:
    try:
        if content[0] == 1:
            scale, length = struct.unpack_from(">IQ", content, 20)
        else:
            scale, length = struct.unpack_from(">II", content, 12)
    except (struct.error, IndexError):
        return None
    return round(length / scale, 2) if scale else None


def _size(content: bytes) -> tuple[int, int]:
    """Width and height are the last two numbers of a track's header, 16.16 fixed point; turned where it says so."""
    if len(content) < 84:
        return 0, 0
    width, height = (number >> 16 for number in struct.unpack(">II", content[-8:]))
    a, b = struct.unpack(">ii", content[-44:-36])
    return (height, width) if a == 0 and b != 0 else (width, height)


def _content(file: BinaryIO, box: _Box) -> bytes:
    file.seek(box.inside)
    return file.read(min(box.end - box.inside, 4096))


def _length(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END)
