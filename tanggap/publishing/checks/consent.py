"""People who can be recognised in a picture agreed to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import COORDINATORS, Check, Context, Finding, Severity
from tanggap.publishing.file_findings import of_file

_ASK = _("Mintalah izin dan catat di pustaka, samarkan wajah, atau pakai gambar lain.")
_LOOK = _("Lihat gambarnya, lalu catat di pustaka apakah ada orang yang dikenali dan izinnya.")


class PeopleShown(Check):
    """Finds files that show people who did not agree, or of which nobody looked whether they do.

    A machine's count is a hint: it stops only where nobody said anything, and a person's word goes before it.
    """

    id = "consent"
    name = _("Izin orang dalam gambar")
    by = COORDINATORS
    looks_at = "media"

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will stop faces without recorded consent, and ask where nobody looked."""
        for one in context.media:
            said = _of(one)
            if said:
                yield of_file(self.id, one, *said, "pdp")


def _of(one: Mapping[str, Any]) -> tuple[Severity, Any, Any] | None:
    consent = one.get("consent") or "unknown"
    faces = (one.get("found") or {}).get("faces")
    if consent == "missing":
        return Severity.BLOCKS, _("Orang dalam gambar ini belum memberi izin."), _ASK
    if consent == "unknown" and faces:
        return Severity.BLOCKS, _("Mesin melihat wajah, dan belum ada yang mencatat izinnya."), _LOOK
    if consent == "unknown":
        return Severity.WARNS, _("Belum dicatat apakah ada orang yang dapat dikenali."), _LOOK
    if consent == "nobody" and faces:
        return (
            Severity.INFORMS,
            _("Tercatat tidak ada orang yang dikenali, tetapi mesin melihat wajah."),
            _LOOK,
        )
    return None
