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
from tanggap.publishing import contents, following, silence
from tanggap.publishing.models import (
    AGREED,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Publication,
    PublicationState,
    Recurrence,
)
from tanggap.publishing.occurrences import Times

OUTCOME = audit.System("publications")
_S = DeliveryState
UNSENT = frozenset({_S.WAITING, _S.HELD, _S.FAILED})
"""Deliveries of which nothing stands on a platform."""


def schedule(
    one: Publication, by: audit.Actor, now: datetime, occurrence: datetime | None = None,
    until: datetime | None = None,
) -> list[Delivery]:  # fmt: skip
    """This will put every part of an approved publication into the queue, for its minute or for one `occurrence`.

    A repeating one without `occurrence` waits for its next time instead (recurring.py). Beyond `until` it is too late
    whatever its kind allows.
    """
    if occurrence is None and _goes_on(one, now):
        live.wake("recurring")
        return []
    at = occurrence or one.due_at or now
    latest = min(filter(None, (max(at, now) + one.late_after, following.true_until(one))))
    answered = following.answered(one)
    made: list[Delivery] = []
    for part in contents.parts(one):
        channel = part.variant.channel
        before = made[-1] if part.role == contents.THREAD else None
        first = answered.get(channel.pk) if part.role == contents.POST else None
        if part.role == contents.COMMENT:
            before = next(row for row in made if row.variant_id == part.variant.pk and row.part == 0)
        made.append(
            Delivery.objects.create(
                government_id=one.government_id, channel=channel, variant=part.variant, part=part.part, text=part.text,
                kind=DeliveryKind.REPLY if part.part or first else DeliveryKind.POST, options=dict(part.options),
                media=[{key: file.get(key, "") for key in ("file", "sha256", "type", "alt")} for file in part.media],
                hash=one.hash, occurrence=at, due_at=max(at, now),
                latest_at=min(latest, until) if until and part.part == 0 else latest,
                after=before or first, created_by=by.audit_name, created_at=now,
            )
        )  # fmt: skip
    audit.record(
        "publication.schedule", one, by, now=now, deliveries=[row.pk for row in made], due=at.isoformat()
    )
    live.wake("send")
    return made


def _goes_on(one: Publication, now: datetime) -> bool:
    """A repetition goes on from the next time after its approval: what passed before it was approved does not count."""
    kept = Recurrence.objects.filter(publication=one).first()
    if kept is None or kept.next_at is None:
        return False
    times = Times(kept.rule, kept.starts_at, kept.until, one.government.zone)
    kept.next_at = times.after(now)
    kept.save(update_fields=["next_at"])
    return True


def repeats(one: Publication) -> bool:
    """This will tell whether a publication leaves again and again, or did."""
    return Recurrence.objects.filter(publication=one).exists()


def take_back(one: Publication, by: audit.Actor, now: datetime) -> None:
    """This will cancel all of a publication that has not left; Refusal where a part of it has, or is just leaving.

    Of a repeating one the times that are out stay as they are: only one that has left in part is in the way.
    """
    rows = Delivery.objects.filter(variant__publication=one).exclude(state=_S.CANCELLED)
    left = rows.exclude(state__in=UNSENT)
    if repeats(one):
        waits = rows.filter(state=_S.WAITING, occurrence=models.OuterRef("occurrence"))
        left = left.exclude(~models.Exists(waits), state=_S.SENT)
        rows = rows.exclude(state=_S.SENT)
    if left.exists():
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
    """This will let something leave whose time had passed, with what follows it: a person says it is still true."""
    require(by, "publication.write")
    now = timezone.now()
    if why := silence.holding(delivery, now):
        raise Refusal(why)
    with transaction.atomic():
        Delivery.flow.move(delivery, _S.WAITING, due_at=now, latest_at=None, error="")
        together = Delivery.objects.filter(variant=delivery.variant_id, occurrence=delivery.occurrence)
        together.filter(state=_S.WAITING).update(latest_at=None)
        audit.record("delivery.confirm_late", delivery, by, now=now)
        live.wake("send")


def _told() -> models.QuerySet[Publication]:
    """Publications whose deliveries have all settled in another way than their state tells."""
    mine = Delivery._base_manager.filter(variant__publication=models.OuterRef("pk")).exclude(
        state=_S.CANCELLED
    )
    # What waits below a part that failed moves no more by itself, however far above it that part is.
    broken = Delivery._base_manager.filter(
        variant_id=models.OuterRef("variant_id"), occurrence=models.OuterRef("occurrence"), state=_S.FAILED
    )
    open_ = mine.filter(state__in=[_S.WAITING, _S.SENDING, _S.UNKNOWN, _S.HELD]).exclude(
        Q(state=_S.WAITING, after__isnull=False) & models.Exists(broken)
    )
    # The last time of a repeating one says how it fares; while it goes on it is not simply out.
    last = Q(occurrence=models.OuterRef("last")) | Q(occurrence=None)
    sent = mine.filter(last, state=_S.SENT)
    failed = mine.filter(last, state=_S.FAILED)
    newest = mine.order_by("-occurrence").values("occurrence")[:1]
    return Publication._base_manager.filter(state__in=[PublicationState.APPROVED, PublicationState.FAILED]).annotate(
        last=models.Subquery(newest)
    ).filter(
        models.Exists(mine), ~models.Exists(open_)
    ).filter(
        Q(models.Exists(sent) & ~models.Exists(failed)) & ~Q(recurrence__next_at__isnull=False)
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
    rows = Delivery.objects.filter(variant__publication=one).exclude(state=_S.CANCELLED)
    last = rows.aggregate(last=models.Max("occurrence"))["last"]
    states = set(rows.filter(Q(occurrence=last) | Q(occurrence=None)).values_list("state", flat=True))
    after = PublicationState.FAILED if _S.FAILED in states else PublicationState.OUT
    Publication.flow.move(one, after, out_at=one.out_at or (now if _S.SENT in states else None), told="")
    audit.record(f"publication.{after}", one, OUTCOME, now=now)
    if after == PublicationState.FAILED:
        tell([one.author], "publication_failed", f"/konten/{one.pk}/", title=str(one)[:80])
    live.tell(one.government_id, "publication", [one.pk])


def stands(one: Publication) -> bool:
    """This will tell whether anything of a publication stands on a platform."""
    return one.state in AGREED and Delivery.objects.filter(variant__publication=one, state=_S.SENT).exists()


def by_hand(one: Delivery) -> bool:
    """This will tell whether a person must publish this part (or take it away) on the platform and mark it."""
    if one.state != _S.WAITING:
        return False
    below_a_link = one.after is not None and one.after.state == _S.SENT and not one.after.external_id
    return one.manual or below_a_link or one.channel.health == Health.MANUAL
