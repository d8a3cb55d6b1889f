"""Children who are named or shown: a child's data asks for more care than that of grown people."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from tanggap.publishing.check import Check, Context, Finding, Severity
from tanggap.publishing.wording import Said, finding, hits
from tanggap.understanding.phrases import Hit

_SAID = Said(
    Severity.WARNS,
    _("Seorang anak dapat dikenali dari teks ini."),
    "pdp",
    _("Pakai sebutan umum tanpa nama, sekolah dan tempat; samarkan wajah dan mintalah izin wali."),
)
_YOUNG = r"(?:[0-9]|1[0-7])"
_CHILD = r"(?:anak|ananda|siswa|siswi|murid|pelajar|santri|bocah|balita|bayi|remaja|putri bungsu|putra sulung|si kecil)"
_NAME = r"[A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20}){0,2}"
_SHAPES = (
    re.compile(rf"\b{_NAME} ?\({_YOUNG}(?: ?(?:tahun|th))?\)"),
    re.compile(rf"\b{_NAME},? (?:yang )?(?:ber(?:usia|umur) )?{_YOUNG} (?:tahun|th)\b"),
    re.compile(rf"\b{_NAME}, (?:siswa|siswi|murid|pelajar|bocah|balita|santri)\b"),
    re.compile(
        rf"\b(?i:{_CHILD}) (?:[a-z]{{1,12}} )?(?:{_YOUNG} tahun,? )?(?!SD|SMP|SMA|TK|PAUD|Bapak|Ibu|Pak|Bu)"
        rf"(?:SD |SMP |TK )?(?:\d ?)?, ?{_NAME}"
    ),
    re.compile(rf"\b(?i:ananda|si kecil|bocah) {_NAME}"),
    re.compile(rf"\b(?i:bayi|balita|anak) (?:Pak|Bu|Bapak|Ibu) {_NAME}, {_NAME}"),
    re.compile(rf"\bInilah {_NAME}, (?:bocah|anak|siswa)\b"),
    re.compile(rf"\b(?i:siswa|siswi|murid|pelajar) (?:SD|SDN|SMP|SMPN|TK)(?: \w{{1,12}})?, {_NAME},"),
    re.compile(rf"\b(?i:siswa|siswi|murid|pelajar) (?:kelas|SD|SMP|TK) (?:\d )?(?:bernama|berinisial|{_NAME},)"),
)  # fmt: skip


class Children(Check):
    """Finds children who can be known."""

    id = "children"
    name = _("Anak dikenali")
    gives = Severity.WARNS

    def find(self, text: str, context: Context) -> Iterable[Finding]:
        """This will find a child with a name, initials or a face."""
        spans = [(one.start, one.end) for one in hits("children", text)]
        spans += [one.span() for shape in _SHAPES for one in shape.finditer(text)]
        reached = 0
        for start, end in sorted(spans):
            if start >= reached:
                reached = end
                yield finding(self.id, text, Hit("child", start, end), _SAID)
