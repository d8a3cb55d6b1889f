"""Cutting a picture to a platform's ratio, and making it small enough for one: pure, bytes in and bytes out."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from PIL import Image

from tanggap.channels.limits import MediaLimits
from tanggap.core.files import flat
from tanggap.core.refusal import Refusal

Crop = Sequence[float]
"""[x, y, width, height] as fractions of the picture, from its upper left."""

RATIOS: tuple[tuple[str, float], ...] = (
    ("1:1", 1.0),
    ("4:5", 0.8),
    ("16:9", 16 / 9),
    ("1.91:1", 1.91),
    ("9:16", 9 / 16),
)
"""The shapes that platforms show; a channel's own limits say which of them it takes."""
LEAST_SIDE = 16
LARGEST_SIDE = 4096
"""No platform shows more; beyond it only time would be lost in making a picture smaller step by step."""
_FORMS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_QUALITIES = (88, 80, 70, 60)


@dataclass(frozen=True, slots=True)
class Made:
    """A picture that was cut or made smaller."""

    content: bytes
    type: str
    width: int
    height: int


def read(typed: str) -> list[float] | None:
    """This will read a crop that a form sent as "x,y,w,h"; None for an empty one, Refusal for what is no crop."""
    if not typed.strip():
        return None
    try:
        found = [float(one) for one in typed.strip(" []").split(",")]
        x, y, width, height = found
    except ValueError as error:
        raise Refusal(_("Potongan gambar tidak dapat dibaca. Pilih lagi potongannya."), "crop") from error
    fits = width > 0 and height > 0 and x >= 0 and y >= 0 and x + width <= 1.001 and y + height <= 1.001
    if not fits:
        raise Refusal(_("Potongan berada di luar gambar. Pilih lagi potongannya."), "crop")
    return None if found == [0, 0, 1, 1] else [round(min(one, 1.0), 5) for one in found]


def central(width: int, height: int, ratio: float) -> list[float]:
    """This will return the greatest crop of a ratio (width by height) around the middle."""
    if not width or not height:
        return [0.0, 0.0, 1.0, 1.0]
    share = ratio * height / width
    w, h = (share, 1.0) if share <= 1 else (1.0, 1 / share)
    return [round((1 - w) / 2, 5), round((1 - h) / 2, 5), round(w, 5), round(h, 5)]


def suggested(width: int, height: int, limits: MediaLimits | None) -> str:
    """This will name the ratio to cut to for a channel: "" where the whole picture may stay."""
    if limits is None or limits.ratio is None or not width or not height:
        return ""
    least, greatest = limits.ratio
    mine = width / height
    if least <= mine <= greatest:
        return ""
    fitting = [(abs(ratio - mine), name) for name, ratio in RATIOS if least <= ratio <= greatest]
    return min(fitting)[1] if fitting else ""


def allowed(limits: MediaLimits | None) -> list[tuple[str, float]]:
    """This will return the ratios that a channel takes, all where it sets none."""
    if limits is None or limits.ratio is None:
        return list(RATIOS)
    least, greatest = limits.ratio
    return [(name, ratio) for name, ratio in RATIOS if least <= ratio <= greatest]


def cut(content: bytes, media_type: str, crop: Crop) -> Made:
    """This will cut a picture, in its own format; Refusal where hardly anything would be left."""
    with Image.open(io.BytesIO(content)) as picture:
        x, y, w, h = crop
        box = (
            round(x * picture.width),
            round(y * picture.height),
            min(round((x + w) * picture.width), picture.width),
            min(round((y + h) * picture.height), picture.height),
        )
        if box[2] - box[0] < LEAST_SIDE or box[3] - box[1] < LEAST_SIDE:
            raise Refusal(_("Potongan terlalu kecil. Pilih bagian yang lebih besar."), "crop")
        return _written(picture.crop(box), media_type)


def fitted(content: bytes, media_type: str, bytes_by_type: Mapping[str, int]) -> Made | None:
    """This will return a picture of a type and size that a platform takes, None where it stands as it is or where the
    platform takes no still picture at all.

    First the quality goes down, then the sides, until it fits.
    """
    most = bytes_by_type.get(media_type)
    if most is not None and len(content) <= most:
        return None
    target = next((one for one in ("image/jpeg", "image/webp", "image/png") if one in bytes_by_type), None)
    if target is None or media_type not in _FORMS:
        return None
    most = bytes_by_type[target]
    with Image.open(io.BytesIO(content)) as opened:
        picture = flat(opened) if target == "image/jpeg" else opened.copy()
    picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS)
    while True:
        for quality in _QUALITIES:
            made = _written(picture, target, quality)
            if len(made.content) <= most:
                return made
        if min(picture.size) * 4 // 5 < LEAST_SIDE:
            return made
        picture = picture.resize((picture.width * 4 // 5, picture.height * 4 // 5), Image.Resampling.LANCZOS)


def blurred(content: bytes, media_type: str, boxes: Sequence[Crop]) -> Made:
    """This will make what lies in the boxes unrecognisable: coarse blocks, so that no sharpening brings it back."""
    with Image.open(io.BytesIO(content)) as opened:
        picture = opened.convert("RGB") if media_type == "image/jpeg" else opened.convert("RGBA")
    for x, y, w, h in boxes:
        # A face's box ends at the brow and the ears: a fifth more on every side.
        box = (
            max(round((x - w / 5) * picture.width), 0),
            max(round((y - h / 5) * picture.height), 0),
            min(round((x + w * 1.2) * picture.width), picture.width),
            min(round((y + h * 1.2) * picture.height), picture.height),
        )
        if box[2] <= box[0] or box[3] <= box[1]:
            continue
        part = picture.crop(box)
        coarse = part.resize((6, 6), Image.Resampling.BOX)
        picture.paste(coarse.resize(part.size, Image.Resampling.NEAREST), box)
    return _written(picture, media_type)


def _written(picture: Image.Image, media_type: str, quality: int = 88) -> Made:
    out = io.BytesIO()
    picture.info = {}
    form: dict[str, Any] = {} if media_type == "image/png" else {"quality": quality}
    picture.save(out, _FORMS[media_type], **form)
    return Made(out.getvalue(), media_type, picture.width, picture.height)
