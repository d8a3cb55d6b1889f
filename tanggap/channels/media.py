"""What a file truly is: type by its content, width and height; a name or a stated type is not believed."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

MOST_PIXELS = 50_000_000
_BEGINNINGS = (
    (0, b"\xff\xd8\xff", "image/jpeg"), (0, b"\x89PNG\r\n\x1a\n", "image/png"), (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"), (0, b"%PDF-", "application/pdf"), (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"), (0, b"ID3", "audio/mpeg"), (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"), (0, b"\xff\xf9", "audio/aac"), (0, b"#!AMR", "audio/amr"),
)  # fmt: skip
# ISO base media files say their brand after "ftyp" (mp4ra.org/registered-types/brands, checked 2026-11-22).
_BRANDS = {
    b"qt  ": "video/quicktime", b"M4A ": "audio/mp4", b"3gp": "video/3gpp", b"heic": "image/heic",
    b"heix": "image/heic", b"mif1": "image/heic", b"avif": "image/avif",
}  # fmt: skip
_OFFICE = "application/vnd.openxmlformats-officedocument."
_PARTS = (
    (b"word/", f"{_OFFICE}wordprocessingml.document"), (b"xl/", f"{_OFFICE}spreadsheetml.sheet"),
    (b"ppt/", f"{_OFFICE}presentationml.presentation"),
)  # fmt: skip
UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Piece:
    """One file that goes with a text; `width` and `height` in pixels, 0 where it has none or it cannot be opened."""

    type: str
    size: int
    width: int = 0
    height: int = 0
    alt: str = ""
    name: str = ""
    whole: bool = True


def look(content: bytes, *, alt: str = "", name: str = "") -> Piece:
    """This will say what a file is; `whole` is False for a picture that cannot be opened."""
    kind = sniff(content)
    width = height = 0
    whole = True
    if kind.startswith("image/") and kind not in {"image/heic", "image/avif"}:
        try:
            with Image.open(io.BytesIO(content)) as picture:
                width, height = picture.size
                if width * height <= MOST_PIXELS:
                    picture.load()
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            whole = False
    return Piece(kind, len(content), width, height, alt, name, whole)


def sniff(content: bytes) -> str:
    """This will return the MIME type that the first bytes of a file tell; UNKNOWN where they tell none."""
    for at, mark, kind in _BEGINNINGS:
        if content.startswith(mark, at):
            return kind
    if content[4:8] == b"ftyp":
        brand = content[8:12]
        return next((kind for mark, kind in _BRANDS.items() if brand.startswith(mark)), "video/mp4")
    if content.startswith(b"PK\x03\x04"):
        return next((kind for mark, kind in _PARTS if mark in content[:8192]), "application/zip")
    if content and b"\0" not in content[:1024]:
        try:
            content[:1024].decode("utf-8")
        except UnicodeDecodeError as error:
            return "text/plain" if error.start >= len(content[:1024]) - 3 else UNKNOWN
        return "text/plain"
    return UNKNOWN
