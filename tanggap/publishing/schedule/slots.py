"""Places in the week for each channel, and the next of them that is free for a publication."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, NotAllowed, require
from tanggap.channels.models import Channel
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal
from tanggap.publishing import silence
from tanggap.publishing.models import (
    Delivery,
    DeliveryState,
    Publication,
    PublicationState,
    Slot,
)
from tanggap.publishing.schedule import moving

SOON = timedelta(minutes=5)
"""A slot nearer than this is not taken any more."""
AHEAD = timedelta(days=56)
MOST = 40
"""Slots a channel may have in a week."""
_LOCK = 0x51075
_GONE = (PublicationState.CANCELLED, PublicationState.WITHDRAWN)


def define(by: Member, channel: Channel, places: Collection[tuple[int, time]]) -> list[Slot]:
    """This will set the weekly slots of a channel: (weekday, Monday is 0, and local time)."""
    require(by, "publication.calendar")
    if channel.government_id != by.government_id:
        raise NotAllowed(_("Kanal itu bukan milik pemerintah Anda."))
    if len(set(places)) > MOST:
        raise Refusal(_("Paling banyak %(most)s slot seminggu untuk satu kanal.") % {"most": MOST}, "slots")
    if any(not 0 <= weekday <= 6 for weekday, _at in places):
        raise Refusal(_("Hari itu tidak dikenal."), "slots")
    with transaction.atomic():
        Slot.objects.filter(channel=channel).delete()
        made = Slot.objects.bulk_create(
            Slot(government_id=by.government_id, channel=channel, weekday=weekday, at=at)
            for weekday, at in sorted(set(places))
        )
        audit.record("slots.define", channel, by, slots=len(made))
        live.tell(by.government_id, "publication", [])
    return made


def upcoming(slots: Iterable[tuple[int, time]], now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """This will yield the coming moments of weekly slots for eight weeks, soonest first."""
    week = sorted(set(slots))
    first = now.astimezone(zone).date()
    for offset in range(AHEAD.days + 1):
        day = first + timedelta(days=offset)
        for weekday, at in week:
            moment = datetime.combine(day, at, tzinfo=zone)
            if weekday == day.weekday() and moment >= now + SOON:
                yield moment


def next_free(publication: Publication, now: datetime) -> datetime:
    """This will return the next slot of a publication's channels at which none of them has anything else.

    Slots in a silence that does not allow its kind are passed over. Refusal where none has slots or all are taken.
    """
    channels = set(publication.variants.values_list("channel_id", flat=True))
    week = set(Slot.objects.filter(channel__in=channels).values_list("weekday", "at"))
    if not week:
        raise Refusal(
            _("Kanal konten ini belum punya slot mingguan. Atur slotnya, atau pilih waktu sendiri."), "slots"
        )
    zone = publication.government.zone
    taken = taken_minutes(channels, now, now + AHEAD, but=publication.pk)
    periods = silence.standing(now, now + AHEAD)
    for at in upcoming(week, now, zone):
        if at not in taken and silence.silencing(publication.kind, at, periods, zone) is None:
            return at
    raise Refusal(
        _("Semua slot delapan minggu ke depan sudah terisi. Tambah slot, atau pilih waktu sendiri."), "slots"
    )


def taken_minutes(channels: Collection[int], since: datetime, until: datetime, but: int = 0) -> set[datetime]:
    """This will return the minutes at which something is meant to leave on any of the channels."""
    planned = Publication.objects.filter(variants__channel__in=channels, due_at__range=(since, until))
    planned = planned.exclude(state__in=_GONE).exclude(pk=but)
    queued = Delivery.objects.filter(channel__in=channels, part=0, occurrence__range=(since, until))
    queued = queued.exclude(state=DeliveryState.CANCELLED).exclude(variant__publication=but)
    moments = [*planned.values_list("due_at", flat=True), *queued.values_list("occurrence", flat=True)]
    return {moment.replace(second=0, microsecond=0) for moment in moments if moment}


def take(publication: Publication, by: Member, *, sure: bool = False) -> moving.Moved:
    """This will move a publication to its next free slot; of two who ask at once each gets a slot of their own."""
    require(by, "publication.write")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s, %s)", [_LOCK, by.government_id])
        return moving.shift(publication, by, next_free(publication, timezone.now()), sure=sure)
