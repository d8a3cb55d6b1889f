"""The media library on the screen: uploading without scripts, what must be known of an item, choosing one."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django.fixtures import Settings

from tanggap.agencies.models import Government, Member, Role
from tanggap.channels.models import Channel
from tanggap.publishing.media_library import library
from tanggap.publishing.media_library.uploads import Upload
from tanggap.publishing.models import MediaItem
from tests.city import a_channel, a_member, a_publication, a_unit
from tests.publishing.boxes import film

As = Callable[[Member], Client]


@pytest.fixture(autouse=True)
def in_town(inside: None, settings: Settings, tmp_path: Path) -> None:
    settings.TANGGAP_DATA = tmp_path


def picture(size: tuple[int, int] = (600, 400), colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def item(officer: Member) -> MediaItem:
    content = picture()
    return library.add(officer, Upload("kantor.jpg", len(content), [content])).item


@pytest.fixture
def kept_film(officer: Member) -> MediaItem:
    content = film()
    return library.add(officer, Upload("rapat.mp4", len(content), [content])).item


def test_an_empty_library_teaches(client: Client) -> None:
    assert "Pustaka masih kosong" in client.get(reverse("library")).content.decode()


def test_several_files_are_uploaded_without_scripts(client: Client) -> None:
    sent = [
        SimpleUploadedFile("a.jpg", picture()),
        SimpleUploadedFile("b.jpg", picture(colour="navy")),
        SimpleUploadedFile("c.jpg", picture()),
        SimpleUploadedFile("d.pdf", b"%PDF-1.4" * 300),
    ]
    shown = client.post(reverse("library_add"), {"files": sent}, follow=True).content.decode()
    assert "2 berkas disimpan. 1 berkas sudah ada di pustaka. d.pdf: " in shown
    assert sorted(one.name for one in MediaItem.objects.all()) == ["a.jpg", "b.jpg"]


def test_a_script_gets_the_card_of_what_it_sent(client: Client, item: MediaItem) -> None:
    address = reverse("library_add")
    new = client.post(address, {"files": SimpleUploadedFile("b.jpg", picture(colour="red")), "card": "1"})
    assert (new.status_code, "b.jpg" in new.content.decode()) == (200, True)
    twin = client.post(address, {"files": SimpleUploadedFile("c.jpg", picture()), "card": "1"})
    assert "Sudah ada di pustaka sebagai “kantor.jpg”" in twin.content.decode()
    bad = client.post(address, {"files": SimpleUploadedFile("d.jpg", b"bukan gambar"), "card": "1"})
    assert (bad.status_code, "tidak disimpan" in bad.content.decode()) == (422, True)


def test_what_must_be_known_is_written(client: Client, item: MediaItem) -> None:
    given = {
        "name": "Kantor", "alt": "Kantor kelurahan dari depan", "credit": "Humas", "licence": "cc-by",
        "licence_note": "", "consent": "given", "consent_note": "wali, surat 12", "children": "1",
    }  # fmt: skip
    shown = client.post(reverse("library_one", args=[item.pk]), given, follow=True).content.decode()
    assert "Keterangan tersimpan" in shown
    assert "creativecommons.org/licenses/by/4.0" in shown
    item.refresh_from_db()
    assert {key: getattr(item, key) for key in given} == given | {"children": True}
    client.post(reverse("library_one", args=[item.pk]), {**given, "children": ""})
    item.refresh_from_db()
    assert item.children is False


def test_a_refusal_keeps_what_was_typed(client: Client, item: MediaItem) -> None:
    answer = client.post(reverse("library_one", args=[item.pk]), {"name": "", "alt": "Yang diketik"})
    assert answer.status_code == 422
    assert "Yang diketik" in answer.content.decode()


def test_what_the_machine_could_not_do_is_said(client: Client, item: MediaItem) -> None:
    page = reverse("library_one", args=[item.pk])
    assert "Menunggu giliran" in client.get(page).content.decode()
    item.looked_at = item.added_at
    item.save()
    assert "Mesin tidak dapat memeriksa berkas ini" in client.get(page).content.decode()
    item.found = {"faces": 3, "boxes": [[0, 0, 0.2, 0.2]], "text": None, "personal_data": None}
    item.save()
    shown = client.get(page).content.decode()
    assert "3 wajah, perlu diperiksa" in shown
    assert "tidak dapat membacanya" in shown
    assert "Samarkan wajah" in shown
    item.found = {"faces": None, "boxes": [], "text": "NIK ••••", "personal_data": ["nik"]}
    item.save()
    shown = client.get(page).content.decode()
    assert "tidak dapat menghitungnya" in shown
    assert "Sepertinya ada NIK" in shown


def test_a_new_version_is_uploaded_and_archived(client: Client, item: MediaItem) -> None:
    sent = SimpleUploadedFile("baru.jpg", picture(colour="navy"))
    shown = client.post(
        reverse("library_replace", args=[item.pk]), {"file": sent}, follow=True
    ).content.decode()
    assert "Versi baru disimpan" in shown
    item.refresh_from_db()
    assert "Ini versi lama" in client.get(reverse("library_one", args=[item.pk])).content.decode()
    newest = item.replaced_by
    assert newest is not None
    client.post(reverse("library_archive", args=[newest.pk]))
    assert "Pustaka masih kosong" in client.get(reverse("library")).content.decode()
    client.post(reverse("library_archive", args=[newest.pk]), {"back": "1"})
    newest.refresh_from_db()
    assert newest.archived_at is None


def test_where_it_is_used(client: Client, officer: Member, item: MediaItem, channel: Channel) -> None:
    entry = library.entry(item, alt="Kantor")
    a_publication(officer, channel, title="Jam layanan baru", media=[entry])
    shown = client.get(reverse("library_one", args=[item.pk])).content.decode()
    assert "Jam layanan baru" in shown
    assert "Draf" in shown


def test_a_stranger_finds_nothing(town: Government, item: MediaItem, as_member: As) -> None:
    stranger = as_member(a_member(a_unit(town, "DISDIK"), Role.LIAISON))
    for route in ("library_one", "library_file", "library_small"):
        assert stranger.get(reverse(route, args=[item.pk])).status_code == 404
    assert stranger.post(reverse("library_archive", args=[item.pk])).status_code == 404


def test_small_pictures_are_small(client: Client, officer: Member) -> None:
    content = picture((2000, 1500))
    item = library.add(officer, Upload("besar.jpg", len(content), [content])).item
    answer = client.get(reverse("library_small", args=[item.pk]))
    with Image.open(io.BytesIO(b"".join(answer.streaming_content))) as made:  # type: ignore[attr-defined]
        assert made.size == (480, 360)


@pytest.mark.parametrize(
    ("asked", "status", "told", "length"),
    [
        ("bytes=0-99", 206, "bytes 0-99/{size}", 100),
        ("bytes=-50", 206, "bytes {last50}-{last}/{size}", 50),
        ("bytes=10-", 206, "bytes 10-{last}/{size}", None),
        ("bytes=99999999-", 416, "bytes */{size}", 0),
    ],
)
def test_a_film_is_sent_in_the_pieces_asked_for(
    client: Client, kept_film: MediaItem, asked: str, status: int, told: str, length: int | None
) -> None:
    size = kept_film.file.size
    answer = client.get(reverse("library_file", args=[kept_film.pk]), headers={"Range": asked})
    assert answer.status_code == status
    assert answer["Content-Range"] == told.format(size=size, last=size - 1, last50=size - 50)
    if length:
        whole = kept_film.file.read()
        part = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        assert part == (whole[:100] if length == 100 else whole[-50:])


def test_choosing_for_a_channel(client: Client, officer: Member, item: MediaItem, channel: Channel) -> None:
    instagram = a_channel(officer.unit, "instagram")
    publication = a_publication(officer, channel, instagram)
    address = reverse("library_pick")
    grid = client.get(address, {"for": publication.pk}, headers={"HX-Request": "true"}).content.decode()
    assert "<dialog" in grid
    assert "kantor.jpg" in grid
    one = client.get(
        address, {"for": publication.pk, "channel": instagram.pk, "item": item.pk}
    ).content.decode()
    assert 'value="0.16667,0.0,0.66667,1.0"' in one
    assert "4:5" in one
    assert "9:16" not in one, "Instagram takes no such shape"
    assert "lebih kecil dibuat" not in one


def test_a_shape_that_a_channel_refuses_must_be_cut(client: Client, officer: Member) -> None:
    content = picture((300, 900))
    item = library.add(officer, Upload("tinggi.jpg", len(content), [content])).item
    instagram = a_channel(officer.unit, "instagram")
    publication = a_publication(officer, instagram)
    asked = {"for": publication.pk, "channel": instagram.pk, "item": item.pk}
    shown = client.get(reverse("library_pick"), asked).content.decode()
    assert "disarankan 4:5" in shown
    assert "Utuh" not in shown


def test_nobody_chooses_for_another_office(
    town: Government, officer: Member, channel: Channel, as_member: As
) -> None:
    publication = a_publication(officer, channel)
    stranger = as_member(a_member(a_unit(town, "DISDIK"), Role.LIAISON))
    assert stranger.get(reverse("library_pick"), {"for": publication.pk}).status_code == 404
    assert stranger.get(reverse("library_pick"), {"for": "x"}).status_code == 404
