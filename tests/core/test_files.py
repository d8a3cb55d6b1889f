from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from pytest_django.fixtures import Settings

from tanggap.core import files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.TANGGAP_DATA = tmp_path


def picture(form: str = "JPEG", *, gps: bool = False) -> bytes:
    image, out = Image.new("RGB", (40, 30), "teal"), io.BytesIO()
    exif = Image.Exif()
    if gps:
        exif.get_ifd(0x8825)[2] = (7.0, 48.0, 5.0)
        exif[0x010E] = "rumah saya"
    image.save(out, form, exif=exif)
    return out.getvalue()


@pytest.mark.fault(52)
def test_a_picture_loses_its_location() -> None:
    row = files.keep_picture(1, picture(gps=True), "foto.jpg")
    with Image.open(row.path) as kept:
        assert kept.size == (40, 30)
        assert not dict(kept.getexif())
    assert b"rumah saya" not in row.read()


def test_equal_content_is_kept_once_per_government() -> None:
    one, two = (files.keep_picture(1, picture(), name) for name in ("a.jpg", "b.jpg"))
    assert one == two
    assert files.keep_picture(2, picture(), "a.jpg").pk != one.pk


@pytest.mark.fault(52)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg onload=alert(1)>",
        b"%PDF-1.4",
        b"GIF89a" + b"\0" * 50,
        picture()[:200],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 30,
    ],
)
def test_what_is_no_whole_picture_is_refused(content: bytes) -> None:
    with pytest.raises(files.Refused, match=r"tidak disimpan|harus"):
        files.keep_picture(1, content, "x.jpg")


@pytest.mark.fault(52)
def test_a_picture_of_too_many_pixels_is_refused() -> None:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    with pytest.raises(files.Refused, match="megapiksel"):
        files.keep_picture(1, out.getvalue(), "bom.png")


@pytest.mark.fault(53)
def test_a_name_from_outside_never_becomes_a_path(tmp_path: Path) -> None:
    row = files.keep_picture(1, picture(), "../../etc/" + "n" * 300 + ".jpg")
    assert tmp_path in row.path.parents
    assert "/" not in row.name
    assert len(row.name) <= 200


@pytest.mark.fault(18)
def test_a_full_disk_leaves_no_half_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.keep(1, b"x", "x", "text/plain")
    assert not [one for one in tmp_path.rglob("*") if one.is_file()]
