"""Stored files: content-addressed, pictures re-encoded so that no location or program rides along.

A file is written beside its place, synced and renamed: after a full disk or a crash there is never half a file.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 15 * 1024 * 1024
MOST_PIXELS = 50_000_000
_PIECE = 1024 * 1024
_PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


class Refused(ValueError):
    """The file was not kept; the text says why and what to do."""


class StoredFile(models.Model):
    """A file of a government. `sha256` is its address below the media folder; equal content is kept once."""

    government_id = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=80)
    size = models.BigIntegerField()
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["government_id", "sha256"], name="file_once_per_government")
        ]

    @property
    def path(self) -> Path:
        return _place(self.sha256)

    def read(self) -> bytes:
        return self.path.read_bytes()


def keep_picture(government_id: int, content: bytes, name: str) -> StoredFile:
    """This will re-encode a picture (JPEG, PNG, WebP; EXIF and location dropped) and keep it; Refused else."""
    if len(content) > MOST_BYTES:
        raise Refused(_("Gambar lebih besar dari 15 MB dan tidak disimpan. Perkecil lalu kirim lagi."))
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.format not in _PICTURES or picture.width * picture.height > MOST_PIXELS:
                raise Refused(_("Gambar harus JPEG, PNG, atau WebP dengan paling banyak 50 megapiksel."))
            form = picture.format
            upright = ImageOps.exif_transpose(picture)
            out = io.BytesIO()
            clean = upright.convert("RGB") if form == "JPEG" else upright.copy()
            clean.info = {}
            clean.save(out, format=form, quality=88)
    except Image.DecompressionBombError as error:
        raise Refused(_("Gambar terlalu besar setelah dibuka dan tidak disimpan.")) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused(_("Berkas bukan gambar yang utuh dan tidak disimpan. Coba foto lagi.")) from error
    return keep(government_id, out.getvalue(), name, _PICTURES[form])


def keep(government_id: int, content: bytes, name: str, media_type: str) -> StoredFile:
    """This will keep bytes under their own hash and return the row; the same content is stored once."""
    sha = hashlib.sha256(content).hexdigest()
    place = _place(sha)
    if not place.exists():
        _write(place, content)
    return _row(government_id, sha, len(content), name, media_type)


def keep_stream(
    government_id: int, chunks: Iterable[bytes], name: str, *, most: int, look: Callable[[BinaryIO], str]
) -> StoredFile:
    """This will keep a file that is too large for memory, piece by piece; Refused beyond `most` bytes.

    `look` is given the whole file, open for reading and writing, before it is kept: it returns the media type, may
    blank out in place what must not be kept, and raises Refused for what may not be kept at all.
    """
    root = Path(settings.TANGGAP_DATA) / "media"
    with _half(root) as (file, half):
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > most:
                mega = {"most": most // 1_000_000}
                raise Refused(_("Berkas lebih besar dari %(most)s MB dan tidak disimpan.") % mega)
            file.write(chunk)
        file.flush()
        file.seek(0)
        media_type = look(file)
        file.seek(0)
        whole = hashlib.sha256()
        while piece := file.read(_PIECE):
            whole.update(piece)
        sha = whole.hexdigest()
        place = _place(sha)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            os.fsync(file.fileno())
            half.replace(place)
    return _row(government_id, sha, size, name, media_type)


def small(file: StoredFile, edge: int = 480) -> Path:
    """This will return where a small copy of a picture lies, made when it is asked for first; Refused where none can
    be made. It is no stored file of its own: it may be lost and is made again."""
    place = file.path.with_name(f"{file.sha256}.{edge}.jpg")
    if not place.exists():
        try:
            with Image.open(file.path) as picture:
                picture.draft("RGB", (edge * 2, edge * 2))
                picture.thumbnail((edge, edge))
                out = io.BytesIO()
                flat(picture).save(out, "JPEG", quality=80)
        except (
            UnidentifiedImageError,
            OSError,
            SyntaxError,
            ValueError,
            Image.DecompressionBombError,
        ) as error:
            raise Refused(_("Berkas ini tidak dapat ditampilkan sebagai gambar.")) from error
        _write(place, out.getvalue())
    return place


def flat(picture: Image.Image) -> Image.Image:
    """This will return a picture without transparency, on white."""
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        upon = Image.new("RGBA", picture.size, "white")
        upon.alpha_composite(picture.convert("RGBA"))
        return upon.convert("RGB")
    return picture.convert("RGB")


def put_back(sha: str, content: bytes) -> None:
    """This will write a file of a backup at the place of its hash; the row comes back with the database."""
    if not _place(sha).exists():
        _write(_place(sha), content)


def _place(sha: str) -> Path:
    return Path(settings.TANGGAP_DATA) / "media" / sha[:2] / sha[2:4] / sha


def _row(government_id: int, sha: str, size: int, name: str, media_type: str) -> StoredFile:
    row, _made = StoredFile.objects.get_or_create(
        government_id=government_id,
        sha256=sha,
        defaults={
            "media_type": media_type, "size": size, "name": Path(name).name[:200], "created_at": timezone.now(),
        },
    )  # fmt: skip
    return row


def _write(place: Path, content: bytes) -> None:
    with _half(place.parent) as (file, half):
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        half.replace(place)


@contextmanager
def _half(folder: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file beside its place: renamed by whoever finishes it, gone if nobody did."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, half = tempfile.mkstemp(dir=folder, prefix=".half-")
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file, Path(half)
    finally:
        Path(half).unlink(missing_ok=True)
