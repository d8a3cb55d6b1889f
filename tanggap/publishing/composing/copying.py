"""A publication written anew from an older one: same words and files, nobody's approval."""

from __future__ import annotations

from django.db import transaction

from tanggap.agencies.models import Member
from tanggap.publishing import writing
from tanggap.publishing.models import Publication

_TAKEN = (
    "kind", "title", "text", "media", "comment", "link", "utm", "source", "checked_by", "responsible", "late_minutes",
    "campaign",
)  # fmt: skip
_TAKEN_OF_VARIANT = ("linked", "text", "media", "comment", "thread", "options")


def duplicate(publication: Publication, by: Member) -> Publication:
    """This will begin a draft with the words, files and open channels of another publication, without its minute."""
    rows = list(publication.variants.select_related("channel").filter(channel__closed_at__isnull=True))
    given = {name: getattr(publication, name) for name in _TAKEN}
    own = by.sees_all or publication.unit_id in by.unit_ids()
    with transaction.atomic():
        made = writing.begin(
            by, unit=publication.unit if own else by.unit, channels=[row.channel for row in rows], **given
        )
        changes = {row.channel_id: {name: getattr(row, name) for name in _TAKEN_OF_VARIANT} for row in rows}
        return writing.save(made, by, made.revision, {}, changes)
