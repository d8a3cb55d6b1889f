"""What was published and was wrong: corrected, made clear or withdrawn in the open; never changed silently.

What stands on a platform is not edited: a public note says what was wrong, a further publication may say it right, and
a withdrawal takes the posts away where their platform lets us, each as a delivery of its own.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, require
from tanggap.channels import connect
from tanggap.channels.connector import Ability
from tanggap.core import audit, live, scope, work
from tanggap.core.refusal import Refusal
from tanggap.publishing import checks, writing
from tanggap.publishing.contexts import context_of
from tanggap.publishing.models import (
    Amendment,
    AmendmentKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Publication,
    PublicationKind,
    PublicationState,
)
from tanggap.publishing.queue import conclude
from tanggap.publishing.releasing import UNSENT

MOST = 1000
WITHDRAWER = audit.System("withdraw")
_S = DeliveryState


def amend(
    publication: Publication, by: Member, kind: str, text: str, *, follow_up: bool = False, reason: str = ""
) -> Amendment:
    """This will note in the open what was wrong with a publication; a withdrawal takes it back as well.

    The note is checked as any text that leaves; `reason` answers for findings that the member may answer for.
    `follow_up` begins a draft that says it right, on the same channels.
    """
    require(by, "publication.approve")
    text, now = text.strip(), timezone.now()
    with transaction.atomic():
        one = writing.locked(publication, by)
        answered = _require_fit(one, by, kind, text, reason, now)
        made = Amendment.objects.create(publication=one, kind=kind, text=text, by=by, at=now)
        if kind == AmendmentKind.WITHDRAWAL:
            _withdraw(one, by, now)
        if follow_up and by.may("publication.write"):
            made.follow_up = _begin(one, by, kind)
            made.save(update_fields=["follow_up"])
        audit.record(
            "publication.amend", made, by, now=now, kind=kind, publication=one.pk, text=audit.digest(text),
            answered=answered, reason=audit.digest(reason) if answered else "",
        )  # fmt: skip
        live.tell(one.government_id, "publication", [one.pk])
    return made


def may_amend(one: Publication) -> bool:
    """This will tell whether something of a publication stands, or may stand, where the public sees it."""
    rows = Delivery.objects.filter(variant__publication=one, state__in=[_S.SENT, _S.UNKNOWN, _S.SENDING])
    return one.state != PublicationState.WITHDRAWN and rows.exists()


def _require_fit(one: Publication, by: Member, kind: str, text: str, reason: str, now: datetime) -> list[str]:
    """Returns the rules that the member answers for."""
    if kind not in AmendmentKind.values:
        raise Refusal(_("Pilih koreksi, penarikan, atau klarifikasi."), "kind")
    if not may_amend(one):
        raise Refusal(_("Konten ini belum terbit atau sudah ditarik. Tidak ada yang dicatat."))
    if not text:
        raise Refusal(_("Tulis apa yang keliru dan apa yang benar; publik akan membacanya."), "text")
    if len(text) > MOST:
        raise Refusal(
            _("Terlalu panjang: %(used)s dari %(most)s.") % {"used": len(text), "most": MOST}, "text"
        )
    context = context_of(one.government, now, kind="post", platform="web")
    found = checks.run(text, context)
    answered = sorted({each.rule for each in checks.blocking(found, [], by.role)}) if reason.strip() else []
    blocked = checks.blocking(found, answered, by.role)
    if blocked:
        raise Refusal(f"{blocked[0].why} {blocked[0].mend}".strip(), "findings")
    return answered


def _begin(one: Publication, by: Member, kind: str) -> Publication:
    """A draft that follows the publication; a clarification stands beside it, the others say it right."""
    words = {
        AmendmentKind.CORRECTION: _("Koreksi:"),
        AmendmentKind.WITHDRAWAL: _("Penarikan:"),
        AmendmentKind.CLARIFICATION: _("Klarifikasi:"),
    }
    head = words[AmendmentKind(kind)]
    channels = [
        row.channel for row in one.variants.select_related("channel") if row.channel.closed_at is None
    ]
    return writing.begin(
        by, unit=one.unit, channels=channels, follows=one, kind=PublicationKind.CLARIFICATION,
        title=f"{head} {one}"[:200], text=f"{head} ", campaign=one.campaign,
    )  # fmt: skip


def _withdraw(one: Publication, by: audit.Actor, now: datetime) -> None:
    """What has not left never leaves; what stands is taken away, and what only turns out to stand, later (a step)."""
    for row in Delivery.objects.filter(variant__publication=one, state__in=UNSENT):
        conclude(row, _S.CANCELLED, by, now)
    Publication.flow.move(one, PublicationState.WITHDRAWN)
    audit.record("publication.withdrawn", one, by, now=now)
    for row in _standing().filter(variant__publication=one).select_related("channel"):
        _take_away(row, by, now)


def _standing() -> models.QuerySet[Delivery]:
    """What stands on a platform though its publication was withdrawn, and nobody takes away yet."""
    asked = Delivery._base_manager.filter(after=OuterRef("pk"), kind=DeliveryKind.WITHDRAW)
    return (
        Delivery._base_manager.filter(state=_S.SENT)
        .filter(variant__publication__state=PublicationState.WITHDRAWN)
        .exclude(Exists(asked.exclude(state=_S.CANCELLED)))
        .order_by("id")
    )


def _due(now: datetime) -> models.QuerySet[Delivery]:
    return _standing()


@work.step("withdraw_late", due=_due, every=60, oldest="sent_at")
def withdraw_late(now: datetime) -> int:
    """This will take away what turned out to stand only after its publication was withdrawn."""
    with scope.crossing("deliveries of all governments"), transaction.atomic():
        batch = work.claim(_standing().select_related("channel"), 100)
        for one in batch:
            with scope.government(one.government_id):
                _take_away(one, WITHDRAWER, now)
        return len(batch)


def _take_away(standing: Delivery, by: audit.Actor, now: datetime) -> None:
    """A delivery of its own, at most once; for a person where the platform does not let us."""
    channel = standing.channel
    ours = bool(standing.external_id) and Ability.WITHDRAW in connect.abilities_of(channel)
    made = Delivery.objects.create(
        government_id=standing.government_id, channel=channel, kind=DeliveryKind.WITHDRAW, text="", after=standing,
        target_external_id=standing.external_id, options={"url": standing.url}, due_at=now, manual=not ours,
        created_by=by.audit_name, created_at=now,
    )  # fmt: skip
    audit.record("delivery.withdraw", made, by, now=now, channel=channel.pk, standing=standing.pk)
    live.wake("send")
