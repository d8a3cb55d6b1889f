"""Who may decide on a publication, and in words why somebody may not; the database holds the same (migration 0004)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import MAY, Member, Unit
from tanggap.publishing.models import (
    Approval,
    Decision,
    Delegation,
    Publication,
    PublicationState,
    Version,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a member may decide now: as themselves or as the deputy of another; `why` says in words what keeps
    them from it, `code` in one word (not_waiting, role, not_named, wrote, agreed)."""

    may: bool
    deputy_of: Member | None = None
    code: str = ""
    why: str = ""


def standing_of(one: Publication, by: Member, now: datetime | None = None) -> Standing:
    """This will say whether a member may decide at the present stage."""
    now = now or timezone.now()
    stage = stage_of(one)
    if stage is None:
        return Standing(False, code="not_waiting", why=_("Konten ini tidak sedang menunggu persetujuan."))
    if not by.may("publication.approve") or not active(by, now):
        return Standing(False, code="role", why=_("Peran Anda tidak memutuskan konten."))
    if wrote(one, by):
        return Standing(
            False, code="wrote",
            why=_(
                "Anda ikut menulis konten ini, sekarang atau pada versi sebelumnya. "
                "Yang menulis tidak memutuskan; keputusan ada pada rekan lain."
            ),
        )  # fmt: skip
    deputy_of = None if named(stage, by, one.unit) else deputised(one, by, now)
    if deputy_of is None and not named(stage, by, one.unit):
        return Standing(False, code="not_named", why=_("Tahap ini diputuskan orang lain."))
    if stage.get("others") and agreed_before(one, by):
        return Standing(
            False, code="agreed",
            why=_("Anda sudah menyetujui tahap sebelumnya; tahap ini meminta orang lain."),
        )  # fmt: skip
    return Standing(True, deputy_of)


def may_decide(one: Publication, by: Member) -> bool:
    """This will tell whether a member decides at the present stage, by role, by name or as a deputy."""
    return standing_of(one, by).may


def stage_of(one: Publication) -> Mapping[str, Any] | None:
    """This will return the stage that a publication waits for."""
    stages = one.route.stages if one.route and one.state == PublicationState.REVIEW else []
    return next((stage for stage in stages if stage["key"] == one.stage), None)


def named(stage: Mapping[str, Any], member: Member, unit: Unit) -> bool:
    """This will tell whether a stage names a member: by person, or by a role that reaches the publication's office."""
    if member.pk in stage.get("members", ()):
        return True
    return member.role in stage.get("roles", ()) and (member.sees_all or member.unit_id in _above(unit))


def deputised(one: Publication, by: Member, now: datetime) -> Member | None:
    """This will return the member for whom this one may decide at the present stage today."""
    stage = stage_of(one)
    if stage is None:
        return None
    rows = Delegation.objects.filter(deputy=by, since__lte=now, until__gt=now).select_related("member__unit")
    return next(
        (
            row.member
            for row in rows
            if active(row.member, now)
            and named(stage, row.member, one.unit)
            and not wrote(one, row.member)
        ),
        None,
    )  # fmt: skip


def wrote(one: Publication, member: Member) -> bool:
    """This will tell whether a member wrote any version of a publication."""
    return member.pk in writers_of(one)


def writers_of(one: Publication) -> set[int]:
    """This will return the ids of all who wrote any version of a publication."""
    return writers_of_many([one])[one.pk]


def writers_of_many(publications: Iterable[Publication]) -> dict[int, set[int]]:
    """This will return who wrote each publication, asked at once."""
    found = {one.pk: {one.author_id, *one.writers} for one in publications}
    rows = Version.objects.filter(publication__in=found).values_list("publication_id", "author_id", "writers")
    for pk, author, more in rows:
        found[pk] |= {author, *more}
    return found


def agreed_before(one: Publication, member: Member) -> bool:
    """This will tell whether a member agreed to an earlier stage of the present version, also by an invitation that
    they sent."""
    return one.approvals.filter(
        models.Q(approver=member) | models.Q(invitation__sent_by=member),
        hash=one.hash, decision=Decision.APPROVED, voided_at__isnull=True,
    ).exists()  # fmt: skip


def deciders(one: Publication) -> models.QuerySet[Member]:
    """This will return the members who may decide at the present stage and wrote nothing of it; deputies too."""
    stage = stage_of(one)
    if stage is None:
        return Member.objects.none()
    now = timezone.now()
    writers = writers_of(one)
    mine = candidates(stage, one.unit, now).exclude(pk__in=writers)
    deputies = Delegation.objects.filter(member__in=mine, since__lte=now, until__gt=now).values("deputy")
    found = Member.objects.filter(models.Q(pk__in=mine) | models.Q(pk__in=deputies)).exclude(pk__in=writers)
    if stage.get("others"):
        agreed = Approval.objects.filter(
            publication=one, hash=one.hash, decision=Decision.APPROVED, voided_at__isnull=True
        )
        done = {pk for row in agreed.select_related("invitation") for pk in _who(row)}
        found = found.exclude(pk__in=done)
    return at_work(found, now)


def candidates(stage: Mapping[str, Any], unit: Unit | None, now: datetime) -> models.QuerySet[Member]:
    """This will return the members whom a stage names for an office (None: for the whole government)."""
    roles = [role for role in stage.get("roles", ()) if role in MAY["publication.approve"]]
    wide = models.Q(role__in=[role for role in roles if Member(role=role).sees_all])
    near = models.Q(role__in=roles) & (models.Q(unit_id__in=_above(unit)) if unit else models.Q())
    person = models.Q(pk__in=stage.get("members", ()), role__in=MAY["publication.approve"])
    return at_work(Member.objects.filter(wide | near | person), now)


def at_work(members: models.QuerySet[Member], now: datetime) -> models.QuerySet[Member]:
    """This will keep the members whose membership is valid today."""
    today = timezone.localdate(now)
    return members.filter(
        models.Q(active_from=None) | models.Q(active_from__lte=today),
        models.Q(active_until=None) | models.Q(active_until__gte=today),
    )


def active(member: Member, now: datetime) -> bool:
    """This will tell whether a membership is valid today."""
    today = timezone.localdate(now)
    return (member.active_from is None or member.active_from <= today) and (
        member.active_until is None or today <= member.active_until
    )


def seen_by(member: Member) -> models.QuerySet[Publication]:
    """This will keep the publications that a member sees, and those that wait for a decision for which a stage of
    their route names the member, or whom the member stands in for."""
    now = timezone.now()
    principals = Delegation.objects.filter(deputy=member, since__lte=now, until__gt=now).values_list(
        "member_id", flat=True
    )
    asked = models.Q()
    for pk in (member.pk, *principals):
        asked |= models.Q(route__stages__contains=[{"members": [pk]}])
    for principal in Member.objects.filter(pk__in=principals).select_related("unit"):
        asked |= models.Q(pk__in=Publication.objects.seen_by(principal).values("pk"))
    waiting = Publication.objects.filter(asked, state=PublicationState.REVIEW)
    mine = Publication.objects.seen_by(member)
    return Publication.objects.filter(
        models.Q(pk__in=mine.values("pk")) | models.Q(pk__in=waiting.values("pk"))
    )


def queue(member: Member, publications: Sequence[Publication], now: datetime) -> dict[int, Standing]:
    """This will say for each publication that waits whether a member may decide on it, by its id."""
    return {one.pk: standing_of(one, member, now) for one in publications}


def _who(row: Approval) -> set[int]:
    return {pk for pk in (row.approver_id, row.invitation.sent_by_id if row.invitation else None) if pk}


def _above(unit: Unit) -> list[int]:
    """The office and all above it: whoever works there sees what it publishes."""
    found: list[int] = []
    one: Unit | None = unit
    while one is not None and one.pk not in found:
        found.append(one.pk)
        one = one.parent
    return found
