"""What is approved leaves: one delivery a part and channel at its minute; taken back as a whole, told when out."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.agencies.notices import tell
from tanggap.channels.models import Health
from tanggap.core import audit, live, scope, work
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.publishing import contents
from tanggap.publishing.models import (
    AGREED,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Publication,
    PublicationState,
)

OUTCOME = audit.System("publications")
_S = DeliveryState
UNSENT = frozenset({_S.WAITING, _S.HELD, _S.FAILED})
"""Deliveries of which nothing stands on a platform."""


def schedule(
    one: Publication, by: audit.Actor, now: datetime, occurrence: datetime | None = None
) -> list[Delivery]:
    """This will put every part of an approved publication into the queue, for its minute or for one `occurrence`."""
    at = occurrence or one.due_at or now
    made: list[Delivery] = []
    for part in contents.parts(one):
        channel = part.variant.channel
        before = made[-1] if part.role == contents.THREAD else None
        if part.role == contents.COMMENT:
            before = next(row for row in made if row.variant_id == part.variant.pk and row.part == 0)
        made.append(
            Delivery.objects.create(
                government_id=one.government_id, channel=channel, variant=part.variant, part=part.part, text=part.text,
                kind=DeliveryKind.POST if part.part == 0 else DeliveryKind.REPLY, options=dict(part.options),
                media=[{key: file.get(key, "") for key in ("file", "sha256", "type", "alt")} for file in part.media],
                hash=one.hash, occurrence=at, due_at=max(at, now), latest_at=max(at, now) + one.late_after,
                after=before, created_by=by.audit_name, created_at=now,
            )
        )  # fmt: skip
    audit.record(
        "publication.schedule", one, by, now=now, deliveries=[row.pk for row in made], due=at.isoformat()
    )
    live.wake("send")
    return made


def take_back(one: Publication, by: audit.Actor, now: datetime) -> None:
    """This will cancel all of a publication that has not left; Refusal where a part of it has, or is just leaving."""
    rows = Delivery.objects.filter(variant__publication=one).exclude(state=_S.CANCELLED)
    if rows.exclude(state__in=UNSENT).exists():
        raise Refusal(
            _(
                "Sebagian konten ini sudah atau sedang terbit. Tidak ada yang diubah; buat koreksi atau konten baru."
            )
        )
    for row in rows:
        try:
            Delivery.flow.move(row, _S.CANCELLED)
        except Lost:
            raise Refusal(_("Konten ini baru saja mulai terbit. Tidak ada yang diubah.")) from None
        audit.record("delivery.cancelled", row, by, now=now)


def move(publication: Publication, by: Member, due_at: datetime) -> Publication:
    """This will give a publication another minute; what was approved stays approved. Refusal once it leaves."""
    require(by, "publication.write")
    now = timezone.now()
    if due_at < now - timedelta(minutes=1):
        raise Refusal(_("Waktu itu sudah lewat. Pilih waktu lain; jadwal lama tetap berlaku."), "due_at")
    with transaction.atomic():
        one = Publication.objects.seen_by(by).select_for_update(of=("self",)).get(pk=publication.pk)
        if one.state not in {PublicationState.DRAFT, PublicationState.REVIEW, PublicationState.APPROVED}:
            raise Refusal(_("Konten ini sudah terbit atau dibatalkan; jadwalnya tidak dapat dipindah."))
        rows = Delivery.objects.filter(variant__publication=one).exclude(state=_S.CANCELLED)
        if one.state == PublicationState.APPROVED:
            moved = rows.filter(state__in=[_S.WAITING, _S.HELD]).update(
                due_at=due_at, occurrence=due_at, latest_at=due_at + one.late_after, state=_S.WAITING
            )
            if moved != rows.count():
                raise Refusal(_("Sebagian konten ini sudah terbit; jadwalnya tidak dapat dipindah."))
        before, one.due_at = one.due_at, due_at
        one.save(update_fields=["due_at"])
        audit.record("publication.move", one, by, now=now, before=str(before), due=due_at.isoformat())
        live.tell(one.government_id, "publication", [one.pk])
    return one


def confirm(delivery: Delivery, by: Member) -> None:
    """This will let something leave whose time had passed: a person says that it is still true."""
    require(by, "publication.write")
    now = timezone.now()
    with transaction.atomic():
        Delivery.flow.move(delivery, _S.WAITING, due_at=now, latest_at=None, error="")
        audit.record("delivery.confirm_late", delivery, by, now=now)
        live.wake("send")


def _told() -> models.QuerySet[Publication]:
    """Publications whose deliveries have all settled in another way than their state tells."""
    mine = Delivery._base_manager.filter(variant__publication=models.OuterRef("pk")).exclude(
        state=_S.CANCELLED
    )
    open_ = mine.filter(state__in=[_S.WAITING, _S.SENDING, _S.UNKNOWN, _S.HELD]).exclude(
        state=_S.WAITING, after__state__in=[_S.FAILED, _S.CANCELLED]
    )
    sent = mine.filter(state=_S.SENT)
    failed = mine.filter(state=_S.FAILED)
    return Publication._base_manager.filter(state__in=[PublicationState.APPROVED, PublicationState.FAILED]).filter(
        models.Exists(mine), ~models.Exists(open_)
    ).filter(
        Q(models.Exists(sent) & ~models.Exists(failed))
        | Q(models.Exists(failed) & ~Q(state=PublicationState.FAILED))
    )  # fmt: skip


def _due(now: datetime) -> models.QuerySet[Publication]:
    return _told().order_by("id")


@work.step("publications", due=_due, every=10, oldest="changed_at")
def carry_outcomes(now: datetime) -> int:
    """This will carry what became of deliveries to their publications and tell those who wrote them."""
    with scope.crossing("publications of all governments"), transaction.atomic():
        batch = work.claim(_due(now).select_related("author"), 100)
        for one in batch:
            with scope.government(one.government_id):
                _carry(one, now)
        return len(batch)


def _carry(one: Publication, now: datetime) -> None:
    states = set(
        Delivery.objects.filter(variant__publication=one)
        .exclude(state=_S.CANCELLED)
        .values_list("state", flat=True)
    )
    after = PublicationState.FAILED if _S.FAILED in states else PublicationState.OUT
    Publication.flow.move(one, after, out_at=one.out_at or (now if _S.SENT in states else None))
    audit.record(f"publication.{after}", one, OUTCOME, now=now)
    if after == PublicationState.FAILED:
        tell([one.author], "publication_failed", f"/konten/{one.pk}/", title=str(one)[:80])
    live.tell(one.government_id, "publication", [one.pk])


def stands(one: Publication) -> bool:
    """This will tell whether anything of a publication stands on a platform."""
    return one.state in AGREED and Delivery.objects.filter(variant__publication=one, state=_S.SENT).exists()


def by_hand(one: Delivery) -> bool:
    """This will tell whether a person must publish this part on the platform and mark it."""
    return one.state == _S.WAITING and one.channel.health == Health.MANUAL
