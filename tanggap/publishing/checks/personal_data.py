"""Personal data does not leave in public, and a national number does not leave at all."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tanggap.publishing import sources
from tanggap.publishing.check import Check, Context, Finding, Severity
from tanggap.publishing.data_names import NAMES
from tanggap.understanding.disguise import undisguised
from tanggap.understanding.personal_data import find
from tanggap.understanding.reading import FoundData

_SILENT = frozenset({"name"})
# An office's own telephone, mail or address belongs in an answer: beside words for a person they are a citizen's.
_BY_CONTEXT = frozenset(
    {"phone", "email", "address", "coordinates", "plate", "bank_account", "customer_number"}
)
_WARNED = frozenset({"nip"})
_PERSON = re.compile(
    r"\b(?:pelapor|korban|pasien|pemohon|saksi|pelaku|pelanggar|pengendara|pemilik\w*|milik|penerima|keluarga"
    r"|ahli waris"
    r"|terlapor|atas nama|a\.?n\.?|(?<!sambungan )rumah(?! sakit| aman| ibadah| singgah| tidak)|rumahnya|kediaman"
    r"|tinggal|beralamat"
    r"|bapak|ibu|pak|bu|kakak|anda|saudara|sdri?|mbah|mas|mbak|yang bersangkutan|orangnya|pemenang|pendaftar"
    r"|pencari kerja|donatur|lulusan|warga(?: yang)?|sopir|dilaporkan|pembuang|parkir bermotor|diterima magang"
    r"|motor|mobil|kendaraan)\b",
    re.IGNORECASE,
)
_OFFICE = re.compile(
    r"\b(?:call center|hotline|layanan|kantor|dinas|puskesmas|balai|posko?|pos pemadam|gedung|sdn?|smp|sma|sekolah"
    r"|perpustakaan|lapangan|resmi|kas daerah|kas umum|donasi|rkud|baznas|pmi|retribusi|virtual account|jam kerja"
    r"|ambulans|bus|trans|lelang|narahubung|kontak media|sekretariat|humas|hotel|evakuasi|pohon tumbang|rsud"
    r"|telepon kantor"
    r"|hubungi call|pengaduan|contoh letak|upacara|pendaftaran (?:lewat|via|ke|di))\b",
    re.IGNORECASE,
)
_OFFICIAL_ACCOUNT = re.compile(
    r"\b(?:resmi|kas daerah|kas umum|rkud|donasi|baznas|pmi|retribusi|virtual account|panitia)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=\w\w\w\w)[.!?;](?=\s)|\n")
_LOOKS = re.compile(r"(?<=\d)[OoIl]{1,4}(?=[\dOoIl]{2})|(?<=[\dOoIl]{2})[OoIl](?=\d|\b)")
_DIGIT = str.maketrans("OoIl", "0011")


class PersonalData(Check):
    """Finds identifiers of people."""

    id = "personal_data"
    name = gettext_lazy("Data pribadi")
    overridable = False

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will find what tells of one person; what may be an office's own forbids only beside a person's words."""
        for one in _found(text):
            if one.type in _SILENT:
                continue
            warned = not context.public or one.type in _WARNED
            warned = warned or (one.type in _BY_CONTEXT and not _of_a_person(text, one))
            yield Finding(
                self.id,
                Severity.WARNS if warned else Severity.BLOCKS,
                one.start,
                one.end,
                text[one.start : one.end],
                _("Ada %(type)s dalam teks.") % {"type": NAMES[one.type]},
                sources.shown("pdp"),
                _("Hapus, atau lanjutkan lewat pesan pribadi."),
            )


def _found(text: str) -> list[FoundData]:
    """Also where letters stand for digits: "34O4…" reads like a number to whoever copies it."""
    found = list(find(text))
    plain = undisguised(text)
    read = _LOOKS.sub(lambda letters: letters.group().translate(_DIGIT), plain)
    if read != text:
        taken = {(one.start, one.end) for one in found}
        more = [
            one for one in find(read) if not any(one.start < end and start < one.end for start, end in taken)
        ]
        found = sorted([*found, *more], key=lambda one: one.start)
    return found


def _of_a_person(text: str, one: FoundData) -> bool:
    """The sentence speaks of a person and of no office; only so much of it is read that the work stays linear."""
    since, until = max(0, one.start - 120), min(len(text), one.end + 60)
    before = [found.end() + since for found in _SENTENCE.finditer(text[since : one.start])]
    after = _SENTENCE.search(text, one.end, until)
    sentence = (
        text[before[-1] if before else since : one.start]
        + " "
        + text[one.end : after.start() if after else until]
    )
    if one.type == "bank_account":
        return not _OFFICIAL_ACCOUNT.search(sentence)
    return bool(_PERSON.search(sentence)) and not _OFFICE.search(sentence)
