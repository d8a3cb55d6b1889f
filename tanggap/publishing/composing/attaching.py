"""Files of a publication: put in from the library, each use with its own description, in their order.

An entry: {item, file, sha256, type, alt, decorative, crop, width, height, size, name} (models/publications.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from tanggap.agencies.models import Member
from tanggap.channels.models import Channel
from tanggap.core.refusal import Refusal
from tanggap.publishing import writing
from tanggap.publishing.models import Publication, Variant

MOST = 35
"""The most that any platform takes (TikTok's photo posts); what each takes is said by its own rules."""
Entry = Mapping[str, Any]


def described(entries: Sequence[Entry], said: Mapping[int, Mapping[str, str]]) -> list[dict[str, Any]]:
    """This will put descriptions to entries by their place; a reason for being decorative takes the place of words."""
    found = []
    for at, entry in enumerate(entries):
        given = said.get(at, {})
        decorative = given.get("decorative", entry.get("decorative", "")).strip()[:300]
        alt = "" if decorative else given.get("alt", entry.get("alt", "")).strip()[:1500]
        found.append({**entry, "alt": alt, "decorative": decorative})
    return found


def put_in(publication: Publication, by: Member, entry: Entry, channel: Channel | None = None) -> Publication:
    """This will put an entry after the others: of the master, or of a channel that has words of its own."""
    where, media = _place(publication, channel)
    if len(media) >= MOST:
        raise Refusal(_("Lampiran sudah %(n)s. Tidak ada yang ditambahkan.") % {"n": len(media)}, "media")
    return _save(publication, by, where, [*media, dict(entry)])


def take_out(publication: Publication, by: Member, at: int, channel: Channel | None = None) -> Publication:
    """This will take the entry at a place out; the file stays in the library."""
    where, media = _place(publication, channel)
    return _save(publication, by, where, [entry for place, entry in enumerate(media) if place != at])


def shift(
    publication: Publication, by: Member, at: int, step: int, channel: Channel | None = None
) -> Publication:
    """This will move the entry at a place by a step; at the end nothing moves."""
    where, media = _place(publication, channel)
    to = at + step
    if not (0 <= at < len(media) and 0 <= to < len(media)):
        return publication
    media[at], media[to] = media[to], media[at]
    return _save(publication, by, where, media)


def _place(publication: Publication, channel: Channel | None) -> tuple[Variant | None, list[dict[str, Any]]]:
    if channel is None:
        return None, list(publication.media)
    row = publication.variants.get(channel=channel)
    return (None, list(publication.media)) if row.linked else (row, list(row.media))


def _save(
    publication: Publication, by: Member, where: Variant | None, media: list[dict[str, Any]]
) -> Publication:
    if where is None:
        return writing.save(publication, by, publication.revision, {"media": media}, reopening=False)
    return writing.save(
        publication, by, publication.revision, {}, {where.channel_id: {"media": media}}, reopening=False
    )
