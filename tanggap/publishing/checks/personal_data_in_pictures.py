"""What can be read in a picture tells of nobody; neither does its description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import COORDINATORS, Check, Context, Finding, Severity
from tanggap.publishing.data_names import NAMES
from tanggap.publishing.file_findings import of_file
from tanggap.understanding.personal_data import find

# An office's own telephone, mail, address or plate stands on many a poster: a person looks at it.
_OF_AN_OFFICE = frozenset({"phone", "email", "address", "coordinates", "plate", "bank_account", "nip"})
_SILENT = frozenset({"name"})


class PersonalDataInPictures(Check):
    """Finds identifiers of people in the text that a machine read in a picture, and in its description.

    A machine misreads: a coordinator may answer for it.
    """

    id = "personal_data_in_pictures"
    name = _("Data pribadi dalam gambar")
    by = COORDINATORS
    looks_at = "media"

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will stop numbers of people, ask about what may be an office's own, and say where nobody read."""
        for one in context.media:
            yield from self._unread(one)
            for type_ in sorted(_types(one)):
                severe = context.public and type_ not in _OF_AN_OFFICE
                yield of_file(
                    self.id, one, Severity.BLOCKS if severe else Severity.WARNS,
                    _("Sepertinya ada %(type)s dalam gambar atau uraiannya.") % {"type": NAMES[type_]},
                    _("Periksa; samarkan di gambar, atau pakai gambar lain."), "pdp",
                )  # fmt: skip

    def _unread(self, one: Mapping[str, Any]) -> Iterable[Finding]:
        look = _("Baca sendiri tulisan di dalamnya sebelum terbit.")
        if one.get("looked") is False:
            yield of_file(
                self.id, one, Severity.WARNS, _("Berkas ini belum selesai diperiksa mesin."), look, "pdp"
            )
        elif "looked" in one and (one.get("found") or {}).get("text") is None:
            yield of_file(
                self.id,
                one,
                Severity.INFORMS,
                _("Mesin tidak dapat membaca tulisan dalam berkas ini."),
                look,
                "pdp",
            )


def _types(one: Mapping[str, Any]) -> set[str]:
    read = set((one.get("found") or {}).get("personal_data") or ())
    return ((read | {found.type for found in find(str(one.get("alt") or ""))}) & NAMES.keys()) - _SILENT
