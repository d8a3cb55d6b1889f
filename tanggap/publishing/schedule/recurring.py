"""Publications that leave again and again: the next time always stands in the queue, and a missed one is counted.

A delivery of a time is too late once the next one has come, so that after an outage at most the newest leaves.
"""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.agencies.notices import tell
from tanggap.core import audit, live, scope, work
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.publishing import releasing
from tanggap.publishing.models import (
    AGREED,
    Delivery,
    DeliveryState,
    Publication,
    PublicationState,
    Recurrence,
)
from tanggap.publishing.occurrences import Pattern, Times, first_day
from tanggap.publishing.schedule import moving
from tanggap.publishing.voiding import void
from tanggap.publishing.writing import locked

STEP = audit.System("recurring")
_S = DeliveryState
_ON_THE_WAY = (_S.WAITING, _S.SENDING, _S.UNKNOWN)
_WAITING = (_S.WAITING, _S.HELD)
_MAY_REPEAT = AGREED | {PublicationState.DRAFT, PublicationState.REVIEW}


def repeat(
    publication: Publication, by: Member, pattern: Pattern, *, first: date, at: time, until: datetime | None = None,
    sure: bool = False,
) -> Recurrence:  # fmt: skip
    """This will have a publication leave again and again from a day on; what was approved stays approved.

    What waited for its one minute is taken back: the repetition takes its place.
    """
    require(by, "publication.write")
    now = timezone.now()
    with transaction.atomic():
        one = locked(publication, by)
        if one.state not in _MAY_REPEAT:
            raise Refusal(_("Konten yang dibatalkan atau ditarik tidak dapat diulang."))
        times = Times(
            pattern.rule(), first_day(pattern, first, at, one.government.zone), until, one.government.zone
        )
        next_at = times.after(now)
        if next_at is None:
            raise Refusal(
                _("Tidak ada waktu terbit tersisa sebelum akhirnya. Ubah tanggal atau jamnya."), "until"
            )
        if not sure:
            moving.require_fit(one, next_at, now)
        kept, _made = Recurrence.objects.update_or_create(
            publication=one,
            defaults={
                "rule": times.rule, "starts_at": times.starts_at, "until": until, "next_at": next_at,
                "made_by": by.audit_name,
            },
        )  # fmt: skip
        if one.state in AGREED:
            releasing.take_back(one, by, now)
        Publication.objects.filter(pk=one.pk).update(due_at=next_at)
        audit.record("publication.repeat", one, by, now=now, rule=times.rule, next=next_at.isoformat())
        _told(one)
    return kept


def skip(publication: Publication, by: Member) -> datetime | None:
    """This will pass over the time that waits in the queue; returns the one after it."""
    require(by, "publication.write")
    now = timezone.now()
    with transaction.atomic():
        one, kept = _locked(publication, by)
        if kept.next_at is None:
            raise Refusal(_("Ini waktu terbit terakhir. Hentikan pengulangannya bila tidak jadi terbit."))
        if not _drop(one, by, now, None):
            raise Refusal(_("Tidak ada waktu terbit yang sedang menunggu. Tidak ada yang diubah."))
        audit.record("publication.repeat_skip", one, by, now=now)
        _told(one)
    return kept.next_at


def end(publication: Publication, by: Member) -> None:
    """This will stop a repetition and take back the time that waits; one that never left becomes a draft again."""
    require(by, "publication.write")
    now = timezone.now()
    with transaction.atomic():
        one, kept = _locked(publication, by)
        _drop(one, by, now, None)
        ever = Delivery.objects.filter(variant__publication=one).exclude(state=_S.CANCELLED).exists()
        if ever:
            kept.next_at, kept.until = None, now
            kept.save(update_fields=["next_at", "until"])
        else:
            kept.delete()
            if one.state in AGREED:
                void(one, by, _("Pengulangan dihentikan."))
        audit.record("publication.repeat_end", one, by, now=now)
        _told(one)


def paused(kept: Recurrence) -> bool:
    """This will tell whether a repetition waits for its publication to be approved again."""
    return kept.next_at is not None and kept.publication.state not in AGREED


def times_of(kept: Recurrence) -> Times:
    """This will return the moments of a repetition."""
    return Times(kept.rule, kept.starts_at, kept.until, kept.publication.government.zone)


def _due(now: datetime) -> models.QuerySet[Recurrence]:
    heads = Delivery._base_manager.filter(
        variant__publication=OuterRef("publication"), part=0, state__in=_ON_THE_WAY
    )
    rows = Recurrence._base_manager.filter(next_at__isnull=False, publication__state__in=AGREED)
    return rows.filter(Q(next_at__lte=now) | ~Exists(heads)).order_by("next_at", "id")


@work.step("recurring", due=_due, every=10, oldest="next_at")
def recur(now: datetime) -> int:
    """This will put the next time of each repetition into the queue, and count those that were missed."""
    dealt = 0
    with scope.crossing("repetitions of all governments"), transaction.atomic():
        for kept in work.claim(_due(now), 100):
            with scope.government(kept.government_id):
                dealt += _go_on(kept, now)
    return dealt


def _go_on(kept: Recurrence, now: datetime) -> int:
    # Somebody who edits or approves it holds it: it comes again in ten seconds.
    rows = Publication.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
        "government", "author"
    )
    one = rows.filter(pk=kept.publication_id, state__in=AGREED).first()
    if one is None or kept.next_at is None:
        return 0
    times = Times(kept.rule, kept.starts_at, kept.until, one.government.zone)
    passed = times.between(kept.next_at, now)
    wanted: datetime | None = passed[-1] if passed else kept.next_at
    assert wanted is not None
    following = times.after(wanted)
    missed = max(len(passed) - 1, 0) + (_drop(one, STEP, now, wanted) if passed else 0)
    if now - wanted > one.late_after:
        missed += 1
    elif not _stands(one, wanted):
        _queue(one, wanted, following, now)
    kept.next_at, kept.missed = following, kept.missed + missed
    kept.save(update_fields=["next_at", "missed"])
    if missed:
        audit.record("publication.repeat_missed", one, STEP, now=now, missed=missed)
        tell([one.author], "publication_missed", f"/konten/{one.pk}/", title=str(one)[:80], many=missed)
    return 1


def _queue(one: Publication, at: datetime, following: datetime | None, now: datetime) -> None:
    earlier = Delivery.objects.filter(variant__publication=one, state=_S.SENT)
    first_out = one.out_at or earlier.aggregate(first=models.Min("sent_at"))["first"]
    if one.state != PublicationState.APPROVED:
        Publication.flow.move(one, PublicationState.APPROVED)
    one.due_at, one.out_at = at, first_out
    one.save(update_fields=["due_at", "out_at"])
    releasing.schedule(one, STEP, now, occurrence=at, until=following)
    _told(one)


def _stands(one: Publication, at: datetime) -> bool:
    """Never twice, whatever the clock did meanwhile."""
    return (
        Delivery.objects.filter(variant__publication=one, occurrence=at).exclude(state=_S.CANCELLED).exists()
    )


def _drop(one: Publication, by: audit.Actor, now: datetime, before: datetime | None) -> int:
    """Takes back what waits (of times before a moment); returns the times of which nothing has left."""
    mine = Delivery.objects.filter(variant__publication=one)
    heads = mine.filter(part=0, state__in=_WAITING)
    if before is not None:
        heads = heads.filter(occurrence__lt=before)
    touched = set()
    for head in heads:
        thread = mine.filter(variant=head.variant_id, occurrence=head.occurrence, state__in=_WAITING)
        for row in thread.order_by("part"):
            try:
                Delivery.flow.move(row, _S.CANCELLED)
            except Lost:  # it leaves just now, surely and once
                break
            touched.add(row.occurrence)
            audit.record("delivery.cancelled", row, by, now=now)
    live.tell(one.government_id, "delivery", [])
    left = set(
        mine.filter(occurrence__in=touched).exclude(state=_S.CANCELLED).values_list("occurrence", flat=True)
    )
    return len(touched - left)


def _locked(publication: Publication, by: Member) -> tuple[Publication, Recurrence]:
    one = locked(publication, by)
    kept = Recurrence.objects.select_for_update(of=("self",)).filter(publication=one).first()
    if kept is None:
        raise Refusal(_("Konten ini tidak berulang. Tidak ada yang diubah."))
    return one, kept


def _told(one: Publication) -> None:
    live.tell(one.government_id, "publication", [one.pk])
    live.wake("recurring")
