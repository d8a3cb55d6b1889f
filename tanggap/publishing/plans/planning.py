"""Content plans: what an office means to say in a period, begun from its plan, and compared with what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, NotAllowed, Unit, require
from tanggap.channels.connector import Ability, all_connectors, connector
from tanggap.channels.models import Channel
from tanggap.core import audit
from tanggap.core.refusal import Refusal
from tanggap.publishing import writing
from tanggap.publishing.models import Campaign, PlanItem, Publication, PublicationKind, PublicationState

MOST_DAYS = 366
USUAL_HOUR = time(9)
"""The hour that a draft begun from a plan is given; its writer moves it."""
_TEXTS = {"name": 160, "objective": 4000, "audience": 300, "message": 4000}


def seen_by(member: Member) -> models.QuerySet[Campaign]:
    """This will keep the campaigns of the member's part of the tree: led there, or with something planned there."""
    rows = Campaign.objects.select_related("unit", "owner__user")
    if member.sees_all:
        return rows
    units = member.unit_ids()
    planned = PlanItem.objects.filter(unit_id__in=units).values("campaign_id")
    return rows.filter(Q(unit_id__in=units) | Q(owner=member) | Q(pk__in=planned))


def define(
    by: Member, *, texts: Mapping[str, str], unit: Unit, owner: Member, starts_on: date | None, ends_on: date | None,
    campaign: Campaign | None = None,
) -> Campaign:  # fmt: skip
    """This will begin a campaign, or change one; `texts` are name, objective, audience and message."""
    require(by, "publication.write")
    _require_place(by, unit)
    clean = {key: texts.get(key, "").strip()[:most] for key, most in _TEXTS.items()}
    if not clean["name"]:
        raise Refusal(_("Beri nama rencana ini."), "name")
    if starts_on is None or ends_on is None:
        raise Refusal(_("Isi tanggal mulai dan selesai."), "starts_on" if starts_on is None else "ends_on")
    if not 0 <= (ends_on - starts_on).days <= MOST_DAYS:
        raise Refusal(_("Tanggal selesai harus sesudah tanggal mulai, paling lama setahun."), "ends_on")
    with transaction.atomic():
        if campaign is None:
            one = Campaign(government_id=by.government_id, created_at=timezone.now())
        else:
            one = _locked(campaign, by)
        one.unit, one.owner, one.starts_on, one.ends_on = unit, owner, starts_on, ends_on
        for key, value in clean.items():
            setattr(one, key, value)
        one.save()
        audit.record("campaign.define", one, by, unit=unit.pk, owner=owner.pk)
    return one


def close(campaign: Campaign, by: Member, *, closed: bool = True) -> None:
    """This will end a campaign, or open it again; what it planned stays for the report."""
    require(by, "publication.write")
    with transaction.atomic():
        one = _locked(campaign, by)
        one.closed_at = timezone.now() if closed else None
        one.save(update_fields=["closed_at"])
        audit.record("campaign.close" if closed else "campaign.open", one, by)


def plan(
    campaign: Campaign, by: Member, *, title: str, kind: str, planned_on: date | None, unit: Unit,
    platforms: Sequence[str] = (), item: PlanItem | None = None,
) -> PlanItem:  # fmt: skip
    """This will put something into a plan, or change it while nothing of it is out."""
    require(by, "publication.write")
    title = " ".join(title.split())[:200]
    if not title:
        raise Refusal(_("Tulis judulnya."), "title")
    if kind not in PublicationKind.values:
        raise Refusal(_("Pilih jenis konten dari daftar."), "kind")
    if planned_on is None or not campaign.starts_on <= planned_on <= campaign.ends_on:
        raise Refusal(_("Pilih tanggal di dalam masa rencana."), "planned_on")
    unknown = set(platforms) - set(publishing_platforms())
    if unknown:
        raise Refusal(_("Platform itu tidak dikenal."), "platforms")
    with transaction.atomic():
        _locked(campaign, by)
        one = item or PlanItem(government_id=by.government_id, campaign=campaign)
        if item is not None and item.publication is not None and item.publication.out_at is not None:
            raise Refusal(_("Ini sudah terbit; rencananya tidak diubah lagi."))
        one.title, one.kind, one.planned_on, one.unit = title, kind, planned_on, unit
        one.platforms = sorted(set(platforms))
        one.save()
        audit.record("plan_item.define", one, by, campaign=campaign.pk, planned_on=planned_on.isoformat())
    return one


def drop(item: PlanItem, by: Member, why: str) -> None:
    """This will take something out of what is still to be done, with a reason that stays in the report."""
    require(by, "publication.write")
    if not why.strip():
        raise Refusal(_("Tulis alasan agar laporan dapat menjelaskannya."), "why")
    with transaction.atomic():
        _locked(item.campaign, by)
        if item.publication is not None and item.publication.out_at is not None:
            raise Refusal(_("Ini sudah terbit dan tidak dapat dibatalkan dari rencana."))
        item.dropped_at, item.dropped_why = timezone.now(), why.strip()[:300]
        item.save(update_fields=["dropped_at", "dropped_why"])
        audit.record("plan_item.drop", item, by, why=audit.digest(why))


def take_up(item: PlanItem, by: Member) -> None:
    """This will put something that was dropped back into the plan."""
    require(by, "publication.write")
    with transaction.atomic():
        _locked(item.campaign, by)
        item.dropped_at, item.dropped_why = None, ""
        item.save(update_fields=["dropped_at", "dropped_why"])
        audit.record("plan_item.take_up", item, by)


def begin(item: PlanItem, by: Member) -> Publication:
    """This will begin the draft of a planned item, on the office's channels of the planned platforms."""
    require(by, "publication.write")
    with transaction.atomic():
        one = (
            PlanItem.objects.select_for_update(of=("self",))
            .select_related("campaign", "unit")
            .get(pk=item.pk)
        )
        if one.publication is not None:
            return one.publication
        if one.dropped_at is not None:
            raise Refusal(_("Ini dibatalkan dari rencana. Masukkan lagi bila jadi dibuat."))
        made = writing.begin(
            by, unit=one.unit, channels=channels_for(one), kind=one.kind, title=one.title, campaign=one.campaign,
            due_at=usual_minute(one, timezone.now()),
        )  # fmt: skip
        one.publication = made
        one.save(update_fields=["publication"])
        audit.record("plan_item.begin", one, by, publication=made.pk)
    return made


def link(item: PlanItem, publication: Publication, by: Member) -> None:
    """This will say that a publication that exists is the one that was planned."""
    require(by, "publication.write")
    with transaction.atomic():
        _locked(item.campaign, by)
        one = Publication.objects.seen_by(by).get(pk=publication.pk)
        if PlanItem.objects.filter(publication=one).exclude(pk=item.pk).exists():
            raise Refusal(_("Konten itu sudah terhubung ke rencana lain."), "publication")
        if item.publication is not None and item.publication_id != one.pk:
            raise Refusal(_("Rencana ini sudah terhubung ke konten lain. Lepaskan dulu."), "publication")
        item.publication = one
        item.save(update_fields=["publication"])
        Publication.objects.filter(pk=one.pk).update(campaign=item.campaign)
        audit.record("plan_item.link", item, by, publication=one.pk)


def unlink(item: PlanItem, by: Member) -> None:
    """This will part a planned item from its publication; both stay."""
    require(by, "publication.write")
    with transaction.atomic():
        _locked(item.campaign, by)
        item.publication = None
        item.save(update_fields=["publication"])
        audit.record("plan_item.unlink", item, by)


def linkable(campaign: Campaign, by: Member) -> models.QuerySet[Publication]:
    """This will return publications that a planned item may be linked to: seen, of no plan, newest first."""
    rows = Publication.objects.seen_by(by).filter(plan_item=None).exclude(state=PublicationState.CANCELLED)
    return rows.filter(Q(campaign=campaign) | Q(campaign=None)).order_by("-changed_at")


def channels_for(item: PlanItem) -> list[Channel]:
    """This will return the office's open channels of the planned platforms; those of all offices above count too."""
    units, unit = [item.unit_id], item.unit
    while unit.parent is not None and unit.parent.pk not in units:
        unit = unit.parent
        units.append(unit.pk)
    rows = Channel.objects.filter(closed_at=None, platform__in=item.platforms)
    mine = [one for one in rows.order_by("id") if one.unit_id is None or one.unit_id in units]
    return [one for one in mine if Ability.PUBLISH in connector(one.platform).abilities]


def publishing_platforms() -> list[str]:
    """This will return the codes of the platforms on which something can be published."""
    return sorted(code for code, one in all_connectors().items() if Ability.PUBLISH in one.abilities)


def usual_minute(item: PlanItem, now: datetime) -> datetime | None:
    """This will return the planned day's usual minute in the government's zone; None where it has passed."""
    at = datetime.combine(item.planned_on, USUAL_HOUR, item.government.zone)
    return at if at > now else None


def _locked(campaign: Campaign, by: Member) -> Campaign:
    one = seen_by(by).select_for_update(of=("self",)).get(pk=campaign.pk)
    if one.owner_id != by.pk:
        _require_place(by, one.unit)
    return one


def _require_place(by: Member, unit: Unit) -> None:
    if not by.sees_all and unit.pk not in by.unit_ids():
        raise NotAllowed(_("Rencana ini milik perangkat daerah lain. Tidak ada yang diubah."))
