"""Everything that was said officially: posts and answers that left, with their versions and approvals; found by words.

A record is a delivery that was sent, by the machine or by hand. Private answers are seen by those who see the whole
government and by the channel's own office alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import orjson
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import Exists, OuterRef, Q

from tanggap.agencies.models import Member
from tanggap.core import audit
from tanggap.core.files import StoredFile
from tanggap.publishing.models import (
    Amendment,
    AmendmentKind,
    Approval,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Publication,
    Version,
)

SAID = (DeliveryKind.POST, DeliveryKind.REPLY, DeliveryKind.PRIVATE_REPLY)
"""Kinds of delivery that say something; hiding and taking away are deeds."""
CONFIG = "indonesian"
STATES = ("stands", "amended", "withdrawn")
PRIVATE = Q(kind=DeliveryKind.PRIVATE_REPLY) | Q(options__window__to_message=True)
"""What was said to one person alone: private replies, and answers to messages."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; empty fields ask for nothing. `since` and `until` are days, both included."""

    words: str = ""
    channel: int | None = None
    unit: int | None = None
    kind: str = ""
    since: date | None = None
    until: date | None = None
    state: str = ""

    def as_json(self) -> dict[str, Any]:
        told = {key: getattr(self, key) for key in self.__slots__}
        return {
            key: value.isoformat() if isinstance(value, date) else value
            for key, value in told.items()
            if value
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Wanted:
        """This will read what `as_json` wrote."""
        days = {key: date.fromisoformat(kept[key]) for key in ("since", "until") if kept.get(key)}
        return cls(**{**kept, **days})


def seen_by(member: Member) -> models.QuerySet[Delivery]:
    """This will return what was said, newest first: all that is public, private answers only of one's own part."""
    rows = said()
    if member.sees_all:
        return rows
    units = member.unit_ids()
    return rows.filter(~_private() | Q(channel__unit_id__in=units))


def said() -> models.QuerySet[Delivery]:
    """This will return everything that was said, newest first."""
    rows = Delivery.objects.filter(state=DeliveryState.SENT, kind__in=SAID)
    return rows.select_related("channel__unit", "variant__publication__unit").order_by("-sent_at", "-id")


def public(rows: models.QuerySet[Delivery]) -> models.QuerySet[Delivery]:
    """This will leave out what was said to one person alone."""
    return rows.filter(~_private())


def is_private(one: Delivery) -> bool:
    """This will tell whether something was said to one person alone."""
    window = one.options.get("window") or {}
    return one.kind == DeliveryKind.PRIVATE_REPLY or bool(window.get("to_message"))


def _private() -> Q:
    # An absent key is no match and no non-match in SQL: only asked positively is it safe to turn round.
    told = Delivery._base_manager.filter(PRIVATE, pk=OuterRef("pk"))
    return Q(Exists(told))


def find(rows: models.QuerySet[Delivery], wanted: Wanted, zone: Any) -> models.QuerySet[Delivery]:
    """This will keep what is looked for; `zone` is the government's, for the days."""
    if wanted.words.strip():
        query = SearchQuery(wanted.words[:400], config=CONFIG, search_type="websearch")
        rows = rows.annotate(vector=SearchVector("text", config=CONFIG)).filter(vector=query)
    if wanted.channel:
        rows = rows.filter(channel_id=wanted.channel)
    if wanted.unit:
        speaks = Q(variant__publication__unit_id=wanted.unit)
        rows = rows.filter(speaks | Q(variant=None, channel__unit_id=wanted.unit))
    if wanted.kind in DeliveryKind.values:
        rows = rows.filter(kind=wanted.kind)
    elif wanted.kind:
        rows = rows.filter(variant__publication__kind=wanted.kind)
    if wanted.since:
        rows = rows.filter(sent_at__gte=datetime.combine(wanted.since, time(), zone))
    if wanted.until:
        rows = rows.filter(sent_at__lt=datetime.combine(wanted.until + timedelta(days=1), time(), zone))
    return _in_state(rows, wanted.state)


def _in_state(rows: models.QuerySet[Delivery], state: str) -> models.QuerySet[Delivery]:
    taken = Delivery._base_manager.filter(
        after=OuterRef("pk"), kind=DeliveryKind.WITHDRAW, state=DeliveryState.SENT
    )
    amended = Amendment._base_manager.filter(publication=OuterRef("variant__publication"))
    withdrawn = Exists(taken) | Exists(amended.filter(kind=AmendmentKind.WITHDRAWAL))
    if state == "withdrawn":
        return rows.filter(withdrawn)
    if state == "amended":
        return rows.filter(Exists(amended.exclude(kind=AmendmentKind.WITHDRAWAL)))
    if state == "stands":
        return rows.exclude(withdrawn)
    return rows


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether what left is what was agreed on. `result`: match, record (matches the record of the deed), differs, none.

    `hash` is the SHA-256 that was approved; `files` the names of files that are gone or changed.
    """

    result: str
    hash: str = ""
    files: Sequence[str] = ()


def prove(one: Delivery) -> Proof:
    """This will compare what left with the approved version, or with the record of the deed where it needed none."""
    if one.variant_id is None:
        return _proved_by_record(one)
    version = Version.objects.filter(publication=one.variant.publication_id, hash=one.hash).first()  # type: ignore[union-attr]
    if version is None:
        return Proof("none", one.hash)
    whole = hashlib.sha256(version.content.encode()).hexdigest() == one.hash
    files = [{"sha256": file["sha256"], "alt": file.get("alt", "")} for file in one.media]
    same = whole and any(
        part["channel"] == one.channel_id and part["part"] == one.part and part["text"] == one.text
        and part["media"] == files
        for part in orjson.loads(version.content)["parts"]
    )  # fmt: skip
    broken = changed_files(one)
    return Proof("match" if same and not broken else "differs", one.hash, broken)


def _proved_by_record(one: Delivery) -> Proof:
    """An answer's text was digested into the record when it was approved for sending."""
    rows = audit.Entry.objects.filter(
        target_kind="delivery", target_id=str(one.pk), action__in=["delivery.enqueue", "delivery.by_hand"]
    )
    noted = next((row.fields.get("text") for row in rows.order_by("id")), None)
    if noted is None:
        return Proof("none")
    broken = changed_files(one)
    return Proof("record" if noted == audit.digest(one.text) and not broken else "differs", "", broken)


def changed_files(one: Delivery) -> tuple[str, ...]:
    """This will name the files of a delivery that are gone, or no longer what left."""
    rows = StoredFile.objects.filter(government_id=one.government_id).in_bulk(
        [file["file"] for file in one.media]
    )
    broken = []
    for kept in one.media:
        file = rows.get(kept["file"])
        if file is None or not file.path.exists() or _digest_of(file) != kept["sha256"]:
            broken.append(file.name if file else str(kept["sha256"])[:12])
    return tuple(broken)


def _digest_of(file: StoredFile) -> str:
    with file.path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class History:
    """How a publication came to be what it said: versions, decisions, what was said of it later, and its posts."""

    publication: Publication
    versions: Sequence[Version]
    approvals: Sequence[Approval]
    amendments: Sequence[Amendment]
    deliveries: Sequence[Delivery]


def history(publication: Publication) -> History:
    """This will gather the record of a publication, oldest first."""
    related = ("approver__user", "approver__unit", "deputy_of__user", "invitation")
    return History(
        publication, list(publication.versions.select_related("author__user").order_by("number")),
        list(publication.approvals.select_related(*related).order_by("at", "id")),
        list(publication.amendments.select_related("by__user", "follow_up").order_by("at", "id")),
        list(
            Delivery.objects.filter(variant__publication=publication).exclude(state=DeliveryState.CANCELLED)
            .select_related("channel").order_by("channel_id", "part", "id")
        ),
    )  # fmt: skip


def stage_names(approval: Approval) -> str:
    """This will name the stage of a decision as the route does that the publication has; its key where it has gone."""
    route = approval.publication.route
    stages = route.stages if route is not None else []
    return next(
        (str(one.get("name") or one["key"]) for one in stages if one["key"] == approval.stage), approval.stage
    )
