"""Approval in stages: handed in as a version, decided on stage by stage by others, voided by every change.

What may not be decided by whom is held by the database (migration 0004); here it is said in words before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, NotAllowed, Unit, require
from tanggap.agencies.notices import tell
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.publishing import contents, releasing, review
from tanggap.publishing.checks import Finding
from tanggap.publishing.models import (
    Approval,
    Decision,
    Delegation,
    Invitation,
    Publication,
    PublicationState,
    Route,
    Version,
)
from tanggap.publishing.voiding import void
from tanggap.publishing.writing import locked

_DEFAULT = json.loads((Path(__file__).parent / "data" / "approval_route.json").read_text(encoding="utf-8"))
_S = PublicationState


class Held(Refusal):
    """The publication stays a draft: findings of the checks or objections of platforms keep it in."""

    def __init__(self, found: Sequence[review.Found], blocked: Sequence[Finding]) -> None:
        super().__init__(
            _(
                "Konten belum diajukan: ada bagian yang tidak boleh keluar. Draf tersimpan; perbaiki yang ditandai."
            ),
            "text",
        )
        self.found, self.blocked = found, blocked


def route_of(publication: Publication) -> Route:
    """This will return the stages for a publication: of its office or the nearest above, its kind before any kind."""
    standing = list(Route.objects.filter(ended_at__isnull=True, kind__in=["", publication.kind]))
    unit: Unit | None = publication.unit
    while True:
        mine = [one for one in standing if one.unit_id == (unit.pk if unit else None)]
        if mine:
            return max(mine, key=lambda one: bool(one.kind))
        if unit is None:
            return Route.objects.create(
                government_id=publication.government_id, stages=_DEFAULT["stages"], made_by="system:default",
                made_at=timezone.now(),
            )  # fmt: skip
        unit = unit.parent


def hand_in(publication: Publication, by: Member, overrides: Sequence[Mapping[str, str]] = ()) -> Publication:
    """This will check a draft, keep it as a version and ask the first stage; Held keeps it as a draft.

    `overrides`: [{rule, reason}], findings that the writer answers for.
    """
    require(by, "publication.write")
    now = timezone.now()
    with transaction.atomic():
        one = locked(publication, by)
        if one.state != _S.DRAFT:
            raise Lost("The publication is no draft.")
        found = _require_fit(one, by, overrides, now)
        route = route_of(one)
        version = _keep(one, by, overrides, found, now)
        first = route.stages[0]
        Publication.flow.move(
            one, _S.REVIEW, hash=version.hash, writers=[], route=route, stage=first["key"],
            stage_due_at=_due(first, now), overrides=list(overrides),
        )  # fmt: skip
        audit.record("publication.hand_in", one, by, now=now, version=version.number, hash=version.hash)
        _ask(one, first)
    return one


def decide(
    publication: Publication,
    by: Member,
    *,
    hash_: str,
    approve: bool,
    note: str = "",
    deputy_of: Member | None = None,
) -> Publication:
    """This will decide on the version with this hash at its present stage; returned ones become drafts with a note."""
    require(by, "publication.approve")
    with transaction.atomic():
        one = _waiting(publication, hash_)
        if not may_decide(one, by) and deputy_of is None:
            raise NotAllowed(_("Tahap ini diputuskan orang lain. Tidak ada yang diubah."))
        if wrote(one, by):
            raise NotAllowed(_("Konten yang Anda tulis tidak boleh Anda setujui sendiri. Minta rekan lain."))
        return _decided(one, approve, note, by, approver=by, deputy_of=deputy_of)


def decide_by_invitation(invitation: Invitation, *, approve: bool, note: str = "") -> Publication:
    """This will take the decision of somebody outside, once, on the version that the link was sent for."""
    now = timezone.now()
    with transaction.atomic():
        used = Invitation.objects.filter(pk=invitation.pk, used_at=None, expires_at__gt=now).update(
            used_at=now
        )
        if not used:
            raise Refusal(_("Tautan ini sudah dipakai atau kedaluwarsa. Minta tautan baru."))
        one = _waiting(invitation.publication, invitation.hash)
        by = audit.System(f"invitation-{invitation.pk}")
        return _decided(one, approve, note, by, invitation=invitation)


def may_decide(one: Publication, by: Member) -> bool:
    """This will tell whether a member decides at the present stage, by role, by name or as a deputy."""
    stage = stage_of(one)
    if stage is None or not by.may("publication.approve"):
        return False
    return _named(stage, by) or deputised(one, by, timezone.now()) is not None


def deputised(one: Publication, by: Member, now: datetime) -> Member | None:
    """This will return the member for whom this one may decide at the present stage today."""
    stage = stage_of(one)
    if stage is None:
        return None
    rows = Delegation.objects.filter(deputy=by, since__lte=now, until__gt=now).select_related("member__unit")
    return next(
        (row.member for row in rows if _named(stage, row.member) and not wrote(one, row.member)), None
    )


def wrote(one: Publication, member: Member) -> bool:
    """This will tell whether a member wrote any version of a publication."""
    if member.pk == one.author_id or member.pk in one.writers:
        return True
    mine = models.Q(author=member) | models.Q(writers__contains=[member.pk])
    return Version.objects.filter(mine, publication=one).exists()


def stage_of(one: Publication) -> Mapping[str, Any] | None:
    """This will return the stage that a publication waits for."""
    stages = one.route.stages if one.route and one.state == _S.REVIEW else []
    return next((stage for stage in stages if stage["key"] == one.stage), None)


def deciders(one: Publication) -> models.QuerySet[Member]:
    """This will return the members who may decide at the present stage and wrote nothing of it."""
    stage = stage_of(one) or {}
    written = Version.objects.filter(publication=one).values_list("author_id", "writers")
    writers = {one.author_id, *one.writers, *(pk for author, more in written for pk in (author, *more))}
    rows = Member.objects.filter(
        models.Q(role__in=stage.get("roles", ())) | models.Q(pk__in=stage.get("members", ()))
    )
    return rows.exclude(pk__in=writers)


def _decided(
    one: Publication, approve: bool, note: str, by: audit.Actor, **who: Any
) -> Publication:  # who: approver and deputy_of, or invitation
    now = timezone.now()
    if not approve and not note.strip():
        raise Refusal(_("Tulis alasan agar penulis tahu apa yang perlu diperbaiki."), "note")
    Approval.objects.create(
        publication=one, hash=one.hash, stage=one.stage, note=note.strip()[:1000], at=now,
        decision=Decision.APPROVED if approve else Decision.RETURNED, **who,
    )  # fmt: skip
    audit.record(
        "publication.approve" if approve else "publication.return",
        one,
        by,
        now=now,
        stage=one.stage,
        hash=one.hash,
    )
    if not approve:
        void(one, by, note)
        tell([one.author], "publication_returned", f"/konten/{one.pk}/", title=str(one)[:80])
    else:
        _go_on(one, by, now)
    live.tell(one.government_id, "publication", [one.pk])
    return one


def _go_on(one: Publication, by: audit.Actor, now: datetime) -> None:
    assert one.route is not None
    keys = [stage["key"] for stage in one.route.stages]
    later = one.route.stages[keys.index(one.stage) + 1 :]
    if later:
        one.stage, one.stage_due_at = later[0]["key"], _due(later[0], now)
        one.save(update_fields=["stage", "stage_due_at"])
        _ask(one, later[0])
        return
    Publication.flow.move(one, _S.APPROVED, stage="", stage_due_at=None, approved_at=now)
    releasing.schedule(one, by, now)
    tell([one.author], "publication_approved", f"/konten/{one.pk}/", title=str(one)[:80])


def _require_fit(
    one: Publication, by: Member, overrides: Sequence[Mapping[str, str]], now: datetime
) -> list[review.Found]:
    found = review.look(one, now)
    if not found:
        raise Refusal(_("Pilih paling sedikit satu kanal. Draf tersimpan."), "channels")
    if any(not part.part.text.strip() and not part.part.media for part in found):
        raise Refusal(_("Konten masih kosong. Draf tersimpan."), "text")
    if any(not given.get("reason", "").strip() for given in overrides):
        raise Refusal(_("Tulis alasan untuk setiap temuan yang Anda tanggung."), "text")
    if one.due_at is not None and one.due_at < now - timedelta(minutes=1):
        raise Refusal(
            _("Waktu terbit sudah lewat. Pilih waktu lain atau terbitkan segera. Draf tersimpan."), "due_at"
        )
    blocked = review.blocking(found, [given["rule"] for given in overrides], by.role)
    if blocked or any(each.stopping for each in found):
        raise Held(found, blocked)
    return found


def _keep(
    one: Publication,
    by: Member,
    overrides: Sequence[Mapping[str, str]],
    found: Sequence[review.Found],
    now: datetime,
) -> Version:
    content = contents.canonical(one)
    newest = one.versions.aggregate(newest=models.Max("number"))["newest"] or 0
    return Version.objects.create(
        publication=one, number=newest + 1, content=content, hash=contents.digest(content), author=by,
        writers=sorted({by.pk, *one.writers}), overrides=list(overrides), created_at=now,
        findings=[
            {"channel": each.part.variant.channel_id, "part": each.part.part, **finding.as_json()}
            for each in found
            for finding in each.findings
        ],
    )  # fmt: skip


def _waiting(publication: Publication, hash_: str) -> Publication:
    one = (
        Publication.objects.select_for_update(of=("self",))
        .select_related("route", "author", "government", "unit")
        .get(pk=publication.pk)
    )
    if one.state != _S.REVIEW:
        raise Lost("The publication no longer waits for approval.")
    if one.hash != hash_:
        raise Refusal(_("Konten ini berubah setelah Anda membukanya. Baca versi terbaru, lalu putuskan."))
    return one


def _named(stage: Mapping[str, Any], member: Member) -> bool:
    return member.role in stage.get("roles", ()) or member.pk in stage.get("members", ())


def _due(stage: Mapping[str, Any], now: datetime) -> datetime | None:
    return now + timedelta(hours=stage["hours"]) if stage.get("hours") else None


def _ask(one: Publication, stage: Mapping[str, Any]) -> None:
    tell(
        deciders(one), "publication_to_approve", f"/konten/{one.pk}/persetujuan/", title=str(one)[:80],
        stage=stage.get("name", stage["key"]),
    )  # fmt: skip
