"""What keeps a publication from leaving: the rules of the house (checks/) and those of each platform, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tanggap.channels import allowances
from tanggap.channels.allowances import Objection
from tanggap.channels.media import Piece
from tanggap.publishing import checks, contents, silence, windows
from tanggap.publishing.contents import Part
from tanggap.publishing.contexts import context_of
from tanggap.publishing.media_library import library
from tanggap.publishing.models import DeliveryKind, Publication

_WAITS = {"rate", "by_hand", "silence"}
"""Objections that pass by themselves, or that a person takes care of on the platform."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one part: findings of the checks, by which rule pack, and objections of its platform."""

    part: Part
    findings: tuple[checks.Finding, ...]
    objections: tuple[Objection, ...]
    rule_pack: int = 0

    @property
    def stopping(self) -> tuple[Objection, ...]:
        """The objections that keep it from leaving at all."""
        return tuple(one for one in self.objections if one.code not in _WAITS)


def look(publication: Publication, now: datetime) -> list[Found]:
    """This will look at every part of a publication, as it will stand at its minute."""
    every = contents.parts(publication)
    return [look_at(part, publication, now, _beside(part, every)) for part in every]


def look_at(part: Part, publication: Publication, now: datetime, beside: str = "") -> Found:
    """This will look at one part; drafting may go on whatever is found. `beside`: what its channel says with it."""
    channel = part.variant.channel
    kind = DeliveryKind.POST if part.role == contents.POST else DeliveryKind.REPLY
    known = windows.sending(channel, kind, part.text, media=[_piece(file) for file in part.media])
    context = context_of(
        publication.government, now, kind="post", platform=channel.platform, scheduled_at=publication.due_at,
        media=library.joined(part.media), publication=publication, role=part.role, beside=beside,
    )  # fmt: skip
    at = publication.due_at or now
    objections = allowances.objections(windows.rules_of(channel, kind), known, at)
    if part.role == contents.POST:
        objections += silence.objections(publication, at)
    judged_by = context.pack.number if context.pack else 0
    return Found(part, tuple(checks.run(part.text, context)), tuple(objections), judged_by)


def blocking(found: list[Found], overridden: list[str], role: str) -> list[checks.Finding]:
    """This will return the findings that still keep a publication in, given what its author answered for."""
    return [one for each in found for one in checks.blocking(each.findings, overridden, role)]


def _beside(part: Part, every: list[Part]) -> str:
    return "\n".join(one.text for one in every if one.variant.pk == part.variant.pk and one.part != part.part)


def _piece(file: object) -> Piece:
    assert isinstance(file, dict)
    return Piece(
        type=file["type"], size=file.get("size", 0), width=file.get("width") or 0, height=file.get("height") or 0,
        alt=file.get("alt", ""), name=file.get("name", ""),
    )  # fmt: skip
