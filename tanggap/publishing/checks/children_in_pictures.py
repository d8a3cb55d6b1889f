"""Children in pictures are shown only with the consent of their guardians."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import Check, Context, Finding, Severity
from tanggap.publishing.file_findings import of_file


class ChildrenInPictures(Check):
    """Finds files that show children of whom no guardian's consent is noted; a public event is none."""

    id = "children_in_pictures"
    name = _("Anak dalam gambar")
    overridable = False
    looks_at = "media"

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will stop children who can be recognised, until it is noted who agreed for them."""
        for one in context.media:
            noted = one.get("consent") == "given" and str(one.get("consent_note") or "").strip()
            if one.get("children") and not noted:
                yield of_file(
                    self.id, one, Severity.BLOCKS,
                    _("Ada anak yang dapat dikenali, dan izin walinya belum dicatat."),
                    _("Catat izin wali di pustaka, samarkan wajahnya, atau pakai gambar lain."), "pdp",
                )  # fmt: skip
