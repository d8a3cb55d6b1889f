"""The media library: what is kept, described, replaced; how an item enters a publication."""

from __future__ import annotations

import io
import struct
import tracemalloc
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image
from pytest_django.fixtures import Settings

from tanggap.agencies.models import Government, Member, NotAllowed, Role, Unit
from tanggap.channels.limits import MediaLimits
from tanggap.core import scope
from tanggap.core.files import StoredFile
from tanggap.core.refusal import Refusal
from tanggap.publishing import writing
from tanggap.publishing.media_library import library, library_listing, uploads
from tanggap.publishing.media_library.library_listing import Filters
from tanggap.publishing.media_library.uploads import Upload
from tanggap.publishing.models import MediaItem
from tests.city import a_channel, a_government, a_member, a_publication, a_unit
from tests.publishing.boxes import film


@pytest.fixture
def town(db: None, settings: Settings, tmp_path: Path) -> Iterator[Government]:
    settings.TANGGAP_DATA = tmp_path
    made = a_government()
    with scope.government(made.pk):
        yield made


@pytest.fixture
def desk(town: Government) -> Unit:
    return a_unit(town, "KOMINFO", "kominfo")


@pytest.fixture
def officer(desk: Unit) -> Member:
    return a_member(desk, Role.OFFICER)


def picture(size: tuple[int, int] = (400, 200), colour: str = "teal", form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, form)
    return out.getvalue()


def noise(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def upload(content: bytes, name: str = "foto.jpg", piece: int = 1000) -> Upload:
    return Upload(name, len(content), (content[at : at + piece] for at in range(0, len(content), piece)))


def add(by: Member, content: bytes | None = None, **fields: Any) -> MediaItem:
    item = library.add(by, upload(content or picture())).item
    return library.describe(item, by, fields) if fields else item


def test_an_upload_is_kept_and_equal_content_is_noticed(officer: Member) -> None:
    first = library.add(officer, upload(picture()))
    again = library.add(officer, upload(picture(), "salinan.jpg"))
    assert (first.twin, again.twin) == (False, True)
    assert again.item == first.item
    assert (first.item.width, first.item.height, first.item.unit) == (400, 200, officer.unit)
    assert MediaItem.objects.count() == 1


def test_who_writes_nothing_adds_nothing(desk: Unit) -> None:
    with pytest.raises(NotAllowed):
        library.add(a_member(desk, Role.LEADER), upload(picture()))


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"%PDF-1.4 " * 200, "gambar"), (b"\x1aE\xdf\xa3" + bytes(2000), "MP4"), (b"", "tidak disimpan")],
    ids=["pdf", "webm", "empty"],
)
def test_what_is_no_picture_is_refused_in_words(officer: Member, content: bytes, says: str) -> None:
    with pytest.raises(Refusal, match=says):
        library.add(officer, upload(content, "berkas"))
    assert not MediaItem.objects.exists()


def test_a_full_library_says_so(officer: Member) -> None:
    officer.government.file = {"media_quota_gb": 0.000_001}
    with pytest.raises(Refusal, match="Pustaka penuh"):
        add(officer)


def test_a_film_is_kept_without_its_place(officer: Member, tmp_path: Path) -> None:
    item = library.add(officer, upload(film(place=b"-7.8014+110.3647/"), "rapat.mp4")).item
    content = item.file.read()
    assert (item.file.media_type, item.width, item.height, item.seconds) == ("video/mp4", 640, 360, 12.0)
    assert b"110.3647" not in content
    assert b"udta" not in content
    assert len(content) == len(film(place=b"-7.8014+110.3647/")), "the index points at the same places"
    assert not list(tmp_path.rglob(".half-*"))


def test_a_film_is_never_held_in_memory(officer: Member) -> None:
    start = film(place=b"-7.8014+110.3647/")
    piece = bytes(64 * 1024)
    size = 48 * 1024 * 1024
    tracemalloc.start()
    chunks = chain(
        [start, struct.pack(">I4s", size + 8, b"mdat")], (piece for _ in range(size // len(piece)))
    )
    item = library.add(officer, Upload("panjang.mp4", size, chunks)).item
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert item.file.size == len(start) + 8 + size
    assert peak < 12 * 1024 * 1024


@pytest.mark.parametrize("cut", [40, 200, 1000])
def test_a_film_that_breaks_off_is_refused(officer: Member, tmp_path: Path, cut: int) -> None:
    with pytest.raises(Refusal, match="tidak utuh"):
        library.add(officer, upload(film()[:cut], "rapat.mp4"))
    assert not [one for one in tmp_path.rglob("*") if one.is_file()]


def test_a_film_larger_than_any_platform_takes_is_refused(
    officer: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "most_film_bytes", lambda: 20_000)
    with pytest.raises(Refusal, match="lebih besar dari"):
        library.add(officer, upload(film(), "rapat.mp4"))


def test_an_entry_is_what_a_publication_keeps(officer: Member) -> None:
    item = add(officer, alt="Kantor kelurahan")
    entry = library.entry(item, alt=item.alt)
    assert entry == {
        "item": item.pk, "file": item.file_id, "sha256": item.file.sha256, "type": "image/jpeg",
        "alt": "Kantor kelurahan", "decorative": "", "crop": None, "width": 400, "height": 200,
        "size": item.file.size, "name": "foto.jpg",
    }  # fmt: skip


def test_an_entry_asks_for_a_description_or_a_reason(officer: Member) -> None:
    item = add(officer)
    with pytest.raises(Refusal, match="teks alternatif"):
        library.entry(item, alt="  ")
    assert library.entry(item, alt="", decorative="garis pemisah")["decorative"] == "garis pemisah"
    described = library.entry(item, alt="Peta jalan", decorative="hiasan")
    assert (described["alt"], described["decorative"]) == ("Peta jalan", "")


def test_a_crop_is_a_file_of_its_own(officer: Member) -> None:
    item = add(officer)
    entry = library.entry(item, alt="x", crop=[0.25, 0, 0.5, 1])
    kept = StoredFile.objects.get(pk=entry["file"])
    assert (entry["item"], entry["crop"], entry["width"], entry["height"]) == (
        item.pk, [0.25, 0.0, 0.5, 1.0], 200, 200,
    )  # fmt: skip
    assert kept.sha256 == entry["sha256"] != item.file.sha256
    with Image.open(kept.path) as made:
        assert made.size == (200, 200)
    assert library.entry(item, alt="x", crop=[0.25, 0, 0.5, 1]) == entry


def test_a_licence_without_changes_forbids_cutting(officer: Member) -> None:
    item = add(officer, licence="cc-by-nd")
    with pytest.raises(Refusal, match="melarang perubahan"):
        library.entry(item, alt="x", crop=[0, 0, 0.5, 1])


def test_a_picture_too_large_for_a_channel_enters_smaller(officer: Member) -> None:
    item = add(officer, noise((900, 700)))
    limits = MediaLimits(most=4, bytes_by_type={"image/jpeg": 60_000})
    entry = library.entry(item, alt="x", limits=limits)
    assert item.file.size > 60_000 >= entry["size"]
    assert StoredFile.objects.get(pk=entry["file"]).size == entry["size"]
    assert entry["width"] / entry["height"] == pytest.approx(900 / 700, rel=0.02)


def test_a_type_that_a_channel_lacks_becomes_one_that_it_takes(officer: Member) -> None:
    item = add(officer, picture(form="PNG"))
    entry = library.entry(item, alt="x", limits=MediaLimits(most=1, bytes_by_type={"image/jpeg": 10**6}))
    assert (entry["type"], entry["width"]) == ("image/jpeg", 400)


def test_what_all_channels_take_binds_a_shared_picture(officer: Member) -> None:
    channels = [a_channel(officer.unit, platform) for platform in ("instagram", "bluesky", "x")]
    shared = library.strictest(channels)
    assert shared is not None
    assert (shared.bytes_by_type, shared.most, shared.ratio) == ({"image/jpeg": 1_000_000}, 4, (0.8, 1.91))
    assert library.strictest([]) is None


def test_a_new_version_leaves_the_old_one_where_it_is(officer: Member) -> None:
    old = add(officer, alt="Kantor", credit="Humas", licence="own", consent="given", consent_note="surat 12")
    publication = a_publication(officer, a_channel(officer.unit), media=[library.entry(old, alt="Kantor")])
    new = library.replace_with(old, officer, upload(picture(colour="navy")))
    old.refresh_from_db()
    assert old.replaced_by == new
    assert (new.alt, new.credit, new.licence, new.consent, new.consent_note) == (
        "Kantor",
        "Humas",
        "own",
        "unknown",
        "",
    )
    assert [one.pk for one in library_listing.versions(old)] == [new.pk, old.pk]
    assert library_listing.used_in(old, officer) == [publication]
    assert library_listing.used_in(new, officer) == []
    assert [one.pk for one in library_listing.page(officer, Filters()).items] == [new.pk]
    with pytest.raises(Refusal, match="sudah diganti"):
        library.replace_with(old, officer, upload(picture(colour="red")))


def test_a_film_does_not_take_a_picture_s_place(officer: Member) -> None:
    with pytest.raises(Refusal, match="sejenis"):
        library.replace_with(add(officer), officer, upload(film(), "rapat.mp4"))


def test_the_same_file_is_no_new_version(officer: Member) -> None:
    with pytest.raises(Refusal, match="sama persis"):
        library.replace_with(add(officer), officer, upload(picture()))


def test_faces_are_blurred_in_a_new_version(officer: Member) -> None:
    item = add(officer, noise((200, 200)))
    with pytest.raises(Refusal, match="tidak menemukan wajah"):
        library.blur_faces(item, officer)
    MediaItem.objects.update(
        found={"faces": 1, "boxes": [[0.25, 0.25, 0.5, 0.5]], "text": "", "personal_data": []}
    )
    item.refresh_from_db()
    made = library.blur_faces(item, officer)
    with Image.open(item.file.path) as before, Image.open(made.file.path) as after:
        inside, outside = (80, 80, 120, 120), (0, 0, 20, 200)
        assert len(before.crop(inside).convert("L").getcolors() or []) > 100
        assert len(after.crop(inside).convert("L").getcolors() or []) < 40
        assert len(after.crop(outside).convert("L").getcolors() or []) > 100
    assert (made.found, made.looked_at, made.consent) == (None, None, "unknown")


def test_an_archived_item_cannot_be_used_until_it_is_restored(officer: Member) -> None:
    item = add(officer)
    library.archive(item, officer)
    item.refresh_from_db()
    with pytest.raises(Refusal, match="diarsipkan"):
        library.entry(item, alt="x")
    assert not library_listing.page(officer, Filters()).items
    assert library_listing.page(officer, Filters(flag="archived")).items == [item]
    library.restore(item, officer)
    assert library_listing.page(officer, Filters()).items == [item]


@pytest.mark.parametrize(
    ("fields", "says"),
    [({"licence": "gratis"}, "Lisensi"), ({"consent": "ya"}, "Pilihan"), ({"name": " "}, "nama")],
)
def test_what_cannot_stand_is_refused(officer: Member, fields: dict[str, Any], says: str) -> None:
    item = add(officer)
    with pytest.raises(Refusal, match=says):
        library.describe(item, officer, fields)
    item.refresh_from_db()
    assert (item.licence, item.consent, item.name) == ("", "unknown", "foto.jpg")


def test_another_office_sees_and_changes_nothing(officer: Member, town: Government) -> None:
    item = add(officer)
    stranger = a_member(a_unit(town, "DISDIK"), Role.LIAISON)
    assert not library_listing.page(stranger, Filters()).items
    with pytest.raises(MediaItem.DoesNotExist):
        library.describe(item, stranger, {"alt": "x"})
    with pytest.raises(NotAllowed):
        library.add(stranger, upload(picture(colour="red")), unit=officer.unit)


def test_filters(officer: Member, town: Government) -> None:
    used = add(officer, alt="Jembatan Winongo", licence="own", consent="nobody")
    bare = add(officer, picture(colour="navy"))
    film_ = library.add(officer, upload(film(), "rapat.mp4")).item
    MediaItem.objects.filter(pk=bare.pk).update(
        found={"faces": 2, "boxes": [], "text": None, "personal_data": None}, looked_at=timezone.now()
    )
    publication = a_publication(officer, a_channel(officer.unit))
    variant = publication.variants.get()
    entries = [library.entry(used, alt="x")]
    writing.save(
        publication,
        officer,
        publication.revision,
        {},
        {variant.channel_id: {"linked": False, "media": entries}},
    )

    def shown(**asked: str) -> set[int]:
        return {one.pk for one in library_listing.page(officer, Filters(**asked)).items}  # type: ignore[arg-type]

    assert shown(kind="film") == {film_.pk}
    assert shown(kind="picture") == {used.pk, bare.pk}
    assert shown(q="winongo jembatan") == {used.pk}
    assert shown(flag="unused") == {bare.pk, film_.pk}
    assert shown(flag="check") == {bare.pk}
    assert shown(flag="alt") == {bare.pk, film_.pk}
    assert shown(flag="rights") == {bare.pk, film_.pk}
    assert shown(flag="consent") == {bare.pk, film_.pk}
    assert shown(unit=str(officer.unit_id)) == {used.pk, bare.pk, film_.pk}
    assert library_listing.page(officer, Filters()).used == {used.pk}
    assert library_listing.used_in(used, officer) == [publication]


def test_equal_files_count_once_against_the_quota(officer: Member, town: Government) -> None:
    item = add(officer)
    other = a_member(a_unit(town, "DISDIK"), Role.LIAISON)
    assert library.add(other, upload(picture())).twin is False
    assert uploads.room(town).used == item.file.size


def test_joined_entries_tell_the_checks_what_the_library_knows(officer: Member) -> None:
    item = add(officer, licence="cc-by", credit="Sari", consent="given")
    entry = library.entry(item, alt="x")
    joined = library.joined([entry, {"file": 1, "type": "image/png", "alt": "lama"}])
    assert {key: joined[0][key] for key in ("licence", "credit", "consent", "looked", "found", "alt")} == {
        "licence": "cc-by", "credit": "Sari", "consent": "given", "looked": False, "found": None, "alt": "x",
    }  # fmt: skip
    assert "licence" not in joined[1]
