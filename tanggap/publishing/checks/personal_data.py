"""Personal data does not leave in public, and a national number does not leave at all."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanggap.publishing.checks import Check, Context, Finding, Severity
from tanggap.understanding.personal_data import find

NAMES = {
    "nik": gettext_lazy("NIK"),
    "kk": gettext_lazy("nomor KK"),
    "npwp": gettext_lazy("NPWP"),
    "phone": gettext_lazy("nomor telepon"),
    "email": gettext_lazy("alamat surel"),
    "bpjs": gettext_lazy("nomor BPJS"),
    "passport": gettext_lazy("nomor paspor"),
    "driving_licence": gettext_lazy("nomor SIM"),
    "plate": gettext_lazy("nomor polisi kendaraan"),
    "bank_account": gettext_lazy("nomor rekening"),
    "card": gettext_lazy("nomor kartu"),
    "nip": gettext_lazy("NIP"),
    "nisn": gettext_lazy("NISN"),
    "certificate": gettext_lazy("nomor akta"),
    "address": gettext_lazy("alamat rumah"),
    "coordinates": gettext_lazy("koordinat"),
    "birth_date": gettext_lazy("tanggal lahir"),
    "name": gettext_lazy("nama orang"),
    "health": gettext_lazy("keterangan kesehatan"),
    "customer_number": gettext_lazy("nomor pelanggan"),
}
# An office's own telephone, mail or address belongs in an answer, and names of officers do too: a person looks.
_WARNED = frozenset({"phone", "email", "address", "coordinates", "plate", "nip"})
_SILENT = frozenset({"name"})


class PersonalData(Check):
    """Finds identifiers of people."""

    id = "personal_data"
    name = gettext_lazy("Data pribadi")
    overridable = False

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        for one in find(text):
            if one.type in _SILENT:
                continue
            warned = one.type in _WARNED or not context.public
            yield Finding(
                self.id,
                Severity.WARNS if warned else Severity.BLOCKS,
                one.start,
                one.end,
                text[one.start : one.end],
                _("Ada %(type)s dalam teks.") % {"type": NAMES[one.type]},
                "UU 27/2022 tentang Pelindungan Data Pribadi",
                _("Hapus, atau lanjutkan lewat pesan pribadi."),
            )
