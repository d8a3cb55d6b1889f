"""Deeds of the media library: what is kept, described, replaced and archived; and how an item enters a publication."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, NotAllowed, Unit, require
from tanggap.channels.limits import MediaLimits
from tanggap.channels.models import Channel
from tanggap.core import audit, live
from tanggap.core.files import StoredFile, keep
from tanggap.core.refusal import Refusal
from tanggap.publishing import windows
from tanggap.publishing.media_library import crops, licences, uploads
from tanggap.publishing.media_library.uploads import Upload
from tanggap.publishing.models import Captions, Consent, DeliveryKind, MediaItem

LEAST_REASON = 3
_TEXTS = {"name": 200, "alt": 1500, "credit": 200, "licence_note": 300, "consent_note": 300}
_CHOICES = {
    "consent": frozenset(Consent.values),
    "captions": frozenset({"", *Captions.values}),
}


@dataclass(frozen=True, slots=True)
class Added:
    """What became of an upload: a new item, or (`twin`) the one that had been there with the very same content."""

    item: MediaItem
    twin: bool = False


def add(by: Member, upload: Upload, *, unit: Unit | None = None) -> Added:
    """This will keep a picture or a film; the same content a second time gives the item that stands already."""
    require(by, "publication.write")
    unit = unit or by.unit
    _require_place(by, unit)
    kept = uploads.keep(by, upload)
    with transaction.atomic():
        twin = MediaItem.objects.seen_by(by).filter(file=kept.file).order_by("replaced_by", "-pk").first()
        if twin is not None:
            return Added(twin, twin=True)
        made = MediaItem.objects.create(
            government_id=by.government_id, name=upload.name[:200] or kept.file.name, unit=unit, added_by=by,
            added_at=timezone.now(), **kept.fields(),
        )  # fmt: skip
        audit.record("media.add", made, by, file=kept.file.sha256[:16], unit=unit.pk)
        _told(made)
        live.wake("seeing")
    return Added(made)


def describe(item: MediaItem, by: Member, fields: Mapping[str, Any]) -> MediaItem:
    """This will write what must be known of an item; Refusal names the field that cannot stand so."""
    with transaction.atomic():
        one = _locked(item, by)
        changed = [key for key, value in _clean(fields).items() if getattr(one, key) != value]
        for key in changed:
            setattr(one, key, _clean(fields)[key])
        if not one.name.strip():
            raise Refusal(_("Beri nama agar rekan dapat menemukannya."), "name")
        if changed:
            one.save(update_fields=changed)
            audit.record("media.describe", one, by, fields=sorted(changed))
            _told(one)
    return one


def replace_with(item: MediaItem, by: Member, upload: Upload) -> MediaItem:
    """This will put a newer version in the place of an item; where the old one is published it stays.

    The words carry over; what was said of the people in the old picture does not.
    """
    kept = uploads.keep(by, upload)
    if kept.film != item.film:
        raise Refusal(_("Versi baru harus sejenis: gambar diganti gambar, film diganti film."), "file")
    return _succeed(item, by, kept.file, kept.fields(), "media.replace")


def blur_faces(item: MediaItem, by: Member) -> MediaItem:
    """This will make a new version in which the faces that the machine found cannot be recognised."""
    boxes = (item.found or {}).get("boxes") or []
    if item.film or not boxes:
        raise Refusal(
            _("Mesin tidak menemukan wajah di sini. Samarkan sendiri lalu unggah sebagai versi baru.")
        )
    made = crops.blurred(item.file.read(), item.file.media_type, boxes)
    file = keep(by.government_id, made.content, item.file.name, made.type)
    return _succeed(item, by, file, {"file": file, "width": made.width, "height": made.height}, "media.blur")


def archive(item: MediaItem, by: Member) -> None:
    """This will take an item out of the choice; what is published with it stays."""
    _shelve(item, by, archived=True)


def restore(item: MediaItem, by: Member) -> None:
    """This will let an archived item be chosen again."""
    _shelve(item, by, archived=False)


def look_again(item: MediaItem, by: Member) -> None:
    """This will have the machine look at an item once more."""
    with transaction.atomic():
        one = _locked(item, by)
        one.looked_at = None
        one.save(update_fields=["looked_at"])
        audit.record("media.look_again", one, by)
        live.wake("seeing")


def entry(
    item: MediaItem, *, alt: str, decorative: str = "", crop: crops.Crop | None = None,
    limits: MediaLimits | None = None,
) -> dict[str, Any]:  # fmt: skip
    """This will return an item as an entry of Publication.media or Variant.media, cut where a crop is given.

    A description, or the reason why the picture only decorates, is asked for. With a channel's `limits` a picture that
    is too large for it, or of a type that it does not take, enters smaller or as another type.
    """
    alt, decorative = alt.strip(), decorative.strip()
    if not alt and len(decorative) < LEAST_REASON:
        raise Refusal(
            _("Tulis teks alternatif, atau alasan mengapa gambar ini hanya hiasan. Belum ada yang dipakai."),
            "alt",
        )
    if item.archived_at is not None:
        raise Refusal(_("Berkas ini sudah diarsipkan. Pulihkan dahulu dari pustaka."), "item")
    found = {
        "item": item.pk, "name": item.name, "alt": "" if decorative and not alt else alt[:1500],
        "decorative": "" if alt else decorative[:300], "crop": None,
        **_of(item.file, item.width, item.height),
    }  # fmt: skip
    if item.film:
        return found
    if crop is not None:
        if not licences.of(item.licence).derive:
            raise Refusal(_("Lisensi berkas ini melarang perubahan, jadi tidak boleh dipotong."), "crop")
        made = crops.cut(item.file.read(), item.file.media_type, crop)
        found |= _of(_kept(item, made), made.width, made.height) | {"crop": [float(one) for one in crop]}
    return fitted(found, limits) if limits is not None else found


def fitted(one: Mapping[str, Any], limits: MediaLimits) -> dict[str, Any]:
    """This will return an entry whose picture a channel takes: as it stands where it does, else a smaller copy."""
    type_, size = str(one["type"]), int(one["size"])
    if not type_.startswith("image/") or size <= limits.bytes_by_type.get(type_, -1):
        return dict(one)
    file = StoredFile.objects.get(pk=one["file"])
    made = crops.fitted(file.read(), file.media_type, limits.bytes_by_type)
    if made is None:
        return dict(one)
    small = keep(file.government_id, made.content, file.name, made.type)
    return {**one, **_of(small, made.width, made.height)}


def limits_of(channel: Channel) -> MediaLimits | None:
    """This will return what a channel takes with a post, with its own figures put in."""
    return windows.rules_of(channel, DeliveryKind.POST).media


def strictest(channels: Iterable[Channel]) -> MediaLimits | None:
    """This will return limits that every one of the channels takes, for what all of them share; None where none says.

    Types that one of them lacks fall out; where nothing would be left, the first one's types stand.
    """
    all_ = [one for one in map(limits_of, channels) if one is not None]
    if not all_:
        return None
    first = all_[0]
    shared = {
        kind: min(one.bytes_by_type[kind] for one in all_)
        for kind in first.bytes_by_type
        if all(kind in one.bytes_by_type for one in all_)
    }
    ratios = [one.ratio for one in all_ if one.ratio]
    ratio = (max(low for low, _high in ratios), min(high for _low, high in ratios)) if ratios else None
    return replace(
        first, bytes_by_type=shared or first.bytes_by_type, most=min(one.most for one in all_),
        ratio=ratio if ratio and ratio[0] <= ratio[1] else None,
        alt_most=min((one.alt_most for one in all_ if one.alt_most), default=0),
    )  # fmt: skip


def joined(entries: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """This will put beside each entry what the library knows of its item, for the checks (check.Context.media)."""
    items = MediaItem.objects.in_bulk({one["item"] for one in entries if one.get("item")}) if entries else {}
    return tuple({**one, **_known(items.get(one.get("item") or 0))} for one in entries)


def _known(item: MediaItem | None) -> dict[str, Any]:
    if item is None:
        return {}
    return {
        "name": item.name, "licence": item.licence, "licence_note": item.licence_note, "credit": item.credit,
        "consent": item.consent, "consent_note": item.consent_note, "children": item.children,
        "captions": item.captions, "found": item.found, "looked": item.looked_at is not None,
    }  # fmt: skip


def _of(file: StoredFile, width: int | None, height: int | None) -> dict[str, Any]:
    return {
        "file": file.pk, "sha256": file.sha256, "type": file.media_type, "size": file.size, "width": width,
        "height": height,
    }  # fmt: skip


def _kept(item: MediaItem, made: crops.Made) -> StoredFile:
    return keep(item.file.government_id, made.content, item.file.name, made.type)


def _succeed(
    item: MediaItem, by: Member, file: StoredFile, fields: Mapping[str, Any], deed: str
) -> MediaItem:
    with transaction.atomic():
        old = _locked(item, by)
        if old.replaced_by_id is not None:
            raise Refusal(_("Versi ini sudah diganti. Buka versi terbaru, lalu ulangi."))
        if old.file_id == file.pk:
            raise Refusal(_("Berkas baru sama persis dengan yang lama. Tidak ada yang diubah."), "file")
        made = MediaItem.objects.create(
            government_id=old.government_id, name=old.name, alt=old.alt, credit=old.credit, licence=old.licence,
            licence_note=old.licence_note, unit=old.unit, added_by=by, added_at=timezone.now(), **fields,
        )  # fmt: skip
        old.replaced_by = made
        old.save(update_fields=["replaced_by"])
        audit.record(deed, made, by, before=old.pk, file=file.sha256[:16])
        _told(made)
        live.wake("seeing")
    return made


def _shelve(item: MediaItem, by: Member, *, archived: bool) -> None:
    with transaction.atomic():
        one = _locked(item, by)
        if (one.archived_at is not None) == archived:
            return
        one.archived_at = timezone.now() if archived else None
        one.save(update_fields=["archived_at"])
        audit.record("media.archive" if archived else "media.restore", one, by)
        _told(one)


def _locked(item: MediaItem, by: Member) -> MediaItem:
    require(by, "publication.write")
    rows = MediaItem.objects.seen_by(by).select_for_update(of=("self",)).select_related("file", "unit")
    one = rows.get(pk=item.pk)
    if one.unit is not None:
        _require_place(by, one.unit)
    return one


def _require_place(by: Member, unit: Unit) -> None:
    if not by.sees_all and unit.pk not in by.unit_ids():
        raise NotAllowed(_("Berkas ini milik perangkat daerah lain. Tidak ada yang diubah."))


def _clean(fields: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in fields.items():
        if key in _TEXTS:
            found[key] = str(value).strip()[: _TEXTS[key]]
        elif key == "children":
            found[key] = bool(value)
        elif key == "licence":
            if value and value not in licences.all_licences():
                raise Refusal(
                    _("Lisensi itu tidak ada dalam daftar. Pilih lagi; isian lain tetap ada."), "licence"
                )
            found[key] = value
        elif key in _CHOICES:
            if value not in _CHOICES[key]:
                raise Refusal(_("Pilihan itu tidak ada dalam daftar. Pilih lagi; isian lain tetap ada."), key)
            found[key] = value
    return found


def _told(item: MediaItem) -> None:
    live.tell(item.government_id, "media", [item.pk])
