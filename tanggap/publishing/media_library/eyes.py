"""Looks at one file in a process of its own and writes what it saw as JSON: faces counted, text read.

    python -m tanggap.publishing.media_library.eyes FILE MEDIA_TYPE

A picture is data of strangers: whatever breaks while it is opened breaks this process alone, and its memory goes with
it. Faces: OpenCV's trained cascades (`pip install opencv-python-headless`). Text: Tesseract with Indonesian
(`apt-get install tesseract-ocr tesseract-ocr-ind`). Each is left out where it is not installed.
"""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

EDGE = 1280
"""Pictures are looked at no larger than this: a face of a fiftieth of the width is still found."""
LEAST_FACE = 28
FRAMES = 12
"""Of a film so many frames are looked at, evenly spread."""
READING_SECONDS = 25
_LANGUAGES = ("ind", "eng")
_CASCADES = (("haarcascade_frontalface_alt2.xml", 4), ("haarcascade_profileface.xml", 6))
_SAME_FACE = 0.3


def able() -> dict[str, bool]:
    """This will say what this machine can do: {"faces": …, "text": …}."""
    return {"faces": _cv2() is not None, "text": bool(_tongues())}


def look(path: Path, media_type: str) -> dict[str, Any]:
    """This will return {faces, boxes, text}: faces and text null where the machine cannot look for them.

    Boxes are fractions of the picture. Of a film the frame with most faces counts, and the text of all frames.
    """
    if media_type.startswith("video/"):
        frames = _frames(path)
        if not frames:
            return {"faces": None, "boxes": [], "text": None}
    else:
        with Image.open(path) as opened:
            opened.draft("RGB", (EDGE * 2, EDGE * 2))
            frames = [opened.convert("RGB")]
    boxes = [_faces(one) for one in frames]
    texts = [_text(one) for one in frames[:: 4 if len(frames) > 1 else 1]]
    counted = [one for one in boxes if one is not None]
    return {
        "faces": max(map(len, counted)) if counted else None,
        "boxes": boxes[0] or [] if len(frames) == 1 else [],
        "text": None if texts[0] is None else "\n".join(dict.fromkeys(filter(None, texts))),
    }


def _faces(picture: Image.Image) -> list[list[float]] | None:
    cv2 = _cv2()
    if cv2 is None:
        return None
    import numpy as np

    small = picture.copy()
    small.thumbnail((EDGE, EDGE))
    grey = cv2.equalizeHist(np.asarray(small.convert("L")))
    found: list[tuple[int, int, int, int]] = []
    for name, least in _CASCADES:
        cascade = _cascade(name)
        seen = list(cascade.detectMultiScale(grey, 1.1, least, minSize=(LEAST_FACE, LEAST_FACE)))
        if "profile" in name:  # trained on faces that look one way only
            turned = cascade.detectMultiScale(cv2.flip(grey, 1), 1.1, least, minSize=(LEAST_FACE, LEAST_FACE))
            seen += [(small.width - x - w, y, w, h) for x, y, w, h in turned]
        for box in seen:
            mine = tuple(int(side) for side in box)
            if all(_overlap(mine, other) < _SAME_FACE for other in found):
                found.append(mine)  # type: ignore[arg-type]
    return [
        [
            round(x / small.width, 4),
            round(y / small.height, 4),
            round(w / small.width, 4),
            round(h / small.height, 4),
        ]
        for x, y, w, h in found
    ]


def _overlap(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """The shared area as a share of the smaller one."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / min(one[2] * one[3], other[2] * other[3])


def _text(picture: Image.Image) -> str | None:
    tongues = _tongues()
    if not tongues:
        return None
    small = picture.copy()
    small.thumbnail((EDGE * 2, EDGE * 2))
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.png"
        small.save(page)
        command = [_tesseract(), str(page), "-", "-l", "+".join(tongues), "--psm", "11"]
        try:
            done = subprocess.run(command, capture_output=True, timeout=READING_SECONDS, check=True)
        except (subprocess.SubprocessError, OSError):
            return None
    return "\n".join(line for line in done.stdout.decode("utf-8", "replace").splitlines() if line.strip())[
        :5000
    ]


def _frames(path: Path) -> list[Image.Image]:
    cv2 = _cv2()
    if cv2 is None:
        return []
    film = cv2.VideoCapture(str(path))
    many = int(film.get(cv2.CAP_PROP_FRAME_COUNT) or 0)
    found = []
    for number in range(FRAMES):
        film.set(cv2.CAP_PROP_POS_FRAMES, many * number // FRAMES)
        whole, frame = film.read()
        if whole:
            found.append(Image.fromarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)))
    film.release()
    return found


@cache
def _cv2() -> Any:
    try:
        cv2: Any = importlib.import_module("cv2")
    except ImportError:
        return None
    # OpenCV 5 keeps the cascades elsewhere; without them it cannot look for faces.
    usable = hasattr(cv2, "CascadeClassifier") and all(
        (Path(cv2.data.haarcascades) / name).exists() for name, _least in _CASCADES
    )
    return cv2 if usable else None


@cache
def _cascade(name: str) -> Any:
    cv2 = _cv2()
    return cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / name))


@cache
def _tesseract() -> str:
    return shutil.which("tesseract") or ""


@cache
def _tongues() -> tuple[str, ...]:
    """The languages that Tesseract can read here; none without Indonesian."""
    if not _tesseract():
        return ()
    try:
        done = subprocess.run([_tesseract(), "--list-langs"], capture_output=True, timeout=10, check=True)
    except (subprocess.SubprocessError, OSError):
        return ()
    there = done.stdout.decode("utf-8", "replace").split()
    return tuple(one for one in _LANGUAGES if one in there) if "ind" in there else ()


if __name__ == "__main__":
    json.dump(look(Path(sys.argv[1]), sys.argv[2]) if len(sys.argv) > 2 else able(), sys.stdout)
