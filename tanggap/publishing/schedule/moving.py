"""Another minute for a publication: what its words say of days is read again there, and the move can be taken back."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal
from tanggap.publishing import releasing, review, silence
from tanggap.publishing.checks import Finding, Severity
from tanggap.publishing.models import Publication, PublicationState
from tanggap.publishing.writing import locked

SALT = "tanggap.calendar.undo"
_UNDO_SECONDS = 600
_S = PublicationState
UNDATED = frozenset({_S.DRAFT, _S.REVIEW})
"""States in which a publication may stand without a minute."""
_DATED = frozenset({"dates"})
"""Rules that read days in a text and hold them against its minute."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved, and a signed token that takes it back."""

    publication: Publication
    token: str


class Doubt(Refusal):
    """At the new minute its words would be wrong, or it would be held; `final` where no word of the mover helps."""

    def __init__(self, reasons: Sequence[str], *, final: bool) -> None:
        kept = _("Jadwal lama tetap berlaku.")
        super().__init__(f"{' '.join(reasons)} {kept}", "due_at")
        self.reasons, self.final = tuple(reasons), final


def shift(publication: Publication, by: Member, at: datetime | None, *, sure: bool = False) -> Moved:
    """This will give a publication another minute, or none while it may have none; approvals stay.

    Doubt where the words do not fit the new minute; `sure` passes what is no more than a warning, and for a draft
    also what would keep it from being handed in.
    """
    require(by, "publication.write")
    with transaction.atomic():
        one = locked(publication, by)
        if releasing.repeats(one):
            raise Refusal(_("Konten ini berulang. Ubah pengulangannya, atau lewati satu waktu terbit."))
        before = one.due_at
        if at is None:
            _undate(one, by)
        else:
            if not sure or one.state != _S.DRAFT:
                require_fit(one, at, timezone.now(), sure=sure)
            one = releasing.move(one, by, at)
    told = {"pk": one.pk, "by": by.pk, "before": _plain(before), "after": _plain(one.due_at)}
    return Moved(one, signing.dumps(told, salt=SALT))


def take_back(token: str, by: Member) -> Publication:
    """This will give a publication its earlier minute back, unless somebody moved it meanwhile."""
    try:
        told = signing.loads(token, salt=SALT, max_age=_UNDO_SECONDS)
    except signing.BadSignature:
        raise Refusal(
            _("Sudah lebih dari sepuluh menit; pemindahan itu tidak dapat diurungkan lagi.")
        ) from None
    if told["by"] != by.pk:
        raise Refusal(_("Hanya yang memindahkan dapat mengurungkannya."))
    with transaction.atomic():
        one = locked(Publication(pk=told["pk"]), by)
        if _plain(one.due_at) != told["after"]:
            raise Refusal(_("Jadwalnya sudah diubah lagi oleh rekan Anda. Tidak ada yang diurungkan."))
        before = parse_datetime(told["before"]) if told["before"] else None
        if before is None:
            _undate(one, by)
            return one
        return releasing.move(one, by, before)


def require_fit(one: Publication, at: datetime, now: datetime, *, sure: bool = False) -> None:
    """This will raise Doubt where a publication's words would not fit another minute or it would be held then."""
    found = new_findings(one, at, now)
    blocking = [each for each in found if each.severity == Severity.BLOCKS]
    if blocking and one.state != _S.DRAFT:
        raise Doubt([each.why for each in blocking], final=True)
    reasons = [each.why for each in found]
    period = silence.at_minute(one.kind, at, one.government.zone)
    if period is not None:
        reasons.append(silence.said(period))
    if reasons and not sure:
        raise Doubt(list(dict.fromkeys(reasons)), final=False)


def new_findings(one: Publication, at: datetime, now: datetime) -> list[Finding]:
    """This will return what the checks would find at another minute and do not find at the present one.

    What speaks of days is new to a publication that had no minute before.
    """
    there = copy.copy(one)
    there.due_at = at
    dated = _DATED if one.due_at is None else frozenset()
    known = {(place, each.rule, each.start) for place, each in _findings(one, now) if each.rule not in dated}
    return [
        each
        for place, each in _findings(there, now)
        if each.severity != Severity.INFORMS and (place, each.rule, each.start) not in known
    ]


def _findings(one: Publication, now: datetime) -> list[tuple[tuple[int, int], Finding]]:
    return [
        ((found.part.variant.channel_id, found.part.part), each)
        for found in review.look(one, now)
        for each in found.findings
    ]


def _undate(one: Publication, by: Member) -> None:
    if one.state not in UNDATED:
        raise Refusal(_("Konten yang sudah disetujui perlu waktu terbit. Pindahkan ke waktu lain."))
    before, one.due_at = one.due_at, None
    one.save(update_fields=["due_at"])
    audit.record("publication.move", one, by, before=str(before), due="")
    live.tell(one.government_id, "publication", [one.pk])


def _plain(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat() if at else ""
