"""Claims: a figure, a superlative or a study without its source; "hoaks" without who checked it and where."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import Check, Context, Finding, Severity
from tanggap.publishing.wording import Said, finding, hits
from tanggap.understanding.phrases import Hit

_NAME_IT = _("Sebut sumber dan tanggalnya, misalnya “(Sumber: BPS, November 2026)”.")
_GROUPS = {
    "number": Said(Severity.WARNS, _("Angka ini belum bersumber."), "se_137_source", _NAME_IT),
    "superlative": Said(Severity.WARNS, _("Klaim ini belum bersumber."), "se_137_source", _NAME_IT),
    "study": Said(Severity.WARNS, _("Penelitian ini belum disebut sumbernya."), "se_137_source", _NAME_IT),
    "hoax": Said(
        Severity.WARNS,
        _("Sebutan hoaks perlu pemeriksa fakta dan sumber."),
        "se_137_source",
        _("Sebut siapa yang memeriksa dan tautkan sumbernya."),
    ),
}
_AMOUNT = r"(?:rp ?)?\d[\d.,]{0,15}(?: ?(?:%|persen|triliun|miliar|juta|ton|orang))?"
_MOVES = r"(?:turun|naik|berkurang|bertambah|meningkat|menurun|membaik|tumbuh|mencapai|melindungi)"
_NUMBER = re.compile(
    rf"\b{_MOVES} (?!bus\b|angkot\b|kereta\b)(?:\w{{2,12}} ){{0,2}}{_AMOUNT}"
    rf"|\b{_MOVES} (?:separuh|(?:\w{{2,8}} )?kali lipat)"
    r"|\bpertumbuhan \w{2,15} (?:\w{2,10} )?\d[\d.,]{0,8} ?(?:%|persen)"
    r"|\b(?:sebanyak|sudah) \d[\d.,]{0,8} ?(?:%|persen|umkm|warga|keluarga)"
    r"|\b\d{1,3} (?:%|persen) (?:aman|warga|jalan|puas)"
    r"|\b(?:\d|dua|tiga|sembilan) dari (?:\d{1,2}|tiga|empat|sepuluh) (?:warga|anak|orang|siswa|keluarga)",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"\b(?:sumber|menurut (?!penelitian|riset|survei\b)|berdasarkan|data (?:bps|dinas|badan|bmkg|per )|dicek|diperiksa"
    r"|survei kepuasan masyarakat|bps|bmkg|sesuai (?:perda|perwal)|mencatat)\b|https?://",
    re.IGNORECASE,
)
_CHECKED = re.compile(r"\b(?:dicek|diperiksa|menurut|klarifikasi|mafindo|kominfo|komdigi)\b", re.IGNORECASE)
_SOURCED = re.compile(r"https?://|\bsumber\b", re.IGNORECASE)
_PLAIN = re.compile(r"\btiket|\bkuota|\bpeserta\b", re.IGNORECASE)


class Claims(Check):
    """Finds claims without a source."""

    id = "claims"
    name = _("Klaim tanpa sumber")
    gives = Severity.WARNS

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will find figures and studies without a source, and "hoaks" without a checker and a source."""
        sourced = _SOURCE.search(text) is not None
        cleared = bool(_CHECKED.search(text) and _SOURCED.search(text))
        if not sourced and not _PLAIN.search(text):
            for one in _NUMBER.finditer(text):
                yield finding(self.id, text, Hit("number", *one.span()), _GROUPS["number"])
        for hit in hits(self.id, text):
            if not (cleared if hit.group == "hoax" else sourced):
                yield finding(self.id, text, hit, _GROUPS[hit.group])
