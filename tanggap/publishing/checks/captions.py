"""Films can be followed without sound."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import Check, Context, Finding, Severity
from tanggap.publishing.file_findings import of_file


class Captions(Check):
    """Finds films of which nobody said that they have captions or that nobody speaks in them."""

    id = "captions"
    name = _("Takarir film")
    gives = Severity.WARNS
    looks_at = "media"

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will ask for the captions of a film."""
        for one in context.media:
            if str(one.get("type", "")).startswith("video/") and not one.get("captions"):
                yield of_file(
                    self.id, one, Severity.WARNS,
                    _("Belum dicatat apakah film ini bertakarir: tanpa itu sebagian orang tidak dapat mengikutinya."),
                    _("Tanam takarir di film, atau catat di pustaka bahwa tidak ada ucapan."), "disability",
                )  # fmt: skip
