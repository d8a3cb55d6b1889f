"""Pictures and films say what they show, for whoever cannot see them."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import Check, Context, Finding, Severity
from tanggap.publishing.file_findings import of_file


class AltText(Check):
    """Finds files without a description and without the reason why they need none."""

    id = "alt_text"
    name = _("Teks alternatif")
    overridable = False
    looks_at = "media"

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will stop pictures without description; of a film it asks for one, since its captions say more."""
        for one in context.media:
            if str(one.get("alt", "")).strip() or str(one.get("decorative", "")).strip():
                continue
            film = str(one.get("type", "")).startswith("video/")
            yield of_file(
                self.id, one, Severity.WARNS if film else Severity.BLOCKS,
                _("Belum ada teks alternatif: orang yang tidak dapat melihat tidak tahu apa isinya."),
                _("Tulis apa yang terlihat, atau alasan mengapa ini hanya hiasan."), "disability",
            )  # fmt: skip
