"""What a machine sees: a hint kept with the item, and said where it could not look."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from pytest_django.fixtures import Settings

from tanggap.agencies.models import Role
from tanggap.core import scope
from tanggap.publishing.media_library import eyes, library, seeing
from tanggap.publishing.media_library.uploads import Upload
from tanggap.publishing.models import MediaItem
from tests.city import a_government, a_member, a_unit

ABLE = eyes.able()


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "teal").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def item(db: None, settings: Settings, tmp_path: Path) -> MediaItem:
    settings.TANGGAP_DATA = tmp_path
    officer = a_member(a_unit(a_government(), "KOMINFO"), Role.OFFICER)
    with scope.government(officer.government_id):
        return library.add(officer, Upload("a.png", 1, [picture()])).item


def answers(monkeypatch: pytest.MonkeyPatch, answer: Any) -> list[list[str]]:
    asked: list[list[str]] = []

    def run(command: list[str], **_given: Any) -> subprocess.CompletedProcess[bytes]:
        asked.append(command)
        if isinstance(answer, Exception):
            raise answer
        return subprocess.CompletedProcess(command, 0, answer)

    monkeypatch.setattr(subprocess, "run", run)
    return asked


def kept(item: MediaItem) -> MediaItem:
    return MediaItem._base_manager.select_related("file").get(pk=item.pk)


def test_a_new_item_is_looked_at_once(item: MediaItem, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {"faces": 2, "boxes": [[0.1, 0.1, 0.2, 0.2]], "text": "NIK 3471012503900001 a.n. warga"}
    asked = answers(monkeypatch, json.dumps(seen).encode())
    assert seeing.state_of(kept(item)) == "waiting"
    assert seeing.see(item.added_at) == 1
    assert seeing.see(item.added_at) == 0
    assert len(asked) == 1
    found = kept(item).found
    assert found is not None
    assert (found["faces"], found["personal_data"]) == (2, ["nik"])
    assert "3471012503900001" not in json.dumps(found), "what was read of a person is not kept a second time"
    assert seeing.state_of(kept(item)) == "looked"


@pytest.mark.parametrize(
    "answer",
    [
        subprocess.TimeoutExpired("eyes", 90),
        subprocess.CalledProcessError(-11, "eyes"),
        OSError(),
        b"no json",
        b'{"faces": null, "boxes": [], "text": null}',
    ],
    ids=["too long", "crashed", "cannot start", "babble", "nothing installed"],
)
def test_what_could_not_be_looked_at_is_not_looked_at_for_ever(
    item: MediaItem, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    answers(monkeypatch, answer)
    assert seeing.see(item.added_at) == 1
    assert seeing.see(item.added_at) == 0
    assert kept(item).found is None
    assert seeing.state_of(kept(item)) == "could_not"


@pytest.mark.parametrize(
    ("seen", "state", "data"),
    [
        ({"faces": 0, "boxes": [], "text": None}, "partly", None),
        ({"faces": None, "boxes": [], "text": ""}, "partly", []),
        ({"faces": 0, "boxes": [], "text": "Jam layanan 08.00"}, "looked", []),
    ],
)
def test_what_it_could_not_do_is_null(seen: dict[str, Any], state: str, data: list[str] | None) -> None:
    found = seeing.told(seen)
    assert found is not None
    assert found["personal_data"] == data
    assert seeing.state_of(MediaItem(found=found)) == state


def test_somebody_asks_for_another_look(item: MediaItem, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, OSError())
    seeing.see(item.added_at)
    with scope.government(item.government_id):
        library.look_again(kept(item), item.added_by)
    assert seeing.see(item.added_at) == 1


def test_eyes_without_anything_installed_say_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(eyes, "_cv2", lambda: None)
    monkeypatch.setattr(eyes, "_tongues", tuple)
    place = tmp_path / "a.png"
    place.write_bytes(picture())
    assert eyes.look(place, "image/png") == {"faces": None, "boxes": [], "text": None}
    assert eyes.look(place, "video/mp4") == {"faces": None, "boxes": [], "text": None}


def test_the_process_of_its_own_looks(item: MediaItem) -> None:
    if not any(ABLE.values()):
        pytest.skip("neither opencv-python-headless nor Tesseract with Indonesian is installed")
    found = seeing.look(item.file.path, item.file.media_type)
    assert found is not None
    assert found["faces"] == (0 if ABLE["faces"] else None)


@pytest.mark.skipif(not ABLE["faces"], reason="opencv-python-headless is not installed")
def test_a_drawn_face_is_counted(tmp_path: Path) -> None:
    place = tmp_path / "wajah.png"
    face(place)
    seen = eyes.look(place, "image/png")
    assert seen["faces"] == 1
    x, y, w, h = seen["boxes"][0]
    assert x < 0.5 < x + w
    assert y < 0.5 < y + h


@pytest.mark.skipif(not ABLE["text"], reason="Tesseract with Indonesian is not installed")
def test_written_words_are_read(tmp_path: Path) -> None:
    place = tmp_path / "tulisan.png"
    page = Image.new("RGB", (900, 200), "white")
    ImageDraw.Draw(page).text((30, 60), "Hubungi 081234567890", fill="black", font_size=56)
    page.save(place)
    assert "081234567890" in eyes.look(place, "image/png")["text"].replace(" ", "")


def face(place: Path) -> None:
    """Light and dark where a face has them; enough for a cascade, and nobody's face."""
    picture_ = Image.new("L", (400, 400), 150)
    draw = ImageDraw.Draw(picture_)
    draw.ellipse((110, 70, 290, 330), fill=200)
    draw.pieslice((105, 55, 295, 260), 180, 360, fill=60)
    draw.ellipse((120, 95, 280, 325), fill=205)
    for left in (145, 215):
        draw.rectangle((left - 5, 160, left + 45, 170), fill=70)
        draw.ellipse((left, 178, left + 40, 200), fill=120)
        draw.ellipse((left + 12, 180, left + 28, 198), fill=30)
    draw.polygon([(200, 190), (182, 250), (218, 250)], fill=175)
    draw.rectangle((180, 248, 220, 256), fill=120)
    draw.ellipse((165, 275, 235, 295), fill=110)
    picture_.convert("RGB").save(place)
