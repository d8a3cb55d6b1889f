"""A picture for tests that upload one."""

from __future__ import annotations

import io

from PIL import Image


def a_picture(colour: str = "teal") -> bytes:
    """This will return a small PNG of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(out, "PNG")
    return out.getvalue()
