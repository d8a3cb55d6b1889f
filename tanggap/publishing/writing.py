"""Writing a publication: begun, saved with every keystroke that arrives, never over somebody else's newer words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, NotAllowed, Unit, require
from tanggap.channels.allowances import as_kept
from tanggap.channels.models import Channel
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal
from tanggap.publishing.models import Copy, Publication, PublicationState, Variant
from tanggap.publishing.voiding import void

MASTER = frozenset(
    {
        "kind", "title", "text", "media", "comment", "link", "utm", "source", "checked_by", "responsible", "due_at",
        "late_minutes", "campaign",
    }
)  # fmt: skip
"""Fields of a publication that its writers change; `unit` and `channels` have deeds of their own."""
VARIANT = frozenset({"linked", "text", "media", "comment", "thread", "options"})
OPEN = frozenset(
    {PublicationState.DRAFT, PublicationState.REVIEW, PublicationState.APPROVED, PublicationState.FAILED}
)
"""States in which words may change; all but a draft's go back to being one (voiding.py)."""


class Stale(Refusal):
    """Somebody saved newer words meanwhile: what was typed is kept aside as `copy`."""

    def __init__(self, copy: Copy, newest: Publication) -> None:
        super().__init__(
            _(
                "Ada versi yang lebih baru dari rekan atau perangkat lain. Ketikan Anda disimpan sebagai salinan."
            )
        )
        self.copy, self.newest = copy, newest


def begin(
    by: Member, *, unit: Unit | None = None, channels: Sequence[Channel] = (), follows: Publication | None = None,
    **fields: Any,
) -> Publication:  # fmt: skip
    """This will begin a draft that speaks for an office (the writer's own unless said) on some channels."""
    require(by, "publication.write")
    now = timezone.now()
    unit = unit or by.unit
    _require_place(by, unit)
    unknown = fields.keys() - MASTER
    if unknown:
        raise ValueError(f"A publication has no fields {sorted(unknown)}.")
    with transaction.atomic():
        made = Publication.objects.create(
            government_id=by.government_id, unit=unit, author=by, writers=[by.pk], created_at=now, changed_at=now,
            follows=follows, **_clean(fields),
        )  # fmt: skip
        choose_channels(made, by, channels)
        audit.record("publication.begin", made, by, now=now, unit=unit.pk, kind=made.kind)
        made.refresh_from_db(fields=["revision", "writers", "changed_at"])
    return made


def save(
    publication: Publication, by: Member, revision: int, fields: Mapping[str, Any],
    variants: Mapping[int, Mapping[str, Any]] | None = None, *, reopening: bool = True,
) -> Publication:  # fmt: skip
    """This will save what was typed upon `revision`; Stale where newer words stand, with the typed ones kept aside.

    `variants` are changes by channel id. A change of what was handed in makes it a draft again and voids approvals;
    without `reopening` it is Stale as well: a page that was left open takes nothing back.
    """
    require(by, "publication.write")
    variants = variants or {}
    fields = _clean({key: value for key, value in fields.items() if key in MASTER})
    with transaction.atomic():
        one = locked(publication, by)
        if one.revision != revision or (not reopening and one.state != PublicationState.DRAFT):
            typed = {
                "fields": _plain(fields),
                "variants": {str(pk): dict(given) for pk, given in variants.items()},
            }
            stale = Copy.objects.create(
                publication=one, member=by, revision=revision, typed=typed, created_at=timezone.now()
            )
        else:
            stale = None
            _write(one, by, fields, variants)
    if stale is not None:
        raise Stale(stale, one)
    return one


def choose_channels(publication: Publication, by: Member, channels: Sequence[Channel]) -> None:
    """This will say on which channels a draft is published; words written for a dropped channel go with it."""
    require(by, "publication.write")
    with transaction.atomic():
        one = locked(publication, by)
        before = set(one.variants.values_list("channel_id", flat=True))
        wanted = {channel.pk: channel for channel in channels}
        if before == wanted.keys():
            return
        reopen(one, by, _("Kanal diubah."))
        one.variants.exclude(channel_id__in=wanted).update(dropped_at=timezone.now())
        Variant.objects.bulk_create(
            [
                Variant(government_id=one.government_id, publication=one, channel=channel)
                for pk, channel in wanted.items()
                if pk not in before
            ],
            update_conflicts=True,
            unique_fields=["publication", "channel"],
            update_fields=[*sorted(VARIANT), "dropped_at"],
        )
        _touch(one, by)


def choose_unit(publication: Publication, by: Member, unit: Unit) -> None:
    """This will say for which office a draft speaks; NotAllowed for one that the member does not write for."""
    require(by, "publication.write")
    _require_place(by, unit)
    with transaction.atomic():
        one = locked(publication, by)
        if one.unit_id == unit.pk:
            return
        reopen(one, by, _("Perangkat daerah diubah."))
        one.unit = unit
        _touch(one, by, "unit")
        audit.record("publication.unit", one, by, unit=unit.pk)


def discard(publication: Publication, by: Member) -> None:
    """This will give up a publication that has not left; its versions stay in the record."""
    require(by, "publication.write")
    with transaction.atomic():
        one = locked(publication, by)
        void(one, by, _("Dibatalkan."), state=PublicationState.CANCELLED)
        audit.record("publication.cancel", one, by)
        live.tell(one.government_id, "publication", [one.pk])


def reopen(one: Publication, by: Member, why: str) -> None:
    """This will make what was handed in or approved a draft again, in the transaction of the change; Refusal where a
    part of it has begun to leave."""
    if one.state not in OPEN:
        raise Refusal(
            _(
                "Konten ini sudah terbit atau dibatalkan. Buat koreksi atau konten baru; tidak ada yang diubah."
            )
        )
    if one.state != PublicationState.DRAFT:
        void(one, by, why)


def _write(
    one: Publication, by: Member, fields: Mapping[str, Any], variants: Mapping[int, Mapping[str, Any]]
) -> None:
    changed = {key: value for key, value in fields.items() if getattr(one, key) != value}
    rows = {row.channel_id: row for row in one.variants.all()}
    touched: list[Variant] = []
    for channel, given in variants.items():
        row = rows.get(channel)
        clean = _clean({key: value for key, value in given.items() if key in VARIANT})
        if row is None or all(getattr(row, key) == value for key, value in clean.items()):
            continue
        for key, value in clean.items():
            setattr(row, key, value)
        touched.append(row)
    if not changed and not touched:
        return
    if touched or changed.keys() - {"title", "due_at", "late_minutes", "campaign"}:
        reopen(one, by, _("Isi diubah."))
    elif "due_at" in changed and one.state != PublicationState.DRAFT:
        raise Refusal(_("Waktu terbit konten yang sudah diajukan diubah lewat “Pindahkan”."), "due_at")
    for key, value in changed.items():
        setattr(one, key, value)
    for row in touched:
        row.save()
    _touch(one, by, *changed)


def _touch(one: Publication, by: Member, *fields: str) -> None:
    one.revision += 1
    one.changed_at = timezone.now()
    if by.pk not in one.writers:
        one.writers = [*one.writers, by.pk]
    one.save(update_fields=["revision", "changed_at", "writers", *fields])
    live.tell(one.government_id, "publication", [one.pk])


def locked(publication: Publication, by: Member) -> Publication:
    """This will lock a publication that the member may write; NotAllowed for another office's."""
    one = (
        Publication.objects.seen_by(by)
        .select_for_update(of=("self",))
        .select_related("unit", "government", "route")
        .get(pk=publication.pk)
    )
    _require_place(by, one.unit)
    return one


def _require_place(by: Member, unit: Unit) -> None:
    if not by.sees_all and unit.pk not in by.unit_ids():
        raise NotAllowed(_("Konten ini milik perangkat daerah lain. Tidak ada yang diubah."))


def _clean(fields: Mapping[str, Any]) -> dict[str, Any]:
    texts = {"text", "comment", "title"}
    return {
        key: as_kept(value)
        if key in texts
        else [as_kept(text) for text in value]
        if key == "thread"
        else value
        for key, value in fields.items()
    }


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, datetime) else getattr(value, "pk", value)
        for key, value in fields.items()
    }
