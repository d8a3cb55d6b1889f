"""Stored files: content-addressed, pictures re-encoded so that no location or program rides along.

A file is written beside its place, synced and renamed: after a full disk or a crash there is never half a file.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils import timezone
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 15 * 1024 * 1024
MOST_PIXELS = 50_000_000
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
        raise Refused("Gambar lebih besar dari 15 MB dan tidak disimpan. Perkecil lalu kirim lagi.")
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.format not in _PICTURES or picture.width * picture.height > MOST_PIXELS:
                raise Refused("Gambar harus JPEG, PNG, atau WebP dengan paling banyak 50 megapiksel.")
            form = picture.format
            upright = ImageOps.exif_transpose(picture)
            out = io.BytesIO()
            clean = upright.convert("RGB") if form == "JPEG" else upright.copy()
            clean.info = {}
            clean.save(out, format=form, quality=88)
    except Image.DecompressionBombError as error:
        raise Refused("Gambar terlalu besar setelah dibuka dan tidak disimpan.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, Refused):
            raise
        raise Refused("Berkas bukan gambar yang utuh dan tidak disimpan. Coba foto lagi.") from error
    return keep(government_id, out.getvalue(), name, _PICTURES[form])


def keep(government_id: int, content: bytes, name: str, media_type: str) -> StoredFile:
    """This will keep bytes under their own hash and return the row; the same content is stored once."""
    sha = hashlib.sha256(content).hexdigest()
    place = _place(sha)
    if not place.exists():
        _write(place, content)
    row, _ = StoredFile.objects.get_or_create(
        government_id=government_id,
        sha256=sha,
        defaults={
            "media_type": media_type, "size": len(content), "name": Path(name).name[:200],
            "created_at": timezone.now(),
        },
    )  # fmt: skip
    return row


def put_back(sha: str, content: bytes) -> None:
    """This will write a file of a backup at the place of its hash; the row comes back with the database."""
    if not _place(sha).exists():
        _write(_place(sha), content)


def _place(sha: str) -> Path:
    return Path(settings.TANGGAP_DATA) / "media" / sha[:2] / sha[2:4] / sha


def _write(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, half = tempfile.mkstemp(dir=place.parent, prefix=".half-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(half).replace(place)
    except BaseException:
        Path(half).unlink(missing_ok=True)
        raise
