"""Makes the draft of a warning: which office speaks, on which channels, in which words, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from tanggap.agencies.models import MAY, Member, Role, Unit
from tanggap.agencies.notices import tell
from tanggap.channels import allowances
from tanggap.channels.connector import Ability, connector
from tanggap.channels.models import Channel
from tanggap.core import audit, live
from tanggap.core.state import Lost
from tanggap.publishing import following, windows
from tanggap.publishing.approval import approving
from tanggap.publishing.models import (
    Alert,
    AlertKind,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Publication,
    PublicationKind,
    Variant,
)
from tanggap.publishing.warnings import alert_words
from tanggap.publishing.warnings.alert_words import Said

SPEAKS = ("bpbd", "damkar", "trantib", "kominfo", "koordinator")
"""Service roles whose office speaks for a warning, the nearest first; agencies/roles.py."""
WHOLE = ("kominfo", "koordinator")
"""Service roles whose channels speak for the whole government."""
_WITHOUT_PICTURES = {"media"}


def draft(
    alert: Alert, by: audit.Actor, now: datetime, *, author: Member | None = None,
    follows: Publication | None = None, stands: Mapping[int, Delivery] | None = None,
) -> Publication | None:  # fmt: skip
    """This will make the draft of a warning in the transaction of its coming; None where nobody could write it.

    `follows` is what stands of it already (`stands`: by channel id): the draft then speaks on those channels alone.
    `author` stands for the words; the machine's drafts get an officer who does not decide on them.
    """
    stands = following.standing(follows) if stands is None and follows is not None else stands or {}
    unit = follows.unit if stands and follows else speaking(alert, now)
    author = author or (_author(unit, now) if unit else None)
    if unit is None or author is None:
        tell(_coordinators(), "alert_waits", _page(alert), event=_event(alert))
        return None
    said = alert_words.said(alert, alert.government, now, _event_before(follows))
    made = Publication.objects.create(
        unit=unit, author=author, kind=PublicationKind.WARNING, text=alert_words.master(said), created_at=now,
        changed_at=now, follows=follows if stands else None, source=f"{said.source} {said.link}".strip()[:300],
        title=f"{alert.get_kind_display()}: {said.event}, {said.area}"[:200],
        writers=[author.pk] if isinstance(by, Member) else [],
    )  # fmt: skip
    channels = [row.channel for row in stands.values()] if stands else _channels(unit, said, now)
    Variant.objects.bulk_create(_variant(made, channel, said, stands.get(channel.pk)) for channel in channels)
    alert.publication = made
    alert.save(update_fields=["publication"])
    audit.record("publication.begin", made, by, now=now, unit=unit.pk, kind=made.kind, alert=alert.pk)
    live.tell(made.government_id, "publication", [made.pk])
    tell(_concerned(made), "alert_draft", _page(alert), event=said.event[:120])
    return made


def speaking(alert: Alert, now: datetime) -> Unit | None:
    """This will return the office that speaks for warnings: the one for disasters, else who is nearest to it."""
    day = timezone.localtime(now, alert.government.zone).date()
    offices = [one for one in Unit.objects.filter(roles__overlap=list(SPEAKS)) if one.active_on(day)]
    offices = [one for one in offices if not one.outside]
    for role in SPEAKS:
        mine = [one for one in offices if role in one.roles]
        if mine:
            return min(mine, key=lambda one: (len(one.area_code), one.pk))
    return None


def tell_withdrawn(alert: Alert, before: Publication) -> None:
    """This will tell those who were told of a draft that its warning was ended before it was published."""
    tell(_concerned(before), "alert_withdrawn", _page(alert), event=_event_before(before)[:120])


def hold_back(before: Publication, by: audit.Actor, now: datetime) -> None:
    """This will cancel what has not left yet of a publication of which a part stands: its warning was ended."""
    waiting = (DeliveryState.WAITING, DeliveryState.HELD, DeliveryState.FAILED)
    for row in Delivery.objects.filter(variant__publication=before, state__in=waiting):
        with suppress(Lost):
            Delivery.flow.move(row, DeliveryState.CANCELLED)
            audit.record("delivery.cancelled", row, by, now=now)


def _variant(made: Publication, channel: Channel, said: Said, first: Delivery | None) -> Variant:
    answers = first is not None and following.can_answer(channel, first)
    link = first.url if first is not None and not answers else ""
    text = alert_words.fitting(
        said, channel, DeliveryKind.REPLY if answers else DeliveryKind.POST, first=link
    )
    linked = text == made.text
    return Variant(
        government_id=made.government_id,
        publication=made,
        channel=channel,
        linked=linked,
        text="" if linked else text,
    )


def _channels(unit: Unit, said: Said, now: datetime) -> list[Channel]:
    """The office's own channels and those of the whole government that take a text without a picture."""
    mine = Q(unit=unit) | Q(unit=None) | Q(unit__roles__overlap=list(WHOLE))
    rows = Channel.objects.filter(mine, closed_at=None).select_related("app").order_by("platform", "id")
    return [one for one in rows if _takes_words(one, said, now)]


def _takes_words(channel: Channel, said: Said, now: datetime) -> bool:
    if Ability.PUBLISH not in connector(channel.platform).abilities:
        return False
    sending = windows.sending(channel, DeliveryKind.POST, alert_words.fitting(said, channel))
    found = allowances.objections(windows.rules_of(channel, DeliveryKind.POST), sending, now)
    return not any(one.code in _WITHOUT_PICTURES for one in found)


def _author(unit: Unit, now: datetime) -> Member | None:
    """An officer of the office, else of the government's own channels, who does not decide on publications."""
    day = timezone.localtime(now, unit.government.zone).date()
    begun = Q(active_from=None) | Q(active_from__lte=day)
    going_on = Q(active_until=None) | Q(active_until__gte=day)
    writers = Member.objects.filter(begun, going_on, role__in=MAY["publication.write"]).select_related("unit")
    roles = [Role.OFFICER, Role.LIAISON, Role.COORDINATOR]

    def far(one: Member) -> tuple[int, int, int]:
        near = 0 if one.unit_id == unit.pk else 1 if set(one.unit.roles) & set(WHOLE) else 2
        return near, roles.index(Role(one.role)), one.pk

    # A coordinator as its author could not agree to it; better an officer from elsewhere.
    return min(writers, key=lambda one: (one.role == Role.COORDINATOR, far(one)), default=None)


def _concerned(one: Publication) -> list[Member]:
    """Who may write it and who decides at its first stage."""
    stage = approving.route_of(one).stages[0]
    deciders = Q(role__in=stage.get("roles", ())) | Q(pk__in=stage.get("members", ()))
    writers = Q(unit=one.unit, role__in=MAY["publication.write"])
    return list(Member.objects.filter(deciders | writers).distinct())


def _coordinators() -> list[Member]:
    return list(Member.objects.filter(role__in=[Role.COORDINATOR, Role.ADMINISTRATOR]))


def _event(alert: Alert) -> str:
    return str(alert.info.get("event") or alert.get_kind_display())[:120]


def _event_before(publication: Publication | None) -> str:
    """The event as the message before named it: the end of a warning may say nothing but that."""
    if publication is None:
        return ""
    rows = publication.alerts.exclude(kind=AlertKind.CANCEL).order_by("-sent")
    return next((str(one.info["event"]) for one in rows if one.info.get("event")), "")


def _page(alert: Alert) -> str:
    return f"/konten/peringatan/{alert.pk}/"
