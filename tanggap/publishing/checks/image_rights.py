"""Whoever made a picture agreed to its use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import COORDINATORS, Check, Context, Finding, Severity
from tanggap.publishing.file_findings import of_file
from tanggap.publishing.media_library import licences


class ImageRights(Check):
    """Finds files that may not be published, or of which nobody said that they may."""

    id = "image_rights"
    name = _("Hak atas gambar")
    by = COORDINATORS
    looks_at = "media"

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will stop what its licence forbids, and ask where none is recorded or a maker is not named."""
        for one in context.media:
            said = _of(one)
            if said:
                yield of_file(self.id, one, *said, "copyright")


def _of(one: Mapping[str, Any]) -> tuple[Severity, Any, Any] | None:
    licence = licences.of(str(one.get("licence") or ""))
    if not licence.publish:
        return (
            Severity.BLOCKS,
            _("Lisensi yang dicatat melarang berkas ini diterbitkan."),
            _("Pakai berkas lain, atau mintalah izin tertulis dan catat di pustaka."),
        )
    if not licence.derive and one.get("crop"):
        return (
            Severity.BLOCKS,
            _("Lisensi yang dicatat melarang perubahan, tetapi gambar ini dipotong."),
            _("Pakai gambar utuh, atau gambar lain."),
        )
    if not licence.id:
        return (
            Severity.WARNS,
            _("Belum dicatat siapa pemilik hak atas berkas ini."),
            _("Catat hak pakainya di pustaka."),
        )
    if licence.credit and not str(one.get("credit") or "").strip():
        return (
            Severity.WARNS,
            _("Lisensinya meminta pembuatnya disebut, tetapi belum dicatat siapa."),
            _("Catat pembuatnya di pustaka dan sebutkan dalam teks."),
        )
    return None
