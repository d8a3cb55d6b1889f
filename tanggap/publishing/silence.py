"""Periods of silence: what falls due in one that does not allow its kind is held until a person lets it leave."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.channels.allowances import Objection
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal
from tanggap.publishing.models import (
    Delivery,
    DeliveryState,
    Publication,
    PublicationKind,
    SilentKind,
    SilentPeriod,
)

_LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a period is to be; see SilentPeriod for its fields."""

    name: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    daily_from: time | None = None
    daily_until: time | None = None
    but: Collection[str] = ()
    reason: str = ""


def standing(since: datetime, until: datetime) -> list[SilentPeriod]:
    """This will return the periods of the government in scope that touch a stretch of time, earliest first."""
    rows = SilentPeriod.objects.filter(lifted_at=None, starts_at__lt=until, ends_at__gt=since)
    return list(rows.order_by("starts_at", "pk"))


def covers(period: SilentPeriod, at: datetime, zone: ZoneInfo) -> bool:
    """This will tell whether a moment lies in a period; a daily one counts only within its hours, over midnight too."""
    if not period.starts_at <= at < period.ends_at or period.lifted_at is not None:
        return False
    if period.daily_from is None or period.daily_until is None:
        return True
    clock = at.astimezone(zone).time().replace(tzinfo=None)
    if period.daily_from <= period.daily_until:
        return period.daily_from <= clock < period.daily_until
    return clock >= period.daily_from or clock < period.daily_until


def silencing(
    kind: str, at: datetime, periods: Iterable[SilentPeriod], zone: ZoneInfo
) -> SilentPeriod | None:
    """This will return the period that keeps a kind of publication in at a moment, None where it may leave."""
    return next((one for one in periods if kind not in one.but and covers(one, at, zone)), None)


def at_minute(kind: str, at: datetime, zone: ZoneInfo) -> SilentPeriod | None:
    """This will return the period of the government in scope that keeps a kind in at a moment."""
    return silencing(kind, at, standing(at, at + timedelta(seconds=1)), zone)


def said(period: SilentPeriod) -> str:
    """This will say which period stands in the way, with its reason and what may be done."""
    return _("Masa hening “%(name)s” (%(kind)s) berlaku pada waktu itu. Yang tidak dikecualikan ditahan.") % {
        "name": period.name,
        "kind": period.get_kind_display(),
    }


def objections(publication: Publication, at: datetime) -> list[Objection]:
    """This will say to whoever composes that a publication would be held at a moment; it may be approved."""
    period = at_minute(publication.kind, at, publication.government.zone)
    if period is None:
        return []
    otherwise = _("Pindahkan ke waktu sesudahnya, atau minta koordinator mengecualikan jenisnya.")
    return [Objection("silence", said(period), "due_at", period.ends_at, otherwise)]


def holding(one: Delivery, now: datetime) -> str:
    """This will say why a publication's delivery is held now, "" where it may leave.

    Answers to citizens are never silenced; nor is the rest of a thread whose beginning has left.
    """
    if one.variant is None or one.part:
        return ""
    publication = one.variant.publication
    periods = SilentPeriod._base_manager.filter(
        government_id=one.government_id, lifted_at=None, starts_at__lte=now, ends_at__gt=now
    )
    found = silencing(publication.kind, now, periods.order_by("starts_at", "pk"), publication.government.zone)
    if found is None:
        return ""
    return _("Ditahan oleh masa hening “%(name)s”. Terbitkan sendiri setelah masa itu berakhir.") % {
        "name": found.name
    }


def declare(by: Member, wish: Wish) -> SilentPeriod:
    """This will begin a period of silence; what is due in it is held from its beginning on."""
    require(by, "publication.calendar")
    _require_sense(wish)
    with transaction.atomic():
        made = SilentPeriod.objects.create(made_by=by.audit_name, **_fields(wish))
        audit.record("silence.declare", made, by, kind=made.kind, but=list(made.but))
        live.tell(by.government_id, "silence", [made.pk])
    return made


def change(period: SilentPeriod, by: Member, wish: Wish) -> SilentPeriod:
    """This will change a period that was not lifted; what it held meanwhile stays held."""
    require(by, "publication.calendar")
    _require_sense(wish)
    fields = _fields(wish)
    with transaction.atomic():
        if not SilentPeriod.objects.filter(pk=period.pk, lifted_at=None).update(**fields):
            raise Refusal(_("Masa hening ini sudah dicabut. Buat yang baru bila masih perlu."))
        audit.record("silence.change", period, by, kind=wish.kind, but=sorted(wish.but))
        live.tell(by.government_id, "silence", [period.pk])
    period.refresh_from_db()
    return period


def lift(period: SilentPeriod, by: Member) -> int:
    """This will end a period early and return how many deliveries still wait for a person: it lets none of them go."""
    require(by, "publication.calendar")
    with transaction.atomic():
        lifted = SilentPeriod.objects.filter(pk=period.pk, lifted_at=None).update(lifted_at=timezone.now())
        if lifted:
            audit.record("silence.lift", period, by)
            live.tell(by.government_id, "silence", [period.pk])
    return held().count()


def held() -> models.QuerySet[Delivery]:
    """This will return the publications' deliveries that wait for a person's word."""
    return Delivery.objects.filter(state=DeliveryState.HELD, variant__isnull=False)


def _fields(wish: Wish) -> dict[str, Any]:
    return {
        "name": wish.name.strip()[:120], "kind": wish.kind, "starts_at": wish.starts_at, "ends_at": wish.ends_at,
        "daily_from": wish.daily_from, "daily_until": wish.daily_until, "but": sorted(set(wish.but)),
        "reason": wish.reason.strip()[:300],
    }  # fmt: skip


def _require_sense(wish: Wish) -> None:
    if not wish.name.strip():
        raise Refusal(_("Beri nama agar rekan Anda tahu masa apa ini."), "name")
    if wish.kind not in SilentKind.values:
        raise Refusal(_("Pilih jenis masa hening."), "kind")
    if wish.ends_at <= wish.starts_at:
        raise Refusal(_("Akhirnya harus sesudah mulainya."), "ends_at")
    if wish.ends_at - wish.starts_at > _LONGEST:
        raise Refusal(_("Masa hening paling lama 400 hari. Pilih akhir yang lebih dekat."), "ends_at")
    if (wish.daily_from is None) != (wish.daily_until is None) or (
        wish.daily_from is not None and wish.daily_from == wish.daily_until
    ):
        raise Refusal(
            _("Isi kedua jam harian dengan jam yang berbeda, atau kosongkan keduanya."), "daily_from"
        )
    if not set(wish.but) <= set(PublicationKind.values):
        raise Refusal(_("Pengecualian itu bukan jenis konten yang dikenal."), "but")
