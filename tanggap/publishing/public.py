"""What somebody outside who was asked to decide may see and do; frozen, for one link, and nothing beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanggap.core import scope
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.publishing import checks
from tanggap.publishing.approval import approving, handed_in, inviting
from tanggap.publishing.models import (
    Decision,
    Invitation,
    Publication,
    PublicationKind,
    PublicationState,
    Version,
)

ROLES = {
    "post": gettext_lazy("Unggahan"),
    "thread": gettext_lazy("Lanjutan utas"),
    "comment": gettext_lazy("Komentar pertama"),
}


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A picture or film: `at` is its place in the version, -1 where it is no longer kept."""

    at: int
    alt: str
    picture: bool


@dataclass(frozen=True, slots=True)
class ShownFinding:
    severity: str
    why: str
    quote: str
    source: str


@dataclass(frozen=True, slots=True)
class ShownPart:
    """One thing that would leave; `accounts` are those on which it stands in the same words."""

    accounts: tuple[str, ...]
    role: str
    text: str
    files: tuple[ShownFile, ...]
    findings: tuple[ShownFinding, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link shows. `standing` is open, approved, returned, expired, changed or passed; parts stand only in an
    open one."""

    standing: str
    government: str
    zone: str
    office: str
    kind: str
    stage: str
    name: str
    sender: str
    expires_at: datetime
    due_at: datetime | None
    source: str
    checked_by: str
    responsible: str
    parts: tuple[ShownPart, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()


def asked(secret: str) -> Asked | None:
    """This will return what a link asks for; None for one that never was. Looking does not use it up."""
    with scope.crossing("the portal serves every government"):
        found = _invitation(secret)
    if found is None:
        return None
    with scope.government(found.government_id):
        return _asked(found)


def decide(secret: str, *, approve: bool, name: str, note: str) -> None:
    """This will take the one decision of a link. Refusal says what happened and what was kept."""
    name, note = " ".join(name.split())[:120], note.strip()[:800]
    if not name:
        raise Refusal(_("Tulis nama Anda, agar keputusan ini dapat dipertanggungjawabkan."), "name")
    if not approve and not note:
        raise Refusal(_("Tulis alasan agar penulis tahu apa yang perlu diperbaiki."), "note")
    with scope.crossing("the portal serves every government"):
        found = _invitation(secret)
    if found is None:
        raise Refusal(_("Tautan ini tidak berlaku."))
    with scope.government(found.government_id):
        try:
            approving.decide_by_invitation(found, approve=approve, note=f"{name}: {note}" if note else name)
        except Lost:
            raise Refusal(
                _("Konten ini sedang diubah atau sudah diputuskan orang lain. Keputusan Anda tidak disimpan.")
            ) from None
        except approving.Passed:
            raise Refusal(
                _(
                    "Waktu terbitnya sudah lewat, jadi belum dapat disetujui lewat tautan ini. Hubungi pengirim "
                    "undangan, atau kembalikan dengan alasan."
                )
            ) from None


def picture(secret: str, at: int) -> tuple[Path, str] | None:
    """This will return where a file of an open link lies and its type; None for any other."""
    with scope.crossing("the portal serves every government"):
        found = _invitation(secret)
    if found is None:
        return None
    with scope.government(found.government_id):
        if _standing(found) not in {"open", "passed"}:
            return None
        kept = handed_in.file(_version(found), at)
        return (kept.path, kept.media_type) if kept and kept.path.exists() else None


def _invitation(secret: str) -> Invitation | None:
    return (
        Invitation.objects.select_related(
            "publication__unit", "publication__route", "government", "sent_by__user"
        )
        .filter(digest=inviting.digest_of(secret[:64]))
        .first()
    )


def _asked(found: Invitation) -> Asked:
    one, version, standing = found.publication, _version(found), _standing(found)
    content = handed_in.content(version)
    stages = one.route.stages if one.route else []
    stage = next((each["name"] for each in stages if each["key"] == found.stage), "")
    shown = standing in {"open", "passed"}
    return Asked(
        standing=standing, government=found.government.name, zone=found.government.timezone, office=one.unit.name,
        kind=str(PublicationKind(content["kind"]).label), stage=stage, name=found.name, sender=str(found.sent_by),
        expires_at=found.expires_at, due_at=one.due_at,
        source=content["source"] if shown else "", checked_by=content["checked_by"] if shown else "",
        responsible=content["responsible"] if shown else "",
        parts=_parts(version) if shown else (),
        answers=_answers(version) if shown else (),
    )  # fmt: skip


def _standing(found: Invitation) -> str:
    decided = getattr(found, "approval", None)
    if decided is not None:
        return "approved" if decided.decision == Decision.APPROVED else "returned"
    one: Publication = found.publication
    now = timezone.now()
    if found.expires_at <= now:
        return "expired"
    if one.state != PublicationState.REVIEW or (one.hash, one.stage) != (found.hash, found.stage):
        return "changed"
    if approving.asks_for_minute(one, now):
        return "passed"
    return "open"


def _version(found: Invitation) -> Version:
    return Version.objects.filter(publication=found.publication, hash=found.hash).latest("number")


def _parts(version: Version) -> tuple[ShownPart, ...]:
    return tuple(
        _part(one, tuple(each.account for each in voice.channels))
        for voice in handed_in.voices(version)
        for one in voice.pieces
    )


def _part(one: handed_in.Piece, accounts: tuple[str, ...]) -> ShownPart:
    return ShownPart(
        accounts, str(ROLES.get(one.role, one.role)), one.text,
        tuple(ShownFile(each.at if each.known else -1, each.alt, each.picture) for each in one.files),
        tuple(
            ShownFinding(each["severity"], each["why"], each["quote"], each["source"]) for each in one.findings
        ),
    )  # fmt: skip


def _answers(version: Version) -> tuple[tuple[str, str], ...]:
    """The findings that the writer answered for, by the name of their rule, with the reason."""
    return tuple((_rule(one["rule"]), one["reason"]) for one in version.overrides)


def _rule(code: str) -> str:
    check = checks.check_of(code)
    return str(check.name) if check else code
