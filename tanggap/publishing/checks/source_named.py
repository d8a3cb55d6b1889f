"""Source, fact-checker and the person who answers for it: named as the kind of publication asks."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.asked import asked
from tanggap.publishing.check import COORDINATORS, Check, Context, Finding, Severity
from tanggap.publishing.wording import Said, finding
from tanggap.understanding.phrases import Hit

_FIELDS = {
    "source": Said(
        Severity.WARNS,
        _("Sumber fakta belum diisi."),
        "se_137_source",
        _("Isi kolom Sumber: dokumen, laman, atau pejabat yang memberi keterangan."),
    ),
    "checked_by": Said(
        Severity.WARNS,
        _("Pemeriksa fakta belum disebut."),
        "se_137_source",
        _("Isi siapa yang memeriksa fakta sebelum konten ini keluar."),
    ),
    "responsible": Said(
        Severity.WARNS,
        _("Penanggung jawab belum disebut."),
        "",
        _("Isi nama jabatan yang bertanggung jawab."),
    ),
}


class SourceNamed(Check):
    """Finds what a publication does not name of where its facts come from."""

    id = "source_named"
    name = _("Sumber dan pemeriksa fakta")
    gives = Severity.WARNS
    by = COORDINATORS

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will find empty fields that the kind of publication asks for; they stand in no place of the text."""
        given = {
            "source": context.source,
            "checked_by": context.checked_by,
            "responsible": context.responsible,
        }
        for name, said in _FIELDS.items():
            severity = asked(name, context)
            if severity and not given[name].strip():
                yield finding(self.id, text, Hit(name, 0, 0), said, severity)
