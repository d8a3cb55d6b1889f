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

from tanggap.agencies.models import MAY, Member, NotAllowed, Unit, require
from tanggap.agencies.notices import tell
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.publishing import contents, releasing, review
from tanggap.publishing.approval.deciding import (
    deciders,
    deputised,
    may_decide,
    stage_of,
    standing_of,
    wrote,
)
from tanggap.publishing.checks import Finding
from tanggap.publishing.models import (
    Approval,
    Decision,
    Invitation,
    Publication,
    PublicationState,
    Route,
    Version,
)
from tanggap.publishing.voiding import void
from tanggap.publishing.writing import locked

_DEFAULT = json.loads(
    (Path(__file__).parents[1] / "data" / "approval_route.json").read_text(encoding="utf-8")
)
_S = PublicationState
SLACK = timedelta(minutes=1)
"""A minute that has passed by no more than this still counts as now."""

__all__ = [
    "Held", "Newer", "Passed", "asks_for_minute", "decide", "decide_by_invitation", "deciders", "deputised",
    "hand_in", "may_decide", "route_of", "stage_of", "standing_of", "wrote",
]  # fmt: skip


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


class Newer(Refusal):
    """Other words were handed in since the decider opened the page; nothing was decided."""

    def __init__(self) -> None:
        super().__init__(_("Konten ini berubah setelah Anda membukanya. Baca versi terbaru, lalu putuskan."))


class Passed(Refusal):
    """Its minute has passed while it waited: whoever agrees last says when it leaves."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Waktu terbitnya sudah lewat. Belum ada yang disetujui: pilih terbitkan segera atau waktu lain."
            ),
            "due_at",
        )


def route_of(publication: Publication) -> Route:
    """This will return the stages for a publication: of its office or the nearest above, its kind before any kind."""
    standing = list(Route.objects.filter(ended_at__isnull=True, kind__in=["", publication.kind]))
    unit: Unit | None = publication.unit
    while True:
        mine = [one for one in standing if one.unit_id == (unit.pk if unit else None)]
        if mine:
            return max(mine, key=lambda one: bool(one.kind))
        if unit is None:
            made = {"stages": _DEFAULT["stages"], "made_by": "system:default", "made_at": timezone.now()}
            return Route.objects.get_or_create(unit=None, kind="", ended_at=None, defaults=made)[0]
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
    stage: str = "",
    leaves: datetime | None = None,
) -> Publication:
    """This will decide on the version with this hash at its present stage; returned ones become drafts with a note.

    `stage` is the key of the one that was looked at: a second click never decides the next one. Deputies are known by
    their delegation. `leaves` is the new minute where the old one has passed (Passed asks for it). Newer where other
    words stand by now, NotAllowed for whoever may not decide.
    """
    require(by, "publication.approve")
    with transaction.atomic():
        one = _waiting(publication, hash_, stage)
        standing = standing_of(one, by)
        if not standing.may:
            raise NotAllowed(standing.why)
        if approve:
            _require_minute(one, leaves)
            _require_still_fit(one)
        return _decided(one, approve, note, by, approver=by, deputy_of=standing.deputy_of)


def decide_by_invitation(invitation: Invitation, *, approve: bool, note: str = "") -> Publication:
    """This will take the decision of somebody outside, once, on the version that the link was sent for.

    Passed where its minute is over: that is for a member to say; the link stays open.
    """
    now = timezone.now()
    with transaction.atomic():
        used = Invitation.objects.filter(pk=invitation.pk, used_at=None, expires_at__gt=now).update(
            used_at=now
        )
        if not used:
            raise Refusal(_("Tautan ini sudah dipakai atau kedaluwarsa. Minta tautan baru."))
        one = _waiting(invitation.publication, invitation.hash, invitation.stage)
        if approve:
            _require_minute(one, None)
            _require_still_fit(one)
        by = audit.System(f"invitation-{invitation.pk}")
        return _decided(one, approve, note, by, invitation=invitation)


def asks_for_minute(one: Publication, now: datetime) -> bool:
    """This will tell whether whoever agrees now must say when it leaves: the last stage, and its minute has passed. A
    repeating one leaves at its next time."""
    if one.state != _S.REVIEW or one.due_at is None or one.route is None:
        return False
    last = one.route.stages[-1]["key"] == one.stage
    return last and one.due_at <= now - SLACK and not releasing.repeats(one)


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
    passed = one.due_at is not None and one.due_at < now - timedelta(minutes=1)
    if passed and not releasing.repeats(one):
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
        rule_pack=found[0].rule_pack,
        findings=[
            {"channel": each.part.variant.channel_id, "part": each.part.part, **finding.as_json()}
            for each in found
            for finding in each.findings
        ],
    )  # fmt: skip


def _waiting(publication: Publication, hash_: str, stage: str = "") -> Publication:
    one = (
        Publication.objects.select_for_update(of=("self",))
        .select_related("route", "author__user", "government", "unit")
        .get(pk=publication.pk)
    )
    if one.state != _S.REVIEW:
        raise Lost("The publication no longer waits for approval.")
    if one.hash != hash_:
        raise Newer()
    if stage and one.stage != stage:
        raise Lost("The stage was decided by somebody else, or by an earlier click.")
    if contents.digest(contents.canonical(one)) != one.hash:
        raise Refusal(
            _(
                "Isi yang tersimpan tidak sama dengan versi yang diajukan. Tidak ada yang diputuskan; "
                "minta penulis menyimpan dan mengajukannya lagi."
            )
        )
    return one


def _require_still_fit(one: Publication) -> None:
    """What was clean when it was handed in may not be so today: a rule, a date, a checker that is down."""
    version = one.versions.select_related("author").filter(hash=one.hash).latest("number")
    answered = [given["rule"] for given in version.overrides]
    if review.blocking(review.look(one, timezone.now()), answered, version.author.role):
        raise Refusal(
            _(
                "Pemeriksaan menemukan hal yang menahan konten ini sejak diajukan. Tidak ada yang disetujui; "
                "kembalikan dengan alasan, atau minta penulis memperbaikinya."
            )
        )


def _require_minute(one: Publication, leaves: datetime | None) -> None:
    """Whoever agrees last says when it leaves if its minute has passed: it never leaves by itself, nor stays behind."""
    now = timezone.now()
    if not asks_for_minute(one, now):
        return
    if leaves is None:
        raise Passed()
    if leaves < now - SLACK:
        raise Refusal(_("Waktu itu juga sudah lewat. Pilih waktu lain atau terbitkan segera."), "due_at")
    one.due_at = leaves
    one.save(update_fields=["due_at"])


def _due(stage: Mapping[str, Any], now: datetime) -> datetime | None:
    return now + timedelta(hours=stage["hours"]) if stage.get("hours") else None


def _ask(one: Publication, stage: Mapping[str, Any]) -> None:
    link, title = f"/konten/{one.pk}/persetujuan/", str(one)[:80]
    asked = list(deciders(one))
    tell(asked, "publication_to_approve", link, title=title, stage=stage.get("name", stage["key"]))
    if not asked:
        roles = MAY["publication.routes"]
        tell(Member.objects.filter(role__in=roles), "publication_nobody_decides", link, title=title)
