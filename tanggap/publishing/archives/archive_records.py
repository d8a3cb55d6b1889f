"""What the archive's export says of a delivery and of a publication: the documented format, one object a line."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tanggap.agencies.models import Member
from tanggap.core.files import StoredFile
from tanggap.publishing.archives import archive
from tanggap.publishing.archives.archive import History
from tanggap.publishing.models import Delivery
from tanggap.publishing.plans.tables import Cell

CSV_HEADINGS = (
    "id", "sent_at", "kind", "private", "platform", "channel", "office", "publication", "part", "text", "url",
    "external_id", "manual", "approved_sha256", "files",
)  # fmt: skip


def record(one: Delivery, stored: Mapping[int, StoredFile]) -> dict[str, Any]:
    """This will return a delivery as the export writes it; `stored` are its files by id."""
    variant = one.variant
    return {
        "id": one.pk, "kind": one.kind, "private": archive.is_private(one), "platform": one.channel.platform,
        "channel": {"key": one.channel.key, "name": one.channel.name, "handle": one.channel.handle},
        "office": str(office(one)), "text": one.text, "sent_at": _at(one.sent_at), "due_at": _at(one.due_at),
        "url": one.url, "external_id": one.external_id, "answers": one.target_external_id, "part": one.part,
        "manual": one.manual, "reference": str(one.reference), "attempts": one.attempts, "receipt": one.receipt,
        "publication": variant.publication_id if variant else None, "approved_sha256": one.hash,
        "media": [_file(kept, stored) for kept in one.media],
    }  # fmt: skip


def csv_row(one: Delivery) -> list[Cell]:
    """This will return a delivery as a row of the table."""
    return [
        one.pk, _at(one.sent_at), one.kind, "1" if archive.is_private(one) else "0", one.channel.platform,
        one.channel.name, str(office(one)), one.variant.publication_id if one.variant else None, one.part, one.text,
        one.url, one.external_id, "1" if one.manual else "0", one.hash, len(one.media),
    ]  # fmt: skip


def publication_record(found: History) -> dict[str, Any]:
    """This will return a publication with its versions, decisions and amendments as the export writes it."""
    one = found.publication
    return {
        "id": one.pk, "title": str(one), "kind": one.kind, "office": str(one.unit), "state": one.state,
        "source": one.source, "checked_by": one.checked_by, "responsible": one.responsible, "follows": one.follows_id,
        "approved_at": _at(one.approved_at), "out_at": _at(one.out_at),
        "versions": [
            {
                "number": each.number, "sha256": each.hash, "content": each.content, "author": _who(each.author),
                "at": _at(each.created_at), "overrides": each.overrides,
            }
            for each in found.versions
        ],
        "approvals": [
            {
                "stage": archive.stage_names(each), "decision": each.decision, "sha256": each.hash, "at": _at(each.at),
                "by": _who(each.approver) if each.approver else (each.invitation.name if each.invitation else ""),
                "deputy_of": _who(each.deputy_of) if each.deputy_of else "", "note": each.note,
                "voided_at": _at(each.voided_at),
            }
            for each in found.approvals
        ],
        "amendments": [
            {
                "kind": each.kind, "text": each.text, "by": _who(each.by), "at": _at(each.at),
                "instead": each.follow_up_id,
            }
            for each in found.amendments
        ],
    }  # fmt: skip


def office(one: Delivery) -> object:
    """This will return the office that spoke: the publication's, else the channel's."""
    return one.variant.publication.unit if one.variant else one.channel.unit or ""


def file_name(sha256: str, media_type: str) -> str:
    """This will return the path of a stored file inside the ZIP."""
    return f"files/{sha256}{mimetypes.guess_extension(media_type) or '.bin'}"


def _file(kept: Mapping[str, Any], stored: Mapping[int, StoredFile]) -> dict[str, Any]:
    known = kept["file"] in stored
    return {
        "file": kept["file"], "sha256": kept["sha256"], "type": kept["type"], "alt": kept.get("alt", ""),
        "path": file_name(kept["sha256"], kept["type"]) if known else "",
    }  # fmt: skip


def _who(member: Member) -> str:
    return f"{member} ({member.unit})"


def _at(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
