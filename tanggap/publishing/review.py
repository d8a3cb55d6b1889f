"""What keeps a publication from leaving: the rules of the house (checks/) and those of each platform, part by part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tanggap.channels import allowances
from tanggap.channels.allowances import Objection
from tanggap.channels.media import Piece
from tanggap.publishing import checks, contents, library, windows
from tanggap.publishing.contents import Part
from tanggap.publishing.contexts import context_of
from tanggap.publishing.models import DeliveryKind, Publication

_WAITS = {"rate", "by_hand"}
"""Objections that pass by themselves, or that a person takes care of on the platform."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one part: findings of the checks, objections of its platform."""

    part: Part
    findings: tuple[checks.Finding, ...]
    objections: tuple[Objection, ...]

    @property
    def stopping(self) -> tuple[Objection, ...]:
        """The objections that keep it from leaving at all."""
        return tuple(one for one in self.objections if one.code not in _WAITS)


def look(publication: Publication, now: datetime) -> list[Found]:
    """This will look at every part of a publication, as it will stand at its minute."""
    return [look_at(part, publication, now) for part in contents.parts(publication)]


def look_at(part: Part, publication: Publication, now: datetime) -> Found:
    """This will look at one part; drafting may go on whatever is found."""
    channel = part.variant.channel
    kind = DeliveryKind.POST if part.role == contents.POST else DeliveryKind.REPLY
    known = windows.sending(channel, kind, part.text, media=[_piece(file) for file in part.media])
    context = context_of(
        publication.government, now, kind="post", platform=channel.platform, scheduled_at=publication.due_at,
        media=library.joined(part.media),
    )  # fmt: skip
    return Found(
        part,
        tuple(checks.run(part.text, context)),
        tuple(allowances.objections(windows.rules_of(channel, kind), known, publication.due_at or now)),
    )


def blocking(found: list[Found], overridden: list[str], role: str) -> list[checks.Finding]:
    """This will return the findings that still keep a publication in, given what its author answered for."""
    return [one for each in found for one in checks.blocking(each.findings, overridden, role)]


def _piece(file: object) -> Piece:
    assert isinstance(file, dict)
    return Piece(
        type=file["type"], size=file.get("size", 0), width=file.get("width") or 0, height=file.get("height") or 0,
        alt=file.get("alt", ""), name=file.get("name", ""),
    )  # fmt: skip
