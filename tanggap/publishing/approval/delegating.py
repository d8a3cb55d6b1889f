"""Standing in for each other: for a period, a deputy decides what the member may decide, except what either wrote."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tanggap.agencies.models import MAY, Member, NotAllowed, require
from tanggap.agencies.notices import tell
from tanggap.core import audit
from tanggap.core.refusal import Refusal
from tanggap.publishing.approval.deciding import active, at_work
from tanggap.publishing.models import Delegation

LONGEST = timedelta(days=366)


def appoint(by: Member, deputy: Member, since: datetime, until: datetime) -> Delegation:
    """This will let a colleague decide in one's place from one moment to another; only the member says so for
    themselves. A deputy cannot pass it on."""
    require(by, "publication.approve")
    now = timezone.now()
    if deputy.pk == by.pk or deputy.government_id != by.government_id:
        raise Refusal(_("Pilih rekan lain sebagai wakil."), "deputy")
    if not deputy.may("publication.approve") or not active(deputy, now):
        raise Refusal(_("Peran rekan itu tidak memutuskan konten. Pilih rekan lain."), "deputy")
    if until <= since or until <= now:
        raise Refusal(
            _("Masa perwakilan berakhir sebelum mulai, atau sudah lewat. Periksa tanggalnya."), "until"
        )
    if until - since > LONGEST:
        raise Refusal(_("Masa perwakilan paling lama satu tahun."), "until")
    with transaction.atomic():
        made = Delegation.objects.create(
            member=by, deputy=deputy, since=since, until=until, made_by=by.audit_name
        )
        audit.record(
            "delegation.appoint", made, by, now=now, deputy=deputy.pk, since=since.isoformat(),
            until=until.isoformat(),
        )  # fmt: skip
        said = date_format(timezone.localtime(until), "j F Y H.i")
        tell([deputy], "delegation_made", "/konten/persetujuan/", name=str(by), due=said)
    return made


def end(delegation: Delegation, by: Member) -> None:
    """This will end a delegation now: the member who gave it, or the deputy who can no longer bear it."""
    now = timezone.now()
    with transaction.atomic():
        one = Delegation.objects.select_for_update().get(pk=delegation.pk)
        if by.pk not in {one.member_id, one.deputy_id}:
            raise NotAllowed(_("Perwakilan ini bukan milik Anda. Tidak ada yang diubah."))
        if one.until > now:
            one.until = now
            one.save(update_fields=["until"])
            audit.record("delegation.end", one, by, now=now)


def of(member: Member, now: datetime) -> models.QuerySet[Delegation]:
    """This will return the present and coming delegations from and to a member, the earliest first."""
    return (
        Delegation.objects.filter(models.Q(member=member) | models.Q(deputy=member), until__gt=now)
        .select_related("member__user", "member__unit", "deputy__user", "deputy__unit")
        .order_by("since", "id")
    )


def choices(member: Member, now: datetime) -> models.QuerySet[Member]:
    """This will return the colleagues who may stand in for a member."""
    rows = Member.objects.filter(role__in=MAY["publication.approve"]).exclude(pk=member.pk)
    return at_work(rows, now).select_related("user", "unit").order_by("user__name")
