"""A film for tests: the boxes of an MP4 without pictures in them."""

from __future__ import annotations

import struct


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def film(*, place: bytes = b"", seconds: int = 12) -> bytes:
    """A film's boxes without a film in them: index, size, length, and where it was made."""
    matrix = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    header = bytes(40) + matrix + struct.pack(">II", 640 << 16, 360 << 16)
    index = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, seconds * 1000) + bytes(80))
    index += box(b"trak", box(b"tkhd", header)) + (box(b"udta", box(b"\xa9xyz", place)) if place else b"")
    return box(b"ftyp", b"isom" + bytes(12)) + box(b"moov", index) + box(b"mdat", bytes(50_000))
