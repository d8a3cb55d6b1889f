"""Pictures and films that go with a text: kept by their content's hash when approved, compared with it when sent."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.utils.translation import gettext as _

from tanggap.channels.connector import Attachment, Permanent
from tanggap.core.files import StoredFile
from tanggap.publishing.models import Delivery

Media = Sequence[tuple[StoredFile, str]]
"""Stored files, each with its description."""


def noted(media: Media) -> list[dict[str, object]]:
    """This will return what a delivery keeps of its files."""
    return [{"file": one.pk, "sha256": one.sha256, "type": one.media_type, "alt": alt} for one, alt in media]


def attachments(one: Delivery) -> list[Attachment]:
    """This will read a delivery's files; Permanent where one is gone or no longer what was approved."""
    if not one.media:
        return []
    files = StoredFile.objects.filter(government_id=one.government_id).in_bulk(
        [kept["file"] for kept in one.media]
    )
    found = []
    for kept in one.media:
        file = files.get(kept["file"])
        try:
            content = file.read() if file else b""
        except OSError:
            content = b""
        if file is None or hashlib.sha256(content).hexdigest() != kept["sha256"]:
            raise Permanent(
                _(
                    "Berkas %(name)s hilang atau berubah sejak disetujui. Tidak ada yang dikirim; lampirkan lagi."
                )
                % {"name": file.name if file else ""}
            )
        found.append(Attachment(content, kept["type"], kept["alt"], file.name))
    return found
