"""What people and the parts above do with the queue of sends: put in, note by hand, cancel, try again, settle."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, NotAllowed, require
from tanggap.channels import connect
from tanggap.channels.connector import Ability
from tanggap.channels.models import Channel, Health
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal
from tanggap.core.state import ForbiddenMove, Lost
from tanggap.publishing import releasing
from tanggap.publishing.media import Media, noted
from tanggap.publishing.models import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Publication,
    PublicationState,
)

_S = DeliveryState


def enqueue(
    channel: Channel,
    kind: str,
    text: str,
    by: audit.Actor,
    now: datetime,
    *,
    target: str = "",
    thread: str = "",
    due_at: datetime | None = None,
    options: dict[str, object] | None = None,
    media: Media = (),
) -> Delivery:
    """This will put one approved text into the queue; call it in the transaction that approves it."""
    delivery = Delivery.objects.create(
        government_id=channel.government_id, channel=channel, kind=kind, text=text, target_external_id=target,
        thread=thread, due_at=due_at or now, created_by=by.audit_name, created_at=now, options=options or {},
        media=noted(media),
    )  # fmt: skip
    audit.record(
        "delivery.enqueue", delivery, by, now=now, channel=channel.pk, kind=kind, text=audit.digest(text)
    )
    live.wake("send")
    return delivery


def record_by_hand(
    channel: Channel,
    kind: str,
    text: str,
    by: audit.Actor,
    now: datetime,
    *,
    target: str,
    thread: str,
    url: str,
) -> Delivery:
    """This will note what a person sent on the platform itself: the same clocks and counts, marked as manual."""
    delivery = Delivery.objects.create(
        government_id=channel.government_id, channel=channel, kind=kind, text=text, target_external_id=target,
        thread=thread, due_at=now, sent_at=now, state=_S.SENT, manual=True, url=url, created_by=by.audit_name,
        created_at=now,
    )  # fmt: skip
    audit.record("delivery.by_hand", delivery, by, now=now, channel=channel.pk, text=audit.digest(text))
    live.wake("replies")
    return delivery


def cancel(one: Delivery, by: Member) -> None:
    """This will take back what has not left yet, with what waits to stand below it; Lost where it was just taken up:
    then it leaves, surely and once."""
    _require(one, by)
    now = timezone.now()
    with transaction.atomic():
        conclude(one, _S.CANCELLED, by, now)
        waiting = [one]
        while waiting:
            below = Delivery.objects.filter(after=waiting.pop(), state__in=releasing.UNSENT)
            for follower in below:
                conclude(follower, _S.CANCELLED, by, now)
                waiting.append(follower)
        if one.variant is not None:
            _give_up(one.variant.publication, by, now)


def retry(one: Delivery, by: Member) -> None:
    """This will put a failed delivery back into the queue; one of a publication that was tried is looked for on its
    platform first, where that can be asked, and only sent again when it does not stand there."""
    _require(one, by)
    now = timezone.now()
    with transaction.atomic():
        if one.variant_id and one.attempts and Ability.LOOK_UP in connect.abilities_of(one.channel):
            asked = _("Platform ditanya dulu apakah kiriman ini sudah ada di sana.")
            Delivery.flow.move(one, _S.UNKNOWN, due_at=now, attempts=0, error=asked)
            live.wake("settle")
        else:
            Delivery.flow.move(one, _S.WAITING, due_at=now, attempts=0, error="")
            live.wake("send")
        audit.record("delivery.retry", one, by, now=now)
        live.tell(one.government_id, "delivery", [one.pk])


def retry_all(rows: Iterable[Delivery], by: Member) -> int:
    """This will try several again, each as `retry` does; returns how many. What a colleague changed meanwhile stays."""
    tried = 0
    for one in rows:
        try:
            retry(one, by)
        except (Lost, ForbiddenMove):
            continue
        tried += 1
    return tried


def settle_by_hand(one: Delivery, by: Member, *, arrived_there: bool, url: str = "") -> None:
    """This will let a person who looked at the platform say whether a send with unknown outcome arrived."""
    _require(one, by)
    now = timezone.now()
    with transaction.atomic():
        if one.state == _S.SENDING:
            raise Refusal(_("Kiriman ini masih berjalan. Tunggu dua menit, lalu periksa lagi."))
        audit.record("delivery.settle_by_hand", one, by, arrived=arrived_there)
        if arrived_there:
            conclude(one, _S.SENT, by, now, sent_at=now, url=url, error="")
        else:
            conclude(one, _S.WAITING, by, now, due_at=now, error="")
            live.wake("send")


def mark_by_hand(one: Delivery, by: Member, url: str = "") -> None:
    """This will note that a person published (or took away) a part on the platform itself; the database lets only what
    was approved be marked. Refusal where the queue sends it by itself."""
    _require(one, by)
    now = timezone.now()
    stuck = one.state == _S.WAITING and one.channel.health in {Health.NEEDS_LOGIN, Health.PAUSED}
    if not releasing.by_hand(one) and not stuck:
        raise Refusal(_("Bagian ini dikirim oleh Tanggap sendiri, jadi tidak perlu ditandai."))
    if one.kind == DeliveryKind.POST and urlsplit(url).scheme not in {"http", "https"}:
        raise Refusal(_("Tempel tautan lengkap kiriman itu, diawali https://. Tidak ada yang diubah."), "url")
    with transaction.atomic():
        conclude(one, _S.SENT, by, now, sent_at=now, url=url[:600], manual=True, error="")


def publication_of(one: Delivery) -> Publication | None:
    """This will return the publication that a delivery speaks for or takes away."""
    if one.variant is not None:
        return one.variant.publication
    standing = one.after if one.kind == DeliveryKind.WITHDRAW else None
    return standing.variant.publication if standing is not None and standing.variant is not None else None


def conclude(one: Delivery, state: str, by: audit.Actor, now: datetime, **changes: object) -> None:
    """This will move a delivery, note it in the record and tell whoever waits; Lost where somebody was faster."""
    Delivery.flow.move(one, state, **changes)
    audit.record(f"delivery.{state}", one, by, now=now, external_id=one.external_id)
    live.tell(one.government_id, "delivery", [one.pk])
    if one.variant_id is None:
        live.wake("replies")


def _require(one: Delivery, by: Member) -> None:
    publication = publication_of(one)
    if publication is None:
        require(by, "reply.write")
        return
    require(by, "publication.write")
    if not Publication.objects.seen_by(by).filter(pk=publication.pk).exists():
        raise NotAllowed(_("Konten ini milik perangkat daerah lain. Tidak ada yang diubah."))


def _give_up(publication: Publication, by: audit.Actor, now: datetime) -> None:
    """A publication of which every part was taken back leaves no more."""
    left = Delivery.objects.filter(variant__publication=publication).exclude(state=_S.CANCELLED)
    if left.exists() or publication.state not in {PublicationState.APPROVED, PublicationState.FAILED}:
        return
    if releasing.repeats(publication):  # one time was passed over, the next one comes
        return
    Publication.flow.move(publication, PublicationState.CANCELLED)
    audit.record("publication.cancel", publication, by, now=now)
    live.tell(publication.government_id, "publication", [publication.pk])
