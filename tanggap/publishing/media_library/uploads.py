"""Takes in what people upload to the library: pictures re-encoded, films streamed to disk, both within the quota."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO

from django.db import models
from django.utils.translation import gettext as _
from PIL import Image

from tanggap.agencies.models import Government, Member
from tanggap.channels.connector import all_connectors
from tanggap.channels.media import sniff
from tanggap.core import files
from tanggap.core.files import StoredFile
from tanggap.core.refusal import Refusal
from tanggap.publishing.media_library import films
from tanggap.publishing.models import MediaItem

FILMS = frozenset({"video/mp4", "video/quicktime"})
QUOTA_GB = 20
"""How much a government's library may hold unless its file says otherwise (`media_quota_gb`)."""
_GB = 1024**3


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it comes: `size` as stated, `chunks` its bytes in order; nothing of it is believed."""

    name: str
    size: int
    chunks: Iterable[bytes]


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was kept, with what it says of itself."""

    file: StoredFile
    width: int | None
    height: int | None
    seconds: float | None = None

    @property
    def film(self) -> bool:
        return self.file.media_type.startswith("video/")

    def fields(self) -> dict[str, Any]:
        """This will return what a MediaItem takes over."""
        return {"file": self.file, "width": self.width, "height": self.height, "seconds": self.seconds}


@dataclass(frozen=True, slots=True)
class Room:
    """How much of a government's quota its library uses, in bytes."""

    used: int
    most: int

    @property
    def left(self) -> int:
        return max(self.most - self.used, 0)

    @property
    def percent(self) -> int:
        return min(round(100 * self.used / self.most), 100) if self.most else 100


def keep(by: Member, upload: Upload) -> Kept:
    """This will keep a picture or a film; Refusal says in words why it cannot be."""
    if upload.size > room(by.government).left:
        raise Refusal(
            _("Pustaka penuh; “%(name)s” tidak disimpan. Minta administrator menambah kuota.")
            % {"name": upload.name}, "file",
        )  # fmt: skip
    chunks = iter(upload.chunks)
    start = _beginning(chunks)
    kind = sniff(start)
    try:
        if kind in FILMS:
            return _keep_film(by.government_id, _again(start, chunks), upload)
        if kind.startswith("video/"):
            raise files.Refused(
                _("Film ini berjenis %(type)s. Simpan sebagai MP4 lalu unggah lagi.") % {"type": kind}
            )
        return _keep_picture(by.government_id, _again(start, chunks), upload)
    except files.Refused as error:
        raise Refusal(f"{upload.name}: {error}", "file") from error


def room(government: Government) -> Room:
    """This will say how full a government's library is; equal files count once."""
    used = StoredFile.objects.filter(
        pk__in=MediaItem.objects.filter(government=government).values("file")
    ).aggregate(used=models.Sum("size"))["used"]
    most = (government.file or {}).get("media_quota_gb", QUOTA_GB)
    return Room(int(used or 0), int(float(most) * _GB))


@cache
def most_film_bytes() -> int:
    """This will return the size of the largest film that any platform takes."""
    sizes = [
        size
        for one in all_connectors().values()
        if one.media
        for kind, size in one.media.bytes_by_type.items()
        if kind in FILMS
    ]
    return max(sizes)


def _keep_picture(government_id: int, chunks: Iterable[bytes], upload: Upload) -> Kept:
    content = bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > files.MOST_BYTES:
            break  # keep_picture says so
    kept = files.keep_picture(government_id, bytes(content), upload.name)
    with Image.open(kept.path) as picture:
        return Kept(kept, picture.width, picture.height)


def _keep_film(government_id: int, chunks: Iterable[bytes], upload: Upload) -> Kept:
    seen: list[films.Film] = []

    def look(file: BinaryIO) -> str:
        film = films.look(file)
        films.forget_place(file)
        seen.append(film)
        return film.type

    kept = files.keep_stream(government_id, chunks, upload.name, most=most_film_bytes(), look=look)
    return Kept(kept, seen[0].width, seen[0].height, seen[0].seconds)


def _beginning(chunks: Iterator[bytes]) -> bytes:
    """Enough of the first pieces to tell what it is; a piece may be of any size."""
    start = b""
    for chunk in chunks:
        start += chunk
        if len(start) >= 1024:
            break
    return start


def _again(start: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield start
    yield from chunks
