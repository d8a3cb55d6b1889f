"""Takes in official warnings: each once, from whichever feed; what concerns us becomes a draft, or ends one.

A message is named by sender, identifier and time of sending. Order does not matter: a warning that comes after its own
update makes no draft.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from tanggap.agencies.models import Area, Government, Member, require
from tanggap.core import audit, live, scope, work
from tanggap.core.refusal import Refusal
from tanggap.publishing import following
from tanggap.publishing.models import (
    Alert,
    AlertKind,
    AlertSource,
    AlertStatus,
    Publication,
    PublicationState,
)
from tanggap.publishing.voiding import void
from tanggap.publishing.warnings import alert_areas, alert_drafts, cap
from tanggap.publishing.warnings.cap import CapError, Message

WATCH = audit.System("alerts")
_REMEMBERED = timedelta(days=60)
_OPEN = (PublicationState.DRAFT, PublicationState.REVIEW)


def receive(
    government: Government, body: bytes, now: datetime, *, source: AlertSource | None = None,
    by: audit.Actor = WATCH,
) -> tuple[Alert, bool]:  # fmt: skip
    """This will keep a CAP message and act on it; returns it and whether it is new. CapError for what is none."""
    message = cap.parse(body)
    with transaction.atomic(), scope.government(government.pk):
        # One message at a time for a government: two feeds bring the same within the same second.
        Government.objects.select_for_update(no_key=True).get(pk=government.pk)
        same = Alert.objects.filter(
            sender=message.sender, identifier=message.identifier, sent=message.sent
        ).first()
        if same is not None:
            return same, False
        alert = _keep(government, message, body, now, source)
        audit.record("alert.receive", alert, by, now=now, kind=alert.kind, status=alert.status)
        if alert.concerns_us and alert.info["public"]:
            _act(alert, message, by, now)
        live.tell(government.pk, "alert", [alert.pk])
    return alert, True


def upload(by: Member, body: bytes, now: datetime) -> tuple[Alert, bool]:
    """This will take in one CAP file from a person; Refusal for what is none."""
    require(by, "publication.write")
    try:
        return receive(by.government, body, now, by=by)
    except CapError as error:
        raise Refusal(_("%(why)s Tidak ada yang disimpan.") % {"why": error}, "file") from error


def draft_by_hand(alert: Alert, by: Member, now: datetime) -> Publication:
    """This will make a member's draft of a warning that the machine left alone; Refusal where there may be none."""
    require(by, "publication.write")
    with transaction.atomic():
        one = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
        if not one.info.get("public"):
            raise Refusal(_("Latihan, uji, dan pesan tertutup tidak pernah menjadi konten publik."))
        if one.publication is not None and one.publication.state != PublicationState.CANCELLED:
            raise Refusal(_("Peringatan ini sudah mempunyai konten. Buka konten itu."))
        if _expired(one, now):
            raise Refusal(_("Peringatan ini sudah kedaluwarsa. Tidak ada draf yang dibuat."))
        made = alert_drafts.draft(one, by, now, author=by, follows=_before(one))
        assert made is not None
        return made


def superseded_by(alert: Alert) -> Alert | None:
    """This will return the newest later message that updates or ends a warning, if any has come."""
    mine = (alert.sender, alert.identifier)
    later = Alert.objects.filter(sent__gte=alert.sent).exclude(pk=alert.pk).exclude(kind=AlertKind.ALERT)
    named = (one for one in later.order_by("-sent") if mine in {tuple(each[:2]) for each in one.references})
    return next(named, None)


def _keep(
    government: Government, message: Message, body: bytes, now: datetime, source: AlertSource | None
) -> Alert:
    info = message.chosen()
    areas = [area.as_json() for area in info.areas] if info else []
    alert = Alert(
        government=government, source=source, identifier=message.identifier, sender=message.sender, sent=message.sent,
        status=message.status, kind=message.kind, references=[list(one) for one in message.references],
        info={
            **(info.as_json() if info else {}),
            "note": message.note, "scope": message.scope, "public": message.public,
        },
        areas=areas, expires=info.expires if info else None, raw=body.decode("utf-8", "replace"), received_at=now,
    )  # fmt: skip
    named = alert_areas.concern(
        areas, f"{alert.info.get('headline', '')}\n{alert.info.get('description', '')}", home(government),
        source.areas if source else (),
    )  # fmt: skip
    before = [one for one in referenced(alert) if one.concerns_us]
    if named is not None:
        alert.info |= {"places": list(named.places), "by": named.by}
    elif before:
        # Its own areas no longer hold ours, or it has none: what was said of ours before must be followed up.
        kept = [] if areas else before[0].info.get("places", [])
        alert.info |= {"places": [str(area["name"]) for area in areas] or kept, "by": "before"}
    alert.concerns_us = named is not None or bool(before)
    alert.save()
    return alert


def _act(alert: Alert, message: Message, by: audit.Actor, now: datetime) -> None:
    """Drafts what is new, follows up what stands, and takes back drafts that are no longer true."""
    before = _before(alert)
    if alert.kind == AlertKind.ALERT and before is None:
        if not _expired(alert, now) and superseded_by(alert) is None:
            alert_drafts.draft(alert, by, now)
        return
    withdrawn = before is not None and _withdraw(before, alert, by, now)
    stands = following.standing(before) if before is not None else {}
    if alert.kind == AlertKind.CANCEL and not stands:
        if withdrawn and before is not None:
            alert.publication = before
            alert.save(update_fields=["publication"])
            alert_drafts.tell_withdrawn(alert, before)
        return
    if _expired(alert, now) and alert.kind != AlertKind.CANCEL:
        return
    if superseded_by(alert) is None:
        alert_drafts.draft(alert, by, now, follows=before if stands else None, stands=stands)


def _withdraw(before: Publication, alert: Alert, by: audit.Actor, now: datetime) -> bool:
    """Gives up what has not left of an earlier message's publication; True where nothing of it stands."""
    if before.state in {PublicationState.CANCELLED, PublicationState.WITHDRAWN, PublicationState.OUT}:
        return False
    try:
        with transaction.atomic():
            void(before, by, f"alert {alert.pk}", state=PublicationState.CANCELLED)
    except Refusal:  # a part of it stands: what still waits of it must not follow a message that ends it
        if alert.kind == AlertKind.CANCEL:
            alert_drafts.hold_back(before, by, now)
        return False
    live.tell(before.government_id, "publication", [before.pk])
    return True


def referenced(alert: Alert) -> list[Alert]:
    """This will return the earlier messages that one names, newest first; the same name sent anew counts too."""
    named = {(sender, identifier) for sender, identifier, *_sent in alert.references}
    named.add((alert.sender, alert.identifier))
    ours = Alert.objects.filter(sent__gte=alert.sent - _REMEMBERED, sent__lte=alert.sent).exclude(pk=alert.pk)
    rows = ours.filter(sender__in={sender for sender, _ in named}).select_related("publication__follows")
    return [one for one in rows.order_by("-sent", "-id") if (one.sender, one.identifier) in named]


def _before(alert: Alert) -> Publication | None:
    return next((one.publication for one in referenced(alert) if one.publication is not None), None)


def home(government: Government) -> alert_areas.Home:
    """This will return a government's area as plain values."""
    rows = Area.objects.order_by("code").values_list("code", "name", "level", "aliases")
    centre: Any = government.file.get("centre")
    return alert_areas.Home(
        government.code, government.name,
        tuple((code, name, level, tuple(aliases)) for code, name, level, aliases in rows),
        (float(centre[0]), float(centre[1])) if centre else None,
    )  # fmt: skip


def _expired(alert: Alert, now: datetime) -> bool:
    return alert.expires is not None and alert.expires <= now


def _due(now: datetime) -> models.QuerySet[Alert]:
    # Another message may speak through the same draft for longer.
    longer = Alert._base_manager.filter(publication_id=models.OuterRef("publication_id")).filter(
        models.Q(expires__gt=now) | models.Q(expires=None)
    )
    rows = Alert._base_manager.filter(expires__lte=now, publication__state__in=_OPEN)
    return rows.exclude(models.Exists(longer)).order_by("expires", "id")


@work.step("alerts_expired", due=_due, every=30, oldest="expires")
def expire(now: datetime) -> int:
    """This will give up drafts of warnings that expired before anybody approved them; nothing of them is published."""
    with scope.crossing("warnings of all governments"), transaction.atomic():
        batch = work.claim(_due(now).select_related("publication"), 50)
        for one in batch:
            assert one.publication is not None
            with scope.government(one.government_id):
                one.publication.refresh_from_db()
                if one.publication.state in _OPEN:
                    void(one.publication, WATCH, "expired", state=PublicationState.CANCELLED)
                    audit.record("alert.expire", one, WATCH, now=now, publication=one.publication_id)
                    live.tell(one.government_id, "alert", [one.pk])
        return len(batch)


def standing_of(alert: Alert, now: datetime) -> str:
    """This will name what became of a warning, as a code of `alert_state` (console/publishing words).

    exercise, closed, elsewhere, superseded, expired, none, withdrawn, draft, review, approved, out, failed.
    """
    if alert.status != AlertStatus.ACTUAL:
        return "exercise"
    if not alert.info.get("public"):
        return "closed"
    one = alert.publication
    if one is not None and one.state != PublicationState.CANCELLED:
        return str(one.state)
    if _expired(alert, now) and alert.kind != AlertKind.CANCEL and (one is not None or alert.concerns_us):
        return "expired"
    if one is not None:
        return "withdrawn"
    if not alert.concerns_us:
        return "elsewhere"
    return "superseded" if superseded_by(alert) else "none"
